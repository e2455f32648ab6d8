"""An event type as it is served: its row with the changes of a link or caller, converted to what the core works on.

What the terms change is in ``terms`` alone. Rows of hosts are taken over whole, so a new column reaches each caller.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any
from uuid import UUID

from msgspec import structs

from openslot.core import pooling
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.errors import Forbidden, NotFound
from openslot.core.intervals import Interval
from openslot.core.kinds import LEDGERED, Kind, Pooling
from openslot.core.offers import AbleHost, Fairness, Planned
from openslot.core.pooling import MILLION, Mode, Standing
from openslot.core.roles import Action
from openslot.core.slots import Rules
from openslot.db import occupancy, served_event_types
from openslot.db.event_type_hosts import OwnHours
from openslot.db.event_types import EventType
from openslot.db.occupancy import Joining
from openslot.db.pool import Conn
from openslot.db.served_event_types import Host, ServedEventType
from openslot.services.access import Principal
from openslot.services.terms import USUAL, Terms, lay_on


@dataclass(frozen=True)
class Served:
    """An event type on the terms of one caller. What is derived from it is computed once."""

    stored: ServedEventType
    """As it is stored, with every host."""
    terms: Terms
    row: ServedEventType
    """As it is on these terms, with the hosts who may be chosen."""
    keeps_hosts: bool = False
    """Whether ``row.hosts`` are only those who have the event already, which is being moved."""

    @classmethod
    def of(cls, stored: ServedEventType, terms: Terms = USUAL) -> "Served":
        """The event type on ``terms``.

        Raises:
            Invalid: it does not offer the duration.
        """
        row, keeps_hosts = lay_on(stored, terms)
        return cls(stored, terms, row, keeps_hosts)

    def on(self, terms: Terms) -> "Served":
        """The same event type on other terms.

        Raises:
            Invalid: it does not offer the duration.
        """
        return Served.of(self.stored, terms)

    def refreshed(self, hosts: Sequence[Host]) -> "Served":
        """With the hosts as they are under the locks. One who has joined since can't be chosen: nobody locked that."""
        locked = {host.user_id for host in self.row.hosts}
        fresh = Served.of(structs.replace(self.stored, hosts=list(hosts)), self.terms)
        return _with(fresh, hosts=[host for host in fresh.row.hosts if host.user_id in locked])

    def without(self, given: Collection[UUID], credits_of: Mapping[UUID, int]) -> "Served":
        """As if ``given`` did not have one of their meetings, nor others the credit for it, when hosts are hidden."""
        return _with(
            self,
            hosts=[
                structs.replace(
                    host,
                    assigned=host.assigned - (host.user_id in given),
                    credit_millionths=host.credit_millionths - credits_of.get(host.user_id, 0),
                )
                for host in self.row.hosts
            ],
        )

    def with_every_host(self) -> "Served":
        """As it is stored, of the same length."""
        return _with(Served.of(self.stored), duration_minutes=self.row.duration_minutes)

    def with_seats(self, seats: int) -> "Served":
        """With so many seats."""
        return _with(self, seats=seats)

    @cached_property
    def id(self) -> UUID:
        return self.stored.id

    @cached_property
    def organization_id(self) -> UUID:
        return self.stored.organization_id

    @cached_property
    def is_open(self) -> bool:
        """Whether it takes bookings at all."""
        return is_open(self.row)

    @cached_property
    def is_group(self) -> bool:
        return self.row.kind == Kind.GROUP

    @cached_property
    def chooses_hosts(self) -> bool:
        """Whether hosts are chosen by standing, and so a ledger is kept."""
        return self.row.pooling_type in LEDGERED

    @cached_property
    def credits_absence(self) -> bool:
        """Whether shares are to be equal, so that a host is credited for being away."""
        return self.chooses_hosts and Mode(self.row.round_robin_mode) is Mode.EQUAL_DISTRIBUTION

    @cached_property
    def rules(self) -> Rules:
        """What the event type requires of a start."""
        row = self.row
        return Rules(
            duration=timedelta(minutes=row.duration_minutes),
            increment=timedelta(minutes=row.increment_minutes),
            buffer_before=timedelta(minutes=row.buffer_before_minutes),
            buffer_after=timedelta(minutes=row.buffer_after_minutes),
            notice=timedelta(minutes=row.notice_minutes),
            date_range=_date_range(row),
        )

    @cached_property
    def candidates(self) -> Sequence[Host]:
        """The hosts who may be chosen; without pooling that is the owner alone."""
        return self.row.hosts if self.row.pooling_type else self.row.hosts[:1]

    @cached_property
    def needed(self) -> tuple[int, ...]:
        """How many hosts of each pool an event needs."""
        match self.row.pooling_type:
            case Pooling.COLLECTIVE:
                return (len(self.row.hosts),)
            case Pooling.MULTI_POOL:
                return tuple(self.row.pool_sizes or ())
            case _:
                return (1,)

    def pool_of(self, host: Host) -> int:
        """The pool in which a host is counted; only ``multi_pool`` has more than one."""
        return host.pool if self.row.pooling_type == Pooling.MULTI_POOL else 0

    @cached_property
    def _standings(self) -> list[tuple[int, Standing]]:
        return [(host.pool, standing_of(host)) for host in self.stored.hosts]

    def standings(self, pool: int | None = None) -> list[Standing]:
        """How all hosts (of one pool) stand in the round robin, not only those who may be chosen on these terms."""
        return [one for number, one in self._standings if pool is None or number == pool]

    def rivals(self, pool: int) -> list[Standing]:
        """The standings among which a host of ``pool`` is chosen: of the pool in ``multi_pool``, else of all hosts."""
        return self.standings(pool if self.row.pooling_type == Pooling.MULTI_POOL else None)

    def ranking(self, able: Sequence[AbleHost], *, held_for: Sequence[UUID] = ()) -> list[UUID]:
        """Hosts in the order in which they are to be tried: those ``held_for``, then by standing, pool by pool."""
        if not self.chooses_hosts:
            return [host.user_id for host in self.candidates]
        free = {one.host.id for one in able}
        order = [user for user in held_for if user in free]
        for pool in sorted({one.host.pool for one in able}):
            ranked = pooling.ranked(self.rivals(pool), free, mode=Mode(self.row.round_robin_mode))
            order += [one.host for one in ranked if one.host not in order]
        return order

    @cached_property
    def hidden(self) -> dict[UUID, float]:
        """Hosts who are so far ahead of the others in a round robin that they are not offered, with their lead.

        That is while those others have time (``fairness``).
        """
        if self.row.pooling_type != Pooling.ROUND_ROBIN:
            return {}
        standings = [standing_of(host) for host in self.row.hosts]
        found = pooling.hidden(standings, mode=Mode(self.row.round_robin_mode), threshold=self.row.lead_threshold)
        return {host: float(lead) for host, lead in found.items()}

    @cached_property
    def fairness(self) -> Fairness | None:
        """Who is hidden on which day; None where nobody can be: who is not ahead of all is not ahead of some."""
        if self.row.lead_threshold is None or not self.hidden:
            return None
        standings = [standing_of(host) for host in self.row.hosts]
        return Fairness(standings, self.row.lead_threshold, self.row.owner_timezone)

    def joining(self, window: Interval) -> Joining | None:
        """Which events have seats to join: those of a group event type that start in ``window``."""
        if not self.is_group:
            return None
        return Joining(self.organization_id, self.id, self.row.seats, self.row.duration_minutes * 60, window)

    def joinable(self, planned: Sequence[Planned]) -> list[Planned]:
        """Those that can be joined, in the order of their hosts; a move that keeps its hosts joins none of others."""
        place = {host.user_id: number for number, host in enumerate(self.row.hosts)}
        if self.keeps_hosts:
            planned = [one for one in planned if place.keys() >= set(one.hosts)]
        return sorted(planned, key=lambda one: min((place.get(host, len(place)) for host in one.hosts), default=0))

    def meeting(self, start: datetime) -> Interval:
        """The meeting that begins at ``start``, without buffers, in UTC."""
        utc = start.astimezone(UTC)
        return Interval(utc, utc + self.rules.duration)

    def buffered(self, meeting: Interval) -> Interval:
        """A meeting with the buffers around it."""
        return Interval(meeting.start - self.rules.buffer_before, meeting.end + self.rules.buffer_after)

    def within_reach(self, window: Interval) -> Interval:
        """The part of ``window`` in which hosts' time can be kept, buffers included; it may be empty."""
        rules = self.rules
        return Interval(
            max(window.start, occupancy.REACH.start + rules.buffer_before),
            min(window.end, occupancy.REACH.end - rules.duration - rules.buffer_after),
        )

    def moment(self, start: datetime) -> Interval | None:
        """Just ``start``, as a window; None where no host's time can be kept."""
        if not occupancy.REACH.contains(start):
            return None
        found = self.within_reach(Interval(start, start + timedelta(microseconds=1)))
        return found if found.contains(start) else None

    def numbers_of(self, host_ids: Collection[UUID]) -> dict[UUID, int]:
        """The small numbers of hosts, for their occupancy."""
        return {host.user_id: host.number for host in self.row.hosts if host.user_id in host_ids}


async def serve(conn: Conn, organization_id: UUID, event_type_id: UUID, terms: Terms = USUAL) -> Served:
    """An event type with its hosts, on the terms of the caller.

    Raises:
        NotFound: no such event type. Invalid: it does not offer the duration.
    """
    return Served.of(await find(conn, organization_id, event_type_id), terms)


async def find(conn: Conn, organization_id: UUID, event_type_id: UUID) -> ServedEventType:
    """An event type with its hosts as it is stored, deleted ones included.

    Raises:
        NotFound: no such event type.
    """
    found = await served_event_types.get(conn, organization_id, event_type_id)
    if found is None:
        raise NotFound("event type")
    return found


async def own(conn: Conn, principal: Principal, event_type_id: UUID) -> ServedEventType:
    """An event type that the caller may change.

    Raises:
        NotFound: no such event type, or it is deleted. Forbidden: somebody else's, or managed by admins.
    """
    found = await find(conn, principal.organization_id, event_type_id)
    if found.deleted_at is not None:
        raise NotFound("event type")
    if not principal.may_manage(found):
        raise Forbidden
    if found.admin_managed:
        principal.require(Action.MANAGE_FOR_MEMBERS)
    return found


def own_hours(host: Host) -> OwnHours | None:
    """The hours that a host has for the event type alone."""
    return OwnHours(host.timezone, host.rules or []) if host.has_own_hours else None


def is_open(event_type: EventType) -> bool:
    """Whether the event type takes bookings at all."""
    is_used_up = isinstance(event_type, ServedEventType) and event_type.is_used_up
    return (
        event_type.active
        and event_type.deleted_at is None
        and event_type.booking_method == "instant"
        and not is_used_up
    )


def standing_of(host: Host) -> Standing:
    """How a host stands in the round robin."""
    return Standing(
        host=host.user_id,
        position=host.position,
        weight=host.weight,
        priority=host.priority,
        assigned=host.assigned,
        credit=Fraction(host.credit_millionths, MILLION),
        last_sequence=host.last_sequence,
    )


def _with(served: Served, **columns: Any) -> Served:
    return replace(served, row=structs.replace(served.row, **columns))


def _date_range(row: ServedEventType) -> DateRange:
    match row.range_kind:
        case "rolling" if row.range_days is not None:
            return Rolling(row.range_days, row.range_business_days)
        case "fixed" if row.range_first is not None and row.range_last is not None:
            return Fixed(row.range_first, row.range_last)
        case _:
            return Indefinite()
