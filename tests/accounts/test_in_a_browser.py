"""The pages of accounts and the consent of OAuth in a real Chromium: small and large, dark and light, by keyboard."""

import pytest
from playwright.async_api import Browser

from conftest import Clock
from factories import Organization
from oauth.conftest import PASSWORD, make_application
from openslot.db.pool import Conn
from openslot.services import passwords
from pages.conftest import Site, chromium, site
from pages.real_browser import DESKTOP, PHONE, Screen, check, opened
from pages.test_layout_in_a_browser import SPILLED, TOO_SMALL

__all__ = ["chromium", "site"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, Screen(375, "light", "it-IT")])
async def test_a_member_signs_in_by_keyboard_and_every_page_passes(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen
) -> None:
    application = await make_application(conn, organization, Clock(site.clock.now), redirect_uris=[f"{site.url}/app/"])
    user = organization.member.user
    await passwords.change(conn, user, await passwords.hashed(PASSWORD), now=site.clock.now)
    address = (
        f"{site.url}/oauth/authorize?response_type=code&client_id={application.id}&state=x"
        "&scope=users:read+scheduled_events:write"
    )
    async with opened(chromium, screen) as page:
        await page.goto(address)
        await check(page, "sign in")
        await page.focus("#email")
        await page.keyboard.type(user.email)
        await page.keyboard.press("Tab")
        await page.keyboard.type("wrong")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#problems")
        await check(page, "a wrong password")
        await page.focus("#password")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".consent")
        for path in ("", "/app/account", "/app/password"):
            if path:
                await page.goto(site.url + path)
            await check(page, path or "consent")
            assert await page.evaluate(SPILLED) == []
            assert await page.evaluate(TOO_SMALL) == []
        await page.goto(address)
        await page.focus("button[value=allow]")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{site.url}/app/?code=*")
        assert "state=x" in page.url
