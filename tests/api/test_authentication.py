"""Tokens and scopes. Source: behaviours, section 4."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization, make_token
from openslot.db.pool import Conn
from openslot.services import access_tokens

INVALID = {"title": "Unauthenticated", "message": "The access token is invalid"}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "Bearer osl_unknown",
        "Bearer \xff\xfe",
        "Bearer " + "a" * 5000,
        "Basic b3dlcjpzZWNyZXQ=",
        "Token {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer Bearer {token}",
        "Bearer {token},{token}",
        "Bearer {upper}",
    ],
)
async def test_without_a_valid_token_nobody_calls(
    http: httpx.AsyncClient, organization: Organization, header: str | None
) -> None:
    token = organization.owner.token
    filled = None if header is None else header.replace("{token}", token).replace("{upper}", token.upper())
    headers = {} if filled is None else {"Authorization": filled.encode("latin-1")}

    answer = await http.get(f"{API}/users/me", headers=headers)  # type: ignore[arg-type] # httpx takes bytes too

    assert (answer.status_code, answer.json()) == (401, INVALID)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_read_in_any_case(http: httpx.AsyncClient, organization: Organization, scheme: str) -> None:
    answer = await http.get(f"{API}/users/me", headers={"Authorization": f"{scheme} {organization.owner.token}"})

    assert answer.status_code == 200


async def test_a_token_in_the_query_is_no_token(http: httpx.AsyncClient, organization: Organization) -> None:
    answer = await http.get(f"{API}/users/me", params={"access_token": organization.owner.token})

    assert answer.status_code == 401


async def test_a_token_expires_at_its_time(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock
) -> None:
    member = await make_token(conn, organization.owner, now=clock.now, expires_at=clock.now + timedelta(hours=1))
    caller = Caller(http, member.headers)

    clock.advance(minutes=59, seconds=59)
    assert (await caller.get("/users/me")).status_code == 200
    clock.advance(seconds=1)
    answer = await caller.get("/users/me")

    assert (answer.status_code, answer.json()) == (
        401,
        {"title": "Unauthenticated", "message": "The access token expired"},
    )


async def test_a_revoked_token_is_refused_at_once(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    assert (await owner.get("/users/me")).status_code == 200
    await access_tokens.revoke(conn, texts=[organization.owner.token], now=clock.now)

    answer = await owner.get("/users/me")

    assert (answer.status_code, answer.json()) == (
        401,
        {"title": "Unauthenticated", "message": "The access token was revoked"},
    )


async def test_the_token_of_somebody_who_left_is_refused(
    conn: Conn, member: Caller, organization: Organization
) -> None:
    await conn.execute("DELETE FROM organization_memberships WHERE user_id = %s", (organization.member.id,))

    answer = await member.get("/users/me")

    assert (answer.status_code, answer.json()) == (401, INVALID)


O = "{organization}"  # noqa: E741 -- short, so that the table stays one
TIMES = "/event_type_available_times?event_type={type}&start_time=2027-01-05T00:00:00Z&end_time=2027-01-06T00:00:00Z"
SCOPES: list[tuple[str, str, Any, str]] = [
    ("get", "/users/me", None, "users:read"),
    ("get", "/users/{owner}", None, "users:read"),
    ("get", "/event_types?organization=" + O, None, "event_types:read"),
    ("get", "/event_types/{uuid}", None, "event_types:read"),
    ("get", TIMES, None, "availability:read"),
    ("get", TIMES, None, "event_types:read"),
    ("get", "/scheduled_events?organization=" + O, None, "scheduled_events:read"),
    ("get", "/scheduled_events/{uuid}", None, "scheduled_events:read"),
    ("get", "/scheduled_events/{uuid}/invitees", None, "scheduled_events:read"),
    ("get", "/scheduled_events/{uuid}/invitees/{uuid}", None, "scheduled_events:read"),
    ("post", "/scheduled_events/{uuid}/cancellation", {}, "scheduled_events:write"),
    ("post", "/invitees", {}, "scheduled_events:write"),
    ("post", "/invitee_no_shows", {}, "scheduled_events:write"),
    ("get", "/invitee_no_shows/{uuid}", None, "scheduled_events:read"),
    ("delete", "/invitee_no_shows/{uuid}", None, "scheduled_events:write"),
    ("get", "/routing_forms?organization=" + O, None, "routing_forms:read"),
    ("get", "/routing_forms/{uuid}", None, "routing_forms:read"),
    ("get", "/routing_form_submissions", None, "routing_forms:read"),
    ("get", "/routing_form_submissions/{uuid}", None, "routing_forms:read"),
    ("post", "/webhook_subscriptions", {}, "webhooks:write"),
    ("post", "/webhook_subscriptions/routing_form_submission", {}, "webhooks:write"),
    ("get", "/webhook_subscriptions", None, "webhooks:read"),
    ("get", "/webhook_subscriptions/{uuid}", None, "webhooks:read"),
    ("delete", "/webhook_subscriptions/{uuid}", None, "webhooks:write"),
    ("get", "/sample_webhook_data", None, "webhooks:read"),
]


def filled(path: str, organization: Organization) -> str:
    return (
        path.replace("{organization}", URIS.organization(organization.id))
        .replace("{type}", URIS.event_type(organization.event_type_id))
        .replace("{owner}", str(organization.owner.id))
        .replace("{uuid}", "8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f")
    )


@pytest.mark.parametrize("operation", SCOPES, ids=lambda one: f"{one[0]} {one[1].partition('?')[0]} {one[3]}")
async def test_an_operation_requires_its_scope(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock, operation: tuple[str, str, Any, str]
) -> None:
    method, path, body, scope = operation
    every = {one for *_, one in SCOPES} | {"event_types:write", "webhooks:write"}
    family = scope.partition(":")[0]
    without = {
        one for one in every if one.partition(":")[0] != family or (scope.endswith("write") and one[-4:] == "read")
    }
    without -= {"availability:read", "event_types:read", "event_types:write"} if "available" in path else set()
    poor = await make_token(conn, organization.owner, now=clock.now, scopes=sorted(without))
    rich = await make_token(conn, organization.owner, now=clock.now, scopes=[scope])

    refused, served = [
        await http.request(method, API + filled(path, organization), json=body, headers=member.headers)
        for member in (poor, rich)
    ]

    assert (refused.status_code, refused.json()) == (
        403,
        {
            "title": "Insufficient scope",
            "message": "This operation requires the scopes listed in the 'required_scopes' array.",
            "required_scopes": ["availability:read" if "available" in path else scope],
        },
    )
    assert served.status_code in {200, 400, 404}, served.text


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/event_types?organization=" + O, "event_types:write"),
        ("/scheduled_events?organization=" + O, "scheduled_events:write"),
        ("/webhook_subscriptions?scope=organization&organization=" + O, "webhooks:write"),
        (TIMES, "event_types:write"),
        (TIMES, "availability:write"),
    ],
)
async def test_write_implies_read(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock, path: str, scope: str
) -> None:
    writer = await make_token(conn, organization.owner, now=clock.now, scopes=[scope])

    answer = await http.get(API + filled(path, organization), headers=writer.headers)

    assert answer.status_code == 200


async def test_read_does_not_imply_write(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock
) -> None:
    reader = await make_token(conn, organization.owner, now=clock.now, scopes=["scheduled_events:read"])

    answer = await http.post(f"{API}/invitees", json={}, headers=reader.headers)

    assert answer.json()["required_scopes"] == ["scheduled_events:write"]
