"""Which pages go over the line as gzip, and which never do."""

import gzip

import httpx

from conftest import Clock
from factories import Organization, make_routing_form
from openslot import compression
from openslot.db.pool import Conn
from pages.offers import LOCATIONS, Offer, put_on_show
from pages.plain_browser import PlainBrowser, read
from running import raw_body


async def test_pages_and_what_they_load_are_packed(http: httpx.AsyncClient, offer: Offer) -> None:
    for path in (offer.path, offer.path.rpartition("/")[0], "/assets/page.css", "/assets/htmx.min.js"):
        plain = await http.get(path, headers={"accept-encoding": "identity"})
        response, body = await raw_body(http, path)
        assert gzip.decompress(body) == plain.content
        assert len(body) < len(plain.content) / 2
        assert "Accept-Encoding" in plain.headers["vary"]
        assert "Accept-Encoding" in response.headers["vary"]


async def test_the_month_and_a_day_are_light(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock
) -> None:
    """Every byte of a first visit over the line, scripts and styles included; then those of a day that is clicked."""
    offer = await put_on_show(
        conn, organization, now=clock.now, duration_options=[30, 60], description_plain="See the workshop. " * 40,
        locations=LOCATIONS, requires_approval=True, cancel_cutoff_minutes=60,
    )  # fmt: skip
    for language in ("en", "it", "th"):
        address = f"{offer.path}?lang={language}&month=2027-03&timezone=Asia/Bangkok"
        response, page = await raw_body(http, address)
        document = read(gzip.decompress(page).decode())
        files = [one.attributes["src"] for one in document.all("script")]
        files += [one.attributes["href"] for one in document.all("link") if one.attributes["rel"] != "canonical"]
        without_zone = read((await http.get(offer.path)).text)
        files += [one.attributes["src"] for one in without_zone.all("script") if "zone.js" in one.attributes["src"]]
        bodies = [(await raw_body(http, path))[1] for path in files]
        assert response.status_code == 200
        assert len(page) + sum(map(len, bodies)) < 35_000
        _, day = await raw_body(http, f"{address}&date=2027-03-16")
        assert len(day) < 8_000


async def test_no_page_with_a_secret_is_packed(
    browser: PlainBrowser, http: httpx.AsyncClient, offer: Offer, conn: Conn, organization: Organization, clock: Clock
) -> None:
    """The page repeats values of the address beside it, and the compressed length shows whether they are alike."""
    form = await make_routing_form(conn, organization, now=clock.now)
    await browser.open(f"{offer.path}/2027-01-05T09:00:00Z?name={'Ada' * 400}")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    invitee = browser.url.path.rpartition("/")[2]
    paths = [
        f"{offer.path}/2027-01-05T10:00:00Z?name={'Ada' * 400}", browser.url.path, f"/cancellations/{invitee}",
        f"/reschedulings/{invitee}", f"/routing_forms/{form.id}",
    ]  # fmt: skip
    for path in paths:
        response, body = await raw_body(http, path)
        assert (response.status_code, len(body) >= compression.SMALLEST) == (200, True), path
        assert "content-encoding" not in response.headers, path
        assert b"_csrf_token" in body or response.headers["cache-control"] == "private, no-store"
        assert any(word in response.headers["cache-control"] for word in ("no-store", "no-transform")), path
