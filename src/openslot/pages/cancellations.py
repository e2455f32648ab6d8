"""Canceling through an invitee's link."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden
from openslot.pages.fields import filled, first
from openslot.pages.invitees import about_booked, find, for_invitee
from openslot.pages.limits import LONGEST_REASON
from openslot.pages.page import ThisConn, ThisPage, read
from openslot.services import cancellation


@read("/cancellations/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and a form with a reason; canceled and past events say so."""
    booked = await find(conn, invitee_id)
    page = for_invitee(page, booked)
    context = {
        "action": page.trail.lean.to("cancellations", invitee_id),
        "longest": LONGEST_REASON,
        **about_booked(page, booked),
    }
    return page.render("cancel.html", context, accent=booked.event_type.color, private=True)


@post("/cancellations/{invitee_id:str}", include_in_schema=False, status_code=303)
async def cancel(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect:
    """Cancel, and show what became of it."""
    booked = await find(conn, invitee_id)
    reason = first(await filled(page.request), "reason")[:LONGEST_REASON]
    try:
        async with conn.transaction():
            await cancellation.cancel_as_invitee(
                conn, booked.invitee.id, reason=reason or None, links=page.links, now=page.now
            )
    except Forbidden:  # canceled meanwhile, or over: the page says which
        pass
    return page.redirect(page.trail.lean.to("cancellations", invitee_id))
