"""Where a user can meet, as the API shows it."""

from openslot.core.booking_form import CONFERENCES
from openslot.wire.bounds import LOCATION_KINDS
from openslot.wire.locations import MeetingLocation


def meeting_locations() -> list[MeetingLocation]:
    """The shape of GET /locations: kinds that need no account. Conferences are left out while none can be connected."""
    return [MeetingLocation(kind) for kind in LOCATION_KINDS if kind not in CONFERENCES]
