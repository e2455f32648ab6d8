"""The pages in a real Chromium: what JavaScript adds, what assistive technology meets, and that nothing needs it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, Page

from factories import Organization, make_routing_form
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import LOCATIONS, QUESTIONS, Offer, put_on_show
from pages.real_browser import DESKTOP, PHONE, SCREENS, Screen, check, choose_zone, opened, reach, screen_name
from pages.states import pages_after_booking

SLOT = "2027-01-05T09:00:00Z"


@pytest.fixture
async def plain(conn: Conn, organization: Organization, site: Site) -> Offer:
    return await put_on_show(conn, organization, now=site.clock.now)


@pytest.fixture
async def with_questions(conn: Conn, organization: Organization, site: Site) -> Offer:
    return await put_on_show(
        conn, organization, now=site.clock.now, custom_questions=QUESTIONS, locations=LOCATIONS, color="#f5b700",
        description_plain="See the workshop.",
    )  # fmt: skip


async def fill(page: Page, *, name: str) -> None:
    await page.fill("#name", name)
    await page.fill("#email", "ada@example.org")
    await page.check("#location-0")
    await page.check("#answer-0-0")
    await page.fill("#answer-3", "+39333123456")
    await page.click("button.main")


@pytest.mark.parametrize("screen", SCREENS, ids=screen_name)
async def test_no_page_has_an_accessibility_violation(
    chromium: Browser, site: Site, with_questions: Offer, conn: Conn, organization: Organization, screen: Screen
) -> None:
    form = await make_routing_form(conn, organization, now=site.clock.now)
    resting = await put_on_show(conn, organization, now=site.clock.now, active=False)
    async with opened(chromium, screen) as page:

        async def at(path: str, name: str) -> None:
            await page.goto(site.url + path)
            await check(page, name)

        await at("/", "start")
        await at("/nobody", "error")
        await at(resting.path, "turned off")
        await at(with_questions.path.rpartition("/")[0], "profile")
        await at(f"{with_questions.path}?date=2027-01-09", "a day without times")
        await at(with_questions.path, "calendar")
        await page.click(".zone summary")
        await page.locator("#zone-list").wait_for()
        await check(page, "calendar with the time zones")
        await page.fill("#find-zone", "nowhere")
        await check(page, "time zones, none found")
        await at(f"{with_questions.path}/{SLOT}", "confirm")
        await page.click(".zone summary")
        await page.locator("#zone-list").wait_for()
        await check(page, "confirm with the time zones")
        await page.click("details.guests summary")
        await page.check("#location-1")
        await page.click("button.main")
        await check(page, "confirm with errors")
        await page.goto(f"{site.url}{with_questions.path}/{SLOT}")
        await fill(page, name="Ada")
        await check(page, "confirmation")
        invitee = page.url.partition("?")[0].rpartition("/")[2]
        await at(f"{with_questions.path}/{SLOT}", "confirm of a time that is gone")
        await at(f"/reschedulings/{invitee}", "reschedule")
        await at(f"/reschedulings/{invitee}/2027-01-06T09:00:00Z", "confirm of a reschedule")
        await at(f"/cancellations/{invitee}", "cancel")
        await page.click("button.main")
        await check(page, "canceled")
        await at(f"/reschedulings/{invitee}", "reschedule of a canceled one")
        await at(f"/routing_forms/{form.id}", "routing form")
        await page.click("button.main")
        await check(page, "routing form with errors")
        start = datetime(2027, 1, 7, 9, tzinfo=UTC)
        for name, path in (await pages_after_booking(conn, organization, start, now=site.clock.now)).items():
            await at(path, name)
            if name == "guests":
                await page.fill("#guests", "nobody")
                await page.click("button.main")
                await check(page, "guests with errors")


async def test_the_browsers_zone_is_used_and_named_in_the_address(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        await page.goto(f"{site.url}{plain.path}?utm_source=flyer")
        await page.wait_for_url("**timezone=Asia*")
        assert "utm_source=flyer" in page.url
        await page.get_by_role("link", name="3:00\u202fPM, Monday, January 4, 2027, Thailand Time").wait_for()


async def test_a_zone_that_was_chosen_is_left_alone(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        await page.goto(f"{site.url}{plain.path}?timezone=America/New_York")
        await page.get_by_role("link", name="3:30\u202fAM, Monday, January 4, 2027, Eastern Time").wait_for()
        assert page.url.endswith("timezone=America/New_York")


async def test_the_calendar_changes_in_place_and_keeps_the_focus(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.evaluate("window.stayed = true")
        await page.focus("#next")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="February 2027").wait_for()
        assert await page.evaluate("document.activeElement.id") == "next"
        await page.click("#day-2027-02-09")
        await page.get_by_role("heading", name="Tuesday, February 9").wait_for()
        assert "date=2027-02-09" in page.url
        assert await page.evaluate("window.stayed") is True
        await page.go_back()
        await page.get_by_role("heading", name="Monday, February 1").wait_for()


async def test_the_zone_can_be_changed_in_place(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}?date=2027-01-12")
        await choose_zone(page, "Bangkok")
        await page.get_by_role("link", name="3:00\u202fPM, Tuesday, January 12, 2027, Thailand Time").wait_for()
        assert "timezone=Asia" in page.url


async def test_the_zone_can_be_changed_beside_a_form_without_losing_what_is_typed(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}/{SLOT}")
        await page.fill("#name", "Ada")
        await choose_zone(page, "Bangkok")
        await page.get_by_text("4:00\u202fPM").wait_for()
        assert await page.input_value("#name") == "Ada"
        await page.fill("#email", "ada@example.org")
        await page.click("button.main")
        await page.get_by_text("Thailand Time").wait_for()


async def test_an_offer_that_closes_meanwhile_becomes_a_whole_page(
    chromium: Browser, site: Site, plain: Offer, conn: Conn
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        await conn.execute("UPDATE event_types SET active = false WHERE slug = %s", (plain.path.rpartition("/")[2],))
        await page.click("#next")
        await page.get_by_role("heading", name="This can\N{RIGHT SINGLE QUOTATION MARK}t be booked").wait_for()


async def test_a_refused_form_moves_the_focus_to_what_is_wrong(
    chromium: Browser, site: Site, with_questions: Offer
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{with_questions.path}/{SLOT}")
        await page.click("button.main")
        await page.locator("#problems:focus").wait_for()
        await page.get_by_role("link", name="Enter your email address").click()
        assert await page.evaluate("document.activeElement.id") == "email"


@pytest.mark.parametrize("screen", [DESKTOP, replace(PHONE, language="en-US")], ids=["desk", "phone"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_booking_moving_and_canceling_with_the_keyboard_alone(
    chromium: Browser, site: Site, plain: Offer, screen: Screen, *, javascript: bool
) -> None:
    async with opened(chromium, screen, javascript=javascript) as page:

        async def choose(day: str) -> None:
            if javascript:
                await reach(page, lambda name: name.endswith("available"), enter=False)
                while not (await page.get_attribute(":focus", "aria-label") or "").startswith(day):
                    await page.keyboard.press("ArrowRight")
                await page.keyboard.press("Enter")
            else:
                await reach(page, lambda name: name.startswith(day) and "available" in name)
            await page.get_by_role("heading", name=day, exact=True).wait_for()
            await reach(page, lambda name: day in name and name.startswith("11:00"))

        await page.goto(site.url + plain.path)
        await choose("Wednesday, January 13")
        await page.get_by_role("heading", name="Your details").wait_for()
        await page.get_by_label("Name", exact=True).focus()
        await page.keyboard.type("Ada")
        await page.keyboard.press("Tab")
        await page.keyboard.type("ada@example.org")
        await reach(page, lambda name: name == "Schedule event")
        await page.get_by_role("heading", name="You are scheduled").wait_for()
        await reach(page, lambda name: name == "Reschedule")
        await page.get_by_role("heading", name="Choose a new time").wait_for()
        await choose("Thursday, January 14")
        await page.get_by_role("heading", name="Move to this time?").wait_for()
        await reach(page, lambda name: name == "Reschedule event")
        await page.get_by_role("heading", name="You are scheduled").wait_for()
        await reach(page, lambda name: name == "Cancel")
        await page.get_by_role("heading", name="Cancel this event?").wait_for()
        await reach(page, lambda name: name == "Cancel event")
        await page.get_by_role("heading", name="This event was canceled").wait_for()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("kind", ["solo", "group"])
async def test_going_back_after_a_booking_and_sending_the_form_again_books_once(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, kind: str, *, javascript: bool
) -> None:
    seats = 3 if kind == "group" else 1
    offer = await put_on_show(conn, organization, now=site.clock.now, kind=kind, seats=seats)
    async with opened(chromium, DESKTOP, javascript=javascript) as page:
        await page.goto(f"{site.url}{offer.path}/{SLOT}")
        await page.fill("#name", "Ada")
        await page.fill("#email", "ada@example.org")
        await page.click("button.main")
        confirmation = page.url
        assert await page.inner_text("h1") == "You are scheduled"
        await page.go_back()
        assert await page.inner_text("h1") == "Your details"
        assert [await page.input_value("#name"), await page.locator("#gone").count()] == ["Ada", 0]
        await page.click("button.main")
        assert [await page.inner_text("h1"), page.url] == ["You are scheduled", confirmation]
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (1,)


async def test_a_double_click_without_javascript_books_one_seat_of_a_class(
    chromium: Browser, site: Site, conn: Conn, organization: Organization
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now, kind="group", seats=3)
    async with opened(chromium, DESKTOP, javascript=False) as page:
        await page.goto(f"{site.url}{offer.path}/{SLOT}")
        await page.fill("#name", "Ada")
        await page.fill("#email", "ada@example.org")
        await page.dblclick("button.main")
        await page.wait_for_url("**/invitees/*")
        assert await page.inner_text("h1") == "You are scheduled"
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (1,)


@pytest.mark.parametrize("javascript", [True, False])
async def test_another_language_keeps_what_was_typed_and_enter_still_sends_the_form(
    chromium: Browser, site: Site, plain: Offer, *, javascript: bool
) -> None:
    async with opened(chromium, DESKTOP, javascript=javascript) as page:
        await page.goto(f"{site.url}{plain.path}/{SLOT}")
        await page.fill("#name", "Ada Example")
        await page.fill("#email", "no address")
        await page.click("footer button[lang=it]")
        await page.wait_for_selector("html[lang=it]")
        assert [await page.input_value("#name"), await page.input_value("#email")] == ["Ada Example", "no address"]
        await page.fill("#email", "ada@example.org")
        await page.press("#email", "Enter")
        await page.wait_for_url("**/invitees/*")
        assert await page.inner_text("h1") == "Appuntamento confermato"
