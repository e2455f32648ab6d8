"""Limits of meetings: so many in a day, week or month."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import EVENT_TYPE, USER
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class UserMeetingLimits(Open, kw_only=True):
    """How many meetings a user has at most, over all event types. Source: GET /user_meeting_limits."""

    user: str
    daily: int | None
    """Null: any number."""
    weekly: int | None
    monthly: int | None


MaxMeetings = Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType | None


class ChangeUserMeetingLimits(Struct, kw_only=True):
    """Body of PATCH /user_meeting_limits; what is left out stays, null lifts a limit."""

    user: Annotated[str, USER] | UnsetType | None = UNSET
    """The caller; nobody sets another user's."""
    daily: MaxMeetings = UNSET
    weekly: MaxMeetings = UNSET
    monthly: MaxMeetings = UNSET


class PutLimit(Struct):
    """Body of PUT /openslot/limits: of an event type, a host, or (with neither) the organization."""

    sent_as: ClassVar[dict[str, Any]] = {
        "anyOf": [{"properties": {"event_type": {"type": "null"}}}, {"properties": {"user": {"type": "null"}}}]
    }

    period: Literal["day", "week", "month"]
    maximum: Annotated[int, Meta(ge=0, le=1_000_000)]
    event_type: Annotated[str, EVENT_TYPE] | None = None
    user: Annotated[str, USER] | None = None


class Limit(Open, kw_only=True):
    """At most so many events that start in one day, week or month of its owner."""

    uri: str
    period: str
    maximum: int
    event_type: str | None
    user: str | None
    created_at: Timestamp
