"""How pages are laid out in a real Chromium: long words wrap, and what is touched is as large as a fingertip."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page

from factories import Organization, make_routing_form
from openslot.db.pool import Conn
from openslot.i18n import languages
from openslot.services.booking.command import GivenAnswer
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.real_browser import DESKTOP, opened
from pages.states import pages_after_booking

WORD = "Versicherungsberatungsgespräch" * 3
URL = "https://meet.example/" + "room-with-a-long-name" * 6
ADDRESS = "ada." * 12 + "lovelace@" + "very-long-name-of-a-department." * 5 + "example.org"
TEXT = f"{WORD} {URL} {ADDRESS}"
GUEST = f"{'g' * 60}@{'long-name.' * 12}example.org"
AFTERWARDS = ("guests", "reminders", "confirming again", "request that waits", "answering a request")
"""Those whose parts differ."""
SLOT, LATER = "2027-01-05T09:00:00Z", "2027-01-06T09:00:00Z"

SPILLED = """() => {
  const within = (element, box) => element.left >= box.left - 4 && element.right <= box.right + 4;
  const window = { left: 0, right: innerWidth };
  const hidden = (element) => element.closest(".visually-hidden, .skip, svg, option");
  return [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || hidden(element)) return false;
    const column = element.parentElement.closest(".about, .calendar, .times, form.details, .card, footer");
    return !within(box, window) || (column && !within(box, column.getBoundingClientRect()));
  }).map((element) => element.outerHTML.slice(0, 120));
}"""
TOO_SMALL = """() => {
  const inSentence = (element) => {
    const words = [...element.parentElement.childNodes].filter((node) => node !== element && node.nodeType === 3);
    return element.tagName === "A" && words.some((node) => node.textContent.trim());
  };
  const controls = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  return [...document.querySelectorAll(controls)].filter((element) => {
    if (!element.checkVisibility() || element.matches(".skip, .start input") || inSentence(element)) return false;
    return element.getBoundingClientRect().height < 44;
  }).map((element) => `${element.getBoundingClientRect().height} ${element.outerHTML.slice(0, 100)}`);
}"""

BROKEN = """() => {
  const broken = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.checkVisibility() || node.parentElement.closest(".visually-hidden, option")) continue;
    for (const word of node.data.matchAll(/[\\p{Script=Latin}\\p{Script=Cyrillic}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""
"""Words that go on in another line. Thai is left out, which has no space between words."""


def question(name: str, kind: str, position: int, *choices: str) -> CustomQuestion:
    return CustomQuestion(
        name=name, type=kind, position=position, enabled=True, required=True, answer_choices=list(choices),
        include_other=bool(choices),
    )  # fmt: skip


@dataclass(frozen=True)
class Wordy:
    """An event type whose every text is long."""

    offer: Offer
    form_id: UUID
    afterwards: dict[str, str]
    """Pages of bookings and requests: paths by name."""


@pytest.fixture
async def wordy(conn: Conn, organization: Organization, site: Site) -> Wordy:
    await conn.execute("UPDATE users SET name = %s WHERE id = %s", (f"{WORD} & {WORD}", organization.owner.id))
    form = await make_routing_form(conn, organization, now=site.clock.now)
    await conn.execute("UPDATE routing_forms SET name = %s WHERE id = %s", (WORD, form.id))
    offer = await put_on_show(
        conn, organization, now=site.clock.now, name=WORD, description_plain=TEXT, duration_options=[30, 60, 90, 120],
        custom_questions=[
            question(WORD, "text", 0), question(URL, "single_select", 1, WORD, URL),
            question(TEXT[:250], "multi_select", 2, ADDRESS, WORD), question("?", "string", 3),
        ],
        locations=[
            LocationConfiguration("physical", location=TEXT[:250], additional_info=WORD),
            LocationConfiguration("custom", location=URL),
        ],
    )  # fmt: skip
    afterwards = await pages_after_booking(
        conn, organization, datetime(2027, 1, 7, 9, tzinfo=UTC), now=site.clock.now, name=WORD, guests=[GUEST],
        answers=[GivenAnswer(WORD, TEXT)], custom_questions=[question(WORD, "text", 0)],
    )  # fmt: skip
    return Wordy(offer, form.id, {name: afterwards[name] for name in AFTERWARDS})


async def all_pages(page: Page, site: Site, wordy: Wordy, check: Callable[[str], Awaitable[None]]) -> None:
    """Lead somebody through every page, and look at each."""
    offer = wordy.offer

    async def at(path: str, name: str) -> None:
        await page.goto(site.url + path)
        await check(name)

    async def fill() -> None:
        await page.fill("#name", WORD)
        await page.fill("#email", "ada@example.org")
        await page.check("#location-0")
        await page.fill("#answer-0", TEXT)
        await page.check("#answer-1-0")
        await page.check("#answer-2-0")
        await page.fill("#answer-3", URL)
        await page.click("button.main")

    await at("/", "start")
    await at("/nobody", "error")
    await at(offer.path.rpartition("/")[0], "profile")
    await at(offer.path, "calendar")
    await page.click(".zone summary")
    await page.locator("#timezone option").nth(300).wait_for(state="attached")
    await check("calendar with the time zones")
    await at(f"{offer.path}?month=2031-12", "month without times")
    await at(f"{offer.path}?timezone=Nowhere/Land", "calendar in an unknown zone")
    await at(f"{offer.path}/{SLOT}", "confirm")
    await page.click("details.guests summary")
    await page.fill("#guests", WORD)
    await page.check("#answer-1-2")
    await page.click("button.main")
    await page.locator("#problems").wait_for()
    await check("confirm with errors")
    await page.goto(f"{site.url}{offer.path}/{SLOT}")
    await page.click("details.guests summary")
    await page.fill("#guests", GUEST)
    await fill()
    await page.get_by_role("heading", name="You are scheduled").wait_for()
    await check("confirmation")
    invitee = page.url.partition("?")[0].rpartition("/")[2]
    await at(f"{offer.path}/{SLOT}", "confirm of a time that is gone")
    await at(f"/reschedulings/{invitee}", "reschedule")
    await at(f"/reschedulings/{invitee}/{LATER}", "confirm of a reschedule")
    await at(f"/cancellations/{invitee}", "cancel")
    await page.fill("#reason", TEXT)
    await page.click("button.main")
    await page.get_by_role("heading", name="This event was canceled").wait_for()
    await check("canceled")
    await at(f"/reschedulings/{invitee}", "reschedule of a canceled one")
    await at(f"/routing_forms/{wordy.form_id}", "routing form")
    await page.click("button.main")
    await page.locator("#problems").wait_for()
    await check("routing form with errors")


async def pages_from_mails(page: Page, site: Site, wordy: Wordy, check: Callable[[str], Awaitable[None]]) -> None:
    for name, path in wordy.afterwards.items():
        await page.goto(site.url + path)
        await check(name)


@pytest.mark.parametrize("width", [320, 375, 1280])
async def test_long_words_wrap_on_every_page(chromium: Browser, site: Site, wordy: Wordy, width: int) -> None:
    async with opened(chromium, replace(DESKTOP, width=width)) as page:

        async def check(name: str) -> None:
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
            assert await page.evaluate(SPILLED) == [], name

        await all_pages(page, site, wordy, check)
        await pages_from_mails(page, site, wordy, check)


async def test_the_words_of_every_language_fit_a_phone(
    chromium: Browser, site: Site, conn: Conn, organization: Organization
) -> None:
    """The menu of languages is on each of these pages."""
    offer = await put_on_show(conn, organization, now=site.clock.now, requires_approval=True, duration_options=[30, 60])
    async with opened(chromium, replace(DESKTOP, width=375), javascript=False) as page:
        for language in languages.offered():
            for path in (offer.path, f"{offer.path}/{SLOT}"):
                await page.goto(f"{site.url}{path}?lang={language.code}")
                name = f"{path} in {language.own_name}"
                assert await page.evaluate("document.documentElement.lang") == language.code
                assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
                assert await page.evaluate(SPILLED) == [], name
                assert await page.evaluate(BROKEN) == [], name
                assert await page.evaluate(TOO_SMALL) == [], name
                menu = page.locator("footer nav li")
                assert await menu.all_inner_texts() == [one.own_name for one in languages.offered()]
                assert await menu.locator("[aria-current]").all_inner_texts() == [language.own_name]


@pytest.mark.parametrize("width", [320, 375])
async def test_whatever_is_touched_is_as_high_as_a_fingertip(
    chromium: Browser, site: Site, wordy: Wordy, width: int
) -> None:
    """Links within sentences are as high as their line. Source: WCAG 2.2, 2.5.5 and its exceptions."""
    async with opened(chromium, replace(DESKTOP, width=width)) as page:

        async def check(name: str) -> None:
            assert await page.evaluate(TOO_SMALL) == [], name

        await all_pages(page, site, wordy, check)
        await pages_from_mails(page, site, wordy, check)
