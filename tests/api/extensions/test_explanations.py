"""GET /openslot/explanations. Source: ADR 0009; field, what none of them has (4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_booking, make_event_type, make_member
from openslot.core.ids import new_id
from openslot.db.pool import Conn

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
PATH = "/openslot/explanations"


def parameters(organization: Organization, start: str = "2027-01-05T10:00:00Z", **more: Any) -> dict[str, Any]:
    return {"event_type": URIS.event_type(organization.event_type_id), "start_time": start} | more


async def test_a_slot_has_no_reasons(owner: Caller, organization: Organization) -> None:
    answer = await owner.get(PATH, parameters(organization))

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "resource": {
                "event_type": URIS.event_type(organization.event_type_id),
                "start_time": "2027-01-05T10:00:00Z",
                "offered": True,
                "reasons": [],
            }
        },
    )


async def test_every_reason_is_named_with_host_source_and_numbers(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    answer = await owner.get(PATH, parameters(organization, "2027-01-05T10:10:00Z"))

    host = URIS.user(organization.owner.id)
    assert answer.json()["resource"]["offered"] is False
    assert answer.json()["resource"]["reasons"] == [
        {
            "code": "OFF_GRID",
            "message": "Meetings start at other minutes.",
            "host": host,
            "source": "event_type",
            "source_id": None,
            "numbers": {
                "increment_minutes": 30,
                "before": "2027-01-05T10:00:00Z",
                "after": "2027-01-05T10:30:00Z",
            },
        },
        {
            "code": "BUSY",
            "message": "The host is busy.",
            "host": host,
            "source": "scheduled_event",
            "source_id": str(made.event.id),
            "numbers": {"from": "2027-01-05T10:00:00Z", "until": "2027-01-05T10:30:00Z"},
        },
    ]


async def test_an_inactive_event_type_and_an_instant_out_of_reach_are_explained_too(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    await conn.execute("UPDATE event_types SET active = false WHERE id = %s", (organization.event_type_id,))
    answer = await owner.get(PATH, parameters(organization, "2600-01-05T10:00:00Z"))

    assert [reason["code"] for reason in answer.json()["resource"]["reasons"]] == ["INACTIVE", "OUT_OF_REACH"]


async def test_only_who_manages_or_hosts_an_event_type_gets_an_explanation(
    conn: Conn, owner: Caller, admin: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    statuses = [(await caller.get(PATH, parameters(organization))).status_code for caller in (owner, admin, member)]
    another = await make_member(conn, organization.id, role="user", now=clock.now)
    shared = await make_event_type(
        conn, another.user, now=clock.now, pooling_type="collective", hosts=[another.id, organization.member.id]
    )
    as_host = await member.get(PATH, parameters(organization, event_type=URIS.event_type(shared)))

    assert statuses == [200, 200, 403]
    assert as_host.status_code == 200


async def test_of_the_other_hosts_only_admins_learn_more_than_that_they_are_not_available(
    conn: Conn, owner: Caller, admin: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    """An event type is no window into a colleague's calendar."""
    solo = await make_event_type(conn, organization.admin.user, now=clock.now)
    await make_booking(conn, organization, START, event_type_id=solo, now=clock.now)
    shared = await make_event_type(
        conn, organization.member.user, now=clock.now, pooling_type="collective",
        hosts=[organization.member.id, organization.admin.id], buffer_after_minutes=45,
    )  # fmt: skip
    wanted = parameters(organization, event_type=URIS.event_type(shared))
    seen = [
        [(one["code"], one["source"], one["source_id"], one["numbers"]) for one in answer["reasons"] if one["host"]]
        for answer in [(await caller.get(PATH, wanted)).json()["resource"] for caller in (owner, admin, member)]
    ]
    early = await member.get(PATH, wanted | {"start_time": "2027-01-05T03:00:00Z"})

    assert [code for code, *_ in seen[0]] == ["BUSY"]
    assert seen[1] == seen[0]
    assert seen[2] == [("UNAVAILABLE", None, None, {})]
    assert [(one["code"], one["host"]) for one in early.json()["resource"]["reasons"] if one["host"]] == [
        ("OUTSIDE_HOURS", URIS.user(organization.member.id)),
        ("UNAVAILABLE", URIS.user(organization.admin.id)),
    ]


async def test_a_hold_is_explained_with_whose_it_is_to_who_may_know(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    solo = URIS.event_type(organization.event_type_id)
    shared = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective",
        hosts=[organization.owner.id, organization.member.id],
    )  # fmt: skip
    made = await member.post("/openslot/holds", {"event_type": solo, "start_time": "2027-01-05T10:00:00Z"})
    by_host = (await owner.get(PATH, parameters(organization))).json()["resource"]["reasons"]
    by_other = await member.get(PATH, parameters(organization, event_type=URIS.event_type(shared)))

    shown = made.json()["resource"]
    del shown["token"]
    assert [(one["code"], one["holds"]) for one in by_host] == [("HOLD", [shown])]
    assert shown["user"] == URIS.user(organization.member.id)
    hidden = [one for one in by_other.json()["resource"]["reasons"] if one["host"]]
    assert [(one["code"], "holds" in one) for one in hidden] == [("UNAVAILABLE", False)]


@pytest.mark.parametrize(
    ("change", "status", "parameter"),
    [
        ({"start_time": "soon"}, 400, "start_time"),
        ({"event_type": "nothing"}, 400, "event_type"),
        ({"duration": 45}, 400, "duration"),
        ({"event_type": URIS.event_type(new_id())}, 404, None),
    ],
)
async def test_a_query_that_can_not_be_answered_is_refused_by_name(
    owner: Caller, organization: Organization, change: dict[str, Any], status: int, parameter: str | None
) -> None:
    answer = await owner.get(PATH, parameters(organization) | change)

    assert answer.status_code == status
    assert [one["parameter"] for one in answer.json().get("details", [])] == ([parameter] if parameter else [])


async def test_a_booked_day_explains_itself_as_it_lists_itself(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    """Every ten minutes of a day: listed exactly when there is no reason."""
    for hours in (0, 1, 3):
        await make_booking(conn, organization, START + timedelta(hours=hours), now=clock.now)
    day = {"start_time": "2027-01-05T00:00:00Z", "end_time": "2027-01-06T00:00:00Z"}
    listing = await owner.get(
        "/event_type_available_times", {"event_type": URIS.event_type(organization.event_type_id)} | day
    )
    listed = {one["start_time"] for one in listing.json()["collection"]}
    offered = set()
    for number in range(144):
        start = (START.replace(hour=0) + timedelta(minutes=10 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = await owner.get(PATH, parameters(organization, start))
        if answer.json()["resource"]["offered"]:
            offered.add(start)

    assert len(listed) > 5
    assert offered == listed
