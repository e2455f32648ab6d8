"""Events of the log as the API shows them."""

import msgspec

from openslot.db import events as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.events import LoggedEvent


def logged(row: rows.Logged, uris: Uris) -> LoggedEvent:
    """The shape of GET /openslot/events."""
    return LoggedEvent(
        uri=uris.extension("events", row.id),
        event=row.name,
        occurred_at=Timestamp.of(row.occurred_at),
        correlation_id=str(row.correlation_id),
        event_type=None if row.event_type_id is None else uris.event_type(row.event_type_id),
        users=[uris.user(user_id) for user_id in row.user_ids],
        test=row.test_of is not None,
        erased_at=None if row.erased_at is None else Timestamp.of(row.erased_at),
        payload=msgspec.json.decode(row.payload),
    )
