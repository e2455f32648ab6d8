"""Answering a booking request from the link in a host's mail: GET shows it, POST answers, and the first answer counts.

Mail programs open links by themselves, so opening one changes nothing. Source: faces, section 1.
"""

from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden, Invalid, LinkEnded, NotFound, SlotUnavailable
from openslot.db import event_types, users
from openslot.db.pool import Conn
from openslot.html.fields import filled, first
from openslot.html.page import read
from openslot.pages.connections import ThisConn
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.security import answer_links
from openslot.services import access
from openslot.services.access import Principal
from openslot.services.booking import approvals

ANSWER, APPROVE, DECLINE = "answer", "approve", "decline"
"""The field that a button sends, and its values; the same key shows afterwards what was done."""
GONE = "gone"
"""Approved, but it can't be booked any more."""


@read("/booking_requests/{answer_link:str}")
async def show(page: ThisPage, conn: ThisConn, answer_link: FromPath[str]) -> Response[bytes]:
    """What is requested, with both answers; one that was answered, or has ended, is shown as such."""
    page, principal, hold_id = await _host(page, conn, answer_link)
    try:
        request = await approvals.get_open(conn, principal, hold_id, now=page.now)
    except (NotFound, Forbidden):
        return page.render("booking_request.html", {"request": None, "outcome": page.query.get(ANSWER)}, private=True)
    hold = request.hold
    event_type = await event_types.get(conn, hold.organization_id, hold.event_type_id)
    if event_type is None:
        raise NotFound("booking request")
    context = {
        "request": request,
        "outcome": page.query.get(ANSWER),
        "event_type": event_type,
        "until": f"{page.formats.full_date(page.formats.day(hold.expires_at))}, {page.formats.time(hold.expires_at)}",
        "action": page.trail.lean.to("booking_requests", answer_link),
    }
    return page.render("booking_request.html", context, accent=event_type.color, private=True)


@post("/booking_requests/{answer_link:str}", include_in_schema=False, status_code=303)
async def answer(page: ThisPage, conn: ThisConn, answer_link: FromPath[str]) -> Redirect:
    """Answer once, and show what became of it."""
    page, principal, hold_id = await _host(page, conn, answer_link)
    wanted = first(filled(page.request), ANSWER)
    outcome: str | None = wanted
    try:
        async with conn.transaction():
            if wanted == APPROVE:
                await approvals.approve(conn, principal, hold_id, uris=page.uris, now=page.now)
            elif wanted == DECLINE:
                await approvals.refuse(conn, principal, hold_id, uris=page.uris, now=page.now)
    except (NotFound, Forbidden):
        outcome = None  # answered before, or ended: the page shows that
    except (LinkEnded, Invalid, SlotUnavailable):
        outcome = GONE
    known = {} if outcome not in {APPROVE, DECLINE, GONE} else {ANSWER: outcome}
    return page.redirect(page.trail.lean.to("booking_requests", answer_link, **known))


async def _host(page: VisitorPage, conn: Conn, answer_link: str) -> tuple[VisitorPage, Principal, UUID]:
    """The page as the host reads it, who the host is, and which request is meant.

    Raises:
        NotFound: the link is none of ours, or the host is a member no more.
    """
    found = answer_links.read(page.form_tokens.key, answer_link)
    user = None if found is None else await users.get(conn, found.user_id)
    if found is None or user is None:
        raise NotFound("booking request")
    page.belongs_to(user.organization_id)
    principal = await access.member(conn, user.organization_id, user.id)
    page = page.on_clock(principal.user.clock_ahead)
    return page.for_host(locale=user.locale, timezone=user.timezone), principal, found.hold_id
