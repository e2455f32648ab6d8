"""A real Chromium as tests open it: how somebody looks at the pages, and what no page may do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@dataclass(frozen=True)
class Screen:
    """How somebody looks at the pages."""

    width: int
    scheme: Any
    language: str


DESKTOP = Screen(1280, "light", "en-US")
PHONE = Screen(375, "dark", "th-TH")


@asynccontextmanager
async def opened(
    chromium: Browser, screen: Screen, *, javascript: bool = True, zone: str = "Europe/Rome"
) -> AsyncIterator[Page]:
    """A fresh visitor; a page that breaks the content policy, throws or logs an error fails the test."""
    context = await chromium.new_context(
        viewport={"width": screen.width, "height": 900}, color_scheme=screen.scheme, locale=screen.language,
        java_script_enabled=javascript, timezone_id=zone, reduced_motion="reduce",
    )  # fmt: skip
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    await context.close()
    # Chromium logs every answer of 400 and above; those pages are meant.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


async def check(page: Page, name: str) -> None:
    """No violation, nothing wider than the window."""
    results = await Axe().run(page, options=RULES)
    found = [(one["id"], [node["html"] for node in one["nodes"]]) for one in results.response["violations"]]
    assert found == [], name
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} is too wide"
