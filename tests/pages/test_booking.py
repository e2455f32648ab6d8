"""Booking by plain HTTP, as a browser without JavaScript does it."""

from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from conftest import Clock, Statements
from factories import Organization, booking_body, make_event_type
from openslot.db.pool import Conn
from pages.offers import Offer
from pages.plain_browser import PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
"""Tuesday, 10:00 in Rome."""


async def counts(conn: Conn, organization: Organization) -> tuple[int, int]:
    """How many scheduled events and invitees an organization has."""
    cursor = await conn.execute(
        "SELECT (SELECT count(*) FROM scheduled_events WHERE organization_id = %(id)s),"
        " (SELECT count(*) FROM invitees WHERE organization_id = %(id)s)",
        {"id": organization.id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def stored(conn: Conn, organization: Organization) -> dict[str, object]:
    """The invitee who booked last."""
    cursor = await conn.execute(
        "SELECT to_jsonb(invitees) FROM invitees WHERE organization_id = %s ORDER BY created_at DESC, id DESC LIMIT 1",
        (organization.id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    found: dict[str, object] = row[0]
    return found


async def test_a_booking_from_calendar_to_confirmation(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    await browser.open(f"{offer.path}?utm_source=flyer&salesforce_uuid=00Q1")
    await browser.follow(text="12")
    page = await browser.follow(label="10:00\u202fAM, Tuesday, January 12, 2027, Central European Time")
    assert browser.heading == "Your details"
    assert "Tuesday, January 12, 2027" in page.text
    await browser.send({"name": "Ada Example", "email": "ada@example.org", "guests": "bob@example.org"})
    assert (browser.status, browser.heading) == (200, "You are scheduled")
    assert browser.response.history[0].status_code == 303
    for part in ("Tuesday, January 12, 2027", "Central European Time", "Ada Example", "bob@example.org", offer.host):
        assert part in browser.document.text
    invitee = await stored(conn, organization)
    assert browser.url.path == f"{offer.path}/invitees/{invitee['id']}"
    assert (invitee["timezone"], invitee["scheduling_method"]) == ("Europe/Rome", None)
    assert invitee["tracking"] == {
        "utm_source": "flyer", "salesforce_uuid": "00Q1", "utm_medium": None, "utm_campaign": None, "utm_content": None,
        "utm_term": None,
    }  # fmt: skip


async def test_times_are_shown_and_booked_in_the_zone_the_visitor_chose(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    page = await browser.open(f"{offer.path}?date=2027-01-12&utm_source=flyer")
    assert page.one("details", class_="zone").attributes["data-zone"] == "Europe/Rome"
    page = await browser.send({"timezone": "Asia/Bangkok"}, form=page.one("form", method="get"))
    assert (browser.url.params["date"], browser.url.params["utm_source"]) == ("2027-01-12", "flyer")
    await browser.follow(label="4:00\u202fPM, Tuesday, January 12, 2027, Thailand Time")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert "Thailand Time" in browser.document.text
    invitee = await stored(conn, organization)
    assert invitee["timezone"] == "Asia/Bangkok"


async def test_a_zone_chosen_at_the_confirm_step_is_the_one_booked_in(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    page = await browser.open(f"{offer.path}/{SLOT}")
    form = page.one("form", id="details")  # of which the button beside the list of zones is one
    form.attributes["action"] = page.one("button", class_="quiet").attributes["formaction"]
    page = await browser.send({"timezone": ["America/New_York", "Europe/Rome"]}, form=form)
    assert "4:00\u202fAM" in page.text.replace(" AM", "\u202fAM")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert (await stored(conn, organization))["timezone"] == "America/New_York"


async def test_questions_and_locations_reach_the_booking(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}?a2=Raku&name=Ada&email=ada@example.org")
    await browser.send(
        {"location": "2", "location-text-2": "Bar Sport", "answer-0": "other", "answer-0-other-text": "The cat",
         "answer-2": "Two\r\nlines", "answer-3": "+39 333 1234567"}
    )  # fmt: skip
    assert browser.heading == "You are scheduled"
    assert "Bar Sport" in browser.document.text
    assert (await stored(conn, organization))["questions_and_answers"] == [
        {"question": "What would you like to see?", "answer": "The cat", "position": 0},
        {"question": "Which clays do you know?", "answer": "Raku", "position": 1},
        {"question": "Anything else?", "answer": "Two\nlines", "position": 2},
        {"question": "Mobile", "answer": "+393331234567", "position": 3},
    ]


async def test_what_is_wrong_is_listed_with_links_to_the_fields_and_nothing_typed_is_lost(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}?utm_source=flyer")
    typed = {
        "name": "Ada <b>Example</b>", "email": "no address", "guests": "bob@example.org\r\nnonsense", "location": "1",
        "location-text-1": "12", "answer-1": ["0", "2"], "answer-2": "Two\r\nlines",
    }  # fmt: skip
    page = await browser.send(typed)
    assert browser.status == 422
    summary = page.one("div", id="problems")
    assert "autofocus" in summary.attributes
    links = [(link.attributes["href"], link.text) for link in summary.all("a")]
    assert links == [
        ("#email", "Enter an email address in the form name@example.com"),
        ("#guests", "“nonsense” is not an email address"),
        ("#location-text-1", "Check the phone number and its country: there is no such number there"),
        ("#answer-0-0", "What would you like to see?: Choose an answer"),
        ("#answer-3", "Mobile: Enter your phone number"),
    ]
    identified = {node.attributes["id"]: node for node in page.walk() if "id" in node.attributes}
    assert all(href.removeprefix("#") in identified for href, _ in links)
    assert identified["email"].attributes["aria-invalid"] == "true"
    assert identified[identified["email"].attributes["aria-describedby"].split()[-1]].text == links[0][1]
    held = browser.held(page.one("form", method="post"))
    for name, value in typed.items():
        assert [one for key, one in held if key == name] == ([value] if isinstance(value, str) else value)
    assert await counts(conn, organization) == (0, 0)
    await browser.send(
        {"email": "ada@example.org", "guests": "", "location": "0", "answer-0": "1", "answer-3": "+39333123456"}
    )
    assert browser.heading == "You are scheduled"
    tracking = (await stored(conn, organization))["tracking"]
    assert isinstance(tracking, dict)
    assert tracking["utm_source"] == "flyer"


async def test_a_time_that_somebody_else_took_is_replaced_without_typing_anything_again(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer, http: httpx.AsyncClient
) -> None:
    await browser.open(f"{offer_with_questions.path}/{SLOT}?utm_source=flyer")
    quicker = PlainBrowser(http)
    await quicker.open(f"{offer_with_questions.path}/{SLOT}")
    filled = {"location": "0", "answer-0": "0", "answer-3": "+39333123456"}
    await quicker.send({"name": "Quick", "email": "quick@example.org", **filled})
    page = await browser.send({"name": "Slow", "email": "slow@example.org", **filled})
    assert browser.status == 409
    assert "That time is no longer available" in page.one("div", id="gone").text
    others = [node.attributes for node in page.all("input", name="start_time")]
    assert SLOT not in [other["value"] for other in others]
    assert others[0]["aria-label"] == "9:00\u202fAM, Tuesday, January 5, 2027, Central European Time"
    assert await counts(conn, organization) == (1, 1)
    await browser.send({"start_time": others[3]["value"]})
    assert browser.heading == "You are scheduled"
    assert "Slow" in browser.document.text
    assert await counts(conn, organization) == (2, 2)


async def test_a_link_to_a_time_that_is_gone_offers_others_at_once(
    browser: PlainBrowser, organization: Organization, offer: Offer, http: httpx.AsyncClient
) -> None:
    answer = await http.get(
        "/api/v2/event_types",
        headers=organization.headers,
        params={"active": "true", "user": f"https://book.example/api/v2/users/{organization.owner.id}"},
    )
    uris = {one["scheduling_url"]: one["uri"] for one in answer.json()["collection"]}
    uri = uris[f"https://book.example{offer.path}"]
    booked = await http.post("/api/v2/invitees", headers=organization.headers, json=booking_body(uri, SLOT))
    assert booked.status_code == 201
    page = await browser.open(f"{offer.path}/{SLOT}?month=2027-01&date=2027-01-05")
    assert browser.status == 409
    assert page.all("input", name="start_time")


@pytest.mark.parametrize("start", ["2027-01-05T09:10:00Z", "2020-01-06T09:00:00Z", "2027-01-09T09:00:00Z"])
async def test_a_start_that_never_was_on_offer_cannot_be_booked(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, start: str
) -> None:
    page = await browser.open(f"{offer.path}/{start}")
    assert browser.status == 409
    del page
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert browser.status == 409
    assert await counts(conn, organization) == (0, 0)


@pytest.mark.parametrize(
    "start", ["x", "2027-01-05", "2027-13-05T09:00:00Z", "99999-01-05T09:00:00Z", "0001-01-01T00:00:00+14:00"]
)
async def test_a_start_that_is_no_time_is_a_page_that_does_not_exist(
    browser: PlainBrowser, offer: Offer, start: str
) -> None:
    await browser.open(f"{offer.path}/{start}")
    assert browser.status == 404


FAR_OFF = [
    "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2514-05-30T01:53:04Z", "9999-12-20T00:00:00Z",
    "9999-12-31T23:59:59Z",
]  # fmt: skip


@pytest.mark.parametrize("start", FAR_OFF)
async def test_a_start_that_is_too_far_off_to_be_booked_is_a_page_that_does_not_exist(
    browser: PlainBrowser, offer: Offer, start: str
) -> None:
    await browser.open(f"{offer.path}/{start}")
    assert (browser.status, browser.heading) == (404, "This page does not exist")
    await browser.open(f"{offer.path}/{start}?timezone=Pacific/Kiritimati")
    assert browser.status == 404


@pytest.mark.parametrize("start", FAR_OFF)
async def test_a_start_that_is_too_far_off_cannot_be_posted(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, start: str
) -> None:
    form = (await browser.open(f"{offer.path}/{SLOT}")).one("form", method="post")
    filled = [*browser.held(form), ("name", "Ada"), ("email", "ada@example.org"), ("start_time", start)]
    response = await browser.client.post(f"{offer.path}/{SLOT}", data=dict(filled))
    assert response.status_code == 404
    assert await counts(conn, organization) == (0, 0)


@pytest.mark.parametrize("start", ["1970-01-01T00:00:00Z", "2514-05-30T01:53:03Z"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_the_first_and_the_last_start_that_can_be_named_are_gone(
    browser: PlainBrowser, offer: Offer, start: str, zone: str
) -> None:
    await browser.open(f"{offer.path}/{start}?timezone={zone}")
    assert (browser.status, "That time is no longer available" in browser.document.text) == (409, True)


async def test_a_start_may_be_written_with_an_offset(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}/2027-01-05T10:00:00%2B01:00")
    assert browser.status == 200


async def test_a_form_without_its_token_books_nothing(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer, http: httpx.AsyncClient
) -> None:
    form = {"name": "Ada", "email": "ada@example.org"}
    assert (await http.post(f"{offer.path}/{SLOT}", data=form)).status_code == 422
    await browser.open(f"{offer.path}/{SLOT}")
    page = await browser.send({**form, "_csrf_token": "0" * 128})
    assert browser.status == 422
    assert browser.heading == "Your details"
    assert page.one("html").attributes["lang"] == "en"
    assert await counts(conn, organization) == (0, 0)


async def test_any_text_can_be_typed(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer_with_questions: Offer
) -> None:
    evil = "\x00'; DROP TABLE invitees; -- <script>alert(1)</script> {{ 7 * 7 }} %(name)s 🦆"
    await browser.open(f"{offer_with_questions.path}/{SLOT}")
    page = await browser.send(
        {"name": evil, "email": "ada@example.org", "location": "2", "location-text-2": evil, "answer-0": "other",
         "answer-0-other-text": evil, "answer-2": evil, "answer-3": "+39333123456"}
    )  # fmt: skip
    assert browser.heading == "You are scheduled"
    assert evil.removeprefix("\x00") in page.text
    assert len(page.all("script")) == 2
    assert (await stored(conn, organization))["name"] == evil.removeprefix("\x00")


@pytest.mark.parametrize(
    "body",
    [b"", b"%", b"name=%ff%fe", b"name=" + b"x" * 100_000, b"=&=&&", b"start_time=x", b"answer-0=" + b"9" * 6000],
)
async def test_a_broken_body_is_refused_and_breaks_nothing(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    offer_with_questions: Offer,
    http: httpx.AsyncClient,
    body: bytes,
) -> None:
    page = await browser.open(f"{offer_with_questions.path}/{SLOT}")
    token = page.one("input", name="_csrf_token").attributes["value"].encode()
    response = await http.post(
        f"{offer_with_questions.path}/{SLOT}",
        content=b"_csrf_token=" + token + b"&" + body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert 400 <= response.status_code < 500
    assert await counts(conn, organization) == (0, 0)


async def test_a_month_without_times_leads_to_the_next_that_has_some(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_event_type(
        conn, organization.owner.user, now=clock.now, slug="later", range_kind="fixed", range_first="2027-03-10",
        range_last="2027-03-20",
    )  # fmt: skip
    page = await browser.open(f"/{organization.owner.user.slug}/later")
    assert "No times in January 2027" in page.text
    page = await browser.follow(text="Wednesday, March 10, 2027")
    assert page.one("h2", id="month").text == "March 2027"
    assert page.all("a", class_="slot")


async def test_months_can_be_turned_and_days_without_times_are_no_links(browser: PlainBrowser, offer: Offer) -> None:
    page = await browser.open(offer.path)
    assert not page.all("a", id="previous")
    squares = [node.tag for node in page.walk() if "day" in node.attributes.get("class", "").split()]
    assert squares.count("a") == 20  # weekdays from Monday the 4th
    assert squares.count("span") == 11
    page = await browser.follow(label="Next month")
    assert page.one("h2", id="month").text == "February 2027"
    page = await browser.follow(label="Previous month")
    assert page.one("h2", id="month").text == "January 2027"


async def test_pages_with_somebodys_data_are_kept_nowhere(browser: PlainBrowser, offer: Offer) -> None:
    page = await browser.open(f"{offer.path}/{SLOT}")
    assert page.one("meta", name="robots").attributes["content"] == "noindex"
    await browser.send({"name": "Ada"})
    assert browser.response.headers["cache-control"] == "private, no-store"
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert browser.response.headers["cache-control"] == "private, no-store"


async def change_hours(conn: Conn, organization: Organization, rules: list[dict[str, object]]) -> None:
    await conn.execute(
        "UPDATE availability_schedules SET rules = %s WHERE organization_id = %s", (Jsonb(rules), organization.id)
    )


FAR: list[tuple[str, dict[str, object], list[dict[str, object]] | None, str]] = [
    ("five months on", {"range_kind": "fixed", "range_first": "2027-06-14", "range_last": "2027-06-20"}, None,
     "Monday, June 14, 2027"),
    ("four years on", {"range_kind": "fixed", "range_first": "2031-02-03", "range_last": "2031-02-28"}, None,
     "Monday, February 3, 2031"),
    ("at the calendar's end", {"range_kind": "fixed", "range_first": "2031-12-31", "range_last": "2032-02-28"}, None,
     "Wednesday, December 31, 2031"),
    ("a season", {}, [{"type": "date", "date": "2028-08-01", "intervals": [{"from": "09:00", "to": "12:00"}]}],
     "Tuesday, August 1, 2028"),
    ("a long notice", {"notice_minutes": 400 * 24 * 60}, None, "Tuesday, February 8, 2028"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "hours", "day"), [case[1:] for case in FAR], ids=[case[0] for case in FAR])
async def test_the_next_times_are_found_however_far_they_are_at_bounded_cost(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    statements: Statements,
    *,
    values: dict[str, object],
    hours: list[dict[str, object]] | None,
    day: str,
) -> None:
    """Source: calcom/cal.diy#28470."""
    made: dict[str, Any] = {**values, "slug": "far"}
    await make_event_type(conn, organization.owner.user, now=clock.now, **made)
    if hours is not None:
        await change_hours(conn, organization, hours)
    with statements.counting() as sent:
        page = await browser.open(f"/{organization.owner.user.slug}/far")
    assert "The next times are on:" in page.text
    assert len(sent) <= 2 + 2 * 6
    await browser.follow(text=day)
    assert browser.document.one("section", id="times").all("a", class_="slot") != []


async def test_where_there_are_none_at_all_that_is_shown(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, statements: Statements
) -> None:
    await make_event_type(conn, organization.owner.user, now=clock.now, slug="never")
    await change_hours(conn, organization, [])
    with statements.counting() as sent:
        page = await browser.open(f"/{organization.owner.user.slug}/never")
    times = page.one("section", id="times")
    assert times.text == (
        "No times at the moment All are taken, or none are offered now. Others may come: look in again. "
        f"See what {organization.owner.user.name} offers"
    )
    assert len(sent) <= 2 + 2 * 6


async def test_a_month_after_the_last_times_leads_back_to_the_first(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_event_type(
        conn, organization.owner.user, now=clock.now, slug="soon", range_kind="rolling", range_days=30
    )
    page = await browser.open(f"/{organization.owner.user.slug}/soon?month=2027-09")
    assert "There are none after it either. The first times are on:" in page.text
    await browser.follow(text="Monday, January 4, 2027")
    assert browser.document.one("section", id="times").all("a", class_="slot") != []


async def test_a_booking_is_moved_to_the_next_times_however_far_they_are(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    await change_hours(
        conn, organization, [{"type": "date", "date": "2030-05-02", "intervals": [{"from": "09:00", "to": "12:00"}]}]
    )
    await browser.follow(text="Reschedule")
    await browser.follow(text="Thursday, May 2, 2030")
    assert browser.document.one("section", id="times").all("a", class_="slot") != []
