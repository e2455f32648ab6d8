"""Canceling through an invitee's link."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden, Invalid
from openslot.html.fields import filled, first
from openslot.html.lengths import MAX_REASON_LENGTH
from openslot.html.page import read
from openslot.pages import embed
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import about_booked, find, for_invitee, reports
from openslot.pages.resubmission import Again, sent, shown_again
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.services.booking import cancellation
from openslot.services.booking.invitees import BookedInvitee


@read("/cancellations/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The event and a form with a reason; canceled and past events are shown as such."""
    return _form(page, await find(page, conn, invitee_id))


@post("/cancellations/{invitee_id:str}", include_in_schema=False, status_code=303)
async def cancel(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Cancel, and show what became of it."""
    done: dict[str, str] = {}
    booked = await find(page, conn, invitee_id)
    data = filled(page.request)
    form = sent(page, conn, data)
    reason = first(data, "reason")[:MAX_REASON_LENGTH]
    if not form.may_process:
        return _form(page, booked, reason, form.again)
    now = page.on_clock(booked.event_type.clock_ahead).now
    try:
        async with conn.transaction():
            await cancellation.cancel_as_invitee(
                conn, booked.invitee.id, reason=reason or None, uris=page.uris, now=now
            )
        done = page.embed.done(embed.CANCELED)
    except Invalid:
        return _form(page, booked, reason, form.again, lacks_reason=True)
    except Forbidden:  # canceled meanwhile, or over: the page shows which
        pass
    return page.redirect(page.trail.lean.to("cancellations", invitee_id, **done))


def _form(
    page: VisitorPage,
    booked: BookedInvitee,
    reason: str = "",
    again: Again | None = None,
    *,
    lacks_reason: bool = False,
) -> Response[bytes]:
    page = for_invitee(page, booked)
    context = {
        "action": page.trail.lean.to("cancellations", str(booked.invitee.id)),
        "reason": reason,
        "longest": MAX_REASON_LENGTH,
        "message": reports(page, booked, embed.CANCELED),
        "lacks_reason": lacks_reason,
        **about_booked(page, booked),
        **shown_again(again),
    }
    status = 422 if lacks_reason else again.status if again else 200
    return page.render("cancel.html", context, status=status, accent=booked.event_type.color, private=True)
