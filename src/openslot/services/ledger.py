"""The stored ledger of a pool in the core's terms, to be replayed."""

from fractions import Fraction
from uuid import UUID

from openslot.core.pooling import Assigned, Changed, Entry, Joined, Left, Released
from openslot.db import assignments
from openslot.db.assignments import Assignment
from openslot.db.pool import Conn
from openslot.services.offering import MILLION


async def ledger(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Entry]:
    """Every entry of an event type's ledger, in order."""
    return [_entry(stored) for stored in await assignments.list_for(conn, organization_id, event_type_id)]


def _entry(stored: Assignment) -> Entry:
    match stored.entry:
        case "assigned":
            return Assigned(stored.sequence, stored.user_id)
        case "released":
            return Released(stored.sequence, stored.user_id)
        case "left":
            return Left(stored.sequence, stored.user_id)
    kind = Joined if stored.entry == "joined" else Changed
    assert stored.weight is not None  # what joined and changed entries say
    assert stored.priority is not None
    return kind(
        stored.sequence,
        stored.user_id,
        stored.weight,
        stored.priority,
        stored.position or 0,
        Fraction(stored.credit_millionths or 0, MILLION),
    )
