"""Event types. Source: behaviours, sections 7 and 8."""

from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_event_type
from openslot.core.ids import new_id
from openslot.db import availability_schedules
from openslot.db.pool import Conn
from openslot.wire.event_types import CustomQuestion, LocationConfiguration


async def names(caller: Caller, organization: Organization, **query: Any) -> list[str]:
    answer = await caller.get("/event_types", {"organization": URIS.organization(organization.id)} | query)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["collection"]]


@pytest.fixture
async def mixed(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Beside the first: one inactive, one managed, one secret, one of the member, and one deleted."""
    host = organization.owner.user
    await conn.execute("UPDATE event_types SET name = 'First' WHERE id = %s", (organization.event_type_id,))
    await make_event_type(conn, host, now=clock.now, name="Inactive", active=False)
    await make_event_type(conn, host, now=clock.now, name="Managed", admin_managed=True)
    await make_event_type(conn, host, now=clock.now, name="Secret", secret=True)
    await make_event_type(conn, organization.member.user, now=clock.now, name="The member's")
    deleted = await make_event_type(conn, host, now=clock.now, name="Deleted")
    await conn.execute("UPDATE event_types SET deleted_at = %s WHERE id = %s", (clock.now, deleted))


@pytest.mark.usefixtures("mixed")
async def test_the_organization_s_list_has_everybody_s_but_not_the_deleted(
    owner: Caller, organization: Organization
) -> None:
    assert await names(owner, organization) == ["First", "Inactive", "Managed", "Secret", "The member's"]


FILTERS = [
    ({"active": "true"}, ["First", "Managed", "Secret", "The member's"]),
    ({"active": "false"}, ["Inactive"]),
    ({"active": "1"}, ["First", "Managed", "Secret", "The member's"]),
    ({"admin_managed": "true"}, ["Managed"]),
    ({"admin_managed": "false"}, ["First", "Inactive", "Secret", "The member's"]),
    ({"admin_managed": "true", "active": "false"}, []),
]


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(("query", "found"), FILTERS)
async def test_filters_hold_together(
    owner: Caller, organization: Organization, query: dict[str, str], found: list[str]
) -> None:
    assert await names(owner, organization, **query) == found


@pytest.mark.usefixtures("mixed")
async def test_a_user_s_list_has_that_user_s_only(owner: Caller, member: Caller, organization: Organization) -> None:
    user = URIS.user(organization.member.id)

    assert await names(owner, organization, user=user) == ["The member's"]
    answer = await member.get("/event_types", {"user": user})
    assert [row["name"] for row in answer.json()["collection"]] == ["The member's"]


@pytest.mark.parametrize("value", ["yes", "2", "TRUE!"])
async def test_a_filter_that_is_no_boolean_is_refused(owner: Caller, organization: Organization, value: str) -> None:
    query = {"organization": URIS.organization(organization.id), "active": value}

    answer = await owner.get("/event_types", query)

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": "invalid", "parameter": "active"}])


async def test_a_list_of_nobody_in_particular_is_refused(owner: Caller) -> None:
    answer = await owner.get("/event_types")

    assert answer.json()["details"] == [
        {"message": "must be filled", "parameter": "user"},
        {"message": "must be filled", "parameter": "organization"},
    ]


async def test_the_list_by_schedule_goes_with_a_user(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    schedule_id, host = new_id(), organization.owner.user
    await availability_schedules.insert(
        conn,
        id=schedule_id,
        organization_id=organization.id,
        user_id=host.id,
        name="Evenings",
        timezone="Europe/Rome",
        is_default=False,
        rules=[],
        now=clock.now,
    )
    await make_event_type(conn, host, now=clock.now, name="Evening", availability_schedule_id=schedule_id)
    schedule = f"{URIS.api}/user_availability_schedules/{schedule_id}"

    assert await names(owner, organization, user=URIS.user(host.id), user_availability_schedule=schedule) == ["Evening"]
    refused = await owner.get(
        "/event_types",
        {"organization": URIS.organization(organization.id), "user_availability_schedule": schedule},
    )
    assert refused.json()["details"] == [{"message": "must be filled", "parameter": "user"}]
    wrong = await owner.get(
        "/event_types", {"user": URIS.user(host.id), "user_availability_schedule": URIS.user(host.id)}
    )
    assert wrong.json()["details"] == [{"message": "invalid", "parameter": "user_availability_schedule"}]


async def test_one_event_type_is_shown_whole(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    made = await make_event_type(
        conn,
        host,
        now=clock.now,
        name="Workshop visit",
        slug="workshop",
        duration_minutes=45,
        color="#b35900",
        description_plain="See the kiln.",
        description_html="<p>See the kiln.</p>",
        internal_note="Bring tea",
        position=3,
        locale="it",
        locations=[LocationConfiguration("physical", "4 Brickyard Lane", "Ring twice")],
        custom_questions=[CustomQuestion("How many?", "string", 0, True, True, [], False)],
    )

    answer = await owner.get(f"/event_types/{made}")

    assert answer.json() == {
        "resource": {
            "uri": URIS.event_type(made),
            "name": "Workshop visit",
            "active": True,
            "slug": "workshop",
            "scheduling_url": f"https://book.example/{host.slug}/workshop",
            "duration": 45,
            "kind": "solo",
            "pooling_type": None,
            "type": "StandardEventType",
            "color": "#b35900",
            "created_at": "2027-01-04T08:00:00.000000Z",
            "updated_at": "2027-01-04T08:00:00.000000Z",
            "internal_note": "Bring tea",
            "description_plain": "See the kiln.",
            "profile": {"type": "User", "name": host.name, "owner": URIS.user(host.id)},
            "secret": False,
            "booking_method": "instant",
            "custom_questions": [
                {
                    "name": "How many?",
                    "type": "string",
                    "position": 0,
                    "enabled": True,
                    "required": True,
                    "answer_choices": [],
                    "include_other": False,
                }
            ],
            "deleted_at": None,
            "description_html": "<p>See the kiln.</p>",
            "admin_managed": False,
            "duration_options": None,
            "is_paid": False,
            "locations": [{"kind": "physical", "location": "4 Brickyard Lane", "additional_info": "Ring twice"}],
            "position": 3,
            "locale": "it",
            "kind_description": "One-on-One",
        }
    }


async def test_a_deleted_event_type_can_still_be_read(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    await conn.execute("UPDATE event_types SET deleted_at = %s WHERE id = %s", (clock.now, organization.event_type_id))

    answer = await owner.get(f"/event_types/{organization.event_type_id}")

    assert (answer.status_code, answer.json()["resource"]["deleted_at"]) == (200, "2027-01-04T08:00:00.000000Z")


async def test_an_id_may_be_written_in_capitals(owner: Caller, organization: Organization) -> None:
    """Ids are hexadecimal, and some clients write them in capitals."""
    answer = await owner.get(f"/event_types/{str(organization.event_type_id).upper()}")

    assert answer.status_code == 200


async def test_the_hosts_of_an_event_type_are_listed_in_their_order_each_with_the_event_type(
    conn: Conn, clock: Clock, owner: Caller, organization: Organization
) -> None:
    hosts = [organization.member, organization.owner]
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective", hosts=[one.id for one in hosts]
    )
    event_type = (await owner.get(f"/event_types/{made}")).json()["resource"]
    pages, query = [], {"event_type": URIS.event_type(made), "count": 1}
    for _ in hosts:
        answer = (await owner.get("/event_type_memberships", query)).json()
        pages.append(answer["collection"])
        query["page_token"] = answer["pagination"]["next_page_token"]
    again = (await owner.get("/event_type_memberships", {"event_type": URIS.event_type(made)})).json()["collection"]
    assert [one["member"]["uri"] for (one,) in pages] == [URIS.user(one.id) for one in hosts]
    assert [one["event_type"] for (one,) in pages] == [event_type] * 2
    assert again == [one for (one,) in pages]
    assert len({one["uri"] for one in again}) == 2
