"""Scheduling links and shares."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.wire import (
    scheduling_links,
    shares,
)
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.shares import Share


class CreateSchedulingLink(One[SchedulingLink]):
    """A link to an event type for one booking."""

    method: ClassVar = "POST"
    path = "/scheduling_links"
    scopes: ClassVar = ("scheduling_links:write",)
    body: scheduling_links.CreateSchedulingLink


class CreateShare(One[Share]):
    """A link for one booking that changes some of the event type's settings."""

    method: ClassVar = "POST"
    path = "/shares"
    scopes: ClassVar = ("shares:write",)
    body: shares.CreateShare
