"""The flow from end to end with a client library that is not the server's, and what is refused on the way."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from conftest import Clock, in_one_task, serving
from factories import API, PAGES, Member, Organization, make_organization
from oauth.conftest import (
    CALLBACK,
    VERIFIER,
    Application,
    OAuthClients,
    claims_of,
    decide,
    make_application,
    query_of,
)
from openslot.config import Settings
from openslot.core.scopes import SCOPES
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

ALL = " ".join(sorted(SCOPES))


async def authorized(browser: PlainBrowser, client: Any, scope: str = "default", **more: str) -> dict[str, Any]:
    """The first tokens of a client, through the member's browser."""
    address, _ = client.create_authorization_url("/oauth/authorize", scope=scope, code_verifier=VERIFIER, **more)
    answer = await decide(browser, address)
    found: dict[str, Any] = await client.fetch_token(authorization_response=answer, code_verifier=VERIFIER)
    return found


async def code_of(browser: PlainBrowser, client: Any) -> str:
    address, _ = client.create_authorization_url("/oauth/authorize", code_verifier=VERIFIER)
    return query_of(await decide(browser, address))["code"]


def exchange(application: Application, code: str, /, **changes: str | None) -> dict[str, str]:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
        "client_id": application.id, "client_secret": application.secret,
    }  # fmt: skip
    return {name: value for name, value in (form | changes).items() if value is not None}


async def test_a_client_library_gets_tokens_that_work_and_that_read_as_calendlys_do(  # noqa: PLR0917 -- fixtures
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, member: Member, clock: Clock,
    organization: Organization, http: httpx.AsyncClient,
) -> None:  # fmt: skip
    client = client_of(application)
    token = dict(await authorized(signed_in, client))
    access, refresh = token.pop("access_token"), token.pop("refresh_token")
    now = int(clock.now.timestamp())
    assert token.pop("expires_at")  # by the library's own clock
    assert token == {
        "token_type": "Bearer",
        "scope": ALL,
        "created_at": now,
        "expires_in": 7200,
        "owner": f"{API}/users/{member.id}",
        "organization": f"{API}/organizations/{organization.id}",
    }
    claims = claims_of(access)
    assert claims.pop("jti")
    assert claims == {
        "iss": PAGES, "aud": API, "sub": str(member.id), "user_uuid": str(member.id),
        "organization_uuid": str(organization.id), "app_uid": application.id, "client_id": application.id,
        "scope": ALL, "iat": now, "exp": now + 7200,
    }  # fmt: skip
    me = await http.get(f"{API}/users/me", headers={"Authorization": f"Bearer {access}"})
    assert (me.status_code, me.json()["resource"]["email"]) == (200, member.user.email)
    assert refresh


async def test_an_access_token_ends_after_two_hours_and_a_refresh_token_brings_the_next(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, clock: Clock, http: httpx.AsyncClient
) -> None:
    client = client_of(application)
    first = await authorized(signed_in, client)
    clock.advance(hours=2)
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    ended = await http.get(f"{API}/users/me", headers=headers)
    assert (ended.status_code, ended.json()["message"]) == (401, "The access token expired")
    second = await client.refresh_token(refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 200


async def test_a_refresh_token_that_is_used_again_ends_all_that_came_of_it(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
) -> None:
    client = client_of(application)
    first = await authorized(signed_in, client)
    second = await client.refresh_token(refresh_token=first["refresh_token"])
    form = {"grant_type": "refresh_token", "client_id": application.id, "client_secret": application.secret}
    again = await http.post("/oauth/token", data=form | {"refresh_token": first["refresh_token"]})
    refused = {
        "error": "invalid_grant",
        "error_description": "The refresh token is unknown, was used, or was revoked.",
    }
    assert (again.status_code, again.json()) == (400, refused)
    newest = await http.post("/oauth/token", data=form | {"refresh_token": second["refresh_token"]})
    assert (newest.status_code, newest.json()) == (400, refused)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    me = await http.get(f"{API}/users/me", headers=headers)
    assert (me.status_code, me.json()["message"]) == (401, "The access token was revoked")


async def test_a_code_that_is_used_again_ends_all_that_came_of_it(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
) -> None:
    code = await code_of(signed_in, client_of(application))
    first = await http.post("/oauth/token", data=exchange(application, code))
    assert first.status_code == 200
    again = await http.post("/oauth/token", data=exchange(application, code))
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "another"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_a_code_is_exchanged_only_on_its_own_terms_and_a_mistake_does_not_use_it_up(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient,
    changes: dict[str, str | None], error: str,
) -> None:  # fmt: skip
    code = await code_of(signed_in, client_of(application))
    refused = await http.post("/oauth/token", data=exchange(application, code, **changes))
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert (await http.post("/oauth/token", data=exchange(application, code))).status_code == 200


async def test_a_code_works_for_ten_minutes(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient, clock: Clock
) -> None:
    early, late = [await code_of(signed_in, client_of(application)) for _ in range(2)]
    clock.advance(minutes=9, seconds=59)
    assert (await http.post("/oauth/token", data=exchange(application, early))).status_code == 200
    clock.advance(seconds=1)
    refused = await http.post("/oauth/token", data=exchange(application, late))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_a_code_or_a_refresh_token_of_another_application_is_refused_and_stays_good(  # noqa: PLR0917 -- fixtures
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient, conn: Conn,
    organization: Organization, clock: Clock,
) -> None:  # fmt: skip
    other = await make_application(conn, organization, clock, name="Other")
    code = await code_of(signed_in, client_of(application))
    stolen = await http.post("/oauth/token", data=exchange(other, code))
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    tokens = (await http.post("/oauth/token", data=exchange(application, code))).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    taken = await http.post("/oauth/token", data=form | {"client_id": other.id, "client_secret": other.secret})
    assert (taken.status_code, taken.json()["error"]) == (400, "invalid_grant")
    own = await http.post(
        "/oauth/token", data=form | {"client_id": application.id, "client_secret": application.secret}
    )
    assert own.status_code == 200


@pytest.mark.parametrize(
    "credentials",
    [
        {"client_secret": "osc_wrong"},
        {"client_secret": ""},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"client_id": "no id"},
        {"client_id": ""},
    ],
)
async def test_a_client_that_does_not_prove_who_it_is_gets_nothing(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient,
    credentials: dict[str, str],
) -> None:  # fmt: skip
    code = await code_of(signed_in, client_of(application))
    refused = await http.post("/oauth/token", data=exchange(application, code, **credentials))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["cache-control"] == "no-store"


async def test_a_wrong_secret_in_the_header_is_refused_with_the_scheme_that_is_expected(
    application: Application, http: httpx.AsyncClient
) -> None:
    refused = await http.post("/oauth/token", data={"grant_type": "refresh_token"}, auth=(application.id, "wrong"))
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="OAuth", charset="UTF-8"')


async def test_parameters_are_taken_as_json_too_and_each_once(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
) -> None:
    code = await code_of(signed_in, client_of(application))
    twice = [*exchange(application, code).items(), ("code", code)]
    refused = await http.post(
        "/oauth/token",
        content=urlencode(twice),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert (await http.post("/oauth/token", json=["code"])).json()["error"] == "invalid_request"
    assert (await http.post("/oauth/token", json=exchange(application, code))).status_code == 200


async def test_scopes_are_those_that_were_granted(
    signed_in: PlainBrowser, client_of: OAuthClients, conn: Conn, organization: Organization, clock: Clock,
    http: httpx.AsyncClient,
) -> None:  # fmt: skip
    application = await make_application(conn, organization, clock, scopes=["users:read", "scheduled_events:write"])
    client = client_of(application)
    token = await authorized(signed_in, client, scope="users:read scheduled_events:read webhooks:write")
    assert token["scope"] == "scheduled_events:read users:read"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 200
    refused = await http.get(f"{API}/event_types", params={"user": token["owner"]}, headers=headers)
    assert (refused.status_code, refused.json()["required_scopes"]) == (403, ["event_types:read"])
    form = {"grant_type": "refresh_token", "client_id": application.id, "client_secret": application.secret}
    more = await http.post("/oauth/token", data=form | {"refresh_token": token["refresh_token"], "scope": "default"})
    assert more.json()["scope"] == "scheduled_events:read users:read"
    fewer = await http.post(
        "/oauth/token", data=form | {"refresh_token": more.json()["refresh_token"], "scope": "users:read"}
    )
    assert fewer.json()["scope"] == "users:read"
    beyond = {"refresh_token": fewer.json()["refresh_token"], "scope": "webhooks:write"}
    assert (await http.post("/oauth/token", data=form | beyond)).json()["error"] == "invalid_scope"


async def test_introspection_shows_what_a_token_stands_for_to_its_own_client(  # noqa: PLR0917 -- fixtures
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient, conn: Conn,
    organization: Organization, clock: Clock, member: Member,
) -> None:  # fmt: skip
    client = client_of(application)
    token = await authorized(signed_in, client, scope="users:read")
    now = int(clock.now.timestamp())
    facts = {
        "active": True, "scope": "users:read", "client_id": application.id, "token_type": "Bearer", "iat": now,
        "owner": f"{API}/users/{member.id}", "organization": f"{API}/organizations/{organization.id}",
    }  # fmt: skip
    auth = (application.id, application.secret or "")
    shown = await http.post("/oauth/introspect", data={"token": token["access_token"]}, auth=auth)
    assert (shown.status_code, shown.json()) == (200, facts | {"exp": now + 7200})
    assert (await http.post("/oauth/introspect", data={"token": token["refresh_token"]}, auth=auth)).json() == facts
    dead = {"active": False}
    other = await make_application(conn, organization, clock, name="Other")
    for text, who in (
        (token["access_token"], (other.id, other.secret or "")),
        (token["refresh_token"], (other.id, other.secret or "")),
        (member.token, auth),
        ("nothing", auth),
    ):
        assert (await http.post("/oauth/introspect", data={"token": text}, auth=who)).json() == dead
    clock.advance(hours=2)
    assert (await http.post("/oauth/introspect", data={"token": token["access_token"]}, auth=auth)).json() == dead


async def test_revoking_ends_a_token_and_with_a_refresh_token_all_that_came_of_it(  # noqa: PLR0917 -- fixtures
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient, conn: Conn,
    organization: Organization, clock: Clock,
) -> None:  # fmt: skip
    client = client_of(application)
    token = await authorized(signed_in, client)
    auth = (application.id, application.secret or "")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    other = await make_application(conn, organization, clock, name="Other")
    stranger = await http.post(
        "/oauth/revoke", data={"token": token["access_token"]}, auth=(other.id, other.secret or "")
    )
    assert (stranger.status_code, stranger.json()["error"]) == (403, "unauthorized_client")
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 200
    gone = await http.post("/oauth/revoke", data={"token": token["access_token"]}, auth=auth)
    assert (gone.status_code, gone.json()) == (200, {})
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 401
    second = await client.refresh_token(refresh_token=token["refresh_token"])
    await http.post("/oauth/revoke", data={"token": second["refresh_token"]}, auth=auth)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 401
    assert (await http.post("/oauth/revoke", data={"token": "nothing"}, auth=auth)).status_code == 200
    assert (await http.post("/oauth/revoke", data={}, auth=auth)).json()["error"] == "invalid_request"


async def test_who_leaves_the_organization_takes_nothing_along(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient,
    organization: Organization, member: Member,
) -> None:  # fmt: skip
    client = client_of(application)
    token = await authorized(signed_in, client)
    row = await http.get(
        f"{API}/organization_memberships", params={"user": f"{API}/users/{member.id}"}, headers=organization.headers
    )
    await http.delete(row.json()["collection"][0]["uri"], headers=organization.headers)
    form = {"grant_type": "refresh_token", "client_id": application.id, "client_secret": application.secret}
    refused = await http.post("/oauth/token", data=form | {"refresh_token": token["refresh_token"]})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 401


async def test_an_application_of_another_organization_is_shown_and_can_be_allowed_nothing(
    signed_in: PlainBrowser, client_of: OAuthClients, conn: Conn, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    client = client_of(await make_application(conn, elsewhere, clock))
    address, _ = client.create_authorization_url("/oauth/authorize", code_verifier=VERIFIER)
    await signed_in.open(address)
    assert not signed_in.document.all("button", value="allow")
    assert "members of another organization" in signed_in.document.text


class TestResources:
    """For whom a token is. Source: RFC 8707; ADR 0042."""

    AGENTS = "https://mcp.book.example/mcp"

    @pytest.fixture
    async def http(self, settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
        urls = (self.AGENTS, "https://mcp.example.org/mcp")
        async with in_one_task(serving(dataclasses.replace(settings, mcp_urls=urls), clock)) as client:
            yield client

    async def test_a_token_is_for_the_api_and_the_server_that_is_named(
        self, signed_in: PlainBrowser, client_of: OAuthClients, application: Application
    ) -> None:
        client = client_of(application)
        address, _ = client.create_authorization_url(
            "/oauth/authorize", code_verifier=VERIFIER, resource=f"{self.AGENTS}/"
        )
        answer = await decide(signed_in, address)
        first = await client.fetch_token(
            authorization_response=answer, code_verifier=VERIFIER, resource=f"{self.AGENTS}/"
        )
        form = {"grant_type": "refresh_token", "client_id": application.id, "client_secret": application.secret}
        other = await signed_in.client.post("/oauth/token", data=form | {"refresh_token": first["refresh_token"]})
        alone = await signed_in.client.post(
            "/oauth/token", data=form | {"refresh_token": other.json()["refresh_token"], "resource": API}
        )
        assert [claims_of(one["access_token"])["aud"] for one in (first, other.json(), alone.json())] == [
            [self.AGENTS, API],
            [self.AGENTS, "https://mcp.example.org/mcp", API],
            API,
        ]

    async def test_a_server_that_is_not_the_operators_gets_none(
        self, signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
    ) -> None:
        client, evil = client_of(application), "https://evil.example/mcp"
        address, _ = client.create_authorization_url("/oauth/authorize", code_verifier=VERIFIER, resource=evil)
        refused = await signed_in.client.get(address)
        assert query_of(refused.headers["location"])["error"] == "invalid_target"
        code = await code_of(signed_in, client)
        answer = await http.post("/oauth/token", data=exchange(application, code, resource=evil))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
        assert (await http.post("/oauth/token", data=exchange(application, code))).status_code == 200
