"""A site that embeds booking pages, on another host than theirs, and a browser without cookies of third parties."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from factories import Organization
from openslot.db.pool import Conn
from pages.conftest import Site, browser, http, site
from pages.offers import Offer, put_on_show
from running import CHROMIUM_ARGUMENTS, find_chromium

__all__ = ["browser", "http", "site"]

MODULES = Path(__file__).parent / "packages"
NO_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"
LISTEN = """<script nonce="n">
window.heard = [];
addEventListener("message", ({ data, origin }) => {
  if (String(data.event).startsWith("calendly.")) heard.push([data.event.slice(9), data.payload, origin]);
});
</script>"""
"""What every page of the site begins with."""


@dataclass
class Shop:
    """A site of somebody else: files by path, with the headers that each is sent with."""

    url: str
    files: dict[str, tuple[str, bytes, dict[str, str]]] = field(default_factory=dict)

    def put(self, path: str, content: str | bytes, kind: str = "text/html", **headers: str) -> str:
        """The address at which the content is from now on."""
        body = content.encode() if isinstance(content, str) else content
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.files[path] = (f"{kind}; charset=utf-8", body, named)
        return self.url + path

    def page(self, body: str, **headers: str) -> str:
        """The address of a page that listens to its frames."""
        head = f'<meta name="viewport" content="width=device-width"><title>Shop</title>{LISTEN}'
        html = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
        return self.put(f"/{len(self.files)}", html, **headers)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = Shop("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body, headers = shop.files.get(self.path.partition("?")[0], ("text/plain", b"", {}))
            self.send_response(200 if body else 404)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://localhost:{server.server_port}"  # the service is on 127.0.0.1, which is another site
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield shop
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS, NO_THIRD_PARTY_COOKIES]
        )
        yield launched
        await launched.close()


@pytest.fixture
async def offer(conn: Conn, organization: Organization, site: Site) -> Offer:
    """What the shop embeds."""
    return await put_on_show(conn, organization, now=site.clock.now, description_plain="See the workshop.")


@asynccontextmanager
async def visiting(chromium: Browser, address: str, *, width: int = 1280, **context: Any) -> AsyncIterator[Page]:
    """A fresh visitor of the shop; a page that throws, or breaks a content policy, fails the test."""
    visitor = await chromium.new_context(
        viewport={"width": width, "height": 900}, timezone_id="Europe/Rome", locale="en-US", reduced_motion="reduce",
        **context,
    )  # fmt: skip
    complaints: list[str] = []
    try:
        # react-calendly's own styles have a picture of its close button there; no test leaves this machine
        await visitor.route("https://assets.calendly.com/**", lambda route: route.fulfill(body=""))
        page = await visitor.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto(address)
        yield page
        assert [text for text in complaints if not text.startswith("Failed to load resource")] == []  # a favicon
    finally:
        await visitor.close()
