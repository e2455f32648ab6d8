"""Confirming again through an invitee's link: one button, since mail programs open links by themselves."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden
from openslot.pages.fields import filled
from openslot.pages.invitees import about_booked, find, for_invitee
from openslot.pages.page import ThisConn, ThisPage, read
from openslot.services import reconfirming


@read("/reconfirmations/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and the button; what is confirmed, canceled or past says so."""
    booked = await find(conn, invitee_id)
    page = for_invitee(page, booked)
    context = {"action": page.trail.lean.to("reconfirmations", invitee_id), **about_booked(page, booked)}
    return page.render("reconfirm.html", context, accent=booked.event_type.color, private=True)


@post("/reconfirmations/{invitee_id:str}", include_in_schema=False, status_code=303)
async def confirm(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect:
    """Confirm, and show what became of it."""
    await filled(page.request)
    booked = await find(conn, invitee_id)
    try:
        async with conn.transaction():
            await reconfirming.confirm(conn, booked.invitee.id, links=page.links, now=page.now)
    except Forbidden:  # canceled or begun meanwhile: the page says which
        pass
    return page.redirect(page.trail.lean.to("reconfirmations", invitee_id))
