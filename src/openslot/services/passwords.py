"""A member's password: set by command or by an invitation, changed by the member."""

import asyncio
from datetime import datetime

from openslot.core.errors import invalid
from openslot.core.passwords import password_problem
from openslot.db import passwords, sessions, sign_in_links
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.security.passwords import hash_password


async def hashed(password: str, *others: str) -> str:
    """The hash to store, made in a thread: it takes a tenth of a second. To be called without a connection.

    ``others`` are words that anybody would try first: the user's address and name.

    Raises:
        Invalid: the password can't be taken, as ``core.passwords`` describes.
    """
    problem = password_problem(password, *others)
    if problem is not None:
        raise invalid("password", problem)
    return await asyncio.to_thread(hash_password, password)


async def change(conn: Conn, user: User, password_hash: str, *, now: datetime) -> None:
    """Store a new password. Every session of the user ends: whoever else knew the old one is out."""
    await passwords.set_hash(conn, user.id, password_hash, now=now)
    await sessions.delete_of_user(conn, user.organization_id, user.id)
    await sign_in_links.delete_of_user(conn, user.organization_id, user.id)
