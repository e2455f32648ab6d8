"""Writes that are sent again with their key. Source: ADR 0037."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from msgspec.json import decode

from api.conftest import booked_rows
from conftest import Clock
from factories import API, URIS, Caller, Organization, booking_body
from openslot.db.pool import Conn
from openslot.services import access_tokens, idempotency

START = "2027-01-05T09:00:00Z"
REUSED = {
    "title": "Unprocessable Content",
    "message": "This Idempotency-Key was used for another request. Use a new key for each request.",
}


async def send(caller: Caller, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    keyed = {**caller.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = None if body is None else json.dumps(body)
    return await caller.http.request(method, API + path, content=content, headers=keyed)


def booking(organization: Organization, start: str = START) -> dict[str, Any]:
    return booking_body(URIS.event_type(organization.event_type_id), start)


def hook(organization: Organization, **more: Any) -> dict[str, Any]:
    return {
        "url": "https://hooks.example/1", "events": ["invitee.created"], "scope": "user",
        "organization": URIS.organization(organization.id), "user": URIS.user(organization.member.id),
    } | more  # fmt: skip


async def stored(conn: Conn, organization: Organization) -> list[dict[str, Any]]:
    query = "SELECT to_jsonb(t) FROM idempotency_keys AS t WHERE organization_id = %s ORDER BY used_at"
    cursor = await conn.execute(query, (organization.id,))
    return [row for (row,) in await cursor.fetchall()]


async def test_a_booking_sent_again_with_its_key_books_nothing_and_is_answered_as_before(
    conn: Conn, member: Caller, organization: Organization
) -> None:
    first = await send(member, "POST", "/invitees", booking(organization), idempotency_key="one")
    second = await send(member, "POST", "/invitees", booking(organization), idempotency_key="one")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (False, "true")
    assert await booked_rows(conn, organization) == (1, 0)


async def test_a_subscription_sent_again_is_made_once_and_its_location_is_answered_again(
    member: Caller, organization: Organization
) -> None:
    first, second = [
        await send(member, "POST", "/webhook_subscriptions", hook(organization), idempotency_key="one")
        for _ in range(2)
    ]

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"] == first.json()["resource"]["uri"]


async def test_a_deletion_sent_again_is_no_404(member: Caller, organization: Organization) -> None:
    made = await member.post("/webhook_subscriptions", hook(organization))
    path = "/webhook_subscriptions/" + made.json()["resource"]["uri"].rpartition("/")[2]
    answers = [await send(member, "DELETE", path, idempotency_key="one") for _ in range(2)]
    answers.append(await send(member, "DELETE", path))

    assert [(one.status_code, one.content[:9]) for one in answers] == [(204, b""), (204, b""), (404, b'{"title":')]


async def test_a_change_sent_again_does_not_undo_what_came_after_it(owner: Caller, organization: Organization) -> None:
    path = f"/event_types/{organization.event_type_id}"
    first = await send(owner, "PATCH", path, {"name": "First"}, idempotency_key="one")
    await owner.patch(path, {"name": "Second"})
    again = await send(owner, "PATCH", path, {"name": "First"}, idempotency_key="one")

    assert again.json() == first.json()
    assert (await owner.get(path)).json()["resource"]["name"] == "Second"


@pytest.mark.parametrize("what", ["body", "path", "query", "method"])
async def test_a_key_that_comes_with_another_request_is_refused(
    owner: Caller, organization: Organization, what: str
) -> None:
    path = f"/event_types/{organization.event_type_id}"
    await send(owner, "PATCH", path, {"name": "First"}, idempotency_key="one")
    method, path, body = {
        "body": ("PATCH", path, {"name": "Second"}),
        "path": ("PATCH", f"/event_types/{uuid4()}", {"name": "First"}),
        "query": ("PATCH", f"{path}?x=1", {"name": "First"}),
        "method": ("DELETE", path, {"name": "First"}),
    }[what]
    refused = await send(owner, method, path, body, idempotency_key="one")

    if what == "method":
        assert refused.status_code == 404  # there is none such
    else:
        assert (refused.status_code, refused.json()) == (422, REUSED)


async def test_the_order_of_keys_and_blanks_make_no_other_request(member: Caller, organization: Organization) -> None:
    body = booking(organization)
    first = await send(member, "POST", "/invitees", body, idempotency_key="one")
    turned = dict(reversed(list(body.items())))
    second = await send(member, "POST", "/invitees", turned, idempotency_key="one")

    assert list(turned) != list(body)
    assert first.content == second.content


async def test_keys_of_two_users_have_nothing_to_do_with_each_other(
    conn: Conn, member: Caller, owner: Caller, organization: Organization
) -> None:
    own = await send(member, "POST", "/invitees", booking(organization), idempotency_key="1")
    theirs = await send(owner, "POST", "/invitees", booking(organization, "2027-01-05T10:00:00Z"), idempotency_key="1")

    assert (own.status_code, theirs.status_code) == (201, 201)
    assert await booked_rows(conn, organization) == (2, 0)


async def test_what_was_refused_may_be_sent_again(member: Caller, organization: Organization) -> None:
    wrong = booking(organization) | {"invitee": {"name": "Ada"}}
    refused = await send(member, "POST", "/invitees", wrong, idempotency_key="one")
    right = await send(member, "POST", "/invitees", booking(organization), idempotency_key="one")

    assert (refused.status_code, right.status_code) == (400, 201)


async def test_of_two_at_once_one_does_the_work_and_both_are_answered_alike(
    conn: Conn, member: Caller, organization: Organization
) -> None:
    answers = await asyncio.gather(
        *(send(member, "POST", "/invitees", booking(organization), idempotency_key="one") for _ in range(4))
    )

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert await booked_rows(conn, organization) == (1, 0)
    assert sorted(one.headers.get("idempotency-replayed", "") for one in answers) == ["", "true", "true", "true"]


async def test_after_a_day_a_key_is_a_new_one_swept_or_not(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    path = f"/event_types/{organization.event_type_id}"
    await send(owner, "PATCH", path, {"name": "First"}, idempotency_key="one")
    await send(owner, "PATCH", path, {"name": "First"}, idempotency_key="two")
    clock.advance(hours=24)
    assert (await send(owner, "PATCH", path, {"name": "Second"}, idempotency_key="one")).status_code == 422
    clock.advance(seconds=1)
    again = await send(owner, "PATCH", path, {"name": "Second"}, idempotency_key="one")

    assert again.json()["resource"]["name"] == "Second"
    assert len(await stored(conn, organization)) == 2
    await idempotency.sweep(conn, now=clock.now)
    assert len(await stored(conn, organization)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_length(owner: Caller, organization: Organization, key: str) -> None:
    path = f"/event_types/{organization.event_type_id}"
    refused = await send(owner, "PATCH", path, {"name": "First"}, idempotency_key=key)

    assert refused.status_code == 400
    assert refused.json()["details"] == [
        {"parameter": "Idempotency-Key", "message": "must have from 1 to 255 characters"}
    ]


async def test_a_key_of_a_read_is_ignored(conn: Conn, owner: Caller, organization: Organization) -> None:
    answers = [await send(owner, "GET", path, idempotency_key="one") for path in ("/users/me", "/groups?count=1")]

    assert answers[0].status_code == 200
    assert await stored(conn, organization) == []


async def test_neither_the_key_nor_what_was_sent_or_answered_is_stored_in_clear(
    conn: Conn, member: Caller, organization: Organization
) -> None:
    body = hook(organization, signing_key="a key that nobody may read")
    made = await send(member, "POST", "/webhook_subscriptions", body, idempotency_key="a-key-of-a-client")
    (row,) = await stored(conn, organization)

    assert made.status_code == 201
    held = json.dumps(row) + "".join(bytes.fromhex(row[name][2:]).decode("latin-1") for name in ("digest", "answer"))
    for secret in ("a key that nobody", "a-key-of-a-client", "hooks.example"):
        assert secret not in held


async def test_an_erasure_reaches_the_answers_and_what_was_done_is_not_done_again(
    conn: Conn, member: Caller, owner: Caller, organization: Organization
) -> None:
    body = booking(organization)
    await send(member, "POST", "/invitees", body, idempotency_key="one")
    erased = await owner.post("/openslot/erasures", {"emails": [body["invitee"]["email"]]})
    again = await send(member, "POST", "/invitees", body, idempotency_key="one")

    assert erased.status_code in {201, 202}
    assert [row["answer"] for row in await stored(conn, organization)] == [None]
    assert (again.status_code, decode(again.content)) == (
        409,
        {
            "title": "Conflict",
            "message": "What this key stands for was done. Its answer was erased since, together with personal data.",
        },
    )
    assert await booked_rows(conn, organization) == (1, 0)


async def test_no_answer_goes_to_a_token_that_could_not_have_made_the_write(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    token = await access_tokens.issue(
        conn, organization.owner.user, name="limited", scopes=["organizations:write"], now=clock.now
    )
    limited = Caller(owner.http, {"Authorization": f"Bearer {token}"})
    first, again, other = [
        await send(one, "POST", "/openslot/access_tokens", {"name": "Zap"}, idempotency_key="1")
        for one in (owner, owner, limited)
    ]

    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 403)
