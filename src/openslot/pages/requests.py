"""The page of who has requested a meeting: what became of it, and withdrawing it. Only that person has its address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import NotFound
from openslot.db import answered_requests, event_types, holds
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.html.fields import filled
from openslot.html.page import read
from openslot.html.text import identifier
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import confirmation_url
from openslot.pages.resubmission import Again, sent, shown_again
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters.event_types import booking_path
from openslot.services import serving
from openslot.services.booking import approvals
from openslot.services.booking.holds import Reason


@dataclass(frozen=True)
class _Request:
    """A booking request in any state."""

    hold_id: UUID
    event_type: EventType
    start: datetime
    end: datetime
    state: str
    """``waiting``, or the outcome."""
    expires_at: datetime | None = None
    invitee_id: UUID | None = None


@read("/requests/{hold_id:str}")
async def show(page: ThisPage, conn: ThisConn, hold_id: FromPath[str]) -> Response[bytes]:
    """Whether it waits, and until when, or what became of it."""
    page, request = await _find(page, conn, hold_id)
    return _shown(page, request)


@post("/requests/{hold_id:str}", include_in_schema=False, status_code=303)
async def withdraw(page: ThisPage, conn: ThisConn, hold_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Withdraw it, unless it was answered meanwhile; the page shows which."""
    page, request = await _find(page, conn, hold_id)
    form = sent(page, conn, filled(page.request))
    if not form.may_process:
        return _shown(page, request, form.again)
    try:
        async with conn.transaction():
            await approvals.withdraw(conn, request.hold_id, uris=page.uris, now=page.now)
    except NotFound:
        pass
    return page.redirect(page.trail.lean.to("requests", hold_id, timezone=page.zone.key))


async def _find(page: VisitorPage, conn: Conn, hold_id: str) -> tuple[VisitorPage, _Request]:
    """The page as the visitor reads it, and the request.

    Raises:
        NotFound: there is none, or it was forgotten.
    """
    known = identifier(hold_id)
    if known is None:
        raise NotFound("booking request")
    hold = await holds.find(conn, known)
    if hold is not None and hold.reason == Reason.APPROVAL:
        event_type = await event_types.get(conn, hold.organization_id, hold.event_type_id)
        if event_type is None:
            raise NotFound("booking request")
        page = await _for(page, conn, event_type)
        state = "waiting" if hold.expires_at > page.now else "expired"
        return page, _Request(known, event_type, hold.start_time, hold.end_time, state, hold.expires_at)
    found = await answered_requests.find(conn, known)
    event_type = None if found is None else await event_types.get(conn, found.organization_id, found.event_type_id)
    if found is None or event_type is None:
        raise NotFound("booking request")
    request = _Request(known, event_type, found.start_time, found.end_time, found.outcome, invitee_id=found.invitee_id)
    return await _for(page, conn, event_type), request


async def _for(page: VisitorPage, conn: Conn, event_type: EventType) -> VisitorPage:
    await page.shows_for(conn, event_type.organization_id)
    page = page.on_clock(event_type.clock_ahead)
    return page.for_host(locale=event_type.locale, timezone=event_type.owner_timezone)


def _shown(page: VisitorPage, request: _Request, again: Again | None = None) -> Response[bytes]:
    event_type, formats = request.event_type, page.formats
    until = request.expires_at
    offered = serving.is_open(event_type) and event_type.link_token is None
    context = {
        "event_type": event_type,
        "start": request.start,
        "end": request.end,
        "state": request.state,
        "until": None if until is None else f"{formats.full_date(formats.day(until))}, {formats.time(until)}",
        "booked_url": confirmation_url(page, event_type, request.invitee_id) if request.invitee_id else None,
        "again_url": page.trail.lean.to(*booking_path(event_type)) if offered else None,
        "action": page.trail.lean.to("requests", str(request.hold_id), timezone=page.zone.key),
        **shown_again(again),
    }
    status = again.status if again else 200
    return page.render("request.html", context, status=status, accent=event_type.color, private=True)
