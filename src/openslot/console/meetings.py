"""Meetings: what comes, what was, what was canceled; and one of them, with what can be done about it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console import meeting_search, spreadsheets
from openslot.console.page import render
from openslot.console.paging import neighbours, page_of
from openslot.core.errors import Forbidden, Invalid, NotFound
from openslot.core.ids import parse_id
from openslot.db.invitees import Invitee
from openslot.db.rows import PageRequest
from openslot.db.scheduled_events import ScheduledEvent
from openslot.html.fields import Field, filled, first
from openslot.html.page import NO_STORE, read
from openslot.presenters import places
from openslot.presenters.scheduled_events import location_of
from openslot.services import meetings
from openslot.services.booking import cancellation, no_shows
from openslot.services.meetings import When

ROWS, MOST_IN_FILE = 25, 10_000
KINDS = (datetime, UUID)
MAX_REASON_LENGTH = 10_000


@read("/app/meetings")
async def show(account: ThisAccount) -> Response[bytes]:
    """A list, narrowed by what its address holds."""
    page = account.page
    narrowed = meeting_search.read(account)
    request = page_of(page, narrowed.search.keys, KINDS, limit=ROWS)
    found = await meetings.list_page(account.conn, account.principal, narrowed.search, request, now=account.now)
    kept = {key: value for key, value in narrowed.query.items() if key != "when"}
    titles = {
        When.UPCOMING: page.gettext("Upcoming"),
        When.PAST: page.gettext("Past"),
        When.CANCELED: page.gettext("Canceled"),
    }
    context = {
        "tabs": [
            (text, page.to("/app/meetings", when=when, **kept), when is narrowed.search.when)
            for when, text in titles.items()
        ],
        "when": narrowed.search.when,
        "fields": await meeting_search.fields(account, narrowed),
        "is_narrowed": bool(kept),
        "all": page.to("/app/meetings", when=narrowed.search.when),
        "action": page.to("/app/meetings"),
        "meetings": [_row(account, one, found.invitees.get(one.id, [])) for one in found.page.rows],
        "pages": neighbours(page, "/app/meetings", found.page, **narrowed.query),
        "file": page.to("/app/meetings.csv", **narrowed.query),
    }
    return render(account, "meetings.html", "meetings", context)


@read("/app/meetings.csv")
async def download(account: ThisAccount) -> Response[bytes]:
    """The same list as a file for spreadsheets, up to ``MOST_IN_FILE`` meetings, one line for each invitee."""
    narrowed = meeting_search.read(account)
    rows: list[list[str]] = []
    request: PageRequest | None = PageRequest(narrowed.search.keys, 500)
    while request is not None and len(rows) < MOST_IN_FILE:
        found = await meetings.list_page(account.conn, account.principal, narrowed.search, request, now=account.now)
        for event in found.page.rows:
            rows += _lines(event, found.invitees.get(event.id, []))
        request = None if found.page.next is None else request._replace(cursor=found.page.next)
    header = ["Start", "End", "Event", "Status", "Hosts", "Name", "Email", "Invitee status", "No-show", "Location"]
    headers = {
        "Cache-Control": NO_STORE,
        "Content-Disposition": f'attachment; filename="meetings-{narrowed.search.when}.csv"',
    }
    body = spreadsheets.as_csv(header, rows[:MOST_IN_FILE])
    return Response(body, media_type="text/csv", headers=headers)


@read("/app/meetings/{event_id:str}")
async def show_meeting(account: ThisAccount, event_id: FromPath[str]) -> Response[bytes]:
    """One meeting."""
    return await _meeting(account, _id(event_id))


@post("/app/meetings/{event_id:str}/cancellation", include_in_schema=False, status_code=303)
async def cancel(account: ThisAccount, event_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Cancel the meeting for everybody; each of them gets a mail."""
    known = _id(event_id)
    reason = first(filled(account.page.request), "reason")[:MAX_REASON_LENGTH]
    try:
        await cancellation.cancel_event(
            account.conn, account.principal, known, reason=reason or None, uris=account.page.uris, now=account.now
        )
    except Forbidden as error:
        if str(error) not in {cancellation.ALREADY_CANCELED, cancellation.IN_THE_PAST}:
            raise
    return account.page.redirect(account.page.to(f"/app/meetings/{known}"))


@post("/app/meetings/{event_id:str}/no-shows", include_in_schema=False, status_code=303)
async def mark(account: ThisAccount, event_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Mark an invitee as absent, or take the mark back."""
    known = _id(event_id)
    data = filled(account.page.request)
    invitee_id, mark_id = parse_id(first(data, "invitee")), parse_id(first(data, "no_show"))
    uris, now = account.page.uris, account.now
    try:
        if mark_id is not None:
            await no_shows.unmark(account.conn, account.principal, mark_id, uris=uris, now=now)
        elif invitee_id is not None:
            before = account.page.settings.no_show_before_start
            await no_shows.mark(account.conn, account.principal, invitee_id, before_start=before, uris=uris, now=now)
    except (Invalid, NotFound):
        pass  # somebody has done it meanwhile: the page shows how it is
    return account.page.redirect(account.page.to(f"/app/meetings/{known}"))


async def _meeting(account: Account, event_id: UUID) -> Response[bytes]:
    page, formats = account.page, account.page.formats
    event, invitees = await meetings.get(account.conn, account.principal, event_id)
    is_active, has_begun = event.status == "active", event.start_time <= account.now
    may_mark = has_begun or page.settings.no_show_before_start == "accept"
    ended = event.cancellation
    context = {
        "event": _row(account, event, invitees),
        "span": f"{formats.full_date(formats.day(event.start_time))}, {formats.span(event.start_time, event.end_time)}",
        "zone": formats.zone_name,
        "hosts": [host.user_name for host in event.hosts],
        "guests": [guest.email for guest in event.guests],
        "invitees": [_invitee(account, event, one, may_mark=may_mark) for one in invitees],
        "canceled_by": None if ended is None else ended.canceled_by,
        "reason": None if ended is None else ended.reason,
        "cancel": page.to(f"/app/meetings/{event.id}/cancellation") if is_active and not has_begun else None,
        "reason_field": Field(
            "reason", page.gettext("Reason"), "textarea", hint=page.gettext("Those who take part read it.")
        ),
        "mark": page.to(f"/app/meetings/{event.id}/no-shows"),
        "back": page.to("/app/meetings"),
    }
    return render(account, "meeting.html", "meetings", context)


def _row(account: Account, event: ScheduledEvent, invitees: Sequence[Invitee]) -> dict[str, object]:
    """A meeting as lists show it."""
    formats = account.page.formats
    shown = [one for one in invitees if event.status == "canceled" or one.status == "active"]
    return {
        "name": event.name,
        "url": account.page.to(f"/app/meetings/{event.id}"),
        "day": formats.weekday_and_day(formats.day(event.start_time)),
        "time": formats.span(event.start_time, event.end_time),
        "hosts": formats.listed([host.user_name for host in event.hosts]) if event.hosts else "",
        "invitees": formats.listed([one.name for one in shown[:3]]) if shown else "",
        "more": len(shown) - 3,
        "is_canceled": event.status == "canceled",
    }


def _invitee(account: Account, event: ScheduledEvent, one: Invitee, *, may_mark: bool) -> dict[str, object]:
    page = account.page
    place = places.booked(page, location_of(one, event))
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "timezone": one.timezone,
        "phone": one.text_reminder_number,
        "answers": [(answer.question, answer.answer) for answer in one.questions_and_answers],
        "place": None if place is None else ", ".join(part for part in (place.title, place.detail) if part),
        "place_url": None if place is None else place.url,
        "is_canceled": one.status == "canceled",
        "was_moved": one.rescheduled,
        "reason": None if one.cancellation is None else one.cancellation.reason,
        "no_show": one.no_show_id,
        "may_mark": may_mark and one.status == "active",
        "page": page.uris.page("invitees", str(one.id)),
        "reschedule": page.uris.reschedule_page(one.id) if one.status == "active" else None,
        "booked": page.formats.moment(one.created_at),
        "source": one.tracking.utm_source,
    }


def _lines(event: ScheduledEvent, invitees: Sequence[Invitee]) -> list[list[str]]:
    """A meeting's lines of a file: one for each invitee. Instants are UTC, which every program reads alike."""
    begins = [f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (event.start_time, event.end_time)]
    hosts = ", ".join(host.user_name for host in event.hosts)
    place = event.location
    where = place.location if place is not None and isinstance(place.location, str) else ""
    own = [*begins, event.name, event.status, hosts]
    return [[*own, one.name, one.email, one.status, "yes" if one.no_show_id else "", where] for one in invitees] or [
        [*own, "", "", "", "", where]
    ]


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("meeting")
    return known
