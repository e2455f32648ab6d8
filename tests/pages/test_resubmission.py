"""The same form sent again: a reload, Back, a lost answer, a double click without JavaScript. Source: ADR 0022."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from conftest import SECRET_KEY, Clock, Statements
from factories import Organization, make_routing_form
from openslot.db import event_types
from openslot.db.pool import Conn, make_pool
from openslot.jobs import cleanup
from openslot.security.form_tokens import FormTokens
from openslot.services import scheduling_links
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
"""Tuesday, 10:00 in Rome."""
ADA = {"name": "Ada", "email": "ada@example.org"}
CHANGED_NOTHING = "what you sent just now has changed nothing"


async def booked(conn: Conn, organization: Organization) -> list[tuple[datetime, str, str]]:
    """Every invitee of the organization: start, name, status."""
    cursor = await conn.execute(
        "SELECT event.start_time, invitee.name, invitee.status FROM invitees AS invitee JOIN scheduled_events AS event"
        " ON event.organization_id = invitee.organization_id AND event.id = invitee.scheduled_event_id"
        " WHERE invitee.organization_id = %s ORDER BY 1, 2, 3",
        (organization.id,),
    )
    return [(start, name, status) for start, name, status in await cursor.fetchall()]


def at(hour: int, minute: int = 0) -> datetime:
    """On Tuesday, UTC."""
    return datetime(2027, 1, 5, hour, minute, tzinfo=UTC)


async def a_class(conn: Conn, organization: Organization, clock: Clock, seats: int = 3) -> Offer:
    return await put_on_show(conn, organization, now=clock.now, kind="group", seats=seats)


async def test_a_class_is_not_filled_by_one_person_who_sends_the_form_three_times(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await a_class(conn, organization, clock)
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    confirmations = set()
    for _ in range(3):
        await browser.send(ADA, form=form)
        confirmations.add(str(browser.url))
        assert (browser.response.history[0].status_code, browser.heading) == (303, "You are scheduled")
        assert CHANGED_NOTHING not in browser.document.text
        browser.document = form_page(form)
    assert len(confirmations) == 1
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


def form_page(form: Node) -> Node:
    """The document of a form that was shown before."""
    node = form
    while node.parent is not None:
        node = node.parent
    return node


async def send_again(browser: PlainBrowser, form: Node, values: Mapping[str, str]) -> Node:
    """Send a form of an earlier page, as after Back."""
    browser.document = form_page(form)
    return await browser.send(values, form=form)


async def test_who_has_booked_and_sends_again_is_shown_the_booking_and_not_that_somebody_was_quicker(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    await browser.send(ADA)
    first = str(browser.url)
    await send_again(browser, form, ADA)
    assert (browser.status, browser.heading, str(browser.url)) == (200, "You are scheduled", first)
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


@pytest.mark.parametrize(
    "correction",
    [{"name": "Ada L."}, {"email": "ada@example.com"}, {"guests": "bob@example.org"}],
    ids=["name", "email", "guests"],
)
async def test_a_correction_after_the_booking_shows_the_booking_and_that_it_changed_nothing(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, correction: dict[str, str]
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    await browser.send(ADA)
    first = browser.url.path
    page = await send_again(browser, form, ADA | correction)
    assert (browser.status, browser.heading, browser.url.path) == (200, "You are scheduled", first)
    assert CHANGED_NOTHING in page.text
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


async def test_a_form_that_was_refused_can_be_sent_again(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    await browser.send({"name": "Ada"})
    assert browser.status == 422
    await send_again(browser, form, ADA)
    assert browser.heading == "You are scheduled"
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


async def test_a_form_whose_start_was_taken_books_another_start_once(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, http: httpx.AsyncClient
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    other = PlainBrowser(http)
    await other.open(f"{offer.path}/{SLOT}")
    await other.send({"name": "Bob", "email": "bob@example.org"})
    page = await send_again(browser, form, ADA)
    assert browser.status == 409
    assert "Somebody else was quicker" in page.text
    instead = page.one("form", method="post")
    await browser.send({"start_time": "2027-01-05T10:00:00Z"})
    first = browser.url.path
    assert browser.heading == "You are scheduled"
    for form_again, values in ((instead, {"start_time": "2027-01-05T11:00:00Z"}), (form, ADA)):
        await send_again(browser, form_again, values)
        assert (browser.heading, browser.url.path) == ("You are scheduled", first)
    assert await booked(conn, organization) == [(at(9), "Bob", "active"), (at(10), "Ada", "active")]


@pytest.mark.parametrize("seats", [1, 3])
async def test_what_arrives_several_times_at_once_makes_one_booking_that_all_are_shown(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock, seats: int
) -> None:
    kind = "solo" if seats == 1 else "group"
    offer = await put_on_show(conn, organization, now=clock.now, kind=kind, seats=seats)
    visitors = [PlainBrowser(http) for _ in range(6)]
    form = (await visitors[0].open(f"{offer.path}/{SLOT}")).one("form", method="post")
    for visitor in visitors:
        visitor.response, visitor.document = visitors[0].response, form_page(form)
    await asyncio.gather(*(visitor.send(ADA, form=form) for visitor in visitors))
    seen = {(visitor.heading, visitor.url.path) for visitor in visitors}
    assert seen == {("You are scheduled", visitors[0].url.path)}
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


async def test_a_single_use_link_that_the_form_has_used_up_still_leads_to_its_booking(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_types.get(conn, organization.id, organization.event_type_id)
    assert event_type is not None
    link = await scheduling_links.create(conn, event_type, organization.owner.id, now=clock.now)
    form = (await browser.open(f"/d/{link.token}/{event_type.slug}/{SLOT}")).one("form", method="post")
    await browser.send(ADA)
    first = browser.url.path
    await send_again(browser, form, ADA)
    assert (browser.status, browser.heading, browser.url.path) == (200, "You are scheduled", first)


async def test_a_booking_of_a_type_that_was_turned_off_since_is_still_shown(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    await browser.send(ADA)
    first = browser.url.path
    await conn.execute("UPDATE event_types SET active = false WHERE organization_id = %s", (organization.id,))
    await send_again(browser, form, ADA)
    assert (browser.status, browser.heading, browser.url.path) == (200, "You are scheduled", first)


async def test_a_booking_that_was_moved_or_canceled_since_is_shown_as_such(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    await browser.send(ADA)
    await browser.follow(text="Cancel")
    await browser.send()
    await send_again(browser, form, ADA)
    assert (browser.status, browser.heading) == (200, "This event was canceled")
    assert await booked(conn, organization) == [(at(9), "Ada", "canceled")]


async def test_a_request_sent_again_is_one_request(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await put_on_show(conn, organization, now=clock.now, requires_approval=True)
    form = (await browser.open(f"{offer.path}/{SLOT}?timezone=Europe/Rome")).one("form", method="post")
    await browser.send(ADA)
    first, heading = str(browser.url), browser.heading
    await send_again(browser, form, ADA)
    assert (browser.status, browser.heading, str(browser.url)) == (200, heading, first)
    cursor = await conn.execute("SELECT count(*) FROM holds WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (1,)


async def test_a_move_sent_again_shows_the_new_time(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    invitee = browser.url.path.rpartition("/")[2]
    form = (await browser.open(f"/reschedulings/{invitee}/2027-01-05T11:00:00Z")).one("form", method="post")
    await browser.send({"reason": "Late"})
    first = browser.url.path
    assert browser.heading == "You are scheduled"
    await send_again(browser, form, {"reason": "Late"})
    assert (browser.status, browser.heading, browser.url.path) == (200, "You are scheduled", first)
    assert await booked(conn, organization) == [(at(9), "Ada", "canceled"), (at(11), "Ada", "active")]


async def test_routing_answers_sent_again_are_stored_once_and_lead_the_same_way(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    routing = await make_routing_form(conn, organization, now=clock.now)
    email, need, _ = (f"answer-{question.uuid}" for question in routing.questions)
    form = (await browser.open(f"/routing_forms/{routing.id}")).one("form", method="post")
    seen = []
    for choice in ("Meeting", "Meeting", "Job", "Job", "Meeting"):
        browser.document = form_page(form)
        await browser.send({email: "ada@example.org", need: choice}, form=form)
        seen.append((browser.status, str(browser.url)))
    assert seen[0] == seen[1] == seen[4]
    assert seen[2] == seen[3]
    cursor = await conn.execute(
        "SELECT questions_and_answers -> 1 ->> 'answer' FROM routing_form_submissions WHERE routing_form_id = %s"
        " ORDER BY 1",
        (routing.id,),
    )
    assert [answer for (answer,) in await cursor.fetchall()] == ["Job", "Meeting"]


async def test_a_cancellation_sent_again_keeps_the_first_reason(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    form = (await browser.follow(text="Cancel")).one("form", method="post")
    await browser.send({"reason": "Cold"})
    page = await send_again(browser, form, {"reason": "Flu"})
    assert (browser.status, browser.heading, "Cold" in page.text) == (200, "This event was canceled", True)
    assert await booked(conn, organization) == [(at(9), "Ada", "canceled")]


async def test_a_browser_without_cookies_books_moves_and_cancels(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    seen: list[tuple[int, str]] = []
    for address, values in (
        (f"{offer.path}/{SLOT}", ADA),
        ("/reschedulings/{}/2027-01-05T11:00:00Z", {}),
        ("/cancellations/{}", {}),
    ):
        invitee = browser.url.path.rpartition("/")[2] if seen else ""
        await browser.open(address.format(invitee))
        assert "set-cookie" not in browser.response.headers
        browser.client.cookies.clear()
        await browser.send(values)
        seen.append((browser.status, browser.heading))
    assert seen == [(200, "You are scheduled"), (200, "You are scheduled"), (200, "This event was canceled")]
    assert await booked(conn, organization) == [(at(9), "Ada", "canceled"), (at(11), "Ada", "canceled")]


TYPED = {
    "name": "Ada <b>", "email": "ada@example.org", "guests": "bob@example.org\r\ncy@example.org", "location": "1",
    "location-text-1": "+39 06 5550 0123", "answer-0": "other", "answer-0-other-text": "The cat",
    "answer-1": ["0", "2"], "answer-2": "Two\r\nlines", "answer-3": "+39 333 1234567",
    "location-text-1-country": "US", "answer-3-country": "IT",
}  # fmt: skip
OLD_TOKENS = ["", "0" * 56, "0" * 128, "é" * 56, "too old", "of another service", "changed"]


def a_bad_token(kind: str, good: str, now: datetime) -> str:
    match kind:
        case "too old":
            return FormTokens(SECRET_KEY).new(now - timedelta(days=7))
        case "of another service":
            return FormTokens("another key").new(now)
        case "changed":
            return good[:-1] + ("A" if good[-1] != "A" else "B")
        case _:
            return kind


def typed_on(browser: PlainBrowser) -> dict[str, list[str]]:
    """What the page's form holds, its token aside."""
    found: dict[str, list[str]] = {}
    for name, value in browser.held(browser.document.one("form", method="post")):
        if value and name not in ("_csrf_token", "timezone", "clock", "joins", "minutes"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("kind", OLD_TOKENS)
async def test_a_form_whose_token_does_not_hold_is_shown_again_as_it_was_typed_and_works_when_sent_once_more(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer, clock: Clock, kind: str
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}")
    good = dict(browser.held(browser.document.one("form", method="post")))["_csrf_token"]
    page = await browser.send({**TYPED, "_csrf_token": a_bad_token(kind, good, clock.now)})
    assert (browser.status, browser.heading) == (422, "Your details")
    assert page.one("div", id="once-more").one("h2").text == "Please send it once more"
    assert typed_on(browser) == {name: [one] if isinstance(one, str) else one for name, one in TYPED.items()}
    assert await booked(conn, organization) == []
    await browser.send()
    assert browser.heading == "You are scheduled"
    assert await booked(conn, organization) == [(at(9), "Ada <b>", "active")]


@pytest.mark.parametrize("kind", OLD_TOKENS)
async def test_so_are_those_that_move_cancel_confirm_and_answer(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, clock: Clock, kind: str
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    invitee = browser.url.path.rpartition("/")[2]
    routing = await make_routing_form(conn, organization, now=clock.now)
    email, need, more = (f"answer-{question.uuid}" for question in routing.questions)
    for address, values, heading in (
        (f"/routing_forms/{routing.id}", {email: "ada@example.org", need: "Job", more: "a\r\nb"}, "Thank you"),
        (f"/reschedulings/{invitee}/2027-01-05T11:00:00Z", {"reason": "Late\r\n\r\nagain"}, "You are scheduled"),
        ("/cancellations/{}", {"reason": " A cold"}, "This event was canceled"),
    ):
        await browser.open(address.format(browser.url.path.rpartition("/")[2]))
        good = dict(browser.held(browser.document.one("form", method="post")))["_csrf_token"]
        page = await browser.send({**values, "_csrf_token": a_bad_token(kind, good, clock.now)})
        assert (browser.status, len(page.all("div", id="once-more"))) == (422, 1)
        assert typed_on(browser) == {name: [value.strip()] for name, value in values.items()}
        await browser.send()
        assert (browser.status, browser.heading) == (200, heading)


async def test_a_form_that_made_something_leads_there_even_when_it_has_become_too_old(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, clock: Clock
) -> None:
    form = (await browser.open(f"{offer.path}/2027-01-26T09:00:00Z")).one("form", method="post")
    clock.advance(days=6)
    await browser.send(ADA)
    first = browser.url.path
    clock.advance(days=6)
    await send_again(browser, form, ADA)
    assert (browser.heading, browser.url.path) == ("You are scheduled", first)
    assert len(await booked(conn, organization)) == 1


async def test_what_was_sent_long_ago_is_forgotten_and_a_form_so_old_makes_nothing(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, database_url: str
) -> None:
    offer = await a_class(conn, organization, clock)
    form = (await browser.open(f"{offer.path}/2027-01-26T09:00:00Z")).one("form", method="post")
    await browser.send(ADA)
    clock.advance(days=7, seconds=1)
    pool = make_pool(database_url, size=1)
    async with pool:
        await cleanup.sweep(pool, clock.now)
    cursor = await conn.execute("SELECT count(*) FROM form_tokens WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (0,)
    await send_again(browser, form, ADA)
    assert (browser.status, len(browser.document.all("div", id="once-more"))) == (422, 1)
    assert len(await booked(conn, organization)) == 1


async def test_a_token_is_nowhere_in_the_database(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    token = dict(browser.held(browser.document.one("form", method="post")))["_csrf_token"]
    await browser.send(ADA)
    cursor = await conn.execute("SELECT digest, sent FROM form_tokens WHERE organization_id = %s", (organization.id,))
    ((digest, content),) = await cursor.fetchall()
    secret = urlsafe_b64decode(token)[:16]
    assert (digest, len(content), len({digest, content, secret})) == (sha256(secret).digest(), 32, 3)


async def test_showing_a_form_writes_nothing(http: httpx.AsyncClient, offer: Offer, statements: Statements) -> None:
    with statements.counting() as sent:
        await http.get(f"{offer.path}/{SLOT}")
    assert [one for one in sent if not one.lstrip().startswith(("SELECT", "WITH"))] == []


@pytest.mark.parametrize("code", ["it", "th"])
async def test_another_language_keeps_what_was_typed_and_names_no_mistakes(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer, code: str
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}?utm_source=flyer&name=Zoe&timezone=Asia/Tokyo")
    page = await press_language(browser, code, TYPED)
    assert (browser.status, page.one("html").attributes["lang"]) == (200, code)
    assert typed_on(browser) == {name: [one] if isinstance(one, str) else one for name, one in TYPED.items()}
    assert page.one("details", class_="zone").attributes["data-zone"] == "Asia/Tokyo"
    assert page.all("div", class_="notice") == []
    assert await booked(conn, organization) == []
    await browser.send()
    assert (browser.status, len(await booked(conn, organization))) == (200, 1)
    assert browser.document.one("html").attributes["lang"] == code
    cursor = await conn.execute(
        "SELECT tracking ->> 'utm_source', timezone FROM invitees WHERE organization_id = %s", (organization.id,)
    )
    assert await cursor.fetchone() == ("flyer", "Asia/Tokyo")


async def press_language(browser: PlainBrowser, code: str, values: Mapping[str, str | Sequence[str]]) -> Node:
    """The button of a language: its form is sent to the address of the button, with what was typed."""
    button = browser.document.one("button", lang=code)
    form = browser.document.one("form", id=button.attributes["form"])
    form.attributes["action"] = button.attributes["formaction"]
    return await browser.send(values, form=form)


async def test_another_zone_or_clock_keeps_what_was_typed_without_javascript(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}?utm_source=flyer&name=Zoe")
    page = await press(browser, "Show all time zones", TYPED)
    assert "Asia/Tokyo" in [node.attributes["value"] for node in page.one("select", id="timezone").all("option")]
    page = await press(browser, "Show times", {}, timezone="Asia/Tokyo")
    page = await press(browser, "24-hour", {})
    kept = {name: [one] if isinstance(one, str) else one for name, one in TYPED.items()}
    assert (browser.status, typed_on(browser), page.all("div", class_="notice")) == (200, kept, [])
    assert page.one("details", class_="zone").attributes["data-zone"] == "Asia/Tokyo"
    assert "18:00 \N{EN DASH} 18:30" in page.text
    assert await booked(conn, organization) == []
    await browser.send()
    cursor = await conn.execute(
        "SELECT tracking ->> 'utm_source', timezone FROM invitees WHERE organization_id = %s", (organization.id,)
    )
    assert await cursor.fetchone() == ("flyer", "Asia/Tokyo")
    assert "18:00 \N{EN DASH} 18:30" in browser.document.text


async def test_a_zone_that_was_chosen_and_not_shown_books_in_the_one_that_was_shown(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    page = await browser.open(f"{offer.path}/{SLOT}?zones=all")
    shown = page.one("details", class_="zone").attributes["data-zone"]
    await browser.send({**ADA, "timezone": ["Asia/Tokyo", shown]})
    cursor = await conn.execute("SELECT timezone FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (shown,)


async def test_moving_to_another_zone_or_clock_keeps_the_reason(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    invitee = browser.url.path.rpartition("/")[2]
    await browser.open(f"/reschedulings/{invitee}/2027-01-05T11:00:00Z?zones=all")
    await press(browser, "Show times", {"reason": "Late"}, timezone="Asia/Tokyo")
    page = await press(browser, "24-hour", {})
    assert (typed_on(browser), browser.status) == ({"reason": ["Late"]}, 200)
    assert "20:00 \N{EN DASH} 20:30" in page.text


async def press(
    browser: PlainBrowser, text: str, values: Mapping[str, str | Sequence[str]], timezone: str | None = None
) -> Node:
    """A button beside the form, which sends it to the button's address; ``timezone`` is chosen in its list before."""
    (button,) = (node for node in browser.document.all("button") if node.text == text)
    form = browser.document.one("form", id=button.attributes["form"])
    form.attributes["action"] = button.attributes["formaction"]
    held = dict.fromkeys(name for name, _ in browser.held(form))
    own: dict[str, str | Sequence[str]] = {}
    for name in [*held, *([button.attributes["name"]] if "name" in button.attributes else [])]:
        given = [value for other, value in browser.held(form) if other == name]
        if name == "timezone":
            zones = [node for node in browser.document.walk() if node.attributes.get("name") == "timezone"]
            shown = next(
                node.attributes["value"] for node in zones if node.tag == "input" and "form" in node.attributes
            )
            own[name] = [timezone or shown, shown]
        if name == button.attributes.get("name"):
            own[name] = [button.attributes["value"], *given]
    return await browser.send({**own, **values}, form=form)


async def test_so_it_does_on_forms_that_move_cancel_and_answer(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, clock: Clock
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    invitee = browser.url.path.rpartition("/")[2]
    routing = await make_routing_form(conn, organization, now=clock.now)
    email, need, more = (f"answer-{question.uuid}" for question in routing.questions)
    for address, values in (
        (f"/routing_forms/{routing.id}", {email: "no address", need: "Job", more: "a\r\nb"}),
        (f"/reschedulings/{invitee}/2027-01-05T11:00:00Z", {"reason": "Late"}),
        (f"/cancellations/{invitee}", {"reason": "A cold"}),
    ):
        await browser.open(address)
        page = await press_language(browser, "it", values)
        assert (browser.status, page.one("html").attributes["lang"]) == (200, "it")
        assert typed_on(browser) == {name: [value] for name, value in values.items()}
    assert await booked(conn, organization) == [(at(9), "Ada", "active")]


async def test_enter_sends_the_form_and_does_not_change_the_language(browser: PlainBrowser, offer: Offer) -> None:
    """Browsers then press the first button of the form."""
    page = await browser.open(f"{offer.path}/{SLOT}")
    buttons = [node for node in page.one("form", id="details").walk() if node.tag == "button"]
    first = next(node for node in page.walk() if node in buttons or node.attributes.get("form") == "details")
    assert [button.text for button in buttons] == ["Schedule event"]
    # one that nobody sees, before those of zone and clock
    assert (first.tag, first.attributes["class"], "formaction" in first.attributes) == (
        "button", "visually-hidden", False,
    )  # fmt: skip


async def test_a_start_that_is_gone_when_it_is_looked_at_blames_nobody(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    page = await browser.open(f"{offer.path}/{SLOT}")
    assert browser.status == 409
    notice = page.one("div", id="gone").text
    assert notice == (
        "That time is no longer available Choose another time below."
        " If you have booked this one yourself, your booking stands."
    )


async def test_a_form_in_which_nothing_was_typed_is_kept_for_going_back(browser: PlainBrowser, offer: Offer) -> None:
    """Where it is fetched again, it has a new token, and sending it again would book again."""
    await browser.open(f"{offer.path}/{SLOT}")
    assert browser.response.headers["cache-control"] == "private, max-age=0, no-transform"


SENDS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["Ada", "Ada", "Bob", ""]), st.integers(1, 3)), min_size=1, max_size=8
)
"""Which of the forms that are open, the name that is typed, and how often it is sent at once."""


@hypothesis.settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(sends=SENDS)
async def test_however_forms_are_sent_each_that_was_shown_books_once_what_it_held_first(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock, sends: list[tuple[int, str, int]]
) -> None:
    group = await put_on_show(conn, organization, now=clock.now, kind="group", seats=3)
    solo = await put_on_show(conn, organization, now=clock.now, buffer_before_minutes=0)
    browser = PlainBrowser(http)
    number = len(await booked(conn, organization))
    day = datetime(2027, 1, 5, tzinfo=UTC) + timedelta(weeks=number)  # away from what earlier examples have booked
    paths = [f"{group.path}/{day:%Y-%m-%d}T08:00:00Z"] * 2 + [
        f"{solo.path}/{day:%Y-%m-%d}T{hour}:00:00Z" for hour in (10, 10)
    ]
    forms = []
    for path in paths:
        page = await browser.open(path)
        forms.append((page.one("form", method="post"), browser.response))
    made: dict[int, str] = {}
    taken: set[str] = set()
    for which, name, times in sends:
        form, shown = forms[which]
        visitors = [PlainBrowser(http) for _ in range(times)]
        for visitor in visitors:
            visitor.response, visitor.document = shown, form_page(form)
        await asyncio.gather(
            *(visitor.send({"name": name, "email": "a@example.org"}, form=form) for visitor in visitors)
        )
        seen = {(visitor.status, visitor.heading, visitor.url.path) for visitor in visitors}
        if which in made:
            expected = (200, "You are scheduled", made[which])
        elif which >= 2 and "solo" in taken:
            expected = (409, "Your details", paths[which])
        elif not name:
            expected = (422, "Your details", paths[which])
        else:
            made[which] = visitors[0].url.path
            taken |= {"solo"} if which >= 2 else set()
            expected = (200, "You are scheduled", made[which])
        assert seen == {expected}
    assert len(set(made.values())) == len(made)
    assert len(await booked(conn, organization)) == number + len(made)
