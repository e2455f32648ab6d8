"""Confirming again through an invitee's link: one button, since mail programs open links by themselves."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden
from openslot.html.fields import filled
from openslot.html.page import read
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import about_booked, find, for_invitee
from openslot.pages.resubmission import Again, sent, shown_again
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.services.booking import reconfirming
from openslot.services.booking.invitees import BookedInvitee


@read("/reconfirmations/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and the button; what is confirmed, canceled or past is shown as such."""
    return _form(page, await find(page, conn, invitee_id))


@post("/reconfirmations/{invitee_id:str}", include_in_schema=False, status_code=303)
async def confirm(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Confirm, and show what became of it."""
    form = sent(page, conn, filled(page.request))
    booked = await find(page, conn, invitee_id)
    if not form.may_process:
        return _form(page, booked, form.again)
    now = page.on_clock(booked.event_type.clock_ahead).now
    try:
        async with conn.transaction():
            await reconfirming.confirm(conn, booked.invitee.id, uris=page.uris, now=now)
    except Forbidden:  # canceled or begun meanwhile: the page shows which
        pass
    return page.redirect(page.trail.lean.to("reconfirmations", invitee_id))


def _form(page: VisitorPage, booked: BookedInvitee, again: Again | None = None) -> Response[bytes]:
    page = for_invitee(page, booked)
    context = {
        "action": page.trail.lean.to("reconfirmations", str(booked.invitee.id)),
        **about_booked(page, booked),
        **shown_again(again),
    }
    status = again.status if again else 200
    return page.render("reconfirm.html", context, status=status, accent=booked.event_type.color, private=True)
