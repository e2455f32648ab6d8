"""Busy times of a user as the API shows them."""

from openslot.core.epoch import instant
from openslot.core.slots import BusyTime as Row
from openslot.presenters.uris import Uris
from openslot.wire.busy_times import BusyTime, EventReference
from openslot.wire.codec import Timestamp


def busy_time(row: Row, uris: Uris) -> BusyTime:
    """One row of GET /user_busy_times. A hold is ``reserved``: it has no event yet."""
    start, end = _time(row.meeting_start), _time(row.meeting_end)
    if row.is_hold:
        return BusyTime(type="reserved", start_time=start, end_time=end)
    return BusyTime(
        type="calendly",
        start_time=start,
        end_time=end,
        buffered_start_time=_time(row.start),
        buffered_end_time=_time(row.end),
        event=EventReference(uris.scheduled_event(row.id)),
    )


def _time(second: int) -> Timestamp:
    return Timestamp.of(instant(second))
