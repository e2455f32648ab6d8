"""Scheduling links and shares as the API shows them."""

from openslot.db.event_types import EventType
from openslot.presenters.links import Links
from openslot.wire.scheduling_links import SchedulingLink
from openslot.wire.shares import Share, ShareOverride


def scheduling_link(event_type: EventType, token: str, links: Links) -> SchedulingLink:
    """The shape of POST /scheduling_links."""
    return SchedulingLink(booking_url=links.private_page(token, event_type.slug), owner=links.event_type(event_type.id))


def share(event_type: EventType, token: str, overrides: ShareOverride, links: Links) -> Share:
    """The shape of POST /shares."""
    return Share([scheduling_link(event_type, token, links)], overrides)
