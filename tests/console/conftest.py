"""Browsers that are signed in, one for each role."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import pytest

from conftest import Clock
from factories import URIS, Member, Organization
from openslot.db.pool import Conn
from openslot.services import sign_in_links
from pages.conftest import browser, http
from pages.plain_browser import PlainBrowser

__all__ = ["browser", "http"]

SignIn = Callable[[Member], Awaitable[PlainBrowser]]


@pytest.fixture
async def sign_in(http: httpx.AsyncClient, conn: Conn, clock: Clock) -> SignIn:
    """Signs a member in, each in a browser of its own."""

    async def work(member: Member) -> PlainBrowser:
        user = member.user
        async with conn.transaction():
            link = await sign_in_links.issue(conn, user.organization_id, user.id, uris=URIS, now=clock.now)
        client = httpx.AsyncClient(transport=http._transport, base_url=http.base_url)
        made = PlainBrowser(client)
        await made.open(urlsplit(link).path)
        await made.send({})
        assert made.heading.startswith("Hello")
        return made

    return work


@pytest.fixture
async def owner(sign_in: SignIn, organization: Organization) -> PlainBrowser:
    return await sign_in(organization.owner)
