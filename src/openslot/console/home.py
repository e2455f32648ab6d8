"""The first page after signing in: what comes next, what waits for an answer, where others book."""

from collections.abc import Mapping
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.core.errors import Invalid, NotFound, SlotUnavailable
from openslot.core.ids import parse_id
from openslot.db import event_types
from openslot.db.rows import PageRequest
from openslot.html.fields import filled, first
from openslot.html.page import read
from openslot.presenters.event_types import scheduling_page
from openslot.services import meetings
from openslot.services.booking import approvals
from openslot.services.booking.kept_requests import BookingRequest
from openslot.services.meetings import Search

NEXT = 5
GONE = "gone"


@read("/app")
async def show(account: ThisAccount) -> Response[bytes]:
    """The member's own next meetings, the requests to answer, and the booking links."""
    conn, principal, page, now = account.conn, account.principal, account.page, account.now
    formats = page.formats
    search = Search(host_id=account.user.id)
    coming = await meetings.list_page(conn, principal, search, PageRequest(search.keys, NEXT), now=now)
    requests = await approvals.list_open(conn, principal, now=now)
    offered = await event_types.list_of_host(conn, account.user.organization_id, account.user.id)
    wanted = {one.hold.event_type_id for one in requests}
    names = await event_types.list_names(conn, account.user.organization_id, wanted) if wanted else {}
    context = {
        "profile": page.uris.profile_page(account.user.slug),
        "coming": [
            {
                "name": one.name,
                "url": page.to(f"/app/meetings/{one.id}"),
                "when": f"{formats.weekday_and_day(formats.day(one.start_time))}, "
                f"{formats.span(one.start_time, one.end_time)}",
                "with": formats.listed([
                    invitee.name for invitee in coming.invitees.get(one.id, []) if invitee.status == "active"
                ][:NEXT]) if coming.invitees.get(one.id) else "",
            }
            for one in coming.page.rows
        ],
        "all": page.to("/app/meetings"),
        "requests": [_request(account, one, names) for one in requests],
        "is_gone": page.query.get("answer") == GONE,
        "links": [
            {"name": one.name, "url": scheduling_page(one, page.uris), "is_on": one.active}
            for one in sorted(offered, key=lambda one: (one.position, one.name.casefold()))
        ],
        "steps": _steps(account, has_meetings=bool(coming.page.rows)),
    }  # fmt: skip
    return render(account, "home.html", "home", context)


@post("/app/requests/{hold_id:str}", include_in_schema=False, status_code=303)
async def answer(account: ThisAccount, hold_id: FromPath[str]) -> Redirect:
    """Approve or decline a booking request; who was slower than another host sees what became of it."""
    known = parse_id(hold_id)
    if known is None:
        raise NotFound("booking request")
    uris, now = account.page.uris, account.now
    try:
        async with account.conn.transaction():  # a refusal leaves nothing behind
            if first(filled(account.page.request), "answer") == "approve":
                await approvals.approve(account.conn, account.principal, known, uris=uris, now=now)
            else:
                await approvals.refuse(account.conn, account.principal, known, uris=uris, now=now)
    except (NotFound, Invalid, SlotUnavailable):
        return account.page.redirect(account.page.to("/app", answer=GONE))
    return account.page.redirect(account.page.to("/app"))


def _request(account: Account, one: BookingRequest, names: Mapping[UUID, str]) -> dict[str, object]:
    formats, hold = account.page.formats, one.hold
    return {
        "name": names[hold.event_type_id],
        "invitee": one.name,
        "email": one.booking.email,
        "when": f"{formats.full_date(formats.day(hold.start_time))}, {formats.span(hold.start_time, hold.end_time)}",
        "until": formats.moment(hold.expires_at),
        "answers": [(given.question, given.answer) for given in one.booking.answers if given.answer],
        "action": account.page.to(f"/app/requests/{hold.id}"),
    }


def _steps(account: Account, *, has_meetings: bool) -> list[tuple[str, str | None, bool]]:
    """What is worth doing first: text, address, and whether it is done. Empty once the first meeting is there."""
    if has_meetings:
        return []
    page = account.page
    return [
        (page.gettext("You have a booking page"), page.uris.profile_page(account.user.slug), True),
        (page.gettext("Share its link, or book a meeting with yourself to see how it goes"), None, False),
    ]
