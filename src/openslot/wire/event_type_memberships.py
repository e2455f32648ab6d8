"""Who hosts an event type."""

from openslot.wire.common import Open
from openslot.wire.event_types import EventType
from openslot.wire.users import User


class EventTypeMembership(Open, kw_only=True):
    """A host of an event type. Source: GET /event_type_memberships."""

    uri: str
    event_type: EventType
    member: User
