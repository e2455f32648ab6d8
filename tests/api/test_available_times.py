"""Available times. Source: behaviours, sections 2 and 9; rules, sections 1 to 4."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock, in_one_task, serving
from factories import URIS, Caller, Organization, make_booking, make_event_type
from openslot.config import Settings
from openslot.db.pool import Conn

TUESDAY = ("2027-01-05T00:00:00Z", "2027-01-06T00:00:00Z")


def query(organization: Organization, start: str = TUESDAY[0], end: str = TUESDAY[1]) -> dict[str, str]:
    return {
        "event_type": URIS.event_type(organization.event_type_id),
        "start_time": start,
        "end_time": end,
    }


async def starts(caller: Caller, organization: Organization, *window: str) -> list[str]:
    answer = await caller.get("/event_type_available_times", query(organization, *window))
    assert answer.status_code == 200, answer.text
    return [slot["start_time"] for slot in answer.json()["collection"]]


async def test_a_working_day_in_rome_is_listed_in_utc_without_fractions(
    owner: Caller, organization: Organization
) -> None:
    answer = await owner.get("/event_type_available_times", query(organization))

    slug = organization.owner.user.slug
    hours = [f"2027-01-05T{hour:02}:{minute:02}:00Z" for hour in range(8, 16) for minute in (0, 30)]
    (event_type,) = (await owner.get("/event_types", {"user": URIS.user(organization.owner.id)})).json()["collection"]
    assert answer.json() == {
        "collection": [
            {
                "status": "available",
                "invitees_remaining": 1,
                "start_time": start,
                "scheduling_url": (
                    f"https://book.example/{slug}/{event_type['slug']}/{start}?month=2027-01&date=2027-01-05"
                ),
            }
            for start in hours
        ]
    }


async def test_times_are_free_times(conn: Conn, owner: Caller, organization: Organization, clock: Clock) -> None:
    await make_booking(conn, organization, datetime(2027, 1, 5, 9, tzinfo=UTC), now=clock.now)

    found = await starts(owner, organization, "2027-01-05T08:00:00Z", "2027-01-05T10:30:00Z")

    assert found == ["2027-01-05T08:00:00Z", "2027-01-05T08:30:00Z", "2027-01-05T09:30:00Z", "2027-01-05T10:00:00Z"]


async def test_the_range_has_its_start_and_not_its_end(owner: Caller, organization: Organization) -> None:
    assert await starts(owner, organization, "2027-01-05T08:00:00Z", "2027-01-05T09:00:00Z") == [
        "2027-01-05T08:00:00Z",
        "2027-01-05T08:30:00Z",
    ]


async def test_a_window_may_have_an_offset_and_a_fraction(owner: Caller, organization: Organization) -> None:
    found = await starts(owner, organization, "2027-01-05T09:00:00.000000+01:00", "2027-01-05T09:30:00.000001+01:00")

    assert found == ["2027-01-05T08:00:00Z", "2027-01-05T08:30:00Z"]


async def test_a_plus_sign_that_was_not_encoded_is_read_as_one(owner: Caller, organization: Organization) -> None:
    uri = URIS.event_type(organization.event_type_id)
    url = f"{URIS.api}/event_type_available_times?event_type={uri}"

    answer = await owner.http.get(
        f"{url}&start_time=2027-01-05T09:00:00+01:00&end_time=2027-01-05T09:30:00+01:00", headers=owner.headers
    )

    assert [slot["start_time"] for slot in answer.json()["collection"]] == ["2027-01-05T08:00:00Z"]


REFUSED = [
    ("2027-01-04T08:00:00Z", "2027-01-05T08:00:00Z", "start_time", "start_time must be in the future"),
    ("2026-12-31T08:00:00Z", "2027-01-05T08:00:00Z", "start_time", "start_time must be in the future"),
    ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "start_time", "start_time must be in the future"),
    ("2027-01-05T08:00:00Z", "2027-01-05T08:00:00Z", "start_time", "start_time must be before end_time"),
    ("2027-01-05T08:00:00Z", "2027-01-04T09:00:00Z", "start_time", "start_time must be before end_time"),
    ("2027-01-05T08:00:00Z", "2027-02-05T08:00:01Z", "end_time", "end_time must be at most 31 days after start_time"),
    ("2027-01-05T08:00:00Z", "9999-12-31T23:59:59Z", "end_time", "end_time must be at most 31 days after start_time"),
    ("tomorrow", "2027-01-05T08:00:00Z", "start_time", "invalid"),
    ("2027-01-05", "2027-01-05T08:00:00Z", "start_time", "invalid"),
    ("2027-01-05T08:00:00Z", "2027-13-05T08:00:00Z", "end_time", "invalid"),
    ("2027-01-05T08:00:00Z", "", "end_time", "is missing"),
]


@pytest.mark.parametrize(("start", "end", "parameter", "message"), REFUSED)
async def test_a_range_that_can_t_be_is_refused_in_the_api_s_words(
    owner: Caller, organization: Organization, start: str, end: str, parameter: str, message: str
) -> None:
    answer = await owner.get("/event_type_available_times", query(organization, start, end))

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"message": message, "parameter": parameter}],
        },
    )


async def test_the_start_may_lie_a_microsecond_ahead_and_the_range_last_31_days(
    owner: Caller, organization: Organization
) -> None:
    found = await starts(owner, organization, "2027-01-04T08:00:00.000001Z", "2027-02-04T08:00:00.000001Z")

    assert (found[0], found[-1], len(found)) == ("2027-01-04T08:30:00Z", "2027-02-04T08:00:00Z", 16 * 23 + 1 - 1)


async def test_old_clients_tests_get_their_seven_days(
    settings: Settings, clock: Clock, organization: Organization
) -> None:
    async with in_one_task(serving(replace(settings, available_times_days=7), clock)) as http:
        caller = Caller(http, organization.headers)
        week = await caller.get(
            "/event_type_available_times", query(organization, "2027-01-05T00:00:00Z", "2027-01-12T00:00:00Z")
        )
        longer = await caller.get(
            "/event_type_available_times", query(organization, "2027-01-05T00:00:00Z", "2027-01-12T00:00:01Z")
        )

    assert week.status_code == 200
    assert longer.json()["details"] == [
        {"message": "end_time must be at most 7 days after start_time", "parameter": "end_time"}
    ]


async def test_missing_parameters_are_named(owner: Caller, organization: Organization) -> None:
    wanted = query(organization)
    for name in wanted:
        answer = await owner.get(
            "/event_type_available_times", {key: value for key, value in wanted.items() if key != name}
        )
        assert answer.json()["details"] == [{"message": "is missing", "parameter": name}]


@pytest.mark.parametrize("change", ["active = false", "deleted_at = now()", "booking_method = 'poll'"])
async def test_an_event_type_that_takes_no_bookings_has_no_times(
    conn: Conn, owner: Caller, organization: Organization, change: Any
) -> None:
    await conn.execute(f"UPDATE event_types SET {change} WHERE id = %s", (organization.event_type_id,))

    assert await starts(owner, organization) == []


async def test_a_host_without_a_schedule_is_never_free(conn: Conn, owner: Caller, organization: Organization) -> None:
    await conn.execute("DELETE FROM availability_schedules WHERE user_id = %s", (organization.owner.id,))

    assert await starts(owner, organization) == []


async def test_an_event_type_without_a_host_has_no_times(conn: Conn, owner: Caller, organization: Organization) -> None:
    await conn.execute("DELETE FROM event_type_hosts WHERE event_type_id = %s", (organization.event_type_id,))

    assert await starts(owner, organization) == []


RULES: list[tuple[dict[str, Any], list[str]]] = [
    ({"notice_minutes": 24 * 60 + 90}, ["09:30", "10:00"]),
    ({"notice_minutes": 24 * 60 + 91}, ["10:00"]),
    ({"increment_minutes": 15, "duration_minutes": 120}, ["08:00", "08:15", "08:30", "08:45", "09:00", "09:15",
                                                         "09:30", "09:45", "10:00", "10:15"]),
    ({"increment_minutes": 60}, ["08:00", "09:00", "10:00"]),
    ({"range_kind": "rolling", "range_days": 0}, []),
    ({"range_kind": "rolling", "range_days": 1}, ["08:00", "08:30", "09:00", "09:30", "10:00"]),
    ({"range_kind": "fixed", "range_first": date(2027, 1, 6), "range_last": date(2027, 1, 8)}, []),
    ({"range_kind": "fixed", "range_first": date(2027, 1, 5), "range_last": date(2027, 1, 5)},
     ["08:00", "08:30", "09:00", "09:30", "10:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "found"), RULES)
async def test_the_event_type_s_rules_hold(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, rules: dict[str, Any], found: list[str]
) -> None:
    made = await make_event_type(conn, organization.owner.user, now=clock.now, **rules)
    ruled = replace(organization, event_type_id=made)

    listed = await starts(owner, ruled, "2027-01-05T00:00:00Z", "2027-01-05T10:30:00Z")

    assert [start[11:16] for start in listed] == found


async def test_summer_time_moves_the_working_day_in_utc(owner: Caller, organization: Organization) -> None:
    """In Rome the clocks go forward on 28 March 2027."""
    friday = await starts(owner, organization, "2027-03-26T00:00:00Z", "2027-03-27T00:00:00Z")
    monday = await starts(owner, organization, "2027-03-29T00:00:00Z", "2027-03-30T00:00:00Z")

    assert (friday[0], friday[-1]) == ("2027-03-26T08:00:00Z", "2027-03-26T15:30:00Z")
    assert (monday[0], monday[-1]) == ("2027-03-29T07:00:00Z", "2027-03-29T14:30:00Z")


FAR = [
    ("2514-05-29T00:00:00Z", "2514-06-03T00:00:00Z"),
    ("3000-01-01T00:00:00Z", "3000-01-05T00:00:00Z"),
    ("9999-12-20T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
]


@pytest.mark.parametrize(("start", "end"), FAR)
async def test_beyond_the_year_2514_nothing_is_on_offer(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, start: str, end: str
) -> None:
    """Occupancy has 34 bits for the second (ADR 0003); what can't be kept free is not offered."""
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_before_minutes=15, buffer_after_minutes=60
    )

    found = await starts(owner, replace(organization, event_type_id=made), start, end)

    last = datetime.fromtimestamp(2**34, UTC) - timedelta(minutes=90)
    assert [one for one in found if datetime.fromisoformat(one) > last] == []
    assert bool(found) == (start < "2514-05-30")
