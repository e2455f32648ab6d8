"""Pages in a language from right to left, whose words are long: mirrored, whole, and as accessible as the others."""

import re
from dataclasses import replace

from playwright.async_api import Browser

from factories import Organization
from openslot.db.pool import Conn
from openslot.html import assets
from pages.conftest import Site
from pages.offers import LOCATIONS, QUESTIONS, put_on_show
from pages.real_browser import PHONE, check, opened
from pages.test_layout_in_a_browser import SPILLED

SLOT = "2027-01-05T09:00:00Z"
ONE_SIDED = re.compile(
    r"(?<![\w-])(?:(?:\w+-)*(?:left|right)(?=:)|(?:text-align|float): (?:left|right)"
    r"|(?:margin|padding|inset): [^\s;]+ ([^\s;]+) [^\s;]+ (?!\1;)[^\s;]+(?=;))"
)
"""What a style sheet says of the left or the right side alone, instead of where a line starts and ends."""
FROM_THE_RIGHT = """(selectors) => {
  const middle = (selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    return box.left + box.right;
  };
  return selectors.toSorted((one, other) => middle(other) - middle(one));
}"""

DIRECTIONS = "(found) => found.map((element) => getComputedStyle(element).direction)"
"""Of what people wrote in their own script."""


def test_the_style_sheet_names_no_side_that_would_not_be_mirrored() -> None:
    css = (assets.FOLDER / "page.css").read_text()
    assert [found.group() for found in ONE_SIDED.finditer(css)] == []


async def test_pages_are_mirrored_in_a_language_from_right_to_left(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, pseudo_language: str
) -> None:
    offer = await put_on_show(
        conn, organization, now=site.clock.now, custom_questions=QUESTIONS, locations=LOCATIONS, color="#f5b700",
        duration_options=[30, 60],
    )  # fmt: skip
    async with opened(chromium, replace(PHONE, language=pseudo_language)) as page:

        async def look(name: str, *from_the_right: str) -> None:
            await check(page, name)
            assert await page.evaluate(SPILLED) == [], name
            assert await page.evaluate(FROM_THE_RIGHT, sorted(from_the_right)) == list(from_the_right), name

        await page.goto(site.url + offer.path)
        await look("calendar", "th:first-child", "#previous", "#next")
        await page.set_viewport_size({"width": 1280, "height": 900})
        await look("calendar on a desk", ".about", ".calendar", ".times")
        await page.set_viewport_size({"width": PHONE.width, "height": 900})
        await page.goto(f"{site.url}{offer.path}/{SLOT}")
        await look("details", "#location-0", "#location-0 + label")
        assert await page.locator("legend bdi").evaluate_all(DIRECTIONS) == ["rtl", "ltr", "ltr"]
        await page.fill("#name", "Ada")
        await page.fill("#email", "ada@example.org")
        await page.check("#location-0")
        await page.check("#answer-0-0")
        await page.fill("#answer-3", "+39333123456")
        await page.click("button.main")
        await page.wait_for_url("**/invitees/**")
        await look("confirmation", ".booked dt .icon", ".booked dd")
