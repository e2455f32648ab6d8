"""Limits of meetings as our own API shows them."""

from openslot.db import meeting_limits
from openslot.presenters.links import Links
from openslot.wire.codec import Timestamp
from openslot.wire.limits import Limit


def limit(row: meeting_limits.MeetingLimit, links: Links) -> Limit:
    """The shape of PUT /openslot/limits."""
    return Limit(
        uri=links.extension("limits", row.id),
        period=row.period,
        maximum=row.maximum,
        event_type=None if row.event_type_id is None else links.event_type(row.event_type_id),
        user=None if row.user_id is None else links.user(row.user_id),
        created_at=Timestamp.of(row.created_at),
    )
