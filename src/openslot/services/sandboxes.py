"""Sandboxes: organizations to try things out in (ADR 0041). An organization is one from its beginning, or never."""

from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.errors import NotFound
from openslot.core.roles import Action
from openslot.db import sandbox_reset, sandboxes
from openslot.db.pool import Conn
from openslot.db.sandboxes import Changes, Sandbox
from openslot.services.access import Principal


async def make(conn: Conn, organization_id: UUID, *, now: datetime) -> None:
    """Make an organization a sandbox, in the transaction that creates it."""
    await sandboxes.insert(conn, organization_id, now=now)


async def get(conn: Conn, principal: Principal) -> Sandbox:
    """The sandbox that the caller's organization is.

    Raises:
        NotFound: it is none.
    """
    found = await sandboxes.get(conn, principal.organization_id)
    if found is None:
        raise NotFound("sandbox")
    return found


async def change(conn: Conn, principal: Principal, changes: Changes, *, now: datetime) -> Sandbox:
    """Change what the sandbox sends, and which plan it imitates.

    Raises:
        Forbidden: a plain member. NotFound: the organization is no sandbox.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    changed = await sandboxes.change(conn, principal.organization_id, changes, now=now)
    if changed is None:
        raise NotFound("sandbox")
    return changed


async def open_outbox(conn: Conn, principal: Principal) -> None:
    """Check that the caller may read what the sandbox keeps: it names invitees of every host.

    Raises:
        Forbidden: a plain member. NotFound: the organization is no sandbox.
    """
    principal.require(Action.READ_EVENT_LOG)
    await get(conn, principal)


async def reset(conn: Conn, principal: Principal, *, now: datetime) -> Sandbox:
    """Delete all that was booked, said and sent, and give the sandbox the real time, which is ``now``.

    Members, tokens, event types, schedules, forms, links and webhook subscriptions stay.

    Raises:
        Forbidden: a plain member. NotFound: the organization is no sandbox.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    if await sandboxes.lock(conn, principal.organization_id) is None:
        raise NotFound("sandbox")
    await sandbox_reset.empty(conn, principal.organization_id)
    await sandboxes.set_clock(conn, principal.organization_id, timedelta(), now=now)
    return await get(conn, principal)
