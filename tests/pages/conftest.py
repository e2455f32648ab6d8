"""A page without a request, a reader of HTML that posts plain forms, and the service for a real browser."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Browser, async_playwright, expect

from conftest import Clock, Service, in_one_task
from factories import Organization
from listening import Site, listening
from openslot.config import Settings
from openslot.db.pool import Conn
from openslot.i18n import languages
from openslot.i18n.formatting import Formats
from openslot.pages.visitor import VisitorPage
from pages import pseudo
from pages.offers import LOCATIONS, QUESTIONS, Offer, put_on_show
from pages.plain_browser import PlainBrowser
from running import CHROMIUM_ARGUMENTS, PATIENCE_SECONDS, find_chromium

__all__ = ["Site"]

MakePage = Callable[..., VisitorPage]


@pytest.fixture
def make_page(clock: Clock) -> MakePage:
    """A page as handlers have it; what is left out is English, Rome, and an address without a query."""

    def make(
        *, language: str = "en-US", zone: str = "Europe/Rome", settings: Settings | None = None, **query: str
    ) -> VisitorPage:
        found = languages.choose(None, language)
        return VisitorPage(
            request=cast(Any, None),
            query=query,
            settings=settings or Settings(public_url="https://book.example"),
            received_at=clock.now,
            language=found,
            formats=Formats(found.locale, ZoneInfo(zone)),
            zone_is_chosen="timezone" in query,
        )

    return make


@pytest.fixture
def http(service: Service, clock: Clock) -> Iterator[httpx.AsyncClient]:
    """The shared service, with this test's clock, as somebody who comes for the first time."""
    service.clock = clock
    service.client.cookies.clear()
    yield service.client
    service.client.cookies.clear()


@pytest.fixture
def browser(http: httpx.AsyncClient) -> PlainBrowser:
    """Reads pages and posts their forms, as a browser without JavaScript does."""
    return PlainBrowser(http)


@pytest.fixture
async def offer(conn: Conn, organization: Organization, clock: Clock) -> Offer:
    """Thirty minutes, weekdays 9 to 17 in Rome, no questions but name and email."""
    return await put_on_show(conn, organization, now=clock.now, description_plain="First line\nsecond\n\nAnother.")


@pytest.fixture
async def offer_with_questions(conn: Conn, organization: Organization, clock: Clock) -> Offer:
    """With every kind of question, and locations to choose from."""
    return await put_on_show(
        conn, organization, now=clock.now, custom_questions=QUESTIONS, locations=LOCATIONS, color="#f5b700"
    )


@pytest.fixture
def pseudo_language(tmp_path: Path) -> Iterator[str]:
    """The code of a language from right to left that has every message: see ``pseudo``."""
    with pseudo.installed(tmp_path):
        yield pseudo.CODE


@pytest.fixture(scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    clock = Clock(datetime(2027, 1, 4, 8, tzinfo=UTC))
    async with in_one_task(listening(database_url, tmp_path_factory.mktemp("site"), clock)) as found:
        yield found


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)  # five seconds are too few where the machine is busy
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        yield launched
        await launched.close()
