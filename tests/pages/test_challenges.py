"""The challenge of a booking form, with and without JavaScript. Source: ADR 0048."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from conftest import Clock, in_one_task, serving
from factories import Organization
from listening import listening
from mailing import notes
from openslot.config import Settings
from openslot.core.challenges import solve
from openslot.db.pool import Conn
from pages.offers import Offer, put_on_show
from pages.plain_browser import PlainBrowser
from pages.real_browser import DESKTOP, PHONE, Screen, check, opened

NEXT, LATER, LAST = "2027-01-05T09:00:00Z", "2027-01-05T10:00:00Z", "2027-01-05T11:00:00Z"
ADA = {"name": "Ada", "email": "ada.under.load@example.org"}
STEP = "One more step"


@pytest.fixture
async def under_load(settings: Settings, clock: Clock, offer: Offer) -> AsyncIterator[PlainBrowser]:
    """A browser of a service where one more form than usual has come."""
    changed = replace(settings, unchallenged_bookings=1, smtp_url="smtp://mail.example")
    async with in_one_task(serving(changed, clock)) as client:
        browser = PlainBrowser(client)
        await browser.open(f"{offer.path}/{NEXT}")
        assert not browser.document.all("div", id="challenge")
        await browser.send({"name": "Eve", "email": "eve@example.org"})
        assert browser.heading == "You are scheduled"
        yield browser


async def mailed_code(conn: Conn) -> str:
    """The code in the only mail that waits for a visitor."""
    (mail,) = await notes(conn, to=ADA["email"])
    found = re.findall(r"\b\d{6}\b", mail.text)
    assert len(found) == 1
    return str(found[0])


async def test_without_javascript_a_code_by_mail_lets_the_form_pass_and_nothing_typed_is_lost(
    under_load: PlainBrowser, offer: Offer, conn: Conn
) -> None:
    browser = under_load
    await browser.open(f"{offer.path}/{LATER}")
    await browser.send(ADA)
    assert (browser.status, STEP in browser.document.text) == (422, True)
    await browser.send({"challenge": "mail"})
    assert "A code is on its way to ada.under.load@example.org" in browser.document.text
    code = await mailed_code(conn)

    await browser.send({"challenge-code": "000000" if code != "000000" else "000001"})
    assert "This is not the code" in browser.document.text
    await browser.send({"challenge-code": code, "email": "bob@example.org"})
    assert "This is not the code" in browser.document.text  # it is for the address that it went to
    await browser.send({"challenge-code": code, "email": ADA["email"]})
    assert browser.heading == "You are scheduled"
    assert "Ada" in browser.document.text


async def test_a_solved_puzzle_lets_one_form_pass(under_load: PlainBrowser, offer: Offer) -> None:
    browser = under_load
    await browser.open(f"{offer.path}/{LATER}")
    solution = solve(browser.document.one("div", id="challenge").attributes["data-puzzle"])
    await browser.send({**ADA, "challenge-solution": solution})
    assert browser.heading == "You are scheduled"

    await browser.open(f"{offer.path}/{LAST}")
    await browser.send({**ADA, "challenge-solution": solution})
    assert (browser.status, STEP in browser.document.text) == (422, True)


async def test_without_a_mail_server_no_code_is_offered(settings: Settings, clock: Clock, offer: Offer) -> None:
    async with in_one_task(serving(replace(settings, unchallenged_bookings=1, smtp_url=""), clock)) as client:
        browser = PlainBrowser(client)
        await browser.open(f"{offer.path}/{NEXT}")
        await browser.send({"name": "Eve", "email": "eve@example.org"})
        await browser.open(f"{offer.path}/{LATER}")
        assert "needs JavaScript" in browser.document.text
        assert not browser.document.all("input", id="challenge-code")


@pytest.fixture
async def busy_page(
    conn: Conn, organization: Organization, clock: Clock, database_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of an event type's page, of which one more form than usual is challenged."""
    offer = await put_on_show(conn, organization, now=clock.now)
    async with in_one_task(listening(database_url, tmp_path, clock, unchallenged_bookings=1)) as site:
        yield f"{site.url}{offer.path}"


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_a_browser_solves_it_while_the_visitor_types(screen: Screen, chromium: Browser, busy_page: str) -> None:
    async with opened(chromium, screen) as page:
        for start in (NEXT, LATER):
            await page.goto(f"{busy_page}/{start}?lang=en")
            await page.get_by_label("Name", exact=True).fill("Ada")
            await page.get_by_label("Email", exact=True).fill("ada@example.org")
            if start == LATER:
                await expect(page.get_by_text("Done. You can go on.")).to_be_visible()
                await check(page, "challenge")
            await page.get_by_role("button", name="Schedule event").click()
            await page.get_by_role("heading", name="You are scheduled").wait_for()


async def test_a_form_that_is_sent_before_it_is_solved_goes_once_it_is(chromium: Browser, busy_page: str) -> None:
    prefilled = "name=Ada&email=ada@example.org"
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{busy_page}/{NEXT}?{prefilled}")
        await page.get_by_role("button", name="Schedule event").click()
        await page.get_by_role("heading", name="You are scheduled").wait_for()
        # the second one's worker begins only when it is let
        await page.add_init_script(
            "const post = Worker.prototype.postMessage;"
            "Worker.prototype.postMessage = function (...given) { window.start = () => post.apply(this, given); };"
        )
        await page.goto(f"{busy_page}/{LATER}?{prefilled}")
        await page.get_by_role("button", name="Schedule event").click()
        await expect(page.get_by_text("One moment: your browser is still at it.")).to_be_visible()
        await page.evaluate("window.start()")
        await page.get_by_role("heading", name="You are scheduled").wait_for()
