"""No-shows: invitees marked absent; resources of their own."""

from typing import Annotated

from msgspec import Struct

from openslot.wire.bounds import uri
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class NoShow(Open):
    """The mark of an invitee who was absent. Source: GET /invitee_no_shows/{uuid}."""

    uri: str
    invitee: str
    created_at: Timestamp


class CreateNoShow(Struct):
    """Body of POST /invitee_no_shows."""

    invitee: Annotated[str, uri("invitees")]
    """URI of the invitee: not canceled, not marked already, of an event that has begun."""
