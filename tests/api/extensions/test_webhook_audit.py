"""Webhook subscriptions and deliveries over our own API. Source: docs/webhooks.md."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import Clock
from factories import (
    API,
    URIS,
    Caller,
    Organization,
    make_booking,
    make_event_type,
    make_member,
    make_subscription,
    make_token,
)
from openslot.core.ids import new_id
from openslot.db import workers
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.security.vault import Vault

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
HOOKS = "/openslot/webhook_subscriptions"
NOW = "2027-01-04T08:00:00.000000Z"


def body(where: Organization, **changes: Any) -> dict[str, Any]:
    return {
        "url": "https://hooks.example/receiver",
        "events": ["invitee.created", "invitee.canceled"],
        "organization": URIS.organization(where.id),
        "scope": "organization",
    } | changes


async def make(caller: Caller, where: Organization, **changes: Any) -> dict[str, Any]:
    answer = await caller.post(HOOKS, body(where, **changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["resource"]
    return made


def path_of(shown: Mapping[str, Any]) -> str:
    """Where a subscription, or a delivery, is among our own."""
    return f"/openslot/{'/'.join(shown['uri'].split('/')[-2:])}"


def refusal(answer: httpx.Response) -> tuple[int, Any]:
    """The status, and the message about each parameter."""
    return answer.status_code, [(one["parameter"], one["message"]) for one in answer.json().get("details", [])]


async def deliveries(caller: Caller, hook: Mapping[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = await caller.get(f"{path_of(hook)}/deliveries", query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["collection"]
    return found


async def attempt(conn: Conn, delivery: Mapping[str, Any], state: str = "delivered", status: int = 200) -> None:
    """Let an attempt have been made."""
    delivery_id = delivery["uri"].rpartition("/")[2]
    await conn.execute(
        """
        WITH made AS (
            UPDATE deliveries SET state = %(state)s, attempts = attempts + 1, finished_at = created_at,
                next_attempt_at = NULL
            WHERE id = %(id)s RETURNING organization_id, attempts, created_at
        )
        INSERT INTO delivery_attempts
        SELECT organization_id, %(id)s, attempts, created_at, 87, %(status)s, NULL, 'as it is' FROM made
        """,
        {"id": delivery_id, "state": state, "status": status},
    )


async def test_a_subscription_that_is_narrowed_down_is_shown_with_how_it_stands(
    owner: Caller, organization: Organization
) -> None:
    event_type = URIS.event_type(organization.event_type_id)

    answer = await owner.post(HOOKS, body(organization, event_types=[event_type], signing_key="a key"))

    made = answer.json()["resource"]
    assert (answer.status_code, answer.headers["location"]) == (201, made["uri"])
    theirs = (await owner.get(made["uri"].removeprefix(API))).json()["resource"]
    assert made == theirs | {
        "event_types": [event_type],
        "signed": True,
        "backlog": {"pending": 0, "oldest": None},
        "failing_since": None,
        "warned_at": None,
        "disabled_at": None,
    }
    assert (await owner.get(path_of(made))).json() == {"resource": made}


async def test_a_narrowed_subscription_receives_these_event_types_alone(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    another = await make_event_type(conn, organization.owner.user, now=clock.now)
    hooks = [
        await make(owner, organization, event_types=[URIS.event_type(one) for one in narrowed])
        for narrowed in ([organization.event_type_id], [another], [another, organization.event_type_id])
    ]

    await make_booking(conn, organization, START, now=clock.now)

    assert [len(await deliveries(owner, hook)) for hook in hooks] == [1, 0, 1]


async def test_equal_ones_collide_whatever_the_order_of_their_event_types(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    another = await make_event_type(conn, organization.owner.user, now=clock.now)
    uris = [URIS.event_type(organization.event_type_id), URIS.event_type(another)]
    await make(owner, organization, event_types=uris)

    statuses = [
        (await owner.post(HOOKS, body(organization, event_types=named))).status_code
        for named in (uris[::-1], uris * 2, uris[:1], None)
    ]

    assert statuses == [409, 409, 201, 201]


async def test_admins_narrow_down_to_any_event_type_and_members_to_what_they_own_or_serve(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, elsewhere: Organization, *, clock: Clock
) -> None:
    host = organization.member
    served = await make_event_type(
        conn, organization.owner.user, now=clock.now, hosts=[NewHost(organization.owner.id), NewHost(host.id, 1)],
        pooling_type="round_robin",
    )  # fmt: skip
    own = await make_event_type(conn, host.user, now=clock.now)
    gone = await make_event_type(conn, host.user, now=clock.now)
    await conn.execute("UPDATE event_types SET deleted_at = now() WHERE id = %s", (gone,))
    named = {
        "own": own, "served": served, "the owner's": organization.event_type_id,
        "elsewhere": elsewhere.event_type_id, "deleted": gone,
    }  # fmt: skip
    user = URIS.user(host.id)

    async def statuses(caller: Caller) -> dict[str, int]:
        return {
            name: (
                await caller.post(
                    HOOKS, body(organization, scope="user", user=user, event_types=[URIS.event_type(one)])
                )
            ).status_code
            for name, one in named.items()
        }

    assert await statuses(member) == {
        "own": 201, "served": 201, "the owner's": 400, "elsewhere": 400, "deleted": 400,
    }  # fmt: skip
    assert await statuses(owner) == {
        "own": 409, "served": 409, "the owner's": 201, "elsewhere": 400, "deleted": 400,
    }  # fmt: skip


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"event_types": []}, "event_types", "is too short (minimum is 1)"),
    ({"event_types": ["x"]}, "event_types[0]", "invalid"),
    ({"event_types": [1]}, "event_types[0]", "invalid"),
    ({"event_types": "all"}, "event_types", "invalid"),
    ({"event_types": [URIS.event_type(UUID(int=1))]}, "event_types[0]", "is not a known event type"),
    ({"event_types": ["ours"], "events": ["contact.created"]}, "event_types",
     "contact.created is about no event type"),
    ({"event_types": ["ours"], "events": ["invitee.created", "routing_form_submission.created"]}, "event_types",
     "routing_form_submission.created is about no event type"),
    ({"url": "http://127.0.0.1/"}, "url", "must not point into a private network"),
    ({"events": ["invitee.moved"]}, "events[0]", "is not a known event"),
    ({"events": ["meeting_recap.created"]}, "scope", "meeting_recap.created is not available for organization scope"),
    ({"signing_key": ""}, "signing_key", "is too short (minimum is 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "parameter", "message"), WRONG)
async def test_what_is_wrong_is_named_when_one_is_made_and_when_it_is_changed(
    owner: Caller, organization: Organization, changes: dict[str, Any], parameter: str, message: str
) -> None:
    made = await make(owner, organization)
    if changes.get("event_types") == ["ours"]:
        changes = changes | {"event_types": [URIS.event_type(organization.event_type_id)]}

    answers = [
        await owner.post(HOOKS, body(organization, **({"url": "https://another.example/"} | changes))),
        await owner.patch(path_of(made), changes),
    ]

    if message == "must not point into a private network":
        assert [answer.status_code for answer in answers] == [400, 400]
    else:
        assert [refusal(answer) for answer in answers] == [(400, [(parameter, message)])] * 2
    assert (await owner.get(path_of(made))).json()["resource"] == made


async def test_a_change_keeps_id_and_backlog_and_what_is_left_out(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    made = await make(owner, organization, signing_key="the first")
    await make_booking(conn, organization, START, now=clock.now)
    clock.advance(hours=1)
    wanted: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"url": "https://hooks.example/new"}, {"callback_url": "https://hooks.example/new"}),
        ({"events": ["invitee.created", "event_type.created", "invitee.created"]},
         {"events": ["invitee.created", "event_type.created"]}),
        ({"event_types": [URIS.event_type(organization.event_type_id)]},
         {"event_types": [URIS.event_type(organization.event_type_id)]}),
        ({"signing_key": "the second"}, {}),
        ({"event_types": None, "signing_key": None}, {"event_types": None, "signed": False}),
    ]  # fmt: skip

    async def key() -> str | None:
        cursor = await conn.execute(
            "SELECT sealed_signing_key FROM webhook_subscriptions WHERE organization_id = %s", (organization.id,)
        )
        ((sealed,),) = await cursor.fetchall()
        return None if sealed is None else vault.open(bytes(sealed))

    expected = made | {"updated_at": "2027-01-04T09:00:00.000000Z", "backlog": {"pending": 1, "oldest": NOW}}
    keys = []
    for changes, shown in wanted:
        expected |= shown
        answer = await owner.patch(path_of(made), changes)
        assert (answer.status_code, answer.json()) == (200, {"resource": expected})
        keys.append(await key())

    assert keys == ["the first"] * 4 + ["the second", None]
    cursor = await conn.execute(
        "SELECT payload FROM events WHERE name = 'webhook_subscription.changed' AND organization_id = %s"
        " ORDER BY sequence",
        (organization.id,),
    )
    written = [json.loads(payload) for (payload,) in await cursor.fetchall()]
    assert (len(written), written[-1]) == (
        6,
        {
            "uri": made["uri"],
            "callback_url": "https://hooks.example/new",
            "events": ["invitee.created", "event_type.created"],
            "event_types": None,
            "by": URIS.user(organization.owner.id),
        },
    )


async def test_a_change_requires_the_scopes_of_all_its_events(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    """Who can't read bookings must not have them sent elsewhere."""
    made = await make(owner, organization)
    poor = await make_token(conn, organization.owner, now=clock.now, scopes=["webhooks:write"])

    answer = await Caller(owner.http, poor.headers).patch(path_of(made), {"url": "https://elsewhere.example/"})

    assert (answer.status_code, answer.json()["required_scopes"]) == (403, ["scheduled_events:read"])


async def test_a_change_that_makes_it_equal_to_another_is_refused(owner: Caller, organization: Organization) -> None:
    await make(owner, organization)
    other = await make(owner, organization, url="https://hooks.example/other")

    answer = await owner.patch(path_of(other), {"url": "https://hooks.example/receiver"})

    assert (answer.status_code, answer.json()) == (
        409, {"title": "Already Exists", "message": "Hook with this url already exists"},
    )  # fmt: skip
    assert (await owner.get(path_of(other))).json()["resource"] == other


async def test_an_event_type_that_was_deleted_meanwhile_is_in_no_change_s_way(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    gone = await make_event_type(conn, organization.owner.user, now=clock.now)
    made = await make(owner, organization, event_types=[URIS.event_type(gone)])
    await conn.execute("UPDATE event_types SET deleted_at = now() WHERE id = %s", (gone,))

    assert (await owner.patch(path_of(made), {"signing_key": "new"})).status_code == 200
    answer = await owner.patch(path_of(made), {"events": ["routing_form_submission.created"]})
    assert refusal(answer) == (
        400, [("event_types", "routing_form_submission.created is about no event type")],
    )  # fmt: skip


async def test_pausing_keeps_what_happens_and_enabling_has_it_due_at_once(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make(owner, organization)
    paused = await owner.post(f"{path_of(made)}/disable")
    clock.advance(minutes=1)
    again = await owner.post(f"{path_of(made)}/disable")
    await make_booking(conn, organization, START, now=clock.now)
    clock.advance(hours=1)
    enabled = await owner.post(f"{path_of(made)}/enable")

    backlog = {"pending": 1, "oldest": "2027-01-04T08:01:00.000000Z"}
    assert [answer.status_code for answer in (paused, again, enabled)] == [200, 200, 200]
    assert paused.json()["resource"] == made | {"state": "disabled", "disabled_at": NOW}
    assert again.json() == paused.json()
    assert enabled.json()["resource"] == made | {"updated_at": "2027-01-04T09:01:00.000000Z", "backlog": backlog}
    (delivery,) = await deliveries(owner, made)
    assert delivery["next_attempt_at"] == "2027-01-04T09:01:00.000000Z"


async def test_since_when_it_fails_is_shown(conn: Conn, owner: Caller, organization: Organization) -> None:
    made = await make(owner, organization)
    await conn.execute(
        "UPDATE webhook_subscriptions SET retry_started_at = '2027-01-04T06:00:00Z', warned_at = '2027-01-04T07:00:00Z'"
        " WHERE id = %s",
        (made["uri"].rpartition("/")[2],),
    )

    shown = (await owner.get(path_of(made))).json()["resource"]

    assert (shown["failing_since"], shown["retry_started_at"], shown["warned_at"]) == (
        "2027-01-04T06:00:00.000000Z", "2027-01-04T06:00:00.000000Z", "2027-01-04T07:00:00.000000Z",
    )  # fmt: skip


async def test_deliveries_are_listed_page_by_page_the_newest_first(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hook = await make(owner, organization)
    for hour in range(5):
        await make_booking(conn, organization, START + timedelta(hours=hour), now=clock.now)
        clock.advance(minutes=1)
    every = [one["sequence"] for one in await deliveries(owner, hook)]

    pages, url = [], f"{API}{path_of(hook)}/deliveries?count=2&state=pending&since=2027-01-04T08:01:00Z"
    while url:
        answer = (await owner.http.get(url, headers=dict(owner.headers))).json()
        pages.append([one["sequence"] for one in answer["collection"]])
        url = answer["pagination"]["next_page"]

    assert every == sorted(every, reverse=True)
    assert pages == [every[:2], every[2:4]]
    assert [one["sequence"] for one in await deliveries(owner, hook, sort="sequence:asc")] == every[::-1]


async def test_deliveries_are_listed_by_state_event_and_time(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hook = await make(owner, organization)
    await make_booking(conn, organization, START, now=clock.now)
    clock.advance(minutes=1)
    await make_booking(conn, organization, START + timedelta(hours=1), now=clock.now)
    await owner.post(f"{path_of(hook)}/test", {"event": "invitee.canceled"})
    test, later, first = await deliveries(owner, hook)
    await attempt(conn, first)
    queries: dict[tuple[tuple[str, str], ...], list[str]] = {
        (("state", "delivered"),): [first["uri"]],
        (("state", "pending"),): [test["uri"], later["uri"]],
        (("event", "invitee.canceled"),): [test["uri"]],
        (("event", "invitee.created"), ("state", "failed")): [],
        (("since", "2027-01-04T08:00:00.000001Z"),): [test["uri"], later["uri"]],
        (("since", "2027-01-04T08:00:00Z"),): [test["uri"], later["uri"], first["uri"]],
        (("since", "0001-01-01T00:00:00Z"),): [test["uri"], later["uri"], first["uri"]],
    }

    found = {query: [one["uri"] for one in await deliveries(owner, hook, **dict(query))] for query in queries}

    assert found == queries
    for query, parameter in (({"state": "lost"}, "state"), ({"event": "x"}, "event"), ({"since": "2h"}, "since")):
        answer = await owner.get(f"{path_of(hook)}/deliveries", query)
        assert [one for one, _ in refusal(answer)[1]] == [parameter]


async def test_a_delivery_is_shown_with_its_attempts_and_its_request(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hook = await make(owner, organization, signing_key="a key")
    await make_booking(conn, organization, START, now=clock.now)
    (listed,) = await deliveries(owner, hook)
    await attempt(conn, listed, "failed", 500)
    await attempt(conn, listed)

    shown = (await owner.get(path_of(listed))).json()["resource"]

    cursor = await conn.execute(
        "SELECT correlation_id::text, sequence, payload FROM events"
        " WHERE organization_id = %s AND name = 'invitee.created'",
        (organization.id,),
    )
    ((correlation_id, sequence, payload),) = await cursor.fetchall()
    attempts = [
        {"number": number, "started_at": NOW, "duration_ms": 87, "status_code": status, "error": None,
         "response_excerpt": "as it is"}
        for number, status in ((1, 500), (2, 200))
    ]  # fmt: skip
    assert shown == {
        "uri": listed["uri"],
        "webhook_subscription": hook["uri"],
        "event": "invitee.created",
        "occurred_at": NOW,
        "sequence": sequence,
        "state": "delivered",
        "test": False,
        "in_hand": False,
        "attempt_count": 2,
        "last_attempt": attempts[-1],
        "next_attempt_at": None,
        "created_at": NOW,
        "finished_at": NOW,
        "correlation_id": correlation_id,
        "erased_at": None,
        "attempts": attempts,
        "request": {
            "method": "POST",
            "url": "https://hooks.example/receiver",
            "headers": {
                "Content-Type": "application/json",
                "User-Agent": "OpenSlot",
                "webhook-id": listed["uri"].rpartition("/")[2],
                "openslot-correlation-id": correlation_id,
                "webhook-timestamp": None,
                "Calendly-Webhook-Signature": None,
                "webhook-signature": None,
            },
            "body": f'{{"event":"invitee.created","created_at":"{NOW}","created_by":'
            f'"{URIS.user(organization.owner.id)}","payload":{payload}}}',
        },
    }
    assert (await deliveries(owner, hook))[0] == {
        name: value for name, value in shown.items() if name not in {"attempts", "request", "erased_at"}
    }


async def test_a_delivery_is_made_once_more(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hook = await make(owner, organization)
    await make_booking(conn, organization, START, now=clock.now)
    (made,) = await deliveries(owner, hook)
    await attempt(conn, made)
    clock.advance(days=1)

    answer = await owner.post(f"{path_of(made)}/redelivery")

    (listed,) = await deliveries(owner, hook)
    assert (answer.status_code, answer.json()) == (202, {"resource": listed})
    assert (listed["uri"], listed["state"], listed["next_attempt_at"]) == (
        made["uri"], "pending", "2027-01-05T08:00:00.000000Z",
    )  # fmt: skip


async def test_a_delivery_that_can_not_be_repeated_names_the_reason(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    hook = await make(owner, organization)
    await make_booking(conn, organization, START, now=clock.now)
    (made,) = await deliveries(owner, hook)
    worker = new_id()
    await workers.beat(conn, worker, "at it", started_at=clock.now, has_polled=True, report={})
    await conn.execute("UPDATE deliveries SET claimed_by = %s WHERE id = %s", (worker, made["uri"].rpartition("/")[2]))
    in_hand = await owner.post(f"{path_of(made)}/redelivery")
    await workers.leave(conn, worker)
    await conn.execute("UPDATE events SET erased_at = now() WHERE organization_id = %s", (organization.id,))
    erased = await owner.post(f"{path_of(made)}/redelivery")

    assert [(answer.status_code, answer.json()) for answer in (in_hand, erased)] == [
        (409, {"title": "Conflict",
               "message": "A worker is making this delivery at the moment. Ask again when the attempt is over."}),
        (409, {"title": "Conflict",
               "message": "The personal data of this event was erased; there is nothing left to deliver."}),
    ]  # fmt: skip


async def test_everything_since_a_time_is_replayed(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    await make_booking(conn, organization, START, now=clock.now)
    hook = await make(owner, organization)
    await make_booking(conn, organization, START + timedelta(hours=1), now=clock.now)
    (made,) = await deliveries(owner, hook)
    await attempt(conn, made)

    async def replayed(**wanted: Any) -> tuple[int, Any]:
        answer = await owner.post(f"{path_of(hook)}/replay", {"since": NOW} | wanted)
        return answer.status_code, answer.json()

    assert await replayed(states=[]) == (202, {"deliveries": 1})
    assert await replayed() == (202, {"deliveries": 1})
    assert await replayed(since="2027-01-04T08:00:01Z", states=["pending"]) == (202, {"deliveries": 0})
    assert await replayed(until="2027-01-04T08:00:01Z", states=["pending"]) == (202, {"deliveries": 2})


REPLAYS_WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "since", "is missing"),
    ({"since": "2h"}, "since", "invalid"),
    ({"since": NOW, "until": NOW}, "until", "must be after since"),
    ({"since": NOW, "states": ["lost"]}, "states[0]", "invalid"),
]


@pytest.mark.parametrize(("wanted", "parameter", "message"), REPLAYS_WRONG)
async def test_what_is_wrong_with_a_replay_is_named(
    owner: Caller, organization: Organization, wanted: dict[str, Any], parameter: str, message: str
) -> None:
    hook = await make(owner, organization)

    assert refusal(await owner.post(f"{path_of(hook)}/replay", wanted)) == (400, [(parameter, message)])


async def test_a_test_event_is_listed_as_one(owner: Caller, organization: Organization) -> None:
    hook = await make(owner, organization)

    answers = [await owner.post(f"{path_of(hook)}/test", wanted) for wanted in (None, {"event": "event_type.created"})]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json()["resource"] for answer in answers] == (await deliveries(owner, hook))[::-1]
    assert [(one["event"], one["test"]) for one in await deliveries(owner, hook)] == [
        ("event_type.created", True), ("invitee.created", True),
    ]  # fmt: skip
    await owner.post(f"{path_of(hook)}/disable")
    refused = await owner.post(f"{path_of(hook)}/test")
    assert (refused.status_code, refused.json()) == (
        409, {"title": "Conflict", "message": "This webhook subscription is disabled: enable it first."},
    )  # fmt: skip


@pytest.mark.parametrize("event", ["", "invitee", "invitee.Created"])
async def test_a_test_event_that_is_not_known_is_refused(owner: Caller, organization: Organization, event: str) -> None:
    hook = await make(owner, organization)

    answer = await owner.post(f"{path_of(hook)}/test", {"event": event})

    assert (refusal(answer)[0], [one for one, _ in refusal(answer)[1]], await deliveries(owner, hook)) == (
        400, ["event"], [],
    )  # fmt: skip


CALLS: list[tuple[str, str, Any, int]] = [
    ("GET", "{hook}", None, 200),
    ("GET", "{hook}/deliveries", None, 200),
    ("GET", "{delivery}", None, 200),
    ("PATCH", "{hook}", {}, 200),
    ("POST", "{hook}/disable", None, 200),
    ("POST", "{hook}/enable", None, 200),
    ("POST", "{hook}/test", None, 202),
    ("POST", "{hook}/replay", {"since": NOW}, 202),
    ("POST", "{delivery}/redelivery", None, 202),
]


@pytest.mark.parametrize(("method", "path", "wanted", "status"), CALLS)
@pytest.mark.parametrize("scope", ["organization", "user"])
async def test_who_may_is_who_may_read_the_subscription(
    conn: Conn,
    http: httpx.AsyncClient,
    organization: Organization,
    elsewhere: Organization,
    clock: Clock,
    vault: Vault,
    *,
    method: str,
    path: str,
    wanted: Any,
    status: int,
    scope: str,
) -> None:
    event_type = await make_event_type(conn, organization.member.user, now=clock.now)
    maker = organization.member if scope == "user" else organization.owner
    hook = await make_subscription(conn, maker, vault=vault, now=clock.now, scope=scope)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type)
    cursor = await conn.execute("SELECT id FROM deliveries WHERE subscription_id = %s", (hook.id,))
    ((delivery_id,),) = await cursor.fetchall()
    peer = await make_member(conn, organization.id, role="user", now=clock.now)
    callers = {
        "owner": organization.owner, "admin": organization.admin, "member": organization.member, "peer": peer,
        "stranger": elsewhere.owner,
    }  # fmt: skip
    full = API + path.format(hook=f"{HOOKS}/{hook.id}", delivery=f"/openslot/webhook_deliveries/{delivery_id}")

    async def read_status(headers: Mapping[str, str]) -> int:
        return (await http.request(method, full, json=wanted, headers=dict(headers))).status_code

    member = status if scope == "user" else 403
    assert {who: await read_status(one.headers) for who, one in callers.items()} == {
        "owner": status, "admin": status, "member": member, "peer": 403, "stranger": 404,
    }  # fmt: skip
    tokens = [
        await make_token(conn, maker, now=clock.now, scopes=scopes)
        for scopes in (["scheduled_events:read"], ["webhooks:read"], ["webhooks:write", "scheduled_events:read"])
    ]
    reads = 200 if method == "GET" and path != "{delivery}" else 403
    assert [await read_status(one.headers) for one in tokens] == [403, reads, status]

    await http.delete(f"{API}/webhook_subscriptions/{hook.id}", headers=maker.headers)
    assert await read_status(organization.owner.headers) == 404


@pytest.mark.parametrize("path", [f"{HOOKS}/{{}}", "/openslot/webhook_deliveries/{}"])
@pytest.mark.parametrize("name", ["x", "8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f"])
async def test_what_is_not_there_is_not_found(owner: Caller, path: str, name: str) -> None:
    answer = await owner.get(path.format(name))

    assert (answer.status_code, answer.json()["title"]) == (404, "Resource Not Found")
