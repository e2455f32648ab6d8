"""Messages to invitees and hosts about scheduled events."""

from msgspec import field

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open, Page


class OutgoingCommunication(Open, kw_only=True):
    """A message about a scheduled event. Source: GET /outgoing_communications."""

    type: str
    """``email`` or ``sms``."""
    subject: str | None
    to: str
    """An address, or a telephone number."""
    body: str
    sender_uri: str | None
    sender_email: str | None
    event_type_uri: str
    event_uri: str
    sent_at: Timestamp
    created_at: Timestamp
    scheduling_url: str
    from_: str = field(name="from")


class OutgoingCommunications(Page[OutgoingCommunication]):
    """A page of messages."""

    total_count: int
