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
from openslot.core.pooling import MILLION, Mode, Standing
from openslot.db import assignments
from openslot.db.assignments import AWAY
from openslot.db.pool import Conn
from openslot.db.served_event_types import Host
from openslot.services.serving import Served


@dataclass(frozen=True)
class HostStanding:
    """How a host stands in a pool."""

    standing: Standing
    pool: int
    lead: Fraction
    is_hidden: bool


def standings(served: Served) -> list[HostStanding]:
    """Every host's standing, in the order of the event type."""
    found = []
    for pool in sorted({host.pool for host in served.stored.hosts}):
        members = served.standings(pool)
        leads = pooling.leads(members)
        found += [HostStanding(one, pool, leads[one.host], one.host in served.hidden) for one in members]
    return found


class ChoiceReason(StrEnum):
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
    because: ChoiceReason
    free: Sequence[UUID]
    """Among whom, if it was a choice."""
    away: Mapping[UUID, int] = field(default_factory=dict)
    """Who could not have had it, with what each is credited for that, in millionths."""


async def give(
    conn: Conn, served: Served, event_id: UUID, choices: Sequence[Choice], *, was_held: bool, now: datetime
) -> None:
    """Record that an event, or what may become one, is with these hosts alone; what the ledger holds already stays.

    ``served`` is the event type as it was when they were chosen, under its lock.
    """
    organization_id = served.organization_id
    given = await assignments.list_assigned_hosts(conn, organization_id, event_id) if was_held else set()
    hosts = {host.user_id: host for host in served.stored.hosts}
    new = {one.host: _reason(served, hosts[one.host], one) for one in choices if one.host in hosts.keys() - given}
    if new:
        await assignments.assign(conn, organization_id, served.id, event_id, new, now=now)
    chosen = {one.host for one in choices}
    if given - chosen:
        await assignments.release(conn, organization_id, event_id, keeping=chosen, now=now)


def _reason(served: Served, host: Host, choice: Choice) -> dict[str, Any]:
    """The numbers behind a choice, over the pool."""
    standings = served.rivals(host.pool)
    why = pooling.why(standings, host.user_id, mode=Mode(served.row.round_robin_mode))
    reason = {**why, "because": choice.because.value, "free": [str(one) for one in choice.free]}
    return reason | {AWAY: {str(one): credit for one, credit in choice.away.items()}} if choice.away else reason


def away(served: Served, pool: int, present: Collection[UUID]) -> dict[UUID, int]:
    """What a meeting of the pool brings those of it who are not ``present``, in millionths."""
    standings = served.rivals(pool)
    return {host: int(credit * MILLION) for host, credit in pooling.away_credit(standings, present).items()}
