import logging
from typing import Any

import pytest
from psycopg.errors import AdminShutdown
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from openslot import receiving
from openslot.html.errors import trouble
from pages.conftest import MakePage
from pages.plain_browser import PlainBrowser


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 413, 414, 500, 503])
@pytest.mark.parametrize("language", ["en", "it", "th"])
def test_every_status_has_words_in_each_language(make_page: MakePage, language: str, status: int) -> None:
    found = trouble(make_page(language=language), status)
    assert found.title
    assert found.advice


async def test_a_body_that_is_too_large_is_refused(browser: PlainBrowser) -> None:
    response = await browser.client.post("/a/b/2027-01-05T09:00:00Z", content=b"name=" + b"x" * (2 * 1024 * 1024))
    assert response.status_code == 413


async def test_a_database_that_is_away_is_logged_in_one_line(
    browser: PlainBrowser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Any) -> None:
        raise PoolTimeout("no connection\nwithin 30 s")

    monkeypatch.setattr(AsyncConnectionPool, "getconn", refuse)
    await browser.open("/somebody")
    assert (browser.status, browser.heading) == (503, "Something went wrong on our side")
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("ERROR", "a page failed: PoolTimeout: no connection within 30 s", None)
    ]


async def test_where_the_database_goes_away_in_the_middle_a_form_is_to_be_sent_again(
    browser: PlainBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_: Any, **__: Any) -> None:
        raise AdminShutdown("terminating connection")

    monkeypatch.setattr(AsyncConnectionPool, "getconn", lose)
    browser.response = await browser.client.post("/cancellations/x", data={"reason": "ill"})
    page = browser._show()

    assert (browser.status, browser.heading) == (503, "We don't know whether this was saved")
    assert browser.held(page.one("form", method="post")) == [("reason", "ill")]


@pytest.mark.parametrize("address", ["?a1=" + "x" * 20_000, "/" + "x" * 20_000])
async def test_a_page_of_too_long_an_address_is_refused_before_it_is_read(browser: PlainBrowser, address: str) -> None:
    page = await browser.open(f"/ada{address}")
    assert (browser.status, browser.heading) == (414, "This page does not exist")
    assert "x" * 100 not in page.text


async def test_a_form_that_finds_too_many_under_way_is_to_come_again(
    browser: PlainBrowser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(receiving, "HELD_BYTES", 0)
    response = await browser.client.post("/a/b/2027-01-05T09:00:00Z", content=b"name=" + b"x" * 20_000)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
