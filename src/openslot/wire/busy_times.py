"""Busy times: when a user can't meet, and why."""

from msgspec import UNSET, UnsetType

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class EventReference(Open):
    """The scheduled event of a busy time."""

    uri: str


class BusyTime(Open, kw_only=True):
    """A time at which a user can't meet. Source: GET /user_busy_times."""

    type: str
    """``calendly``: a scheduled event, ``reserved``: a hold, ``external``: an entry of a linked calendar."""
    start_time: Timestamp
    end_time: Timestamp
    buffered_start_time: Timestamp | UnsetType = UNSET
    """With the buffer before the meeting; ``calendly`` alone has these fields."""
    buffered_end_time: Timestamp | UnsetType = UNSET
    event: EventReference | UnsetType = UNSET
