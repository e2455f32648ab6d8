"""What invitees do with the links of their booking: look, cancel, move."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock
from openslot.db.pool import Conn
from pages.offers import Offer
from pages.plain_browser import Node, PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
"""Tuesday, 10:00 in Rome."""


async def book(browser: PlainBrowser, offer: Offer, *, start: str = SLOT, query: str = "", name: str = "Ada") -> str:
    """Book a start; the invitee's id."""
    await browser.open(f"{offer.path}/{start}{query}")
    await browser.send({"name": name, "email": "ada@example.org", "guests": "bob@example.org"})
    assert browser.heading == "You are scheduled"
    return browser.url.path.rpartition("/")[2]


def struck(page: Node) -> list[str]:
    return [node.text for node in page.all("del")]


async def test_a_confirmation_leads_to_canceling_and_moving(browser: PlainBrowser, offer: Offer) -> None:
    invitee = await book(browser, offer)
    links = {link.text: link.attributes["href"] for link in browser.document.all("a")}
    assert links["Reschedule"] == f"/reschedulings/{invitee}"
    assert links["Cancel"] == f"/cancellations/{invitee}"


async def test_the_language_stays_after_the_booking(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}/{SLOT}?lang=it&name=Ada&email=ada@example.org")
    await browser.send()
    assert browser.heading == "Appuntamento confermato"
    assert str(browser.url.query, "ascii") == "lang=it"
    await browser.follow(text="Annulla")
    await browser.send()
    assert browser.heading == "Questo appuntamento è stato annullato"


async def test_a_confirmation_belongs_to_its_event_type(browser: PlainBrowser, offer: Offer) -> None:
    invitee = await book(browser, offer)
    await browser.open(f"{offer.path}-other/invitees/{invitee}")
    assert browser.status == 404


async def test_canceling_keeps_the_reason_and_gives_the_time_back(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    await browser.follow(text="Cancel")
    assert browser.heading == "Cancel this event?"
    page = await browser.send({"reason": " Caught a cold "})
    assert browser.heading == "This event was canceled"
    assert "Caught a cold" in page.text
    assert struck(page) == ["Tuesday, January 5, 2027 10:00 AM \N{EN DASH} 10:30 AM"]
    cursor = await conn.execute("SELECT cancellation FROM invitees WHERE id = %s", (invitee,))
    row = await cursor.fetchone()
    assert row is not None
    assert {key: row[0][key] for key in ("canceled_by", "canceler_type", "reason")} == {
        "canceled_by": "Ada", "canceler_type": "invitee", "reason": "Caught a cold",
    }  # fmt: skip
    await browser.follow(text="Book again")
    await browser.open(f"{offer.path}/{SLOT}")
    assert browser.status == 200


async def test_canceling_twice_shows_it_and_keeps_the_first_reason(browser: PlainBrowser, offer: Offer) -> None:
    invitee = await book(browser, offer)
    form = (await browser.open(f"/cancellations/{invitee}")).one("form", method="post")
    await browser.send({"reason": "First"}, form=form)
    await browser.open(f"/cancellations/{invitee}")
    assert not browser.document.all("form", method="post")
    page = await browser.send({}, form=form)
    assert browser.heading == "This event was canceled"
    assert "First" in page.text


async def test_an_event_that_has_begun_can_be_neither_canceled_nor_moved(
    browser: PlainBrowser, offer: Offer, clock: Clock
) -> None:
    invitee = await book(browser, offer)
    canceling = (await browser.open(f"/cancellations/{invitee}")).one("form", method="post")
    clock.advance(days=2)
    for address in (f"/cancellations/{invitee}", f"/reschedulings/{invitee}"):
        page = await browser.open(address)
        assert browser.heading == "This event has begun or is over"
        assert not page.all("form", method="post")
    await browser.send({}, form=canceling)
    assert browser.heading == "This event has begun or is over"
    page = await browser.open(f"{offer.path}/invitees/{invitee}")
    assert "Cancel" not in [link.text for link in page.all("a")]


async def test_after_the_cutoffs_the_pages_show_that_it_is_too_late(
    browser: PlainBrowser, conn: Conn, offer: Offer, clock: Clock
) -> None:
    await conn.execute(
        "UPDATE event_types SET cancel_cutoff_minutes = 1440, reschedule_cutoff_minutes = 2880 WHERE slug = %s",
        (offer.path.rpartition("/")[2],),
    )
    invitee = await book(browser, offer)
    cutoff = datetime.fromisoformat(SLOT) - timedelta(days=1)
    page = await browser.open(f"/cancellations/{invitee}")
    assert "You can cancel here until Monday, January 4, 2027, 10:00" in page.text.replace("\u202f", " ")
    canceling = page.one("form", method="post")
    clock.now = cutoff - timedelta(seconds=1)
    await browser.open(f"/reschedulings/{invitee}")
    assert browser.heading == "It is too late to move this event here"
    page = await browser.open(f"{offer.path}/invitees/{invitee}")
    assert [link.text for link in page.all("a") if link.text in {"Reschedule", "Cancel"}] == ["Cancel"]
    clock.now = cutoff
    await browser.send({}, form=canceling)
    assert browser.heading == "It is too late to cancel this event here"
    cursor = await conn.execute("SELECT status FROM invitees WHERE id = %s", (invitee,))
    assert await cursor.fetchall() == [("active",)]


async def test_moving_shows_both_times_and_carries_everything_over(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    old = await book(browser, offer, query="?timezone=Asia/Bangkok&utm_source=flyer")
    page = await browser.follow(text="Reschedule")
    assert browser.heading == "Choose a new time"
    assert page.one("details", class_="zone").attributes["data-assumed"] == "no"
    assert "4:00\u202fPM" in page.text.replace("4:00 PM", "4:00\u202fPM")
    await browser.follow(text="12")
    page = await browser.follow(label="5:00\u202fPM, Tuesday, January 12, 2027, Thailand Time")
    assert browser.heading == "Move to this time?"
    assert struck(page) == ["Tuesday, January 5, 2027 4:00 PM \N{EN DASH} 4:30 PM"]
    page = await browser.send({"reason": "A later train"})
    assert browser.heading == "You are scheduled"
    for part in ("Tuesday, January 12, 2027", "Thailand Time", "bob@example.org"):
        assert part in page.text
    new = browser.url.path.rpartition("/")[2]
    cursor = await conn.execute(
        "SELECT status, rescheduled, new_invitee_id::text, cancellation->>'reason' FROM invitees WHERE id = %s", (old,)
    )
    assert await cursor.fetchone() == ("canceled", True, new, "A later train")
    cursor = await conn.execute("SELECT tracking->>'utm_source', timezone FROM invitees WHERE id = %s", (new,))
    assert await cursor.fetchone() == ("flyer", "Asia/Bangkok")


async def test_every_link_of_a_moved_booking_leads_to_the_new_time(browser: PlainBrowser, offer: Offer) -> None:
    old = await book(browser, offer)
    await browser.open(f"/reschedulings/{old}/2027-01-12T09:00:00Z")
    await browser.send()
    new = browser.url.path
    for address in (f"{offer.path}/invitees/{old}", f"/cancellations/{old}", f"/reschedulings/{old}"):
        await browser.open(address)
        assert browser.heading == "This event was moved"
        await browser.follow(text="See the new time")
        assert browser.url.path == new


async def test_the_own_time_does_not_block_its_neighbours_but_is_not_offered_itself(
    browser: PlainBrowser, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    page = await browser.open(f"/reschedulings/{invitee}?date=2027-01-05")
    times = [link.text for link in page.all("a", class_="slot")]
    assert times[:3] == ["9:00 AM", "9:30 AM", "10:30 AM"]


async def test_a_new_time_that_is_gone_leaves_the_old_booking_as_it_was(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:00:00Z")
    form = browser.document.one("form", method="post")
    await book(browser, offer, start="2027-01-12T09:00:00Z", name="Quicker")
    await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:30:00Z")
    page = await browser.send({"reason": "Keep this"}, form=form)
    assert browser.status == 409
    assert "That time is no longer available" in page.text
    assert page.one("textarea", name="reason").text == "Keep this"
    cursor = await conn.execute("SELECT status FROM invitees WHERE id = %s", (invitee,))
    assert await cursor.fetchone() == ("active",)
    other = page.all("input", name="start_time")[0].attributes["value"]
    page = await browser.send({"start_time": other})
    assert browser.heading == "You are scheduled"


async def test_moving_to_the_time_it_has_offers_others(browser: PlainBrowser, offer: Offer) -> None:
    invitee = await book(browser, offer)
    page = await browser.open(f"/reschedulings/{invitee}/{SLOT}")
    assert browser.status == 409
    await browser.send()
    assert browser.status == 409
    assert page.all("input", name="start_time")


async def test_a_canceled_booking_can_not_be_moved(browser: PlainBrowser, offer: Offer) -> None:
    invitee = await book(browser, offer)
    form = (await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:00:00Z")).one("form", method="post")
    await browser.open(f"/cancellations/{invitee}")
    await browser.send()
    await browser.send({}, form=form)
    assert browser.heading == "This event was canceled"
    assert browser.url.path == f"/reschedulings/{invitee}"
    await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:00:00Z")
    assert browser.heading == "This event was canceled"


async def test_a_booking_that_is_canceled_while_it_is_being_moved_is_shown_as_canceled(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:00:00Z")
    async with conn.transaction():  # the cancellation of somebody quicker, up to its commit
        await conn.execute("UPDATE invitees SET status = 'canceled' WHERE id = %s", (invitee,))
        await conn.execute(
            "UPDATE scheduled_events SET status = 'canceled'"
            " WHERE id = (SELECT scheduled_event_id FROM invitees WHERE id = %s)",
            (invitee,),
        )
        moving = asyncio.create_task(browser.send())
        await somebody_waits_for(conn)
    await moving
    assert browser.heading == "This event was canceled"
    assert browser.url.path == f"/reschedulings/{invitee}"


async def somebody_waits_for(conn: Conn) -> None:
    """Until another connection stands before a lock of this one."""
    query = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    while await (await conn.execute(query)).fetchone() is None:  # noqa: ASYNC110 -- only PostgreSQL knows
        await asyncio.sleep(0)


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "9999-12-20T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_booking_can_not_be_moved_beyond_all_time(browser: PlainBrowser, offer: Offer, start: str) -> None:
    invitee = await book(browser, offer)
    await browser.open(f"/reschedulings/{invitee}/{start}")
    assert browser.status == 404
    form = (await browser.open(f"/reschedulings/{invitee}/2027-01-12T09:00:00Z")).one("form", method="post")
    response = await browser.client.post(
        f"/reschedulings/{invitee}/{SLOT}", data={**dict(browser.held(form)), "start_time": start}
    )
    assert response.status_code == 404


async def test_a_booking_of_an_offer_that_is_closed_can_still_be_canceled(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    slug = offer.path.rpartition("/")[2]
    await conn.execute("UPDATE event_types SET active = false WHERE slug = %s", (slug,))
    await browser.open(f"/reschedulings/{invitee}")
    assert browser.heading == "This event can\N{RIGHT SINGLE QUOTATION MARK}t be moved online"
    await browser.follow(text="Cancel")
    await browser.send()
    assert browser.heading == "This event was canceled"


async def request_confirmation(conn: Conn, invitee: str) -> None:
    """Open a request to confirm again."""
    await conn.execute(
        "UPDATE invitees SET reconfirmation = jsonb_build_object('created_at', '2027-01-04T08:00:00.000000Z',"
        " 'confirmed_at', NULL) WHERE id = %s",
        (invitee,),
    )


async def test_confirming_again_is_one_button_and_opening_the_link_confirms_nothing(
    browser: PlainBrowser, conn: Conn, offer: Offer
) -> None:
    invitee = await book(browser, offer)
    await browser.open(f"/reconfirmations/{invitee}")
    assert (browser.heading, "nothing to confirm" in browser.document.text) == ("You are scheduled", True)
    await request_confirmation(conn, invitee)
    await browser.open(f"{offer.path}/invitees/{invitee}")
    await browser.follow(text="Confirm that you will come")
    for _ in range(2):
        await browser.open(f"/reconfirmations/{invitee}")
        assert browser.heading == "Will you come?"
    await browser.send()
    assert browser.heading == "Thank you, it is confirmed"
    assert browser.document.all("form", method="post") == []


async def test_what_was_canceled_can_not_be_confirmed_any_more(browser: PlainBrowser, conn: Conn, offer: Offer) -> None:
    invitee = await book(browser, offer)
    await request_confirmation(conn, invitee)
    await browser.open(f"/cancellations/{invitee}")
    await browser.send({"reason": ""})
    await browser.open(f"/reconfirmations/{invitee}")
    assert browser.heading == "This event was canceled"


@pytest.mark.parametrize(
    ("minutes", "heading"), [(-1, "You are scheduled"), (0, "This event has begun"), (30, "This event is over")]
)
async def test_a_meeting_that_has_begun_or_is_over_is_shown_as_such(
    browser: PlainBrowser, offer: Offer, clock: Clock, minutes: int, heading: str
) -> None:
    await browser.open(f"{offer.path}/2027-01-05T09:00:00Z")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    clock.now = datetime(2027, 1, 5, 9, tzinfo=UTC) + timedelta(minutes=minutes)
    await browser.open(str(browser.url))
    assert browser.heading == heading
    assert browser.document.one("title").text.startswith(heading)


@pytest.mark.parametrize(
    ("booked", "month", "day"),
    [
        ("2027-01-06T09:00:00Z", "January 2027", "Wednesday, January 6"),
        ("2027-03-10T09:00:00Z", "March 2027", "Wednesday, March 10"),
    ],
)
async def test_moving_begins_at_the_month_and_day_of_the_booking(
    browser: PlainBrowser, offer: Offer, booked: str, month: str, day: str
) -> None:
    browser.headers = {"accept-language": "en-US"}
    await browser.open(f"{offer.path}/{booked}")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    invitee = browser.url.path.rpartition("/")[2]
    page = await browser.open(f"/reschedulings/{invitee}")
    assert (page.one("h2", id="month").text, page.one("h2", id="times-heading").text) == (month, day)
    page = await browser.open(f"/reschedulings/{invitee}?month=2027-02")
    assert page.one("h2", id="month").text == "February 2027"


@pytest.mark.parametrize(("before", "after"), [(15, 60), (60, 15)])
async def test_moving_shows_the_length_that_is_booked_whatever_the_event_type_s_is_by_now(
    browser: PlainBrowser, conn: Conn, offer: Offer, before: int, after: int
) -> None:
    """Source: calcom/cal.diy#23284."""
    slug = offer.path.rpartition("/")[2]
    await conn.execute("UPDATE event_types SET duration_minutes = %s WHERE slug = %s", (before, slug))
    invitee = await book(browser, offer)
    await conn.execute("UPDATE event_types SET duration_minutes = %s WHERE slug = %s", (after, slug))
    page = await browser.open(f"/reschedulings/{invitee}/2027-01-05T12:00:00Z")
    shown = page.one("div", class_="strong").one("dd").text
    await browser.send()
    assert browser.heading == "You are scheduled"
    assert f"When {shown} Central European Time" in browser.document.text
    assert shown == f"Tuesday, January 5, 2027 1:00 PM \N{EN DASH} {'1:15 PM' if before == 15 else '2:00 PM'}"
