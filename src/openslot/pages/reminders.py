"""Stopping the reminders of a booking: one button, which mail programs may press by themselves (RFC 8058)."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.db import mails
from openslot.html.page import read
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import about_booked, find, for_invitee
from openslot.pages.visitor import ThisPage

STOPPED = "stopped"
"""The key of an address whose page shows that it is done."""


@read("/reminders/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and the button."""
    booked = await find(page, conn, invitee_id)
    page = for_invitee(page, booked)
    context = {
        "action": page.trail.lean.to("reminders", invitee_id),
        "is_stopped": STOPPED in page.query,
        **about_booked(page, booked),
    }
    return page.render("reminders.html", context, accent=booked.event_type.color, private=True)


@post("/reminders/{invitee_id:str}", include_in_schema=False, status_code=303)
async def stop(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect:
    """Send none of those that wait. A mail program that does this sends no token of ours, and can do no harm."""
    booked = await find(page, conn, invitee_id)
    now = page.on_clock(booked.event_type.clock_ahead).now
    await mails.delete_reminders(conn, booked.invitee.organization_id, booked.invitee.id, now=now)
    return page.redirect(page.trail.lean.to("reminders", invitee_id, **{STOPPED: "yes"}))
