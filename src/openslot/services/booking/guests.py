"""Guests after the booking: an invitee brings along more people, or fewer.

Source: behaviours, section 10, for how many there may be.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.booking_form import check_guests
from openslot.core.contacts import is_same_address
from openslot.core.errors import FieldError, Invalid
from openslot.db import invitees
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services.booking import cancellation
from openslot.services.booking.invitees import Refreshed, find, record, refresh
from openslot.services.mails import announcing

CHANGED = "invitee.guests_changed"
"""In the event log, under a name of ours: Calendly has no webhook for it (ADR 0012)."""


async def change(conn: Conn, invitee_id: UUID, wanted: Sequence[str], *, uris: Uris, now: datetime) -> Refreshed:
    """Let exactly these guests come along, as the invitee says through the public link; who stays gets no invitation.

    Raises:
        NotFound: no such invitee. Forbidden: canceled already; in the past.
        Invalid: an address is none, or there are too many.
    """
    errors: list[FieldError] = []
    guests = check_guests(wanted, errors)
    if errors:
        raise Invalid(*errors)
    found = await find(conn, invitee_id)
    await cancellation.lock_time(conn, found.event.organization_id, found.event.id)
    invitee, event = await cancellation.hold_for_invitee(conn, found.invitee, now=now)
    before = await invitees.list_guests(conn, event.organization_id, invitee.id)
    added = [one for one in guests if not any(is_same_address(one, other) for other in before)]
    removed = [one for one in before if not any(is_same_address(one, other) for other in guests)]
    if not added and not removed:
        return await refresh(conn, event.organization_id, invitee.id)
    await invitees.change_guests(conn, invitee, added=added, removed=removed, now=now)
    after = await record(conn, CHANGED, event.organization_id, invitee.id, uris, now=now)
    await announcing.guests_changed(conn, after.invitee, after.event, added=added, removed=removed, now=now)
    return after
