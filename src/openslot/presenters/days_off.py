"""Days off as our own API shows them."""

from openslot.db import days_off as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.days_off import DaysOff


def days_off(row: rows.DaysOff, uris: Uris) -> DaysOff:
    """The shape of POST /openslot/days_off."""
    return DaysOff(
        uri=uris.extension("days_off", row.id),
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        user=None if row.user_id is None else uris.user(row.user_id),
        created_at=Timestamp.of(row.created_at),
    )
