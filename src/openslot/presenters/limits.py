"""Limits of meetings as our own API shows them."""

from openslot.db import meeting_limits
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.limits import Limit


def limit(row: meeting_limits.MeetingLimit, uris: Uris) -> Limit:
    """The shape of PUT /openslot/limits."""
    return Limit(
        uri=uris.extension("limits", row.id),
        period=row.period,
        maximum=row.maximum,
        event_type=None if row.event_type_id is None else uris.event_type(row.event_type_id),
        user=None if row.user_id is None else uris.user(row.user_id),
        created_at=Timestamp.of(row.created_at),
    )
