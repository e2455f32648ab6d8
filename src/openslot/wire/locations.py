"""Where a user can meet."""

from msgspec import UNSET, UnsetType

from openslot.wire.common import Open


class MeetingLocation(Open, omit_defaults=True):
    """A kind of location that a user can choose for event types. Source: GET /locations."""

    kind: str
    connected: bool | UnsetType = UNSET
    """For conferences: whether the user has connected an account."""
