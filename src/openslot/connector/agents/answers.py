"""The results of tools: the shapes beyond the API's own, and what their summary needs besides."""

from datetime import UTC, tzinfo
from typing import Any

from msgspec import Struct

from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User


class ToolResult(Struct, frozen=True, kw_only=True):
    """What running a tool came to."""

    body: Any
    """An object in JSON."""
    zone: tzinfo = UTC
    """The zone of the times in the summary."""
    heading: str | None = None
    """What the rows of a page are."""
    is_plain: bool = False
    """Whether the text is the JSON of the body: clients of Calendly's server read it."""


class Done(Struct):
    """The answer where the API has none."""

    done: bool = True


class Booked(Struct):
    """A new invitee and what was booked."""

    resource: Invitee
    scheduled_event: ScheduledEvent | None
    """``None`` where it could not be read any more: it is booked all the same."""


class CurrentUser(Struct):
    """Whose token this is, and what time it is there."""

    resource: User
    now: str
    """ISO 8601 with the offset of the user's time zone."""
