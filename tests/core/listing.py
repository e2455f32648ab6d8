"""The starts of one host, listed by the road that the product takes: an offer of that host alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from openslot.core import offers
from openslot.core.availability import AvailabilitySchedule
from openslot.core.epoch import EPOCH, ceil_seconds, floor_seconds, instant
from openslot.core.intervals import Interval, Span
from openslot.core.offers import Offer, OfferedHost
from openslot.core.slots import BusyTime, Rules

_LAST_BUT_ONE = datetime.max.replace(tzinfo=UTC) - datetime.resolution


def free_slots(
    rules: Rules, schedule: AvailabilitySchedule, busy: Sequence[Interval], window: Interval, *, now: datetime
) -> list[datetime]:
    """The starts from ``window.start`` until just before ``window.end``, ascending, in UTC."""
    taken = [BusyTime(floor_seconds(start), ceil_seconds(end)) for start, end in busy if start < end]
    offer = Offer(rules, [OfferedHost(UUID(int=1), schedule, taken)])
    span = Span(ceil_seconds(window.start), ceil_seconds(window.end))
    return [instant(start) for start in offers.starts(offer, span, now=now)]


def is_free(
    rules: Rules, schedule: AvailabilitySchedule, busy: Sequence[Interval], start: datetime, *, now: datetime
) -> bool:
    """Whether ``free_slots`` lists ``start`` (aware)."""
    utc = EPOCH + (start - EPOCH)
    just_after = min(utc, _LAST_BUT_ONE) + datetime.resolution
    return bool(free_slots(rules, schedule, busy, Interval(utc, just_after), now=now))
