"""The activity log as the API shows it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from openslot.db.activity_log import MAX_COUNTED, Counted, Entry
from openslot.presenters.uris import Uris
from openslot.wire.activity_log import ActivityLog, ActivityLogActor, ActivityLogEntry, ActorOrganization
from openslot.wire.codec import Timestamp
from openslot.wire.common import Pagination


def activity_log(rows: Sequence[Entry], pagination: Pagination, counted: Counted, uris: Uris) -> ActivityLog:
    """The shape of GET /activity_log_entries."""
    return ActivityLog(
        [entry(row, uris) for row in rows],
        pagination,
        total_count=min(counted.total, MAX_COUNTED),
        exceeds_max_total_count=counted.total > MAX_COUNTED,
        last_event_time=None if counted.newest is None else _milliseconds(counted.newest),
    )


def entry(row: Entry, uris: Uris) -> ActivityLogEntry:
    """One entry. Its payload is what webhooks deliver, or what an erasure has left of it."""
    return ActivityLogEntry(
        uri=uris.activity_log_entry(row.id),
        namespace=row.namespace,
        action=row.action,
        fully_qualified_name=f"{row.namespace}.{row.action}",
        occurred_at=_milliseconds(row.occurred_at),
        organization=uris.organization(row.organization_id),
        details={
            "event_type": None if row.event_type_id is None else uris.event_type(row.event_type_id),
            "users": [uris.user(user_id) for user_id in row.user_ids],
            "correlation_id": str(row.correlation_id),
            "payload": msgspec.json.decode(row.payload),
        },
        actor=_actor(row, uris),
    )


def _actor(row: Entry, uris: Uris) -> ActivityLogActor | UnsetType:
    if row.actor_id is None or row.actor_email is None:
        return UNSET
    role = row.actor_role
    return ActivityLogActor(
        type="User",
        uri=uris.user(row.actor_id),
        display_name=row.actor_name,
        alternative_identifier=row.actor_email,
        organization=UNSET if role is None else ActorOrganization(uris.organization(row.organization_id), role),
    )


def _milliseconds(instant: datetime) -> str:
    """Three digits, as this list alone has them (behaviours, section 2)."""
    return f"{str(Timestamp.of(instant))[:-4]}Z"
