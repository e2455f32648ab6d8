"""Bringing along other guests than at first, through an invitee's link."""

from dataclasses import replace

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden, Invalid
from openslot.html.fields import Field, Filled, filled, problems
from openslot.html.page import read
from openslot.pages import forms
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import about_booked, confirmation_url, find, for_invitee
from openslot.pages.resubmission import Again, sent, shown_again
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.services.booking import guests
from openslot.services.booking.invitees import BookedInvitee


@read("/guests/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and its guests, to be changed."""
    return _form(page, await find(page, conn, invitee_id))


@post("/guests/{invitee_id:str}", include_in_schema=False, status_code=303)
async def change(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Change them, and show the booking."""
    booked = await find(page, conn, invitee_id)
    data = filled(page.request)
    form = sent(page, conn, data)
    if not form.may_process:
        return _form(page, booked, data, form.again)
    now = page.on_clock(booked.event_type.clock_ahead).now
    try:
        async with conn.transaction():
            await guests.change(conn, booked.invitee.id, forms.guests(data), uris=page.uris, now=now)
    except Forbidden:  # canceled meanwhile, or over: the page shows which
        pass
    except Invalid as exc:
        return _form(page, booked, data, replace(form.again, refused=exc))
    return page.redirect(confirmation_url(page, booked.event_type, booked.invitee.id))


def _form(
    page: VisitorPage, booked: BookedInvitee, data: Filled | None = None, again: Again | None = None
) -> Response[bytes]:
    page = for_invitee(page, booked)
    fields: list[Field] = [forms.guests_field(page, data or {forms.GUESTS: ["\n".join(booked.guests)]})]
    refused = again.refused if again else None
    if refused is not None:
        fields = forms.with_errors(page, fields, refused.details, data or {})
    context = {
        "action": page.trail.lean.to("guests", str(booked.invitee.id)),
        "fields": fields,
        "problems": problems(page, fields) if refused else [],
        **about_booked(page, booked),
        **shown_again(again),
    }
    status = again.status if again else 200
    return page.render("guests.html", context, status=status, accent=booked.event_type.color, private=True)
