"""Meeting recaps: what was said in a meeting, put in by whoever recorded it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import named_uri, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.scheduled_events import Location

Status = Literal["available", "processing", "unavailable"]
ShareLink = Annotated[str, Meta(max_length=2048), schema(pattern="^https?://[^/?#@]")]


class Attendee(Open):
    """Somebody who is, or was, in the meeting: a host, an invitee who did not cancel, or a guest."""

    host: bool
    user_email: str
    user_name: str
    """Of a guest, the address: nothing else is known."""


class MeetingRecapListItem(Open, kw_only=True):
    """A recap without its texts. Source: GET /meeting_recaps."""

    uri: str
    app_url: str
    """Where the recap is on the web."""
    status: str
    """``Available``, ``Processing`` or ``Unavailable``."""
    transcript: str
    """Where the transcript is, or will be."""
    event: str | None = None
    """URI of the scheduled event; name, place, times and attendees are the event's as it is now."""
    name: str | None = None
    location: Location | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    attendees: list[Attendee] | None = None


class MeetingRecap(Open, kw_only=True):
    """What was said in a meeting. Source: GET /meeting_recaps/{uuid}."""

    uri: str
    app_url: str
    """Where the recap is on the web."""
    status: str
    """``Available``, ``Processing`` or ``Unavailable``."""
    event: str | None = None
    """URI of the scheduled event; name, place, times and attendees are the event's as it is now."""
    name: str | None = None
    location: Location | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    attendees: list[Attendee] | None = None
    summary_md: str | None = None
    """Markdown, as the other texts."""
    action_items_md: str | None = None
    discussion_md: str | None = None
    transcript: str | None = None
    """Where the transcript is; ``None``: there is none."""
    share_link: str | None = None
    """Where the recorder shows the recap to others."""


class Transcript(Open):
    """The words of a meeting. Source: GET /meeting_recaps/{uuid}/transcript."""

    uri: str
    text: str
    """``Speaker: words``, one segment per line."""


class UpdateMeetingRecap(Struct, kw_only=True):
    """Body of PATCH /meeting_recaps/{uuid}; what is left out stays, ``null`` removes."""

    summary_md: str | UnsetType | None = UNSET
    action_items_md: str | UnsetType | None = UNSET
    discussion_md: str | UnsetType | None = UNSET


class PutMeetingRecap(Struct, kw_only=True):
    """Body of PUT /openslot/meeting_recaps: the whole recap, with the words as the transcript is to show them."""

    event: Annotated[str, named_uri("scheduled_events")]
    """URI of a scheduled event that the caller hosts."""
    status: Status = "available"
    summary_md: str | None = None
    """Markdown, as the other texts."""
    action_items_md: str | None = None
    discussion_md: str | None = None
    transcript: str | None = None
    """``Speaker: words``, one segment per line."""
    share_link: ShareLink | None = None
    """Where the recorder shows the recap to others."""


class EventOfRecap(Open, kw_only=True, omit_defaults=True):
    """The meeting in the payload of ``meeting_recap.created`` and ``.updated``; ``.deleted`` has its URI alone."""

    uri: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    start_time: Timestamp | UnsetType = UNSET
    end_time: Timestamp | UnsetType = UNSET
    location: Location | UnsetType = UNSET
    attendees: list[Attendee] | UnsetType = UNSET


class RecapOfEvent(Open, kw_only=True, omit_defaults=True):
    """The recap in the payload of ``meeting_recap.created`` and ``.updated``; texts that there are not are left out."""

    uri: str
    transcript: str
    summary_md: str | UnsetType = UNSET
    action_items_md: str | UnsetType = UNSET
    discussion_md: str | UnsetType = UNSET
    share_link: str | UnsetType = UNSET
    created_at: Timestamp
    updated_at: Timestamp


class RecapCreatedPayload(Open, kw_only=True):
    """What ``meeting_recap.created`` contains. Source: webhooks, section 6."""

    created_at: Timestamp
    event: EventOfRecap
    recap: RecapOfEvent


class RecapUpdatedPayload(Open, kw_only=True):
    """What ``meeting_recap.updated`` contains. Source: webhooks, section 6."""

    event: EventOfRecap
    recap: RecapOfEvent


class DeletedRecap(Open):
    """The recap that is gone."""

    uri: str
    deleted_at: Timestamp


class RecapDeletedPayload(Open, kw_only=True):
    """What ``meeting_recap.deleted`` contains: nothing of what was said. Source: webhooks, section 6."""

    event: EventOfRecap
    recap: DeletedRecap
