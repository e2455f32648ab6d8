"""Webhook subscriptions over the API. Source: webhooks, sections 1 and 2."""

from typing import Any

import pytest

from conftest import Clock
from factories import API, LINKS, Caller, Organization, make_group, make_subscription, make_token
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.wire.webhooks import EVENT_SCOPES

BOTH_PATHS = ["/webhook_subscriptions", "/webhook_subscriptions/routing_form_submission"]


def body(where: Organization, **changes: Any) -> dict[str, Any]:
    wanted = {
        "url": "https://hooks.example/receiver",
        "events": ["invitee.created", "invitee.canceled"],
        "organization": LINKS.organization(where.id),
        "scope": "organization",
    } | changes
    return {key: value for key, value in wanted.items() if value is not ...}


async def details(caller: Caller, wanted: dict[str, Any]) -> list[dict[str, str]]:
    answer = await caller.post("/webhook_subscriptions", wanted)
    assert answer.status_code == 400, answer.text
    found: list[dict[str, str]] = answer.json()["details"]
    return found


@pytest.mark.parametrize("path", BOTH_PATHS)
async def test_a_subscription_is_made_and_found_at_its_location(
    owner: Caller, organization: Organization, path: str
) -> None:
    answer = await owner.post(path, body(organization, signing_key="a signing key"))

    made = answer.json()["resource"]
    assert answer.status_code == 201
    assert made == {
        "uri": made["uri"],
        "callback_url": "https://hooks.example/receiver",
        "created_at": "2027-01-04T08:00:00.000000Z",
        "updated_at": "2027-01-04T08:00:00.000000Z",
        "retry_started_at": None,
        "state": "active",
        "events": ["invitee.created", "invitee.canceled"],
        "scope": "organization",
        "organization": LINKS.organization(organization.id),
        "user": None,
        "creator": LINKS.user(organization.owner.id),
        "group": None,
    }
    assert answer.headers["location"] == made["uri"]
    assert made["uri"].startswith(f"{API}/webhook_subscriptions/")
    assert (await owner.http.get(made["uri"], headers=owner.headers)).json() == {"resource": made}


async def test_deleting_at_the_location_ends_it(owner: Caller, organization: Organization) -> None:
    location = (await owner.post("/webhook_subscriptions", body(organization))).headers["location"]

    statuses = [
        (await owner.http.request(method, location, headers=owner.headers)).status_code
        for method in ("GET", "DELETE", "GET", "DELETE")
    ]

    assert statuses == [200, 204, 404, 404]


async def test_a_user_s_subscription_names_the_user(member: Caller, organization: Organization) -> None:
    user = LINKS.user(organization.member.id)

    answer = await member.post("/webhook_subscriptions", body(organization, scope="user", user=user))

    made = answer.json()["resource"]
    assert (made["scope"], made["user"], made["creator"]) == ("user", user, user)


async def test_a_group_s_subscription_names_the_group(
    conn: Conn, member: Caller, organization: Organization, clock: Clock
) -> None:
    group = LINKS.group(await make_group(conn, organization, now=clock.now, admins=[organization.member]))

    answer = await member.post("/webhook_subscriptions", body(organization, scope="group", group=group))

    made, creator = answer.json()["resource"], LINKS.user(organization.member.id)
    assert (made["scope"], made["group"], made["user"], made["creator"]) == ("group", group, None, creator)
    assert (await member.http.get(made["uri"], headers=member.headers)).json() == {"resource": made}


async def test_a_group_named_with_another_scope_is_left_aside(owner: Caller, organization: Organization) -> None:
    answer = await owner.post("/webhook_subscriptions", body(organization, group=LINKS.group(new_id())))

    assert (answer.status_code, answer.json()["resource"]["group"]) == (201, None)


async def test_a_subscription_of_a_group_goes_on_when_its_creator_leads_it_no_more(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    """It is the group's (ADR 0008): the creator does not even see it any more, and an admin may end it."""
    group_id = await make_group(conn, organization, now=clock.now, admins=[organization.member])
    wanted = body(organization, scope="group", group=LINKS.group(group_id))
    location = (await member.post("/webhook_subscriptions", wanted)).headers["location"]
    await owner.put(f"/openslot/groups/{group_id}/members", {"members": []})

    seen = [await who.http.get(location, headers=who.headers) for who in (owner, member)]
    ended = [await who.http.delete(location, headers=who.headers) for who in (member, owner)]
    again = await member.post("/webhook_subscriptions", wanted | {"url": "https://hooks.example/again"})

    assert [answer.status_code for answer in [*seen, *ended, again]] == [200, 403, 403, 204, 403]
    assert seen[0].json()["resource"]["state"] == "active"


async def test_a_user_named_with_organization_scope_is_left_aside(owner: Caller, organization: Organization) -> None:
    answer = await owner.post("/webhook_subscriptions", body(organization, user=LINKS.user(organization.owner.id)))

    assert (answer.status_code, answer.json()["resource"]["user"]) == (201, None)


@pytest.mark.parametrize("event", EVENT_SCOPES)
@pytest.mark.parametrize("scope", ["organization", "user", "group"])
async def test_an_event_is_taken_in_its_scopes_only(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, event: str, scope: str
) -> None:
    named = {
        "user": LINKS.user(organization.owner.id),
        "group": LINKS.group(await make_group(conn, organization, now=clock.now)),
    }
    wanted = body(organization, events=[event], scope=scope, **({scope: named[scope]} if scope in named else {}))

    answer = await owner.post("/webhook_subscriptions", wanted)

    if scope in EVENT_SCOPES[event]:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["details"]) == (
            400,
            [{"message": f"{event} is not available for {scope} scope", "parameter": "scope"}],
        )


FILLED, INVALID, MISSING = "must be filled", "invalid", "is missing"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"url": ...}, "url", MISSING),
    ({"url": None}, "url", FILLED),
    ({"url": 1}, "url", INVALID),
    ({"url": ""}, "url", "must be an http or https URL"),
    ({"url": "hooks.example"}, "url", "must be an http or https URL"),
    ({"url": "ftp://hooks.example/"}, "url", "must be an http or https URL"),
    ({"url": "javascript:alert(1)"}, "url", "must be an http or https URL"),
    ({"url": "https:///path"}, "url", "must name a host"),
    ({"url": "https://hooks.example:0/"}, "url", "must not use port 0"),
    ({"url": "https://hooks.example:99999/"}, "url", "must use a port from 1 to 65535"),
    ({"url": "https://[::1/"}, "url", "is not a valid URL"),
    ({"url": "https://hooks.example/a b"}, "url", "must not contain spaces or control characters"),
    ({"url": "https://hooks.example/\r\nHost: x"}, "url", "must not contain spaces or control characters"),
    ({"url": "https://user:secret@hooks.example/"}, "url", "must not contain credentials"),
    ({"url": "http://127.0.0.1/"}, "url", "must not point to 127.0.0.1 (loopback)"),
    ({"url": "http://[::1]/"}, "url", "must not point to ::1 (loopback)"),
    ({"url": "http://169.254.169.254/latest/meta-data"}, "url",
     "must not point to 169.254.169.254 (cloud metadata)"),
    ({"url": "https://hooks.example/" + "a" * 2048}, "url", "is too long (maximum is 2048)"),
    ({"url": "https://hooks.example/" + "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))}, "url",
     "is too long (maximum is 2048)"),
    ({"events": ...}, "events", MISSING),
    ({"events": None}, "events", FILLED),
    ({"events": []}, "events", "is too short (minimum is 1)"),
    ({"events": "invitee.created"}, "events", INVALID),
    ({"events": ["invitee.created", 1]}, "events[1]", INVALID),
    ({"events": ["invitee.created", "invitee.moved"]}, "events[1]", "is not a known event"),
    ({"events": ["INVITEE.CREATED"]}, "events[0]", "is not a known event"),
    ({"events": [""]}, "events[0]", "is not a known event"),
    ({"organization": ...}, "organization", MISSING),
    ({"organization": "me"}, "organization", INVALID),
    ({"scope": ...}, "scope", MISSING),
    ({"scope": "team"}, "scope", INVALID),
    ({"scope": ["organization"]}, "scope", INVALID),
    ({"scope": "user"}, "user", FILLED),
    ({"scope": "user", "user": "me"}, "user", INVALID),
    ({"scope": "group"}, "group", FILLED),
    ({"scope": "group", "group": "x"}, "group", INVALID),
    ({"signing_key": ""}, "signing_key", "is too short (minimum is 1)"),
    ({"signing_key": 5}, "signing_key", INVALID),
    ({"signing_key": "a" * 256}, "signing_key", "is too long (maximum is 255)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "parameter", "message"), WRONG)
async def test_what_is_wrong_is_named(
    owner: Caller, organization: Organization, changes: dict[str, Any], parameter: str, message: str
) -> None:
    assert await details(owner, body(organization, **changes)) == [{"message": message, "parameter": parameter}]
    listed = await owner.get(
        "/webhook_subscriptions",
        {"organization": LINKS.organization(organization.id), "scope": "organization"},
    )
    assert listed.json()["collection"] == []


async def test_the_longest_url_with_every_event_fits(owner: Caller, organization: Organization) -> None:
    """Random characters, so that nothing is saved by compression."""
    url = "https://hooks.example/" + "".join(new_id().hex for _ in range(64))
    events = [event for event, scopes in EVENT_SCOPES.items() if "organization" in scopes]

    answer = await owner.post("/webhook_subscriptions", body(organization, url=url[:2048], events=events))

    assert (answer.status_code, answer.json()["resource"]["callback_url"]) == (201, url[:2048])


UNEQUAL: list[dict[str, Any]] = [
    {"url": "https://hooks.example/other"},
    {"url": "https://hooks.example/receiver/"},
    {"events": ["invitee.created"]},
    {"events": ["invitee.created", "invitee.canceled", "invitee_no_show.created"]},
    {"scope": "user", "user": "owner"},
    {"scope": "user", "user": "admin"},
    {"scope": "group", "group": "one"},
    {"scope": "group", "group": "other"},
]


async def test_an_equal_subscription_exists_already(owner: Caller, organization: Organization) -> None:
    first = await owner.post("/webhook_subscriptions", body(organization))
    for again in (
        body(organization),
        body(organization, events=["invitee.canceled", "invitee.created"]),
        body(organization, events=["invitee.created", "invitee.canceled", "invitee.created"]),
        body(organization, signing_key="another"),
    ):
        answer = await owner.post("/webhook_subscriptions", again)
        assert (answer.status_code, answer.json()) == (
            409,
            {"title": "Already Exists", "message": "Hook with this url already exists"},
        )
    assert first.status_code == 201


async def test_what_differs_in_url_events_scope_or_owner_is_another(
    conn: Conn, owner: Caller, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    uris = {"owner": LINKS.user(organization.owner.id), "admin": LINKS.user(organization.admin.id)}
    uris |= {name: LINKS.group(await make_group(conn, organization, now=clock.now)) for name in ("one", "other")}
    assert (await owner.post("/webhook_subscriptions", body(organization))).status_code == 201

    for changes in UNEQUAL:
        named = changes | {key: uris[changes[key]] for key in ("user", "group") if key in changes}
        statuses = [
            (await owner.post("/webhook_subscriptions", body(organization, **named))).status_code for _ in range(2)
        ]
        assert statuses == [201, 409]
    theirs = Caller(owner.http, elsewhere.owner.headers)
    assert (await theirs.post("/webhook_subscriptions", body(elsewhere))).status_code == 201


async def test_a_deleted_one_never_collides_and_a_disabled_one_does(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    first = await owner.post("/webhook_subscriptions", body(organization))
    await owner.http.delete(first.headers["location"], headers=owner.headers)
    again = await owner.post("/webhook_subscriptions", body(organization))
    await conn.execute(
        "UPDATE webhook_subscriptions SET state = 'disabled' WHERE organization_id = %s", (organization.id,)
    )
    third = await owner.post("/webhook_subscriptions", body(organization))

    assert [first.status_code, again.status_code, third.status_code] == [201, 201, 409]


async def test_lists_are_by_scope(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    groups = [await make_group(conn, organization, now=clock.now) for _ in range(2)]
    hooks = [
        await make_subscription(conn, organization.owner, vault=vault, now=clock.now, scope="group", group_id=one)
        for one in groups
    ]
    made = {
        "organization": await make_subscription(conn, organization.owner, vault=vault, now=clock.now),
        "owner": await make_subscription(conn, organization.owner, vault=vault, now=clock.now, scope="user"),
        "member": await make_subscription(conn, organization.member, vault=vault, now=clock.now, scope="user"),
    }

    async def found(**query: str) -> list[str]:
        named = {"organization": LINKS.organization(organization.id)} | query
        answer = await owner.get("/webhook_subscriptions", named)
        return [row["uri"] for row in answer.json()["collection"]]

    assert await found(scope="organization") == [LINKS.webhook_subscription(made["organization"].id)]
    for who, member in (("owner", organization.owner), ("member", organization.member)):
        assert await found(scope="user", user=LINKS.user(member.id)) == [LINKS.webhook_subscription(made[who].id)]
    for group_id, hook in zip(groups, hooks, strict=True):
        assert await found(scope="group", group=LINKS.group(group_id)) == [LINKS.webhook_subscription(hook.id)]


async def test_lists_are_sorted_by_creation_either_way(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    made = []
    for number in range(3):
        url = f"https://hooks.example/{number}"
        made.append(url)
        await make_subscription(conn, organization.owner, vault=vault, now=clock.now, url=url)
        clock.advance(minutes=1)
    query = {"organization": LINKS.organization(organization.id), "scope": "organization"}

    for sort, urls in (("created_at", made), ("created_at:asc", made), ("created_at:desc", made[::-1])):
        answer = await owner.get("/webhook_subscriptions", query | {"sort": sort})
        assert [row["callback_url"] for row in answer.json()["collection"]] == urls


ONE_OF = "must be one of: organization, user"
LIST_WRONG = [
    ({}, [("scope", ONE_OF), ("organization", INVALID)]),
    ({"count": "0"}, [("scope", ONE_OF), ("organization", INVALID), ("count", INVALID)]),
    (
        {"scope": "team", "count": "0"},
        [("scope", ONE_OF), ("organization", INVALID), ("count", INVALID)],
    ),
    ({"scope": "organization"}, [("organization", INVALID)]),
    ({"scope": "group"}, [("organization", INVALID)]),
    ({"scope": "team"}, [("scope", ONE_OF), ("organization", INVALID)]),
    ({"organization": "ours"}, [("scope", ONE_OF)]),
    ({"organization": "ours", "scope": "team"}, [("scope", ONE_OF)]),
    ({"scope": "user"}, [("user", FILLED)]),
    ({"organization": "ours", "scope": "user"}, [("user", FILLED)]),
    ({"organization": "ours", "scope": "user", "user": "me"}, [("user", INVALID)]),
    ({"organization": "ours", "scope": "group"}, [("group", FILLED)]),
    ({"organization": "ours", "scope": "group", "group": "x"}, [("group", INVALID)]),
]


@pytest.mark.parametrize(("query", "wanted"), LIST_WRONG)
async def test_what_a_list_lacks_is_named_in_the_words_of_the_service(
    owner: Caller, organization: Organization, query: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    """Source: since-september, section 7."""
    named = query | ({"organization": LINKS.organization(organization.id)} if "organization" in query else {})

    answer = await owner.get("/webhook_subscriptions", named)

    assert answer.status_code == 400
    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == wanted


async def test_a_user_s_are_listed_without_the_organization_and_unknown_parameters_are_ignored(
    conn: Conn, member: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    """As clients list them. Source: since-september, section 7."""
    user = LINKS.user(organization.member.id)
    wanted = body(organization, scope="user", user=user)
    made = (await member.post("/webhook_subscriptions", wanted)).json()["resource"]
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now)

    answer = await member.get("/webhook_subscriptions", {"scope": "user", "user": user, "page_size": "100"})

    assert (answer.status_code, answer.json()["collection"]) == (200, [made])


async def test_somebody_else_s_are_not_listed_without_the_organization_either(
    member: Caller, organization: Organization, elsewhere: Organization
) -> None:
    answers = [
        await member.get("/webhook_subscriptions", {"scope": "user", "user": LINKS.user(who.id)})
        for who in (organization.owner, elsewhere.owner)
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


SAMPLE_WRONG = [
    ({}, [("organization", MISSING), ("scope", MISSING)]),
    ({"organization": "ours"}, [("scope", MISSING)]),
    ({"organization": "ours", "scope": "team"}, [("scope", INVALID)]),
    ({"organization": "ours", "scope": "user"}, [("user", FILLED)]),
    ({"organization": "ours", "scope": "user", "user": "me"}, [("user", INVALID)]),
    ({"organization": "ours", "scope": "group"}, [("group", FILLED)]),
    ({"organization": "ours", "scope": "group", "group": "x"}, [("group", INVALID)]),
]


@pytest.mark.parametrize(("query", "wanted"), SAMPLE_WRONG)
async def test_what_a_sample_lacks_is_named(
    owner: Caller, organization: Organization, query: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    named = query | ({"organization": LINKS.organization(organization.id)} if "organization" in query else {})

    answer = await owner.get("/sample_webhook_data", named | {"event": "invitee.created"})

    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == wanted


ORDERS = [
    ["invitee_no_show.created", "invitee.canceled", "invitee.created"],
    ["invitee.created", "event_type.updated", "invitee.canceled", "event_type.created"],
]


@pytest.mark.parametrize("events", ORDERS)
async def test_events_come_back_in_the_order_in_which_they_were_sent(
    owner: Caller, organization: Organization, events: list[str]
) -> None:
    """Each once, and after another registration in that one's. Source: since-september, section 7."""
    wanted = body(organization, events=[*events, events[0]])
    made = (await owner.post("/webhook_subscriptions", wanted)).json()["resource"]
    path = made["uri"].removeprefix(API)
    query = {"scope": "organization", "organization": LINKS.organization(organization.id)}
    shown = [
        made,
        (await owner.get(path)).json()["resource"],
        *(await owner.get("/webhook_subscriptions", query)).json()["collection"],
    ]
    await owner.delete(path)
    again = (await owner.post("/webhook_subscriptions", wanted | {"events": events[::-1]})).json()["resource"]

    assert [one["events"] for one in [*shown, again]] == [events, events, events, events[::-1]]


async def test_the_same_events_in_another_order_are_the_same_subscription(
    owner: Caller, organization: Organization
) -> None:
    await owner.post("/webhook_subscriptions", body(organization, events=ORDERS[0]))

    again = await owner.post("/webhook_subscriptions", body(organization, events=ORDERS[0][::-1]))

    assert (again.status_code, again.json()["title"]) == (409, "Already Exists")


async def test_what_an_earlier_version_wrote_has_its_events_in_some_order(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    """Such a version may run beside this one while it is replaced, and knows nothing of the order."""
    made = (await owner.post("/webhook_subscriptions", body(organization, events=ORDERS[0]))).json()["resource"]
    subscription_id, path = made["uri"].rpartition("/")[2], made["uri"].removeprefix(API)

    found = []
    for change in ("events = '{event_type.created}'", "sent_events = NULL"):
        await conn.execute(f"UPDATE webhook_subscriptions SET {change} WHERE id = %s", (subscription_id,))
        found.append((await owner.get(path)).json()["resource"]["events"])

    assert found == [["event_type.created"], ["event_type.created"]]


SAMPLES_WRONG = [
    ("invitee.moved", "organization", "event", "is not a known event"),
    ("meeting_recap.created", "organization", "scope", "meeting_recap.created is not available for organization scope"),
    ("routing_form_submission.created", "user", "scope",
     "routing_form_submission.created is not available for user scope"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "scope", "parameter", "message"), SAMPLES_WRONG)
async def test_a_sample_is_of_a_known_event_in_its_scope(
    owner: Caller, organization: Organization, event: str, scope: str, *, parameter: str, message: str
) -> None:
    query = {
        "event": event,
        "organization": LINKS.organization(organization.id),
        "scope": scope,
        "user": LINKS.user(organization.owner.id),
    }

    answer = await owner.get("/sample_webhook_data", query)

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": message, "parameter": parameter}])


NEEDS = {
    "invitee.created": "scheduled_events:read",
    "invitee_no_show.deleted": "scheduled_events:read",
    "routing_form_submission.created": "routing_forms:read",
    "event_type.updated": "event_types:read",
    "contact.created": "contacts:read",
}


@pytest.mark.parametrize("event", NEEDS)
async def test_the_token_must_be_able_to_read_what_it_subscribes_to(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, event: str
) -> None:
    poor = await make_token(conn, organization.owner, now=clock.now, scopes=["webhooks:write"])
    rich = await make_token(conn, organization.owner, now=clock.now, scopes=["webhooks:write", NEEDS[event]])
    wanted = body(organization, events=[event])

    refused = await Caller(owner.http, poor.headers).post("/webhook_subscriptions", wanted)
    made = await Caller(owner.http, rich.headers).post("/webhook_subscriptions", wanted)

    assert (refused.status_code, refused.json()["required_scopes"]) == (403, [NEEDS[event]])
    assert made.status_code == 201


async def test_the_signing_key_is_never_shown_and_not_stored_as_it_is(
    conn: Conn, owner: Caller, organization: Organization, vault: Vault
) -> None:
    key = "a key that nobody may see"
    made = await owner.post("/webhook_subscriptions", body(organization, signing_key=key))
    query = {"organization": LINKS.organization(organization.id), "scope": "organization"}
    answers = [
        made,
        await owner.http.get(made.headers["location"], headers=owner.headers),
        await owner.get("/webhook_subscriptions", query),
        await owner.post("/webhook_subscriptions", body(organization, signing_key=key)),
        await owner.post("/webhook_subscriptions", body(organization, signing_key=key, url="nonsense")),
        await owner.post("/webhook_subscriptions", body(organization, signing_key=key * 20)),
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 409, 400, 400]
    assert not [answer.text for answer in answers if key in answer.text]
    cursor = await conn.execute(
        "SELECT sealed_signing_key FROM webhook_subscriptions WHERE organization_id = %s", (organization.id,)
    )
    (sealed,) = await cursor.fetchone() or (b"",)
    assert key.encode() not in bytes(sealed)
    assert vault.open(bytes(sealed)) == key


async def test_deleting_forgets_the_signing_key(conn: Conn, owner: Caller, organization: Organization) -> None:
    made = await owner.post("/webhook_subscriptions", body(organization, signing_key="key"))
    await owner.http.delete(made.headers["location"], headers=owner.headers)

    cursor = await conn.execute(
        "SELECT sealed_signing_key FROM webhook_subscriptions WHERE organization_id = %s", (organization.id,)
    )

    assert await cursor.fetchall() == [(None,)]


async def test_all_that_is_wrong_with_a_subscription_is_named_at_once(owner: Caller) -> None:
    wanted = {"url": "nope", "events": ["invitee.created", "x"], "scope": "team", "organization": "here", "user": "me"}
    answer = await owner.post("/webhook_subscriptions", wanted)
    assert answer.status_code == 400
    assert sorted(answer.json()["details"], key=lambda one: str(one["parameter"])) == [
        {"parameter": "events[1]", "message": "is not a known event"},
        {"parameter": "organization", "message": INVALID},
        {"parameter": "scope", "message": INVALID},
        {"parameter": "url", "message": "must be an http or https URL"},
        {"parameter": "user", "message": INVALID},
    ]


async def test_what_is_missing_hides_nothing_that_is_wrong(owner: Caller) -> None:
    answer = await owner.post("/webhook_subscriptions", {"events": ["x"]})
    assert sorted((one["parameter"], one["message"]) for one in answer.json()["details"]) == [
        ("events[0]", "is not a known event"),
        ("organization", "is missing"),
        ("scope", "is missing"),
        ("url", "is missing"),
    ]
