"""The ledger of a pool: written where hosts are given an event, or held for one, and read to be replayed.

Whoever chooses by standing is counted at once, so holds taken one after the other go to different hosts (ADR 0010).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from openslot.core import pooling
from openslot.core.pooling import Assigned, Changed, Entry, Joined, Left, Mode, Released, Standing
from openslot.db import assignments
from openslot.db.assignments import AWAY, Assignment
from openslot.db.event_types import Host, ServedEventType
from openslot.db.pool import Conn
from openslot.services.offering import MILLION, hidden_hosts, standings_of

LEDGERED = frozenset({"round_robin", "multi_pool"})
"""Pooling types that choose among hosts, and so keep a ledger."""


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


class Because(StrEnum):
    """Why it was this host."""

    RANKED = "ranked"
    """First by standing among those who were free."""
    KEPT = "kept"
    """The event was moved, and had this host."""
    HELD = "held"
    """A hold had kept this host for it."""


@dataclass(frozen=True)
class Choice:
    """A host who is given an event."""

    host: UUID
    because: Because
    free: Sequence[UUID]
    """Among whom, if it was a choice."""
    away: Mapping[UUID, int] = field(default_factory=dict)
    """Who could not have had it, with what each is credited for that, in millionths."""


async def give(
    conn: Conn, whole: ServedEventType, event_id: UUID, choices: Sequence[Choice], *, was_held: bool, now: datetime
) -> None:
    """Record that an event, or what may become one, is with these hosts alone; what the ledger says already stays.

    ``whole`` is the event type with all of its hosts, as it was when they were chosen, under its lock.
    """
    organization_id = whole.organization_id
    given = await assignments.list_assigned_hosts(conn, organization_id, event_id) if was_held else set()
    hosts = {host.user_id: host for host in whole.hosts}
    new = {one.host: _reason(whole, hosts[one.host], one) for one in choices if one.host in hosts.keys() - given}
    if new:
        await assignments.assign(conn, organization_id, whole.id, event_id, new, now=now)
    chosen = {one.host for one in choices}
    if given - chosen:
        await assignments.release(conn, organization_id, event_id, keeping=chosen, now=now)


def _reason(whole: ServedEventType, host: Host, choice: Choice) -> dict[str, Any]:
    """The numbers behind a choice, over the pool."""
    standings = standings_of(whole, host.pool if whole.pooling_type == "multi_pool" else None)
    why = pooling.why(standings, host.user_id, mode=Mode(whole.round_robin_mode))
    reason = {**why, "because": choice.because.value, "free": [str(one) for one in choice.free]}
    return reason | {AWAY: {str(one): credit for one, credit in choice.away.items()}} if choice.away else reason


def away(whole: ServedEventType, pool: int, present: Collection[UUID]) -> dict[UUID, int]:
    """What a meeting of the pool brings those of it who are not ``present``, in millionths."""
    standings = standings_of(whole, pool if whole.pooling_type == "multi_pool" else None)
    return {host: int(credit * MILLION) for host, credit in pooling.away_credit(standings, present).items()}


async def ledger(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Entry]:
    """Every entry of an event type's ledger, in order."""
    return [_entry(stored) for stored in await assignments.list_for(conn, organization_id, event_type_id)]


def _entry(stored: Assignment) -> Entry:
    match stored.entry:
        case "assigned":
            return Assigned(stored.sequence, stored.user_id, _away(stored))
        case "released":
            return Released(stored.sequence, stored.user_id, _away(stored))
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


def _away(stored: Assignment) -> pooling.Credits:
    given: dict[str, int] = (stored.reason or {}).get(AWAY, {})
    return tuple((UUID(host), Fraction(credit, MILLION)) for host, credit in given.items())
