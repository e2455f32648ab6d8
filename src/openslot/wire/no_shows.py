"""No-shows: invitees marked absent; resources of their own."""

from msgspec import Struct

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class NoShow(Open):
    """The mark of an invitee who was absent. Source: GET /invitee_no_shows/{uuid}."""

    uri: str
    invitee: str
    created_at: Timestamp


class CreateNoShow(Struct):
    """Body of POST /invitee_no_shows."""

    invitee: str
    """URI of the invitee."""
