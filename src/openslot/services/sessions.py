"""Sessions of members in a browser: begun with a password, found by their secret, ended. Source: design, section 8."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.errors import ErrorKind, OpenSlotError
from openslot.core.ids import ordered_id
from openslot.db import passwords, sessions, users
from openslot.db.passwords import Credentials
from openslot.db.pool import Conn
from openslot.db.sessions import SignedInUser
from openslot.security.passwords import verify_password
from openslot.security.tokens import digest, new_session_secret

IDLE = timedelta(days=14)
"""How long a session lasts without being used."""
LONGEST = timedelta(days=90)
"""How long it lasts at all."""
RECORDED_EVERY = timedelta(hours=1)
"""Use is recorded no more often, so that looking at a page writes nothing."""


class WrongPassword(OpenSlotError):
    """The address or the password is wrong; which of the two is not revealed."""

    kind = ErrorKind.UNAUTHENTICATED


async def credentials_of(conn: Conn, email: str) -> Credentials | None:
    """What a sign-in with an address is checked against; None where no member has it."""
    user = await users.get_by_email(conn, email)
    return None if user is None else await passwords.get(conn, user.id)


async def check(credentials: Credentials | None, password: str) -> Credentials:
    """Check a password, in a thread: it takes a tenth of a second. To be called without a connection.

    Raises:
        WrongPassword: no such member, or another password; both take as long.
    """
    stored = None if credentials is None else credentials.password_hash
    is_right = await asyncio.to_thread(verify_password, stored, password)
    if credentials is None or not is_right:
        raise WrongPassword
    return credentials


async def begin(conn: Conn, credentials: Credentials, *, now: datetime) -> str:
    """A new session; its secret is for the cookie, and only a digest of it is stored.

    Raises:
        WrongPassword: the password was changed after it was checked.
    """
    if not await passwords.is_still(conn, credentials):
        raise WrongPassword
    return await begin_as(conn, credentials.organization_id, credentials.user_id, now=now)


async def begin_as(conn: Conn, organization_id: UUID, user_id: UUID, *, now: datetime) -> str:
    """The same for a member who has proved in another way who they are."""
    secret = new_session_secret()
    await sessions.insert(
        conn,
        id=ordered_id(now),
        organization_id=organization_id,
        user_id=user_id,
        digest=digest(secret),
        now=now,
    )
    return secret


async def find(conn: Conn, secret: str, *, now: datetime) -> SignedInUser | None:
    """Whose session it is; None where it has ended."""
    user = await sessions.get_user(conn, digest(secret))
    if user is None or now - user.used_at > IDLE or now - user.session_created_at > LONGEST:
        return None
    if now - user.used_at > RECORDED_EVERY:
        await sessions.touch(conn, user.organization_id, user.session_id, now=now)
    return user


async def end(conn: Conn, secret: str) -> None:
    """Sign out."""
    await sessions.delete(conn, digest(secret))


async def sweep(conn: Conn, *, now: datetime) -> None:
    """Delete sessions that have ended by time."""
    await sessions.delete_unused(conn, used_before=now - IDLE, made_before=now - LONGEST)
