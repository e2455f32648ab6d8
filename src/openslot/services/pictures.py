"""Pictures of users and logos of organizations: uploading, removing, finding (ADR 0047)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from openslot.core import pictures as making
from openslot.core.errors import Busy, Forbidden, NotFound
from openslot.core.roles import Action
from openslot.db import pictures, users
from openslot.db.pictures import Picture
from openslot.db.pool import Conn
from openslot.presenters.pictures import path_of
from openslot.security.tokens import new_picture_name
from openslot.services.access import Principal

WAIT_SECONDS = 10.0
"""For those before it, and for itself; less than a transaction may idle."""
_ONE_AT_A_TIME = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")
"""A process has memory for one picture that is being read, and others need its processor meanwhile."""


async def set_of_user(conn: Conn, principal: Principal, user_id: UUID, upload: bytes, *, now: datetime) -> Picture:
    """Make an upload the picture of a user: one's own, or as admin or owner anybody's. The one before is gone.

    Raises:
        NotFound: no such user in the organization. Forbidden: somebody else's, by a plain member.
        Invalid: no picture that can be read, or too large. Busy: too many others are being read.
    """
    await _require_user(conn, principal, user_id)
    row = await _made(making.portrait, upload, principal.organization_id, user_id, now=now)
    await pictures.delete_of_user(conn, user_id)
    await pictures.put(conn, row)
    await users.set_avatar(conn, user_id, path_of(row.name), now=now)
    return row


async def remove_of_user(conn: Conn, principal: Principal, user_id: UUID, *, now: datetime) -> None:
    """Remove the picture of a user.

    Raises:
        NotFound: no such user in the organization, or none with a picture. Forbidden: somebody else's.
    """
    await _require_user(conn, principal, user_id)
    if not await forget(conn, user_id, now=now):
        raise NotFound("picture")


async def forget(conn: Conn, user_id: UUID, *, now: datetime) -> bool:
    """Delete what there is of a user's picture; whether there was one."""
    await pictures.delete_of_user(conn, user_id)
    return await users.set_avatar(conn, user_id, None, now=now)


async def set_logo(conn: Conn, principal: Principal, upload: bytes, *, now: datetime) -> Picture:
    """Make an upload the logo of the organization, as admin or owner. The one before is gone.

    Raises:
        Forbidden: a plain member. Invalid, Busy: as ``set_of_user``.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    row = await _made(making.logo, upload, principal.organization_id, None, now=now)
    await pictures.put(conn, row)
    return row


async def remove_logo(conn: Conn, principal: Principal) -> None:
    """Remove the logo of the organization, as admin or owner.

    Raises:
        Forbidden: a plain member. NotFound: there is none.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    if not await pictures.delete_logo(conn, principal.organization_id):
        raise NotFound("logo")


async def find(conn: Conn, name: str) -> Picture:
    """The picture of an address.

    Raises:
        NotFound: there is none, or none any more.
    """
    found = await pictures.find(conn, name)
    if found is None:
        raise NotFound("picture")
    return found


async def _require_user(conn: Conn, principal: Principal, user_id: UUID) -> None:
    user = await users.get(conn, user_id)
    if user is None or user.organization_id != principal.organization_id:
        raise NotFound("user")
    if not principal.reaches(Action.SET_PICTURE, user_id):
        raise Forbidden


async def _made(
    make: Callable[[bytes], making.Picture],
    upload: bytes,
    organization_id: UUID,
    user_id: UUID | None,
    *,
    now: datetime,
) -> Picture:
    """The row of an upload, written anew in a thread.

    Raises:
        Invalid: no picture that can be read, or too large. Busy: its turn did not come in time.
    """
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            made = await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, make, upload)
    except TimeoutError:
        raise Busy("too many pictures are being read") from None
    return Picture(
        organization_id=organization_id,
        user_id=user_id,
        name=f"{new_picture_name()}{making.SUFFIX}",
        width=made.width,
        height=made.height,
        content=made.content,
        created_at=now,
    )
