"""The first organization, made in a browser: one form, once. It needs a database without any."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from conftest import SECRET_KEY, Clock, in_one_task, serving
from factories import PAGES
from openslot.config import Settings
from openslot.db.pool import connected
from openslot.security import setup_links
from pages.plain_browser import PlainBrowser

PATH = f"/app/set-up/{setup_links.token(SECRET_KEY)}"
FILLED = {
    "organization": "Kiln & Co", "name": "Ada Lovelace", "email": "Ada@Example.org",
    "password": "correct horse battery", "timezone": "Europe/Rome",
}  # fmt: skip


@pytest.fixture
async def empty(settings: Settings, own_database_url: str, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A service on a database in which there is nothing."""
    async with in_one_task(serving(replace(settings, database_url=own_database_url), clock)) as client:
        yield client


@pytest.fixture
def newcomer(empty: httpx.AsyncClient) -> PlainBrowser:
    return PlainBrowser(empty)


async def test_one_form_leads_from_nothing_to_a_page_on_which_others_book(newcomer: PlainBrowser) -> None:
    await newcomer.open(PATH)
    assert newcomer.heading == "Set up OpenSlot"
    await newcomer.send(FILLED)
    assert (newcomer.url.path, newcomer.heading) == ("/app", "Hello, Ada Lovelace")
    page = await newcomer.follow(text="30 Minute Meeting")
    assert newcomer.heading == "30 Minute Meeting"
    assert page.all("a", class_="slot")

    await newcomer.open(PATH)
    assert newcomer.heading == "Sign in"
    newcomer.client.cookies.clear()
    await newcomer.open("/app")
    await newcomer.send({"email": "ada@example.org", "password": FILLED["password"]})
    assert newcomer.heading == "Hello, Ada Lovelace"


async def test_all_that_is_wrong_is_named_and_what_was_typed_stays(newcomer: PlainBrowser) -> None:
    await newcomer.open(PATH)
    page = await newcomer.send({"organization": " ", "name": "", "email": "ada", "password": "1234", "timezone": "x"})

    assert newcomer.status == 422
    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    assert links == [
        ("#organization", "Enter a name for it"), ("#name", "Enter your name"),
        ("#email", "Enter an email address in the form name@example.com"),
        ("#password", "Use at least 8 characters"), ("#timezone", "Choose a time zone"),
    ]  # fmt: skip
    assert page.one("input", id="email").attributes["value"] == "ada"
    assert page.one("input", id="password").attributes["value"] == ""


async def test_two_who_set_up_at_once_make_one_organization(empty: httpx.AsyncClient, own_database_url: str) -> None:
    headers = {"Origin": PAGES}
    forms = [FILLED | {"email": f"{name}@example.org"} for name in ("ada", "ben", "cy")]

    answers = await asyncio.gather(*[empty.post(PATH, data=form, headers=headers) for form in forms])

    assert sorted(answer.headers["location"] for answer in answers) == ["/app", "/app/sign-in", "/app/sign-in"]
    async with connected(own_database_url) as conn:
        cursor = await conn.execute("SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM users)")
        assert await cursor.fetchone() == (1, 1)


async def test_without_the_secret_of_the_link_nobody_sets_up(empty: httpx.AsyncClient) -> None:
    wrong = f"/app/set-up/{setup_links.token('another key')}"

    assert (await empty.get(wrong)).status_code == 404
    assert (await empty.post(wrong, data=FILLED, headers={"Origin": PAGES})).status_code == 404
    assert (await empty.post(PATH, data=FILLED, headers={"Origin": "https://evil.example"})).status_code == 403


async def test_the_sign_in_page_shows_that_nothing_is_set_up(newcomer: PlainBrowser) -> None:
    page = await newcomer.open("/")
    page = await newcomer.follow(text="Sign in as a host")

    assert "Nobody has set up this service yet." in page.text
