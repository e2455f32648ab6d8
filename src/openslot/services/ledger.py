"""The stored ledger of a pool in the core's terms, to be replayed."""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from openslot.core import pooling
from openslot.core.pooling import Assigned, Changed, Entry, Joined, Left, Released, Standing
from openslot.db import assignments
from openslot.db.assignments import Assignment
from openslot.db.event_types import ServedEventType
from openslot.db.pool import Conn
from openslot.services.offering import MILLION, hidden_hosts, standings_of


@dataclass(frozen=True)
class Placed:
    """How a host stands in a pool."""

    standing: Standing
    pool: int
    lead: Fraction
    is_hidden: bool


def standings(served: ServedEventType) -> list[Placed]:
    """Every host's standing, in the order of the event type."""
    hidden = hidden_hosts(served)
    placed = []
    for pool in sorted({host.pool for host in served.hosts}):
        members = standings_of(served, pool)
        leads = pooling.leads(members)
        placed += [Placed(one, pool, leads[one.host], one.host in hidden) for one in members]
    return placed


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
