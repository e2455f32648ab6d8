"""The page of an invitation in a real Chromium: for assistive technology, by keyboard alone, without JavaScript."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser

from factories import URIS, Organization, make_organization, principal_of
from oauth.conftest import PASSWORD
from openslot.db.pool import Conn
from openslot.services import inviting
from pages.conftest import Site, chromium, site
from pages.real_browser import DESKTOP, PHONE, Screen, check, opened

__all__ = ["chromium", "site"]

Invite = Callable[..., Awaitable[str]]


@pytest.fixture
async def invite(conn: Conn, organization: Organization, site: Site) -> Invite:
    """Invites an address, and returns the path of the link."""

    async def send(email: str = "") -> str:
        owner = await principal_of(conn, organization.owner, now=site.clock.now)
        address = email or f"ada-{organization.id.hex}@new.example"
        sent = await inviting.invite(conn, owner, address, uris=URIS, now=site.clock.now)
        return sent.link.removeprefix(URIS.pages)

    return send


@pytest.mark.parametrize(
    "screen", [DESKTOP, PHONE, Screen(375, "light", "it-IT")], ids=["desk, English", "Thai, dark", "Italian"]
)
async def test_no_page_of_an_invitation_has_an_accessibility_violation(
    chromium: Browser, site: Site, conn: Conn, invite: Invite, screen: Screen
) -> None:
    elsewhere = await make_organization(conn, now=site.clock.now)
    path = await invite()
    async with opened(chromium, screen) as page:
        await page.goto(f"{site.url}/app/invitations/nothing")
        await check(page, "unknown")
        await page.goto(site.url + await invite(elsewhere.member.user.email))
        await check(page, "elsewhere")
        await page.click("button.link")
        await check(page, "declined")
        await page.goto(site.url + path)
        await check(page, "form")
        await page.select_option("#timezone", "Asia/Tokyo")
        await page.click("#invitation button.main")
        await check(page, "problems")
        await page.fill("#name", "Ada Example")
        await page.fill("#password", PASSWORD)
        await page.click("#invitation button.main")
        await check(page, "joined")
        await page.click(".actions a:last-child")
        await check(page, "account")


async def test_the_zone_is_the_browsers_before_anything_is_typed(chromium: Browser, site: Site, invite: Invite) -> None:
    async with opened(chromium, DESKTOP, zone="Asia/Bangkok") as page:
        await page.goto(site.url + await invite())
        await page.wait_for_url("**timezone=Asia*")
        assert await page.input_value("#timezone") == "Asia/Bangkok"


async def test_somebody_joins_with_the_keyboard_alone(chromium: Browser, site: Site, invite: Invite) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(site.url + await invite())
        reached = []
        while "password" not in reached:
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.id || document.activeElement.className"))
            if reached[-1] == "name":
                await page.keyboard.type("Ada Example")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="You have joined Kiln & Co").wait_for()
        assert reached == ["skip", "email", "name", "timezone", "password"]


async def test_without_javascript_the_zone_is_chosen_from_the_list(
    chromium: Browser, site: Site, invite: Invite, conn: Conn, organization: Organization
) -> None:
    async with opened(chromium, PHONE, javascript=False, zone="Asia/Bangkok") as page:
        await page.goto(site.url + await invite())
        assert await page.input_value("#timezone") == "Europe/Rome"
        await page.fill("#name", "Ada Example")
        await page.fill("#password", PASSWORD)
        await page.select_option("#timezone", "Asia/Bangkok")
        await page.click("footer button[lang=it]")
        assert await page.input_value("#name") == "Ada Example"
        assert await page.input_value("#timezone") == "Asia/Bangkok"
        await page.fill("#password", PASSWORD)
        await page.click("#invitation button.main")
        await page.get_by_role("heading", name="Ora fai parte di Kiln & Co").wait_for()
    cursor = await conn.execute(
        "SELECT timezone FROM users WHERE organization_id = %s AND name = 'Ada Example'", (organization.id,)
    )
    assert await cursor.fetchall() == [("Asia/Bangkok",)]
