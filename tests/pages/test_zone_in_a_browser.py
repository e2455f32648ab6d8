"""The browser's time zone in a real Chromium: how it is learnt, and that no time is chosen for another meanwhile."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from factories import Organization
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.real_browser import DESKTOP, PHONE, Screen, choose_zone, opened

ROME = "10:30\u202fAM, Monday, January 4, 2027, Central European Time"
BANGKOK = "4:30\u202fPM, Monday, January 4, 2027, Thailand Time"


@pytest.fixture
async def plain(conn: Conn, organization: Organization, site: Site) -> Offer:
    return await put_on_show(conn, organization, now=site.clock.now, notice_minutes=60)


class Gate:
    """Answers to some requests wait here until the test lets them through."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.reached = asyncio.Event()

    async def __call__(self, route: Route) -> None:
        self.reached.set()
        await self.opened.wait()
        await route.continue_()


def counting(page: Page) -> Counter[str]:
    """Requests by kind, from now on."""
    seen: Counter[str] = Counter()

    def note(request: Request) -> None:
        seen[request.resource_type] += 1

    page.on("request", note)
    return seen


async def pretend_zone(page: Page, zone: str) -> None:
    """Make the browser report a zone by a name that Chromium itself never uses."""
    await page.add_init_script(
        "const made = Intl.DateTimeFormat.prototype.resolvedOptions;"
        "Intl.DateTimeFormat.prototype.resolvedOptions = function () {"
        f"  return {{ ...made.call(this), timeZone: {zone!r} }};"
        "};"
    )


async def test_the_browsers_zone_is_learnt_without_loading_the_page_again(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        seen = counting(page)
        await page.goto(f"{site.url}{plain.path}")
        await page.get_by_role("link", name=BANGKOK).wait_for()
        await page.wait_for_url("**timezone=Asia*")
        assert (seen["document"], seen["fetch"]) == (1, 1)
        await page.get_by_role("link", name=BANGKOK).click()
        await page.get_by_role("heading", name="Your details").wait_for()
        assert (seen["document"], seen["fetch"]) == (2, 1)


async def test_from_a_profile_the_first_answer_is_in_the_browsers_zone(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        await page.goto(f"{site.url}{plain.path.rpartition('/')[0]}?utm_source=flyer")
        seen = counting(page)
        await page.locator(f".offers a[href*='{plain.path}?']").click()
        await page.get_by_role("link", name=BANGKOK).wait_for()
        assert (seen["document"], seen["fetch"]) == (1, 0)
        assert page.url == f"{site.url}{plain.path}?utm_source=flyer&timezone=Asia%2FBangkok"


async def test_in_the_hosts_zone_nothing_is_requested(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP) as page:
        seen = counting(page)
        await page.goto(f"{site.url}{plain.path}", wait_until="networkidle")
        await page.get_by_role("link", name=ROME).wait_for()
        assert (seen["document"], seen["fetch"]) == (1, 0)
        assert "timezone" not in page.url


@pytest.mark.parametrize(
    "zone",
    ["Etc/Unknown", "Nowhere/Land", "posixrules", "localtime", "+05:30", "GMT+2", "Factory", "", "x" * 300, "a&b=c#d"],
)
async def test_a_zone_that_is_not_known_leaves_the_hosts_which_is_named_and_can_be_booked(
    chromium: Browser, site: Site, plain: Offer, zone: str
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await pretend_zone(page, zone)
        seen = counting(page)
        await page.goto(f"{site.url}{plain.path}", wait_until="networkidle")
        assert seen["document"] == 1
        assert seen["fetch"] <= 1
        assert "timezone" not in page.url
        await expect(page.locator(".unknown-zone")).to_have_count(1 if zone else 0)
        await expect(page.locator("#zone summary")).to_contain_text("Central European Time")
        await page.get_by_role("link", name=ROME).click()
        await page.fill("#name", "Ada")
        await page.fill("#email", "ada@example.org")
        await page.click("button.main")
        await page.get_by_role("heading", name="You are scheduled").wait_for()


@pytest.mark.parametrize(
    ("zone", "kept", "time"),
    [
        ("asia/bangkok", "Asia/Bangkok", "4:30\u202fPM, Monday, January 4, 2027, Thailand Time"),
        ("+07:00", "Etc/GMT-7", "4:30\u202fPM, Monday, January 4, 2027, UTC+7"),
        ("Asia/Calcutta", "Asia/Calcutta", "3:00\u202fPM, Monday, January 4, 2027, India Time"),
        ("US/Eastern", "US/Eastern", "4:30\u202fAM, Monday, January 4, 2027, Eastern Time"),
        ("ETC/GMT", "Etc/GMT", "9:30\u202fAM, Monday, January 4, 2027, UTC"),
    ],
)
async def test_other_names_of_a_zone_are_understood(
    chromium: Browser, site: Site, plain: Offer, zone: str, kept: str, time: str
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await pretend_zone(page, zone)
        await page.goto(f"{site.url}{plain.path}")
        await page.get_by_role("link", name=time).click()
        await page.get_by_role("heading", name="Your details").wait_for()
        assert await page.input_value("input[name=timezone][form=details]") == kept


async def test_no_time_of_the_hosts_can_be_chosen_while_the_browsers_zone_comes(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        gate = Gate()
        await page.route("**/*timezone=Asia*", gate)
        await page.goto(f"{site.url}{plain.path}", wait_until="domcontentloaded")
        await gate.reached.wait()
        picker = page.locator("#picker")
        await expect(picker).to_have_attribute("aria-busy", "true")
        assert await picker.evaluate("(picker) => picker.inert") is True
        box = await page.locator(".slot").first.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + 5, box["y"] + 5)
        for _ in range(30):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.closest('#picker')") is None
        assert page.url == f"{site.url}{plain.path}"
        gate.opened.set()
        await page.get_by_role("link", name=BANGKOK).wait_for()
        await expect(picker).not_to_have_attribute("aria-busy", "true")
        assert await picker.evaluate("(picker) => picker.inert") is False
        after = await page.locator(".slot").first.bounding_box()
        assert after == box, "the page moved"


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_nothing_moves_while_the_page_and_the_browsers_zone_come(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now, description_plain="See the workshop. " * 40)
    async with opened(chromium, screen, zone="Asia/Bangkok") as page:
        await page.add_init_script(
            "window.moved = [];"
            "new PerformanceObserver((list) => moved.push(...list.getEntries().map((one) => one.value)))"
            ".observe({ type: 'layout-shift', buffered: true });"
        )
        await page.goto(f"{site.url}{offer.path}")
        await page.wait_for_url("**timezone=Asia*")
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert await page.evaluate("moved") == []


async def test_a_zone_that_never_comes_leaves_what_there_is(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        await page.route("**/*timezone=Asia*", lambda route: route.abort())
        await page.goto(f"{site.url}{plain.path}")
        await page.get_by_role("link", name=ROME).click()
        await page.get_by_role("heading", name="Your details").wait_for()
        assert "timezone=Europe%2FRome" in page.url


async def test_the_confirm_step_learns_the_zone_and_keeps_what_is_typed(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        gate = Gate()
        await page.route("**/*timezone=Asia*", gate)
        await page.goto(f"{site.url}{plain.path}/2027-01-05T09:00:00Z", wait_until="domcontentloaded")
        await page.fill("#name", "Ada")
        gate.opened.set()
        await page.get_by_text("4:00\u202fPM").wait_for()
        assert await page.input_value("#name") == "Ada"
        assert await page.input_value("input[name=timezone][form=details]") == "Asia/Bangkok"
        await page.get_by_role("link", name="Choose another time").click()
        await page.get_by_role("link", name="4:30\u202fPM, Tuesday, January 5, 2027, Thailand Time").wait_for()


async def test_durations_keep_the_zone_that_was_learnt(
    chromium: Browser, site: Site, conn: Conn, organization: Organization
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now, duration_options=[30, 60])
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        seen = counting(page)
        await page.goto(f"{site.url}{offer.path}")
        await page.wait_for_url("**timezone=Asia*")
        await page.get_by_role("link", name="1 hour").click()
        await page.wait_for_url("**duration=60*")
        assert (seen["document"], seen["fetch"]) == (2, 1)


async def test_on_a_slow_line_the_old_days_times_cant_be_chosen(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, replace(PHONE, language="en-US")) as page:
        await page.goto(f"{site.url}{plain.path}")
        gate = Gate()
        await page.route("**/*date=2027-01-12*", gate)
        await page.click("#day-2027-01-12")
        await gate.reached.wait()
        times = page.locator("#times")
        assert await times.evaluate("(times) => times.inert") is True
        await expect(page.locator("#picker")).to_have_attribute("aria-busy", "true")
        await expect(page.get_by_role("status")).to_have_text("Loading…")
        await expect(page.locator(".slot").first).to_have_css("color", "rgba(0, 0, 0, 0)")
        await page.wait_for_function("getComputedStyle(document.querySelector('#times'), '::before').opacity === '1'")
        box = await page.locator(".slot").first.bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + 5, box["y"] + 5)
        assert page.url == f"{site.url}{plain.path}"
        gate.opened.set()
        await page.get_by_role("heading", name="Tuesday, January 12").wait_for()
        assert await times.evaluate("(times) => times.inert") is False
        await expect(page.get_by_role("status")).to_have_text(
            "January 2027. Tuesday, January 12, 2027, 16 times available. Central European Time."
        )
        await page.get_by_role("link", name="10:00\u202fAM, Tuesday, January 12").click()
        await page.get_by_text("Tuesday, January 12, 2027").wait_for()


async def test_of_two_days_the_later_choice_is_shown_whichever_answer_comes_first(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        gate = Gate()
        await page.route("**/*date=2027-01-12*", gate)
        await page.click("#day-2027-01-12")
        await gate.reached.wait()
        await page.click("#day-2027-01-13")
        await page.get_by_role("heading", name="Wednesday, January 13").wait_for()
        gate.opened.set()
        await page.click("#day-2027-01-14")
        await page.get_by_role("heading", name="Thursday, January 14").wait_for()
        assert await page.locator("#times").evaluate("(times) => times.inert") is False
        assert "date=2027-01-14" in page.url


async def test_while_another_month_or_zone_loads_nothing_of_the_old_one_can_be_chosen(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    held = "() => [...document.querySelectorAll('[inert]')].map((part) => part.id || part.className || part.tagName)"
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        month = Gate()
        await page.route("**/*month=2027-02*", month)
        await page.click("#next")
        await month.reached.wait()
        assert sorted(await page.evaluate(held)) == ["TABLE", "times", "zone-form"]
        month.opened.set()
        await page.get_by_role("heading", name="February 2027").wait_for()
        assert await page.evaluate(held) == []
        zone = Gate()
        await page.route("**/*timezone=Asia*", zone)
        await choose_zone(page, "Bangkok")
        await zone.reached.wait()
        assert sorted(await page.evaluate(held)) == ["TABLE", "times", "turn"]
        zone.opened.set()
        await page.get_by_role("link", name="3:00\u202fPM, Monday, February 1, 2027, Thailand Time").wait_for()
        assert await page.evaluate(held) == []


async def test_the_focus_stays_or_goes_to_the_heading_when_its_control_is_gone(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    focused = "document.activeElement.id || document.activeElement.tagName"
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.focus("#next")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="February 2027").wait_for()
        await expect(page.locator("#next")).to_be_focused()
        await page.focus("#previous")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="January 2027").wait_for()
        await expect(page.locator("#month")).to_be_focused()
        await expect(page.get_by_role("status")).to_contain_text("January 2027.")
        await page.focus(".zone summary")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("combobox")).to_be_focused()
        await page.keyboard.type("Bangkok")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name=BANGKOK).wait_for()
        await expect(page.locator(".zone summary")).to_be_focused()
        await expect(page.get_by_role("status")).to_contain_text("Thailand Time.")
        await page.focus("#clock-24")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="16:30, Monday, January 4, 2027, Thailand Time").wait_for()
        assert await page.evaluate(focused) == "clock-24"


async def test_a_month_without_times_leads_on_and_takes_the_focus_along(
    chromium: Browser, site: Site, conn: Conn, organization: Organization
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now, notice_minutes=60 * 24 * 40)
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{offer.path}")
        await page.focus(".times .slot")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="February 2027").wait_for()
        await expect(page.locator("#times")).to_be_focused()


async def test_all_zones_come_when_their_list_is_opened_once(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP) as page:
        seen = counting(page)
        await page.goto(f"{site.url}{plain.path}?timezone=Asia/Calcutta", wait_until="networkidle")
        assert await page.locator("#timezone option").count() == 1
        scripts = seen["script"]
        await page.click(".zone summary")
        await page.locator("#zone-list li").nth(300).wait_for(state="attached")
        current = page.locator("#zone-list [aria-selected=true]")
        await expect(current).to_have_attribute("data-zone", "Asia/Calcutta")
        for _ in range(2):
            await page.click(".zone summary")
        assert (seen["fetch"], seen["script"] - scripts) == (1, 1)
        await page.fill("#find-zone", "New York")
        await page.click("#zone-list li")
        await page.get_by_role("link", name="4:30\u202fAM, Monday, January 4, 2027, Eastern Time").wait_for()


@pytest.mark.parametrize(
    ("text", "first", "language"),
    [
        ("rome", "Europe/Rome", "en-US"), ("sao pa", "America/Sao_Paulo", "en-US"), ("Italy", "Europe/Rome", "en-US"),
        ("cest", "Africa/Ceuta", "en-US"), ("UTC+5:45", "Asia/Kathmandu", "en-US"),
        ("GMT-3:30", "America/St_Johns", "en-US"),
        ("pacific time los", "America/Los_Angeles", "en-US"), ("Germania", "Europe/Berlin", "it-IT"),
        ("กรุงเทพ", "Asia/Bangkok", "th-TH"), ("Asia/Bangkok", "Asia/Bangkok", "th-TH"),
    ],
)  # fmt: skip
async def test_a_zone_is_found_by_city_country_name_abbreviation_or_offset(
    chromium: Browser, site: Site, plain: Offer, text: str, first: str, language: str
) -> None:
    async with opened(chromium, replace(DESKTOP, language=language)) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.click(".zone summary")
        await page.fill("#find-zone", text)
        await expect(page.locator("#zone-list li").first).to_have_attribute("data-zone", first)


@pytest.mark.parametrize("screen", [DESKTOP, replace(PHONE, language="en-US")], ids=["desk", "phone"])
async def test_the_list_of_zones_shows_their_time_and_is_used_with_the_keyboard_alone(
    chromium: Browser, site: Site, plain: Offer, screen: Screen
) -> None:
    async with opened(chromium, screen) as page:
        await page.clock.set_fixed_time(site.clock.now)
        await page.goto(f"{site.url}{plain.path}")
        await page.focus(".zone summary")
        await page.keyboard.press("Enter")
        field = page.get_by_role("combobox", name="Time zone")
        await expect(field).to_be_focused()
        await page.keyboard.type("tokyo")
        row = page.get_by_role("option").first
        await expect(row).to_have_text("Tokyo5:00\u202fPMJapan TimeUTC+9")
        assert await field.get_attribute("aria-activedescendant") == await row.get_attribute("id")
        await page.keyboard.press("Escape")
        await expect(field).to_have_value("")
        await page.keyboard.press("Escape")
        await expect(page.locator(".zone summary")).to_be_focused()
        await page.keyboard.press("Enter")
        await field.focus()
        await page.keyboard.type("xyz")
        await expect(page.get_by_role("status")).to_have_text("No time zone is found.")
        await expect(field).to_have_attribute("aria-expanded", "false")
        await field.fill("cet")
        for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
            await page.keyboard.press(key)
        second = page.get_by_role("option").nth(1)
        await expect(second).to_have_attribute("aria-selected", "true")
        zone = await second.get_attribute("data-zone")
        await page.keyboard.press("Enter")
        await expect(page.locator("#zone")).to_have_attribute("data-zone", zone or "")
        await expect(page.locator(".zone summary")).to_be_focused()


async def test_without_javascript_the_hosts_zone_is_shown_and_can_be_changed(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP, javascript=False, zone="Asia/Bangkok") as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.get_by_role("link", name=ROME).wait_for()
        await page.click(".zone summary")
        await page.get_by_role("link", name="Show all time zones").click()
        await page.select_option("#timezone", "Asia/Bangkok")
        await page.click(".zone button")
        await page.get_by_role("link", name=BANGKOK).wait_for()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_the_clock_can_be_switched_and_is_kept_to_the_end(
    chromium: Browser, site: Site, plain: Offer, *, javascript: bool
) -> None:
    async with opened(chromium, DESKTOP, javascript=javascript) as page:
        await page.goto(f"{site.url}{plain.path}?date=2027-01-12&utm_source=flyer")
        await page.get_by_role("link", name="24-hour").click()
        await page.get_by_role("link", name="14:30, Tuesday, January 12, 2027, Central European Time").click()
        await page.get_by_text("14:30 \N{EN DASH} 15:00").wait_for()
        assert "utm_source=flyer" in page.url
        await page.fill("#name", "Ada")
        await page.fill("#email", "ada@example.org")
        await page.get_by_role("button", name="12-hour").click()
        await page.get_by_text("2:30\u202fPM").wait_for()
        await page.get_by_role("button", name="24-hour").click()
        await page.get_by_text("14:30 \N{EN DASH} 15:00").wait_for()
        assert "ada" not in page.url  # what is typed is in no address
        assert await page.input_value("#email") == "ada@example.org"
        await page.press("#name", "Enter")
        await page.get_by_role("heading", name="You are scheduled").wait_for()
        await page.get_by_text("14:30 \N{EN DASH} 15:00").wait_for()
        await page.get_by_role("link", name="Reschedule").click()
        await page.get_by_role("link", name="15:00, ").first.wait_for()
