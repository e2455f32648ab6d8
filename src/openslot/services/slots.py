"""Available times: what an event type's rules, its hosts' schedules and their busy times leave over."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.core import offers
from openslot.core.epoch import ceil_seconds, floor_seconds, instant
from openslot.core.intervals import Interval, Span
from openslot.core.offers import Offer, OfferedHost, Planned
from openslot.db import occupancy
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduling_links import SchedulingLink
from openslot.services import serving
from openslot.services.host_hours import schedule_of
from openslot.services.reached_limits import limits_reached
from openslot.services.serving import Served
from openslot.services.terms import Terms


class Slot(NamedTuple):
    """A start that an invitee may take now."""

    start_time: datetime
    """UTC."""
    invitees_remaining: int
    planned: Planned | None = None
    """The event that is joined, with the length it was planned with; None: a new one is made."""


class Ignored(NamedTuple):
    """What counts as free: the event that a reschedule gives back, the hold that is being used."""

    event_ids: tuple[UUID, ...] = ()
    """Of events, and of the events that holds would become."""
    hold_id: UUID | None = None
    """One seat."""


NOTHING_IGNORED = Ignored()


async def available_times(
    conn: Conn, event_type: EventType, window: Interval, *, link: SchedulingLink | None = None, now: datetime
) -> list[Slot]:
    """Every slot whose start lies in ``window``, ascending, of the duration that ``event_type`` has.

    Inactive and deleted event types have none, nor do links that have ended.

    Raises:
        NotFound: no such event type any more. Invalid: it does not offer the duration.
    """
    if link is not None and link.has_ended(now):
        return []
    terms = Terms(link=link, duration_minutes=event_type.duration_minutes)
    served = await serving.serve(conn, event_type.organization_id, event_type.id, terms)
    return await list_served(conn, served, window, now=now)


async def list_served(
    conn: Conn, served: Served, window: Interval, *, now: datetime, ignoring: Ignored = NOTHING_IGNORED
) -> list[Slot]:
    """The same for an event type whose hosts are at hand."""
    found = await _offer_and_span(conn, served, window, now=now, ignoring=ignoring)
    if found is None:
        return []
    joined = {one.start: one for one in reversed(offers.joinable(*found, now=now))}
    return [Slot(instant(start), remaining, joined.get(start)) for start, remaining in _listed(served, *found, now=now)]


async def list_seconds(
    conn: Conn, served: Served, window: Interval, *, now: datetime, ignoring: Ignored = NOTHING_IGNORED
) -> list[tuple[int, int]]:
    """The same as starts in epoch seconds with the invitees that remain."""
    found = await _offer_and_span(conn, served, window, now=now, ignoring=ignoring)
    return [] if found is None else _listed(served, *found, now=now)


async def _offer_and_span(
    conn: Conn, served: Served, window: Interval, *, now: datetime, ignoring: Ignored
) -> tuple[Offer, Span] | None:
    """What decides about the starts in ``window``, and the window in seconds; None where there are none."""
    if not served.is_open:
        return None
    window = served.within_reach(window)
    if window.start >= window.end:
        return None
    offer = await offer_for(conn, served, window, now=now, ignoring=ignoring)
    return offer, Span(ceil_seconds(window.start), ceil_seconds(window.end))


def _listed(served: Served, offer: Offer, span: Span, *, now: datetime) -> list[tuple[int, int]]:
    if served.is_group:
        return offers.starts_with_seats(offer, span, now=now)
    return [(start, 1) for start in offers.starts(offer, span, now=now)]


async def offer_for(
    conn: Conn,
    served: Served,
    window: Interval,
    *,
    now: datetime,
    ignoring: Ignored = NOTHING_IGNORED,
    whole_days: bool = False,
) -> Offer:
    """All that decides about starts in ``window``. Listing, booking and explaining all use it.

    Hosts are hidden for being ahead day by day, so where some may be, or with ``whole_days``, days are read whole.
    """
    rules, hosts, fairness = served.rules, served.candidates, served.fairness
    span = _days_of(served, window) if fairness is not None or whole_days else window
    taken = await occupancy.busy_times(
        conn,
        [host.number for host in hosts],
        Interval(span.start - rules.buffer_before, span.end + rules.duration + rules.buffer_after),
        now=now,
        joining=served.joining(window),
        except_ids=ignoring.event_ids,
        except_hold_id=ignoring.hold_id,
    )
    reached = await limits_reached(conn, served.row, hosts, span, now=now, except_ids=ignoring.event_ids)
    return Offer(
        rules=rules,
        hosts=[
            OfferedHost(
                id=host.user_id,
                schedule=schedule_of(host, span),
                busy=taken.busy[host.number],
                full=reached.of_host.get(host.user_id, ()),
                pool=served.pool_of(host),
            )
            for host in hosts
        ],
        needed=served.needed,
        full=reached.of_all,
        seats=served.row.seats,
        planned=served.joinable(taken.planned),
        threshold=served.row.lead_threshold,
        fairness=fairness,
    )


async def present_on_day(conn: Conn, served: Served, offer: Offer, start: int, *, now: datetime) -> set[UUID]:
    """The hosts, of all, who have time on the day of a start before it is taken; one who keeps an event is included.

    ``offer`` covers that day whole; ``start`` is in epoch seconds.
    """
    span = Span(start, start + 1)
    if served.keeps_hosts:
        window = Interval(instant(span.start), instant(span.end))
        offer = await offer_for(conn, served.with_every_host(), window, now=now, whole_days=True)
    (day,) = offers.whole_days(served.row.owner_timezone, span)
    return offers.present_on(offer, day, now=now)


def _days_of(served: Served, window: Interval) -> Interval:
    """The whole days, of the event type's owner, that ``window`` meets; as far as time can be kept."""
    days = offers.whole_days(served.row.owner_timezone, Span(floor_seconds(window.start), ceil_seconds(window.end)))
    return served.within_reach(Interval(instant(days[0].start), instant(days[-1].end)))
