"""The activity log. Source: behaviours, sections 3 and 7."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, booking_body, make_booking, make_member, make_subscription
from openslot.db import activity_log
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import erasure

PATH = "/activity_log_entries"
START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def queried(caller: Caller, organization: Organization, **query: Any) -> dict[str, Any]:
    answer = await caller.get(PATH, {"organization": URIS.organization(organization.id), **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def names(caller: Caller, organization: Organization, **query: Any) -> list[str]:
    found = await queried(caller, organization, **query)
    return [one["fully_qualified_name"] for one in found["collection"]]


@pytest.fixture
async def story(
    conn: Conn, owner: Caller, admin: Caller, organization: Organization, clock: Clock
) -> dict[str, dict[str, Any]]:
    """An invitee books on a page, an admin renames the event type, the owner cancels; a minute apart each."""
    booked = await make_booking(conn, organization, START, now=clock.now)
    clock.advance(minutes=1)
    await admin.patch(f"/event_types/{organization.event_type_id}", {"name": "Glaze talk"})
    clock.advance(minutes=1)
    await owner.post(f"/scheduled_events/{booked.event.id}/cancellation", {"reason": "A kiln broke"})
    listed = (await owner.get("/openslot/events")).json()["collection"]
    return {one["event"]: one for one in listed}


async def test_entries_are_what_was_recorded_with_who_made_the_call(
    owner: Caller, organization: Organization, story: dict[str, dict[str, Any]]
) -> None:
    uri, host = URIS.organization(organization.id), organization.owner.user

    def entry(name: str, at: str, **more: Any) -> dict[str, Any]:
        one = story[name]
        namespace, _, action = name.partition(".")
        return {
            "uri": f"{URIS.api}/activity_log_entries/{one['uri'].rpartition('/')[2]}",
            "namespace": namespace,
            "action": action,
            "fully_qualified_name": name,
            "occurred_at": at,
            "organization": uri,
            "details": {
                "event_type": URIS.event_type(organization.event_type_id),
                "users": [URIS.user(host.id)],
                "correlation_id": one["correlation_id"],
                "payload": one["payload"],
            },
            **more,
        }

    def actor(user: Any, role: str) -> dict[str, Any]:
        return {
            "type": "User",
            "uri": URIS.user(user.id),
            "display_name": user.name,
            "alternative_identifier": user.email,
            "organization": {"uri": uri, "role": role},
        }

    assert await queried(owner, organization) == {
        "collection": [
            entry("invitee.canceled", "2027-01-04T08:02:00.000Z", actor=actor(host, "owner")),
            entry("event_type.updated", "2027-01-04T08:01:00.000Z", actor=actor(organization.admin.user, "admin")),
            entry("invitee.created", "2027-01-04T08:00:00.000Z"),
        ],
        "pagination": {
            "count": 3,
            "next_page": None,
            "previous_page": None,
            "next_page_token": None,
            "previous_page_token": None,
        },
        "total_count": 3,
        "exceeds_max_total_count": False,
        "last_event_time": "2027-01-04T08:02:00.000Z",
    }


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"namespace": "event_type"}, ["event_type.updated"]),
    ({"namespace": "invitee, event_type", "action": "created,updated"}, ["event_type.updated", "invitee.created"]),
    ({"namespace": "nothing"}, []),
    ({"action": "canceled"}, ["invitee.canceled"]),
    ({"actor": "{owner}"}, ["invitee.canceled"]),
    ({"actor": "{owner},{admin}"}, ["invitee.canceled", "event_type.updated"]),
    ({"actor": "{member}"}, []),
    ({"min_occurred_at": "2027-01-04T08:01:00Z"}, ["invitee.canceled", "event_type.updated"]),
    ({"max_occurred_at": "2027-01-04T08:01:00Z"}, ["event_type.updated", "invitee.created"]),
    (
        {"min_occurred_at": "2027-01-04T08:00:30.5Z", "max_occurred_at": "2027-01-04T09:01:59+01:00"},
        ["event_type.updated"],
    ),
    ({"search_term": '"a kiln broke"'}, ["invitee.canceled"]),
    ({"search_term": "glaze -canceled"}, ["event_type.updated"]),
    ({"search_term": "ada | glaze"}, ["invitee.canceled", "event_type.updated", "invitee.created"]),
    ({"search_term": "reason"}, []),
    ({"sort": "action:asc"}, ["invitee.canceled", "invitee.created", "event_type.updated"]),
    ({"sort": "namespace:desc,action:desc"}, ["invitee.created", "invitee.canceled", "event_type.updated"]),
    ({"sort": "occurred_at:asc"}, ["invitee.created", "event_type.updated", "invitee.canceled"]),
]


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(("query", "found"), FILTERS)
async def test_entries_are_filtered_and_sorted(
    owner: Caller, organization: Organization, query: dict[str, str], found: list[str]
) -> None:
    users = {"owner": organization.owner, "admin": organization.admin, "member": organization.member}
    uris = {name: URIS.user(one.id) for name, one in users.items()}
    filled = {name: value.format(**uris) for name, value in query.items()}

    assert await names(owner, organization, **filled) == found


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("field", ["actor.display_name", "actor.uri"])
async def test_entries_are_sorted_by_who_acted_and_those_of_nobody_come_first(
    owner: Caller, organization: Organization, field: str
) -> None:
    members = [organization.owner.user, organization.admin.user]
    in_order = sorted(members, key=lambda one: one.name if field == "actor.display_name" else str(one.id))

    found = (await queried(owner, organization, sort=f"{field}:asc"))["collection"]

    assert [one.get("actor", {}).get("uri") for one in found] == [None, *[URIS.user(one.id) for one in in_order]]


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("sort", ["occurred_at:desc", "actor.uri:asc", "action:desc"])
async def test_pages_hold_all_once_with_the_count_of_all(owner: Caller, organization: Organization, sort: str) -> None:
    whole = await queried(owner, organization, sort=sort)
    page, pages = await queried(owner, organization, sort=sort, count=1), []
    while True:
        pages.append(page)
        if page["pagination"]["next_page"] is None:
            break
        page = (await owner.http.get(page["pagination"]["next_page"], headers=dict(owner.headers))).json()
    before = (await owner.http.get(pages[-1]["pagination"]["previous_page"], headers=dict(owner.headers))).json()

    assert [one for page in pages for one in page["collection"]] == whole["collection"]
    assert [(one["total_count"], one["last_event_time"]) for one in pages] == [(3, "2027-01-04T08:02:00.000Z")] * 3
    assert before["collection"] == pages[-2]["collection"]


@pytest.mark.usefixtures("story")
async def test_entries_are_counted_up_to_a_bound(
    owner: Caller, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for most in (2, 3):
        monkeypatch.setattr(activity_log, "MAX_COUNTED", most)
        monkeypatch.setattr("openslot.presenters.activity_log.MAX_COUNTED", most)
        found.append(await queried(owner, organization))

    assert [(one["total_count"], one["exceeds_max_total_count"], len(one["collection"])) for one in found] == [
        (2, True, 3),
        (3, False, 3),
    ]


async def test_an_empty_log_has_no_last_event(owner: Caller, organization: Organization) -> None:
    found = await queried(owner, organization)

    assert [found[name] for name in ("collection", "total_count", "last_event_time")] == [[], 0, None]


async def test_a_booking_over_the_api_is_the_callers_and_one_on_a_page_nobodys(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    booked = await member.post(
        "/invitees", booking_body(URIS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z")
    )
    assert booked.status_code == 201, booked.text
    clock.advance(minutes=1)
    await make_booking(conn, organization, START.replace(hour=11), now=clock.now)

    found = (await queried(owner, organization, action="created", namespace="invitee"))["collection"]

    assert [one.get("actor", {}).get("uri") for one in found] == [None, URIS.user(organization.member.id)]


@pytest.mark.usefixtures("story")
async def test_who_left_the_organization_is_still_named(conn: Conn, owner: Caller, organization: Organization) -> None:
    await conn.execute("DELETE FROM organization_memberships WHERE user_id = %s", (organization.admin.id,))

    (found,) = (await queried(owner, organization, namespace="event_type"))["collection"]

    assert found["actor"] == {
        "type": "User",
        "uri": URIS.user(organization.admin.id),
        "display_name": organization.admin.user.name,
        "alternative_identifier": organization.admin.user.email,
    }


async def test_test_events_did_not_happen(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    sent = await owner.post(f"/openslot/webhook_subscriptions/{hook.id}/test")
    assert sent.status_code < 300, sent.text

    assert "invitee.created" in [one["event"] for one in (await owner.get("/openslot/events")).json()["collection"]]
    assert "invitee.created" not in await names(owner, organization)


async def test_what_was_erased_is_not_found_by_searching(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    before = await names(owner, organization, search_term=booked.invitee.email)
    async with conn.transaction():
        await erasure.erase_invitees(conn, organization.id, [booked.invitee.email], uris=URIS, now=clock.now)

    after = await names(owner, organization, search_term=booked.invitee.email)

    assert (before, after) == (["invitee.created"], [])


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"count": 0}, [("count", "invalid")]),
        ({"count": 1001}, [("count", "invalid")]),
        ({"search_term": "x" * 301}, [("search_term", "is too long (maximum is 300)")]),
        ({"search_term": "(" * 21}, [("search_term", "parentheses are nested too deeply")]),
        ({"actor": "me"}, [("actor", "invalid")]),
        ({"sort": "updated_at"}, [("sort", "invalid")]),
        ({"page_token": "x"}, [("page_token", "invalid")]),
        (
            {"min_occurred_at": "x", "max_occurred_at": "2027"},
            [("min_occurred_at", "invalid"), ("max_occurred_at", "invalid")],
        ),
    ],
)
async def test_what_is_wrong_is_named(
    owner: Caller, organization: Organization, query: dict[str, Any], details: list[tuple[str, str]]
) -> None:
    answer = await owner.get(PATH, {"organization": URIS.organization(organization.id), **query})

    found = [(one["parameter"], one["message"]) for one in answer.json()["details"]]
    assert (answer.status_code, sorted(found)) == (400, sorted(details))


async def test_only_admins_and_owners_read_the_own_one(
    conn: Conn, owner: Caller, admin: Caller, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    plain = await make_member(conn, organization.id, role="user", now=clock.now)
    member, query = Caller(owner.http, plain.headers), {"organization": URIS.organization(organization.id)}
    foreign = {"organization": URIS.organization(elsewhere.id)}

    answers = [await member.get(PATH, query), await admin.get(PATH, query), await owner.get(PATH, foreign)]

    assert [(one.status_code, one.json().get("message")) for one in answers] == [
        (403, "You do not have permission to access this resource."),
        (200, None),
        (403, "You do not have permission to access this resource."),
    ]
