"""Which pages go over the line as gzip, and which never do."""

import gzip

import httpx

from conftest import Clock
from factories import Organization, make_routing_form
from openslot import compression
from openslot.db.pool import Conn
from pages.offers import Offer
from pages.plain_browser import PlainBrowser
from running import raw_body


async def test_pages_and_what_they_load_are_packed(http: httpx.AsyncClient, offer: Offer) -> None:
    for path in (offer.path, offer.path.rpartition("/")[0], "/assets/page.css", "/assets/htmx.min.js"):
        plain = await http.get(path, headers={"accept-encoding": "identity"})
        response, body = await raw_body(http, path)
        assert gzip.decompress(body) == plain.content
        assert len(body) < len(plain.content) / 2
        assert "Accept-Encoding" in plain.headers["vary"]
        assert "Accept-Encoding" in response.headers["vary"]


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
