"""One request as the pages see it: its zone, clock and language."""

import httpx
import pytest

from conftest import Clock
from factories import Organization
from openslot.db.pool import Conn
from pages.offers import Offer, put_on_show
from pages.plain_browser import PlainBrowser


def times(browser: PlainBrowser) -> list[str]:
    return [link.text for link in browser.document.all("a", class_="slot")]


@pytest.mark.parametrize("zone", ["Etc/Unknown", "Nowhere/Land", "posixrules", "localtime", "GMT+2", "%2B05:30", "%00"])
async def test_an_unknown_zone_is_reported_and_goes_no_further(browser: PlainBrowser, offer: Offer, zone: str) -> None:
    await browser.open(f"{offer.path}?timezone={zone}")
    assert browser.document.one("html").attributes["data-host-zone"] == "Europe/Rome"
    assert len(browser.document.all("p", class_="unknown-zone")) == (zone != "%00")
    assert [link for link in browser.document.all("a") if zone in link.attributes["href"]] == []


async def test_a_zone_that_there_is_is_spelled_as_the_zones_are(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}?timezone=asia/BANGKOK")
    assert "data-host-zone" not in browser.document.one("html").attributes
    assert times(browser)[0] == "3:00 PM"
    links = [link.attributes["href"] for link in browser.document.all("a", class_="slot")]
    assert all(link.endswith("?timezone=Asia%2FBangkok") for link in links)


async def test_where_the_words_fall_back_to_english_the_formats_are_the_browsers(
    browser: PlainBrowser, offer: Offer
) -> None:
    browser.headers = {"accept-language": "pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7"}
    await browser.open(offer.path)
    assert browser.document.one("html").attributes["lang"] == browser.response.headers["content-language"] == "en"
    assert "14:00" in times(browser)
    assert browser.document.all("th")[0].text == "Mon"
    assert browser.document.one("h2", id="times-heading").text == "Monday, 4 January"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("?lang=es", "pt-BR"), "es"),
        (("", "ja-JP, pt-BR;q=0.8"), "pt"),
        (("?lang=ja", "pt-BR"), "pt"),
        (("", "ja-JP, ko;q=0.5"), "uk"),
        (("?lang=ja", ""), "uk"),
    ],
)
async def test_the_address_names_the_language_then_the_browser_then_the_event_type(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, wanted: tuple[str, str], language: str
) -> None:
    offer = await put_on_show(conn, organization, now=clock.now, locale="uk")
    named, accepted = wanted
    browser.headers = {"accept-language": accepted}
    await browser.open(offer.path + named)
    assert browser.document.one("html").attributes["lang"] == browser.response.headers["content-language"] == language


@pytest.mark.parametrize("accepted", ["*", ";q=1", "de-DE;q=x", "de" * 5000, "en-US\tx", "-", "zz-ZZ"])
async def test_a_header_that_makes_no_sense_breaks_nothing(browser: PlainBrowser, offer: Offer, accepted: str) -> None:
    browser.headers = {"accept-language": accepted}
    await browser.open(offer.path)
    assert browser.status == 200


async def test_the_clock_is_switched_by_a_link_and_kept_along_the_way(browser: PlainBrowser, offer: Offer) -> None:
    browser.headers = {"accept-language": "en-US"}
    await browser.open(offer.path)
    assert "2:00 PM" in times(browser)
    await browser.follow(text="24-hour")
    assert "14:00" in times(browser)
    assert browser.document.one("a", id="clock-24").attributes["aria-current"] == "true"
    await browser.follow(text="14:00")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert browser.url.params["clock"] == "24"
    assert "14:00 \N{EN DASH} 14:30" in browser.document.one("main").text


@pytest.mark.parametrize("hours", ["", "13", "24h", "x", "٢٤", "024"])
async def test_another_clock_is_none(browser: PlainBrowser, offer: Offer, hours: str) -> None:
    browser.headers = {"accept-language": "en-US"}
    await browser.open(f"{offer.path}?clock={hours}")
    assert "2:00 PM" in times(browser)
    assert not any(
        f"clock={hours}&" in link.attributes["href"] + "&" for link in browser.document.all("a", class_="slot")
    )


async def test_the_zones_are_listed_only_on_request(
    browser: PlainBrowser, offer: Offer, http: httpx.AsyncClient
) -> None:
    await browser.open(offer.path)
    assert [one.text for one in browser.document.one("select", id="timezone").all("option")] == ["Rome (UTC+1)"]
    listed = await http.get(browser.document.one("select", id="timezone").attributes["data-options"])
    assert listed.text.count("<option") > 300
    await browser.follow(text="Show all time zones")
    assert "open" in browser.document.one("details", id="zone").attributes
    await browser.send({"timezone": "Asia/Bangkok"}, form=browser.document.one("form", method="get"))
    assert browser.url.params["timezone"] == "Asia/Bangkok"
    assert "zones" not in browser.url.params
