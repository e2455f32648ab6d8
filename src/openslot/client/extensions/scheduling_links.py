"""Scheduling links for several bookings, or until a given time."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.wire import scheduling_links
from openslot.wire.scheduling_links import SchedulingLink


class CreateLastingLink(One[SchedulingLink]):
    """Like ``CreateSchedulingLink``, for a number of bookings, until a given time, or both."""

    method: ClassVar = "POST"
    path = "/openslot/scheduling_links"
    scopes: ClassVar = ("scheduling_links:write",)
    body: scheduling_links.CreateLastingLink
