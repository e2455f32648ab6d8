"""Requests to confirm a booking again, and what follows where an invitee does not. Source: rules, section 12.

One request per invitee; a moved booking has a new one. No webhook is listed for any of it, so what happens is in
the event log under names of our own, and in the invitee's ``reconfirmation``.
"""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.db import invitees, reconfirmations
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.reconfirmations import Due
from openslot.presenters.uris import Uris
from openslot.services.booking import cancellation
from openslot.services.booking.cancellation import Canceler
from openslot.services.booking.invitees import find, record
from openslot.services.mails import announcing
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Reconfirmation

NOT_CONFIRMED = "Not reconfirmed in time"
"""The reason of a cancellation that no person made."""


async def request(conn: Conn, due: Due, *, uris: Uris, now: datetime) -> bool:
    """Open the request in the caller's transaction; whether there was none."""
    opened = Reconfirmation(created_at=Timestamp.of(now), confirmed_at=None)
    if not await reconfirmations.request(conn, due.organization_id, due.invitee_id, opened):
        return False
    now_open = await record(
        conn, "invitee.reconfirmation_requested", due.organization_id, due.invitee_id, uris, now=now
    )
    await announcing.to_reconfirm(conn, now_open.invitee, now_open.event, now=now)
    return True


async def confirm(conn: Conn, invitee_id: UUID, *, uris: Uris, now: datetime) -> Invitee:
    """Confirm through the public link. Repeating it changes nothing.

    Raises:
        NotFound: no such invitee. Forbidden: no request is open; canceled; the event has begun.
    """
    found = (await find(conn, invitee_id)).invitee
    invitee, _ = await cancellation.hold_for_invitee(conn, found, now=now)
    request = invitee.reconfirmation
    if request is None:
        raise Forbidden("There is nothing to confirm")
    if request.confirmed_at is not None:
        return invitee
    confirmed = Reconfirmation(created_at=request.created_at, confirmed_at=Timestamp.of(now))
    await reconfirmations.confirm(conn, invitee.organization_id, invitee.id, confirmed)
    return (await record(conn, "invitee.reconfirmed", invitee.organization_id, invitee.id, uris, now=now)).invitee


async def act_on_silence(conn: Conn, due: Due, *, uris: Uris, now: datetime) -> bool:
    """Do what the event type sets for no answer, in the caller's transaction; whether something was to be done.

    The event is locked first, as when confirming, so that an answer in the last moment counts or comes too late.
    """
    found = await invitees.get(conn, due.organization_id, due.invitee_id)
    if found is None:
        return False
    await cancellation.lock_time(conn, due.organization_id, found.scheduled_event_id)
    try:
        invitee, event = await cancellation.hold_for_invitee(conn, found, now=now)
    except (Forbidden, NotFound):  # canceled, or begun, meanwhile
        return False
    if invitee.reconfirmation is None or invitee.reconfirmation.confirmed_at is not None:
        return False
    if not await reconfirmations.mark_acted(conn, due.organization_id, due.invitee_id, now=now):
        return False
    await record(conn, "invitee.reconfirmation_unanswered", due.organization_id, due.invitee_id, uris, now=now)
    if due.action == "cancel":
        by = Canceler(event.hosts[0].user_name if event.hosts else "", "host")
        await cancellation.leave(conn, invitee, event, by=by, reason=NOT_CONFIRMED, uris=uris, now=now)
    return True
