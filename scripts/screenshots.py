"""``make screenshots``: every page and mail as a picture, on phones and wide screens, light and dark, in 3 languages.

The pages are those that the tests look at, in the states into which they bring them; the mails are made here.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import async_playwright

from openslot.i18n.reader import Reader
from openslot.services.mails import letters, rendering
from openslot.services.mails.kinds import RECIPIENTS, Kind
from openslot.services.mails.letters import Meeting, OwnTexts, Pages, Person
from openslot.wire.scheduled_events import Location
from running import CHROMIUM_ARGUMENTS, find_chromium

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "screenshots"
TESTS = ("tests/pages/test_in_a_browser.py", "tests/console/test_in_a_browser.py")
LIGHT: Literal["light"] = "light"
DARK: Literal["dark"] = "dark"
LANGUAGES, WIDTHS, SCHEMES = ("en-US", "it-IT", "th-TH"), (375, 1280), (LIGHT, DARK)
START = datetime(2027, 1, 5, 9, tzinfo=UTC)
PAGE = "https://book.example"


def main() -> int:
    """Take them all; the exit code of the tests that lead to the pages."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    asyncio.run(mails())
    environment = {**os.environ, "OPENSLOT_SCREENSHOTS": str(FOLDER)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "-k", "accessibility", *TESTS]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    print(f"{sum(1 for _ in FOLDER.rglob('*.png'))} pictures in {FOLDER.relative_to(ROOT)}")
    return code


async def mails() -> None:
    """Each kind of mail to each recipient."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        for width, scheme, language in product(WIDTHS, SCHEMES, LANGUAGES):
            page = await browser.new_page(viewport={"width": width, "height": 800})
            await page.emulate_media(color_scheme=DARK if scheme == DARK else LIGHT)
            for role, kinds in RECIPIENTS.items():
                for kind in sorted(kinds):
                    await page.set_content(_mail(language, kind, role))
                    name = f"mail-{kind}-to-{role}.png"
                    await page.screenshot(path=FOLDER / f"{width}-{scheme}-{language}" / name, full_page=True)
            await page.close()
        await browser.close()


def _mail(language: str, kind: Kind, role: str) -> str:
    reader = Reader.of("Europe/Rome", language)
    pages = Pages(
        cancel=f"{PAGE}/cancel", reschedule=f"{PAGE}/move", reconfirm=f"{PAGE}/confirm", answer=f"{PAGE}/answer",
        again=PAGE, stop_reminders=f"{PAGE}/stop",
    )  # fmt: skip
    meeting = Meeting(
        name="Workshop visit",
        start=START,
        end=START + timedelta(hours=1),
        was_at=(START - timedelta(days=1), START - timedelta(hours=23)),
        location=Location("physical", location="4 Brickyard Lane, Rome", additional_info="Ring twice"),
        hosts=[Person("ada@example.org", "Ada Lovelace")],
        invitee=Person("maria@example.org", "Maria Rossi"),
        guests=["guest@example.org"],
        answers=[("How many visitors?", "Three"), ("Anything else?", "We come by train.\nSee you!")],
        canceled_by="Ada Lovelace",
        reason="The kiln is broken." if kind is Kind.CANCELED else None,
        pages=pages,
    )
    own = (
        OwnTexts(opening="Dear {invitee},\nplease bring shoes that may get dusty.")
        if kind is Kind.REMINDER
        else OwnTexts()
    )
    return rendering.as_html(letters.write(reader, kind, role, meeting, own), reader)


if __name__ == "__main__":
    sys.exit(main())
