"""An application of the organization, a member who is signed in, and a client library that is not the server's."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
import httpx2
import pytest
from argon2 import PasswordHasher
from authlib.integrations.httpx_client import AsyncOAuth2Client

from conftest import SECRET_KEY, Clock
from factories import PAGES, Member, Organization
from openslot.db.pool import Conn
from openslot.security import passwords as hashing
from openslot.security.vault import Vault
from openslot.services import access, passwords
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication
from pages.conftest import browser, http
from pages.plain_browser import PlainBrowser

__all__ = ["browser", "http"]

PASSWORD = "correct horse battery"
CALLBACK = "https://app.example/callback?tenant=7"
VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-pkce"


class Application(NamedTuple):
    """An application that a client library acts for."""

    id: str
    secret: str | None
    callback: str


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password's hash is to take long; a test's is not."""
    monkeypatch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    hashing._decoy.cache_clear()


@pytest.fixture
async def application(conn: Conn, organization: Organization, clock: Clock) -> Application:
    """A web application with a secret, for all scopes."""
    return await make_application(conn, organization, clock)


async def make_application(conn: Conn, organization: Organization, clock: Clock, **changes: Any) -> Application:
    operator = await access.operator(conn, organization.id)
    new = NewApplication(**({"name": "Kiln CRM", "redirect_uris": [CALLBACK]} | changes))
    made = await applications.create(conn, operator, new, vault=Vault(SECRET_KEY), now=clock.now)
    return Application(str(made.application.id), made.secret, made.application.redirect_uris[0])


@pytest.fixture
async def member(conn: Conn, organization: Organization, clock: Clock) -> Member:
    """A plain member with a password."""
    found = organization.member
    await passwords.change(conn, found.user, await passwords.hashed(PASSWORD), now=clock.now)
    return found


@pytest.fixture
async def signed_in(browser: PlainBrowser, member: Member) -> PlainBrowser:
    """The member's browser."""
    await browser.open("/app/sign-in")
    await browser.send({"email": member.user.email, "password": PASSWORD})
    await browser.open("/app/account")
    assert browser.heading == "Your account"
    return browser


OAuthClients = Callable[..., AsyncOAuth2Client]


@pytest.fixture
async def client_of(http: httpx.AsyncClient) -> AsyncIterator[OAuthClients]:
    """Makes a client library's client for an application."""
    made: list[AsyncOAuth2Client] = []
    app = cast(Any, http._transport).app

    def make(application: Application, **options: Any) -> AsyncOAuth2Client:
        client = AsyncOAuth2Client(
            application.id,
            application.secret,
            redirect_uri=application.callback,
            transport=httpx2.ASGITransport(app),
            base_url=PAGES,
            **{"code_challenge_method": "S256", "token_endpoint": f"{PAGES}/oauth/token"} | options,
        )
        made.append(client)
        return client

    yield make
    for one in made:
        await one.aclose()


async def decide(browser: PlainBrowser, address: str, decision: str = "allow") -> str:
    """Open an authorization request, decide, and return where the browser is sent."""
    await browser.open(address)
    form = next(one for one in browser.document.all("form") if one.all("button", value=decision))
    await browser.send({"decision": decision}, form=form, follow=False)
    assert browser.status == 303
    return browser.response.headers["location"]


def query_of(address: str) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def claims_of(token: str) -> dict[str, Any]:
    """What a token holds, read as clients do: without checking it."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found
