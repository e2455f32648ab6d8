"""Recaps of meetings, from whatever has recorded them."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.wire import meeting_recaps
from openslot.wire.meeting_recaps import MeetingRecap


class PutMeetingRecap(One[MeetingRecap]):
    """Set the caller's recap of a scheduled event; it replaces an earlier one."""

    method: ClassVar = "PUT"
    path = "/openslot/meeting_recaps"
    scopes: ClassVar = ("meeting_recaps:write",)
    body: meeting_recaps.PutMeetingRecap
