"""Marking invitees as absent, and taking the mark back. Source: rules, section 12; behaviours, section 11."""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound, invalid
from openslot.core.ids import new_id
from openslot.db import invitees, no_shows, scheduled_events
from openslot.db.invitees import Invitee
from openslot.db.no_shows import NoShow
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters.uris import Uris
from openslot.services import access
from openslot.services.access import Principal
from openslot.services.booking.invitees import record


async def mark(
    conn: Conn,
    principal: Principal,
    invitee_id: UUID,
    *,
    before_start: str,
    uris: Uris,
    now: datetime,
) -> NoShow:
    """Mark an invitee.

    Past and running events only, as Calendly has it, unless ``before_start`` is ``accept`` (ADR 0008).

    Raises:
        NotFound: no such invitee in the organization.
        Forbidden: not a host and no admin.
        Invalid: the invitee canceled, or has a mark already (behaviours, section 11); it is too early.
    """
    invitee, event = await _visible(conn, principal, invitee_id)
    if invitee.status == "canceled":
        raise invalid("invitee", "is canceled")
    if before_start == "refuse" and now < event.start_time:
        raise invalid("base", "Event is not started yet")  # to the letter; source: since-september, section 7
    made = NoShow(new_id(), invitee.organization_id, invitee.id, event.id, now)
    if not await no_shows.insert(conn, made):
        raise invalid("invitee", "is marked as a no-show already")
    await record(conn, "invitee_no_show.created", invitee.organization_id, invitee.id, uris, now=now)
    return made


async def get(conn: Conn, principal: Principal, no_show_id: UUID) -> NoShow:
    """One mark.

    Raises:
        NotFound: no such mark in the organization. Forbidden: not a host and no admin.
    """
    found = await no_shows.get(conn, principal.organization_id, no_show_id)
    if found is None:
        raise NotFound("no-show")
    await _visible(conn, principal, found.invitee_id)
    return found


async def unmark(conn: Conn, principal: Principal, no_show_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Take a mark back.

    Raises:
        NotFound: no such mark in the organization. Forbidden: not a host and no admin.
    """
    found = await no_shows.get(conn, principal.organization_id, no_show_id)
    if found is None:
        raise NotFound("no-show")
    invitee, _ = await _visible(conn, principal, found.invitee_id)
    if not await no_shows.delete(conn, principal.organization_id, no_show_id, now=now):
        raise NotFound("no-show")
    await record(conn, "invitee_no_show.deleted", invitee.organization_id, invitee.id, uris, now=now)


async def _visible(conn: Conn, principal: Principal, invitee_id: UUID) -> tuple[Invitee, ScheduledEvent]:
    invitee = await invitees.get(conn, principal.organization_id, invitee_id)
    if invitee is None:
        raise NotFound("invitee")
    event = await scheduled_events.get(conn, principal.organization_id, invitee.scheduled_event_id)
    if event is None:
        raise NotFound("invitee")
    if not await access.may_manage_event(conn, principal, event):
        raise Forbidden
    return invitee, event
