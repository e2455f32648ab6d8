"""Meeting recaps as the API and webhooks show them."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from openslot.core.booking_form import location_for_all
from openslot.db import meeting_recaps as rows
from openslot.presenters import scheduled_events
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.meeting_recaps import (
    Attendee,
    DeletedRecap,
    EventOfRecap,
    MeetingRecap,
    MeetingRecapListItem,
    RecapCreatedPayload,
    RecapDeletedPayload,
    RecapOfEvent,
    RecapUpdatedPayload,
    Transcript,
)
from openslot.wire.scheduled_events import Location

T = TypeVar("T")


def list_item(row: rows.MeetingRecap, uris: Uris) -> MeetingRecapListItem:
    """The shape of a row of GET /meeting_recaps."""
    return MeetingRecapListItem(**_shared(row, uris), transcript=uris.transcript(row.id))


def recap(row: rows.MeetingRecap, uris: Uris) -> MeetingRecap:
    """The shape of GET /meeting_recaps/{uuid}."""
    return MeetingRecap(
        **_shared(row, uris),
        summary_md=row.summary_md,
        action_items_md=row.action_items_md,
        discussion_md=row.discussion_md,
        transcript=uris.transcript(row.id) if row.has_transcript else None,
        share_link=row.share_link,
    )


def transcript(recap_id: UUID, text: str, uris: Uris) -> Transcript:
    """The shape of GET /meeting_recaps/{uuid}/transcript."""
    return Transcript(uris.transcript(recap_id), text)


def created_payload(row: rows.MeetingRecap, uris: Uris) -> RecapCreatedPayload:
    """What ``meeting_recap.created`` contains."""
    return RecapCreatedPayload(
        created_at=Timestamp.of(row.created_at), event=_event(row.meeting, uris), recap=_recap(row, uris)
    )


def updated_payload(row: rows.MeetingRecap, uris: Uris) -> RecapUpdatedPayload:
    """What ``meeting_recap.updated`` contains."""
    return RecapUpdatedPayload(event=_event(row.meeting, uris), recap=_recap(row, uris))


def deleted_payload(recap_id: UUID, event_id: UUID, uris: Uris, *, now: datetime) -> RecapDeletedPayload:
    """What ``meeting_recap.deleted`` contains."""
    return RecapDeletedPayload(
        event=EventOfRecap(uri=uris.scheduled_event(event_id)),
        recap=DeletedRecap(uris.meeting_recap(recap_id), Timestamp.of(now)),
    )


def _shared(row: rows.MeetingRecap, uris: Uris) -> dict[str, Any]:
    meeting = row.meeting
    return {
        "uri": uris.meeting_recap(row.id), "app_url": uris.recap_page(row.id), "status": row.status.capitalize(),
        "event": uris.scheduled_event(meeting.id), "name": meeting.name, "location": _location(meeting),
        "start_time": Timestamp.of(meeting.start_time), "end_time": Timestamp.of(meeting.end_time),
        "created_at": Timestamp.of(row.created_at), "updated_at": Timestamp.of(row.updated_at),
        "attendees": _attendees(meeting),
    }  # fmt: skip


def _event(meeting: rows.Meeting, uris: Uris) -> EventOfRecap:
    return EventOfRecap(
        uri=uris.scheduled_event(meeting.id),
        name=meeting.name,
        start_time=Timestamp.of(meeting.start_time),
        end_time=Timestamp.of(meeting.end_time),
        location=_location(meeting),
        attendees=_attendees(meeting),
    )


def _recap(row: rows.MeetingRecap, uris: Uris) -> RecapOfEvent:
    return RecapOfEvent(
        uri=uris.meeting_recap(row.id),
        transcript=uris.transcript(row.id),
        summary_md=_given(row.summary_md),
        action_items_md=_given(row.action_items_md),
        discussion_md=_given(row.discussion_md),
        share_link=_given(row.share_link),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def _location(meeting: rows.Meeting) -> Location:
    known = location_for_all(meeting.location) if meeting.seats > 1 else meeting.location
    return scheduled_events.shown(known)


def _attendees(meeting: rows.Meeting) -> list[Attendee]:
    return [Attendee(one.host, one.email, one.name) for one in meeting.attendees]


def _given(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value
