"""Sandboxes: organizations whose clock can be moved, and that send nothing unless they may (ADR 0041)."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from openslot.db.events import CHANNEL
from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class Sandbox(Struct, frozen=True, kw_only=True):
    organization_id: UUID
    clock_ahead: timedelta
    """How far its clock is ahead of the real one; negative: behind."""
    sends_mail: bool
    sends_webhooks: bool
    plan: str | None
    """The plan that it imitates; None: nothing is refused for a plan."""


class Changes(Struct, frozen=True, kw_only=True):
    """New values. UNSET: as it is."""

    sends_mail: bool | UnsetType = UNSET
    sends_webhooks: bool | UnsetType = UNSET
    plan: str | UnsetType | None = UNSET


_SELECT: LiteralString = "SELECT organization_id, clock_ahead, sends_mail, sends_webhooks, plan FROM sandboxes"


def clocked(organization: LiteralString, sandbox: UUID | None) -> LiteralString:
    """A condition on the column ``organization``: the sandbox that is the parameter of that name; None: no sandbox.

    The organizations without a clock of their own share the real one, so one statement serves them all.
    """
    if sandbox is not None:
        return f"{organization} = %(sandbox)s"
    return f"NOT EXISTS (SELECT FROM sandboxes WHERE sandboxes.organization_id = {organization})"


async def insert(conn: Conn, organization_id: UUID, *, now: datetime) -> None:
    """Make a new organization a sandbox, with the real time."""
    await conn.execute(
        "INSERT INTO sandboxes (organization_id, created_at, updated_at) VALUES (%(id)s, %(now)s, %(now)s)",
        {"id": organization_id, "now": now},
    )


async def get(conn: Conn, organization_id: UUID) -> Sandbox | None:
    return await fetch_one(conn, Sandbox, f"{_SELECT} WHERE organization_id = %(id)s", {"id": organization_id})


async def lock(conn: Conn, organization_id: UUID) -> Sandbox | None:
    """The sandbox, locked until commit, so that its clock is moved by one transaction at a time."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(id)s FOR NO KEY UPDATE"
    return await fetch_one(conn, Sandbox, query, {"id": organization_id})


async def list_all(conn: Conn) -> list[Sandbox]:
    return await fetch_all(conn, Sandbox, f"{_SELECT} ORDER BY organization_id", {})


async def set_clock(conn: Conn, organization_id: UUID, ahead: timedelta, *, now: datetime) -> None:
    """Move the clock, and announce that: deliveries may have become due."""
    await conn.execute(
        f"""
        WITH moved AS (
            UPDATE sandboxes SET clock_ahead = %(ahead)s, updated_at = %(now)s WHERE organization_id = %(id)s
        )
        SELECT pg_notify('{CHANNEL}', '')
        """,
        {"id": organization_id, "ahead": ahead, "now": now},
    )


async def change(conn: Conn, organization_id: UUID, changes: Changes, *, now: datetime) -> Sandbox | None:
    """Change what is not UNSET; None: the organization is no sandbox."""
    query: LiteralString = """
        UPDATE sandboxes SET sends_mail = coalesce(%(sends_mail)s, sends_mail),
            sends_webhooks = coalesce(%(sends_webhooks)s, sends_webhooks),
            plan = CASE WHEN %(keeps_plan)s THEN plan ELSE %(plan)s END, updated_at = %(now)s
        WHERE organization_id = %(id)s RETURNING organization_id, clock_ahead, sends_mail, sends_webhooks, plan
    """
    values = {name: getattr(changes, name) for name in Changes.__struct_fields__}
    params = {name: None if value is UNSET else value for name, value in values.items()}
    keeps_plan = changes.plan is UNSET
    return await fetch_one(conn, Sandbox, query, params | {"id": organization_id, "keeps_plan": keeps_plan, "now": now})


async def clock(conn: Conn, organization_id: UUID, now: datetime) -> datetime:
    """What the clock of an organization shows at ``now``, the real time: the same, unless it is a sandbox."""
    found = await get(conn, organization_id)
    return now if found is None else now + found.clock_ahead


async def is_booked(conn: Conn, organization_id: UUID) -> bool:
    """Whether there is any event, canceled ones included, or any hold."""
    cursor = await conn.execute(
        """
        SELECT EXISTS (SELECT FROM scheduled_events WHERE organization_id = %(id)s)
            OR EXISTS (SELECT FROM holds WHERE organization_id = %(id)s)
        """,
        {"id": organization_id},
    )
    return await cursor.fetchone() == (True,)
