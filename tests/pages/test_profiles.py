from itertools import product

import httpx
import pytest

from conftest import Clock
from factories import Organization, make_event_type, principal_of
from openslot.db.pool import Conn
from openslot.services import teaming
from openslot.wire.event_types import LocationConfiguration
from pages.offers import Offer
from pages.plain_browser import PlainBrowser
from running import raw_body


async def test_a_profile_shows_what_can_be_booked(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    await make_event_type(
        conn, host, now=clock.now, name="Kiln visit", slug="visit", duration_minutes=90, position=9,
        description_plain="See the workshop.", locations=[LocationConfiguration("zoom_conference")],
    )  # fmt: skip
    page = await browser.open(f"/{host.slug}")
    assert (browser.status, browser.heading) == (200, host.name)
    offers = page.all("li", class_="offer")
    assert [offer.one("h2").text for offer in offers][-1] == "Kiln visit"
    for part in ("1 hour 30 minutes", "Zoom", "See the workshop."):
        assert part in offers[-1].text
    await browser.follow(text="Kiln visit")
    assert (browser.url.path, browser.heading) == (f"/{host.slug}/visit", "Kiln visit")


async def test_a_profile_hides_what_is_secret_or_not_active(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    await make_event_type(conn, host, now=clock.now, name="Hidden one", secret=True)
    await make_event_type(conn, host, now=clock.now, name="Resting one", active=False)
    text = (await browser.open(f"/{host.slug}")).text
    assert "Hidden one" not in text
    assert "Resting one" not in text


async def test_a_secret_event_type_answers_to_its_link_and_an_inactive_one_does_not(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    await make_event_type(conn, host, now=clock.now, slug="hidden", secret=True)
    await make_event_type(conn, host, now=clock.now, slug="resting", active=False)
    await browser.open(f"/{host.slug}/hidden")
    assert browser.status == 200
    await browser.open(f"/{host.slug}/resting")
    assert browser.status == 404


async def test_the_profile_of_a_host_without_event_types_shows_that_there_are_none(
    browser: PlainBrowser, organization: Organization
) -> None:
    page = await browser.open(f"/{organization.member.user.slug}")
    assert "There is nothing to book at the moment." in page.text


async def test_the_page_of_a_team_leads_to_its_members(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    members = [organization.member, organization.owner]
    team = await teaming.create(conn, owner, "Kiln <b>masters", None, [one.id for one in members], now=clock.now)
    empty = await teaming.create(conn, owner, "Apprentices", None, [], now=clock.now)

    await browser.open(f"/{team.slug}")

    assert (browser.status, browser.heading) == (200, "Kiln <b>masters")
    for one in members:
        await browser.open(f"/{team.slug}")
        await browser.follow(text=one.user.name)
        assert (browser.url.path, browser.heading) == (f"/{one.user.slug}", one.user.name)
    assert "There is nothing to book" in (await browser.open(f"/{empty.slug}")).text


async def test_the_start_page_explains_what_this_is(browser: PlainBrowser) -> None:
    await browser.open("/")
    assert (browser.status, browser.heading) == (200, "Open scheduling")


@pytest.mark.parametrize(
    "path",
    [
        "/nobody-here", "/nobody/here", "/a/b/c", "/a/b/invitees/c", "/cancellations/x", "/reschedulings/x",
        "/reschedulings/x/2027-01-05T09:00:00Z", "/routing_forms/x", "/%00", "/a%00/b", "/%F0%9F%A6%86", "/%ff%fe",
        "/assets/none.css", "/assets/accent/red.css", "/assets/accent/0069ff", "/assets/../page.py",
        "/cancellations/01890000-0000-7000-8000-000000000000", "/a/b/c/d/e/f", "/cancellations", "/favicon.ico",
        f"/{'x' * 5000}", "/<script>alert(1)</script>", "/'; DROP TABLE users; --/x",
    ],
)  # fmt: skip
async def test_an_address_that_leads_nowhere_is_a_page_that_explains_it(browser: PlainBrowser, path: str) -> None:
    page = await browser.open(path)
    assert browser.status == 404
    assert browser.heading == "This page does not exist"
    assert page.one("html").attributes["lang"] == "en"


@pytest.mark.parametrize(
    "query",
    [
        "timezone=Mars/Olympus", "timezone=../../etc/passwd", "lang=xx", "lang=%00", "month=%ff", "date=9999-99-99",
        "name=%3Cscript%3E", "utm_source=%00", "timezone=", "a=%", "month=2027-01&month=x", "x" * 4000,
    ],
)  # fmt: skip
async def test_a_strange_query_is_ignored(browser: PlainBrowser, offer: Offer, query: str) -> None:
    for path in (offer.path, f"{offer.path}/2027-01-05T09:00:00Z"):
        await browser.open(f"{path}?{query}")
        assert browser.status == 200


async def test_pages_follow_the_browsers_language_and_offer_the_others(browser: PlainBrowser, offer: Offer) -> None:
    browser.headers["accept-language"] = "th"
    page = await browser.open(f"{offer.path}?month=2027-02&utm_source=x")
    assert page.one("html").attributes["lang"] == "th"
    assert browser.response.headers["content-language"] == "th"
    assert "กุมภาพันธ์ 2570" in page.text
    page = await browser.follow(text="Italiano")
    assert page.one("html").attributes["lang"] == "it"
    assert "febbraio 2027" in page.text
    assert browser.url.params["utm_source"] == "x"


async def test_the_event_types_language_is_used_where_the_browser_knows_none_of_ours(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_event_type(conn, organization.owner.user, now=clock.now, slug="visita", locale="it")
    browser.headers["accept-language"] = "fr-CA, fr;q=0.9"
    page = await browser.open(f"/{organization.owner.user.slug}/visita")
    assert page.one("html").attributes["lang"] == "it"


async def test_assets_are_named_by_their_content_and_kept_for_good(
    browser: PlainBrowser, http: httpx.AsyncClient
) -> None:
    page = await browser.open("/")
    addresses = [node.attributes["href"] for node in page.all("link") if node.attributes["rel"] != "canonical"]
    addresses += [node.attributes["src"] for node in page.all("script")]
    assert len(addresses) == 5
    for address in addresses:
        response = await http.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert "set-cookie" not in response.headers


async def test_pages_run_no_inline_script_or_style(browser: PlainBrowser, offer: Offer) -> None:
    for path in ("/", offer.path, f"{offer.path}/2027-01-05T09:00:00Z"):
        page = await browser.open(path)
        assert all(node.text == "" for node in page.all("script"))
        assert not page.all("style")
        named = {name for node in page.walk() for name in node.attributes}
        assert not {name for name in named if name == "style" or name.startswith("on")}
        assert "unsafe" not in browser.response.headers["content-security-policy"]


async def test_what_hosts_write_is_shown_as_text(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    evil = "<img src=x onerror=alert(1)>"
    await make_event_type(
        conn, organization.owner.user, now=clock.now, slug="evil", name=evil, description_plain=evil,
        locations=[LocationConfiguration("physical", location=evil)],
    )  # fmt: skip
    path = f"/{organization.owner.user.slug}/evil"
    for address in (path.rpartition("/")[0], path, f"{path}/2027-01-05T09:00:00Z?name={evil}"):
        page = await browser.open(address)
        assert not page.all("img")
        assert evil in page.text


async def test_head_is_answered_like_get_without_a_body(
    browser: PlainBrowser, http: httpx.AsyncClient, offer: Offer
) -> None:
    await browser.open(f"{offer.path}/2027-01-05T09:00:00Z")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    invitee = browser.url.path.rpartition("/")[2]
    addresses = [
        "/", offer.path.rpartition("/")[0], offer.path, f"{offer.path}/2027-01-05T10:00:00Z", browser.url.path,
        f"/cancellations/{invitee}", f"/reschedulings/{invitee}", f"/reschedulings/{invitee}/2027-01-05T10:00:00Z",
        f"{offer.path}/2027-01-05T09:00:00Z", "/nobody", "/nobody/nothing",
    ]  # fmt: skip
    for address, accepting in product(addresses, ("identity", "gzip")):
        got, body = await raw_body(http, address, accepting=accepting)
        head, nothing = await raw_body(http, address, method="HEAD", accepting=accepting)
        for answer in (got, head):
            del answer.headers["x-request-id"]  # each request has its own
        assert (head.status_code, head.headers, nothing) == (got.status_code, got.headers, b"")
        assert int(got.headers["content-length"]) == len(body)
