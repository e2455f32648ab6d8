"""The calls to look at and to try, in a real Chromium: nothing is loaded from elsewhere, and a call is made."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from described import committed
from factories import Organization
from pages.conftest import Site
from pages.real_browser import DESKTOP, PHONE, Screen, opened

ME = "#operations-Users-GetCurrentUser"
OPERATIONS = ".opblock"
PATIENCE_MS = 30_000
"""The page makes all calls at once, which takes a second or two where nothing else runs."""


async def show(page: Page, site: Site) -> list[str]:
    """Open the page, and return the addresses that it reaches, a list that grows."""
    reached: list[str] = []
    page.on("request", lambda request: reached.append(request.url))
    await page.goto(f"{site.url}/api/v2/docs")
    await expect(page.locator(ME)).to_be_visible(timeout=PATIENCE_MS)
    return reached


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desk, light", "phone, dark"])
async def test_it_shows_the_calls_and_reaches_no_other_host(chromium: Browser, site: Site, screen: Screen) -> None:
    """``opened`` fails the test if anything is logged as an error, or breaks the content policy."""
    async with opened(chromium, screen) as page:
        reached = await show(page, site)
        await page.locator(ME).locator(".opblock-summary-control").click()

        await expect(page.locator(ME)).to_contain_text("current_organization", timeout=PATIENCE_MS)
        assert {urlsplit(address).netloc for address in reached if not address.startswith("data:")} == {
            urlsplit(site.url).netloc
        }
        is_dark = await page.evaluate("document.documentElement.classList.contains('dark-mode')")
        assert is_dark == (screen.scheme == "dark")


async def test_the_filter_finds_calls_by_path(chromium: Browser, site: Site) -> None:
    async with opened(chromium, DESKTOP) as page:
        await show(page, site)
        await page.locator(".operation-filter-input").fill("meeting_recaps")

        await expect(page.locator(ME)).to_have_count(0, timeout=PATIENCE_MS)
        found = await page.locator(f"{OPERATIONS} .opblock-summary-path").all_inner_texts()
        paths = [path for _, path in committed().operations() if "meeting_recaps" in path]
        assert sorted(path.replace("\u200b", "") for path in found) == sorted(paths)


async def test_a_call_is_made_with_the_token_that_is_typed_in(
    chromium: Browser, site: Site, organization: Organization
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await show(page, site)
        await page.locator(".auth-wrapper .authorize").first.click()
        await page.locator(".modal-ux input").first.fill(organization.owner.token)
        await page.locator(".modal-ux .auth-btn-wrapper .authorize").click()
        await page.locator(".modal-ux .btn-done").click()
        call = page.locator(ME)
        await call.locator(".opblock-summary-control").click()
        await call.locator(".try-out__btn").click()
        async with page.expect_response(f"{site.url}/api/v2/users/me") as waiting:
            await call.locator(".execute").click()
        answer = await waiting.value

        assert answer.status == 200
        assert json.loads(await answer.text())["resource"]["email"] == organization.owner.user.email
        await expect(call.locator(".live-responses-table")).to_contain_text(
            organization.owner.user.email, timeout=PATIENCE_MS
        )


async def test_without_javascript_it_leads_to_the_document(chromium: Browser, site: Site) -> None:
    async with opened(chromium, DESKTOP, javascript=False) as page:
        await page.goto(f"{site.url}/api/v2/docs")
        async with page.expect_response(f"{site.url}/api/v2/openapi.json") as waiting:
            await page.get_by_role("link", name="openapi.json").click()

        assert (await waiting.value).status == 200
