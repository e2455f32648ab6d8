"""Limits of meetings as the API shows them."""

from collections.abc import Mapping
from uuid import UUID

from openslot.core.limits import Period
from openslot.db import meeting_limits
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.limits import Limit, UserMeetingLimits


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


def user_limits(user_id: UUID, maxima: Mapping[Period, int], uris: Uris) -> UserMeetingLimits:
    """The shape of GET /user_meeting_limits."""
    return UserMeetingLimits(
        user=uris.user(user_id),
        daily=maxima.get(Period.DAY),
        weekly=maxima.get(Period.WEEK),
        monthly=maxima.get(Period.MONTH),
    )
