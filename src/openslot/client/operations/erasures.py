"""Erasure of personal data."""

from typing import ClassVar

from openslot.client.operation import Nothing
from openslot.wire import (
    erasures,
)


class DeleteInviteeData(Nothing):
    """Erase the personal data of invitees and guests by e-mail address.

    Calendly takes up to 7 days; OpenSlot has erased it when it answers.
    """

    method: ClassVar = "POST"
    path = "/data_compliance/deletion/invitees"
    scopes: ClassVar = ("data_compliance:write",)
    answers_with: ClassVar = 202
    body: erasures.EraseInvitees


class DeleteScheduledEventData(Nothing):
    """Erase the meetings that started in a span of time, with everything about them.

    Calendly takes up to 7 days; OpenSlot has erased it when it answers.
    """

    method: ClassVar = "POST"
    path = "/data_compliance/deletion/events"
    scopes: ClassVar = ("data_compliance:write",)
    answers_with: ClassVar = 202
    body: erasures.EraseEvents
