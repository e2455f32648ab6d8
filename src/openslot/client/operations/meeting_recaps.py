"""Recaps of meetings."""

from typing import ClassVar

from openslot.client.operation import Many, Nothing, One
from openslot.client.parameters import Id, Instant, RecapStatus, ScheduledEventUri
from openslot.wire import meeting_recaps
from openslot.wire.meeting_recaps import MeetingRecap, MeetingRecapListItem, Transcript


class ListMeetingRecaps(Many[MeetingRecapListItem], kw_only=True):
    """The recaps of the caller's meetings, without their texts."""

    path = "/meeting_recaps"
    scopes: ClassVar = ("meeting_recaps:read",)
    event: ScheduledEventUri | None = None
    start_time: Instant | None = None
    """Of meetings that end then or later."""
    end_time: Instant | None = None
    """Of meetings that start then or earlier."""
    status: RecapStatus | None = None
    """Left out: ``available``."""
    attendee: str | None = None
    """The e-mail address of a host, an invitee or a guest, in any spelling."""


class GetMeetingRecap(One[MeetingRecap]):
    """The recap of one of the caller's meetings."""

    path = "/meeting_recaps/{uuid}"
    scopes: ClassVar = ("meeting_recaps:read",)
    uuid: Id


class GetMeetingRecapTranscript(One[Transcript]):
    """The words of one of the caller's meetings."""

    path = "/meeting_recaps/{uuid}/transcript"
    scopes: ClassVar = ("meeting_recaps:read",)
    uuid: Id


class UpdateMeetingRecap(One[MeetingRecap]):
    """Change the highlights of a recap; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/meeting_recaps/{uuid}"
    scopes: ClassVar = ("meeting_recaps:write",)
    uuid: Id
    body: meeting_recaps.UpdateMeetingRecap


class DeleteMeetingRecap(Nothing):
    """Delete a recap with its transcript."""

    method: ClassVar = "DELETE"
    path = "/meeting_recaps/{uuid}"
    scopes: ClassVar = ("meeting_recaps:write",)
    uuid: Id
