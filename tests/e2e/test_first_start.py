"""From an empty data directory to a booking by somebody else, in the browser alone: no command but ``openslot up``."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Browser, expect

from running import serving


async def test_whoever_starts_the_service_sets_it_up_and_is_booked(
    chromium: Browser, new_data_dir: Callable[[str], Path]
) -> None:
    with serving(new_data_dir("first start")) as service:
        (link,) = re.findall(r"http://\S+/app/set-up/\S+", "\n".join(service.lines))
        host = await (await chromium.new_context(locale="en-GB", timezone_id="Asia/Bangkok")).new_page()
        await host.goto(f"{service.base_url}/app")
        await expect(host.locator("main")).to_contain_text("Nobody has set up this service yet.")
        await host.goto(link)
        await expect(host.locator("#timezone")).to_have_value("Asia/Bangkok")
        for field, text in [("organization", "Kiln & Co"), ("name", "Ada Lovelace"), ("email", "ada@example.org")]:
            await host.fill(f"#{field}", text)
        await host.fill("#password", "correct horse battery")
        await host.click("button.main")
        await expect(host.get_by_role("heading", level=1)).to_have_text("Hello, Ada Lovelace")
        page = await host.get_by_role("link", name="30 Minute Meeting").get_attribute("href")
        assert page is not None

        guest = await (await chromium.new_context(locale="it-IT", timezone_id="Europe/Rome")).new_page()
        await guest.goto(page)
        await guest.locator(".slot").first.click()
        await guest.fill("#name", "Maria Rossi")
        await guest.fill("#email", "maria@example.org")
        await guest.click("button.main")
        await expect(guest.get_by_role("heading", level=1)).to_have_text("Appuntamento confermato")

        await host.reload()
        await host.get_by_role("link", name="30 Minute Meeting, Maria Rossi").click()
        await expect(host.locator("main")).to_contain_text("maria@example.org")
        await guest.context.close()
        await host.context.close()
    with serving(service.data_dir) as again:
        assert not any("/app/set-up/" in line for line in again.lines)
