"""No-shows as the API shows them."""

from openslot.db import no_shows as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.no_shows import NoShow


def no_show(row: rows.NoShow, uris: Uris) -> NoShow:
    """The shape of GET /invitee_no_shows/{uuid}."""
    return NoShow(
        uri=uris.no_show(row.id),
        invitee=uris.invitee(row.scheduled_event_id, row.invitee_id),
        created_at=Timestamp.of(row.created_at),
    )
