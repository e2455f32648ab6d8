"""The hosts of an event type as the API shows them."""

from openslot.db.event_type_hosts import HostUser
from openslot.db.event_types import EventType
from openslot.presenters import event_types, users
from openslot.presenters.uris import Uris
from openslot.wire.event_type_memberships import EventTypeMembership


def event_type_membership(event_type: EventType, host: HostUser, uris: Uris) -> EventTypeMembership:
    """One row of GET /event_type_memberships."""
    return EventTypeMembership(
        uri=uris.event_type_membership(event_type.id, host.user_id),
        event_type=event_types.event_type(event_type, uris),
        member=users.user(host.user, uris),
    )
