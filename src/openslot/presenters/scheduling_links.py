"""Scheduling links and shares as the API shows them."""

from openslot.db.event_types import EventType
from openslot.presenters.uris import Uris
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.shares import Share, ShareOverride


def scheduling_link(event_type: EventType, token: str, uris: Uris) -> SchedulingLink:
    """The shape of POST /scheduling_links."""
    return SchedulingLink(booking_url=uris.private_page(token, event_type.slug), owner=uris.event_type(event_type.id))


def share(event_type: EventType, token: str, overrides: ShareOverride, uris: Uris) -> Share:
    """The shape of POST /shares."""
    return Share([scheduling_link(event_type, token, uris)], overrides)
