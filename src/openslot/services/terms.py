"""The terms on which a caller meets an event type, and what they change of its row.

A link, a chosen duration, a rule that is set aside, a booking that is moved: pages, bookings, moves and listings mean
the same event type since all of them come here.
"""

from dataclasses import dataclass

from msgspec import structs

from openslot.core.errors import invalid
from openslot.core.kinds import LEDGERED, Kind
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.scheduling_links import SchedulingLink
from openslot.db.served_event_types import Host, ServedEventType
from openslot.services.scheduling_links import overridden


@dataclass(frozen=True)
class Moved:
    """A scheduled event that an invitee moves from: length, name and (with ``keeps_hosts``) hosts come along."""

    event: ScheduledEvent
    keeps_hosts: bool = True
    by_host: bool = False
    """A host may move a booking of an event type that takes no new ones."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What differs for one caller from the event type as it is stored."""

    link: SchedulingLink | None = None
    """The scheduling link that the invitee came through."""
    duration_minutes: int | None = None
    """One of the event type's durations; None: its usual one."""
    set_aside: frozenset[str] = frozenset()
    """Rules that a host sets aside: ``NOTICE``."""
    moved: Moved | None = None


USUAL = Terms()


def lay_on(stored: ServedEventType, terms: Terms) -> tuple[ServedEventType, bool]:
    """The row as it is on ``terms``, and whether its hosts are only those who have the event that is moved.

    Raises:
        Invalid: the event type does not offer the duration.
    """
    row, keeps_hosts = overridden(stored, terms.link), False
    if terms.moved is not None:
        row, keeps_hosts = _as_moved(row, terms.moved)
    if terms.duration_minutes not in {None, row.duration_minutes}:
        if terms.duration_minutes not in (row.duration_options or ()):
            raise invalid("duration", "is not among the event type's durations")
        row = structs.replace(row, duration_minutes=terms.duration_minutes)
    if "NOTICE" in terms.set_aside:
        row = structs.replace(row, notice_minutes=0)
    return row, keeps_hosts


def _as_moved(row: ServedEventType, moved: Moved) -> tuple[ServedEventType, bool]:
    """The event type as a booked event has it, with the hosts of the event if they all still serve it.

    What was booked keeps its name and length, whatever the event type's are by now; a class to which an invitee moves
    has its own. A link that has ended since takes nothing away: a move uses none up.
    """
    event = moved.event
    row = structs.replace(row, is_used_up=False)
    if moved.by_host:
        row = structs.replace(row, active=True, deleted_at=None, booking_method="instant")
    kept = [host for host in row.hosts if host.user_id in {one.user_id for one in event.hosts}]
    keeps_hosts = moved.keeps_hosts and 0 < len(kept) == len(event.hosts) and row.pooling_type in LEDGERED
    if keeps_hosts:
        row = _kept_by(row, kept)
    minutes = int((event.end_time - event.start_time).total_seconds()) // 60
    if row.kind != Kind.GROUP:
        row = structs.replace(row, name=event.name, duration_minutes=minutes)
    elif minutes in (row.duration_options or ()):
        row = structs.replace(row, duration_minutes=minutes)
    return row, keeps_hosts


def _kept_by(row: ServedEventType, hosts: list[Host]) -> ServedEventType:
    """The event type with these hosts alone. None of them is hidden: a move gives them no further event."""
    sizes = None
    if row.pool_sizes is not None:
        sizes = [sum(1 for host in hosts if host.pool == pool) for pool in range(len(row.pool_sizes))]
    return structs.replace(row, hosts=hosts, pool_sizes=sizes, lead_threshold=None)
