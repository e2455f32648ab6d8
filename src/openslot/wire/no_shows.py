"""No-shows: the marks of absent invitees, which are resources of their own."""

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
    """URI of an invitee who is neither canceled nor marked, of an event that has begun."""
