"""What became of booking requests, whose holds are gone: for the page of who made one."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.holds import Hold
from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class AnsweredRequest(Struct, frozen=True, kw_only=True):
    organization_id: UUID
    hold_id: UUID
    event_type_id: UUID
    start_time: datetime
    end_time: datetime
    outcome: str
    """``approved``, ``declined``, ``expired`` or ``withdrawn``."""
    invitee_id: UUID | None
    """Of an approved one."""


async def insert(conn: Conn, hold: Hold, outcome: str, *, invitee_id: UUID | None = None, now: datetime) -> None:
    """Store what became of a request; the first answer stays."""
    await conn.execute(
        """
        INSERT INTO answered_requests
            (organization_id, hold_id, event_type_id, start_time, end_time, outcome, invitee_id, answered_at)
        VALUES (%(organization_id)s, %(hold_id)s, %(event_type_id)s, %(start_time)s, %(end_time)s, %(outcome)s,
                %(invitee_id)s, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        {
            "organization_id": hold.organization_id, "hold_id": hold.id, "event_type_id": hold.event_type_id,
            "start_time": hold.start_time, "end_time": hold.end_time, "outcome": outcome, "invitee_id": invitee_id,
            "now": now,
        },
    )  # fmt: skip


async def find(conn: Conn, hold_id: UUID) -> AnsweredRequest | None:
    """A request of any organization that was answered."""
    query: LiteralString = """
        SELECT organization_id, hold_id, event_type_id, start_time, end_time, outcome, invitee_id
        FROM answered_requests WHERE hold_id = %(hold_id)s
    """
    return await fetch_one(conn, AnsweredRequest, query, {"hold_id": hold_id})


async def delete_before(conn: Conn, until: datetime) -> None:
    """Forget those that were answered before ``until``."""
    await conn.execute("DELETE FROM answered_requests WHERE answered_at < %s", (until,))
