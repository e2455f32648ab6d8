"""A real Chromium as tests open it: how somebody looks at the pages, and what no page may do."""

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

RULES = {
    "resultTypes": ["violations"],
    "preload": False,  # of films and of style sheets from elsewhere, which no page has
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

CONTRAST = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""The only rule for which it matters whether the screen is light or dark."""
AXE = Axe().axe_script
FIND_VIOLATIONS = """async (rules) => (await axe.run(rules)).violations.map(
    (one) => [one.id, one.nodes.map((node) => node.html)]
)"""
"""Its own ``run`` brings every node that was looked at over the line, most of the time it takes."""


@dataclass(frozen=True)
class Screen:
    """How somebody looks at the pages."""

    width: int
    scheme: Any
    language: str


DESKTOP = Screen(1280, "light", "en-US")
PHONE = Screen(375, "dark", "th-TH")
PHOTOS = os.environ.get("OPENSLOT_SCREENSHOTS", "")
"""A folder in which the pages are kept as pictures instead of being checked: ``make screenshots``."""
SCREENS = [DESKTOP, PHONE]
"""How every page is looked at."""
if PHOTOS:
    SCREENS = [
        Screen(width, scheme, language)
        for width in (375, 1280)
        for scheme in ("light", "dark")
        for language in ("en-US", "it-IT", "th-TH")
    ]


def screen_name(screen: Screen) -> str:
    """For the names of tests."""
    return f"{screen.width}, {screen.scheme}, {screen.language}"


_contexts: WeakKeyDictionary[Browser, dict[tuple[Screen, bool, str], BrowserContext]] = WeakKeyDictionary()
"""Those that visitors of one kind had before. Without cookies they are as new, at a third of what a new one takes."""


@asynccontextmanager
async def opened(
    chromium: Browser, screen: Screen, *, javascript: bool = True, zone: str = "Europe/Rome"
) -> AsyncIterator[Page]:
    """A fresh visitor; a page that breaks the content policy, throws or logs an error fails the test."""
    contexts = _contexts.setdefault(chromium, {})
    kind = (screen, javascript, zone)
    if kind not in contexts:
        contexts[kind] = await chromium.new_context(
            viewport={"width": screen.width, "height": 900}, color_scheme=screen.scheme, locale=screen.language,
            java_script_enabled=javascript, timezone_id=zone, reduced_motion="reduce",
        )  # fmt: skip
    page = await contexts[kind].new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    try:
        yield page
    finally:
        await page.close()
        await contexts[kind].clear_cookies()
    # Chromium logs every answer of 400 and above; those pages are meant.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


async def photograph(page: Page, name: str) -> None:
    """Keep the whole page as a picture, in a folder of its width, scheme and language."""
    is_dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    language = await page.evaluate("navigator.language")
    folder = Path(PHOTOS) / f"{await page.evaluate('innerWidth')}-{'dark' if is_dark else 'light'}-{language}"
    file = re.sub(r"\W+", "-", name).strip("-").lower() or "home"
    await page.screenshot(path=folder / f"{file}.png", full_page=True)


async def check(page: Page, name: str) -> None:
    """No violation on a light or a dark screen, nothing wider than the window."""
    if PHOTOS:
        await photograph(page, name)
        return
    await page.evaluate(AXE)
    assert await page.evaluate(FIND_VIOLATIONS, RULES) == [], name
    is_dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    await page.emulate_media(color_scheme="light" if is_dark else "dark")
    assert await page.evaluate(FIND_VIOLATIONS, CONTRAST) == [], f"{name}, on a {'light' if is_dark else 'dark'} screen"
    await page.emulate_media(color_scheme="dark" if is_dark else "light")
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} is too wide"


FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return ["", true];
  const name = element.ariaLabel || element.labels?.[0]?.innerText || element.innerText || "";
  return [name.trim(), getComputedStyle(element).outlineStyle !== "none"];
}"""
"""The name of what has the focus, and whether it shows that."""


async def reach(page: Page, wanted: Callable[[str], bool], *, enter: bool = True) -> None:
    """Press Tab until what has the focus is named as wanted, then Enter. Whatever has the focus shows it."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        name, is_shown = await page.evaluate(FOCUSED)
        assert is_shown, name
        if wanted(name):
            if enter:
                await page.keyboard.press("Enter")
            return
    raise AssertionError("out of reach")


async def choose_zone(page: Page, text: str) -> None:
    """Open the list of time zones, look for one, and take the first that is found."""
    await page.click(".zone summary")
    await page.fill("#find-zone", text)
    await page.press("#find-zone", "Enter")
