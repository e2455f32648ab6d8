"""Scheduled events and their cancellation. Source: behaviours, sections 7 and 11."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_booking, make_event_type, principal_of
from openslot.db.pool import Conn
from openslot.services.booking import cancellation

CALENDAR = [
    # key, start, invitee, canceled
    ("a", datetime(2027, 1, 5, 9, tzinfo=UTC), "ada@example.org", False),
    ("b", datetime(2027, 1, 5, 10, tzinfo=UTC), "bob@example.org", True),
    ("c", datetime(2027, 1, 6, 9, tzinfo=UTC), "Ada@Example.org", False),
]


@pytest.fixture
async def calendar(conn: Conn, organization: Organization, clock: Clock) -> dict[str, UUID]:
    """Three events of the owner and one (``m``) of the member."""
    principal = await principal_of(conn, organization.owner, now=clock.now)
    made = {}
    for key, start, email, canceled in CALENDAR:
        booked = await make_booking(conn, organization, start, now=clock.now, email=email)
        made[key] = booked.event.id
        if canceled:
            await cancellation.cancel_event(conn, principal, made[key], reason=None, uris=URIS, now=clock.now)
    hosted = await make_event_type(conn, organization.member.user, now=clock.now)
    booked = await make_booking(
        conn, replace(organization, event_type_id=hosted), datetime(2027, 1, 7, 9, tzinfo=UTC), now=clock.now
    )
    return made | {"m": booked.event.id}


async def keys(caller: Caller, calendar: dict[str, UUID], **query: str) -> str:
    """The events of a list, by their letters."""
    answer = await caller.get("/scheduled_events", query)
    assert answer.status_code == 200, answer.text
    letters = {URIS.scheduled_event(ident): letter for letter, ident in calendar.items()}
    return "".join(letters[row["uri"]] for row in answer.json()["collection"])


FILTERS = [
    ({}, "abcm"),
    ({"sort": "start_time:desc"}, "mcba"),
    ({"sort": "start_time:asc"}, "abcm"),
    ({"status": "active"}, "acm"),
    ({"status": "canceled"}, "b"),
    ({"invitee_email": "ada@example.org"}, "acm"),
    ({"invitee_email": "bob@example.org"}, "b"),
    ({"invitee_email": "ada"}, ""),
    ({"min_start_time": "2027-01-05T10:00:00Z"}, "bcm"),
    ({"min_start_time": "2027-01-05T10:00:00.000001Z"}, "cm"),
    ({"max_start_time": "2027-01-05T10:00:00.000000Z"}, "ab"),
    ({"max_start_time": "2027-01-05T10:59:59+01:00"}, "a"),
    ({"min_start_time": "0001-01-01T00:00:00Z", "max_start_time": "9999-12-31T23:59:59Z"}, "abcm"),
    ({"min_start_time": "2027-01-06T00:00:00Z", "max_start_time": "2027-01-05T00:00:00Z"}, ""),
    ({"invitee_email": "ada@example.org", "status": "active", "max_start_time": "2027-01-05T23:00:00Z"}, "a"),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
async def test_filters_hold_together(
    owner: Caller, organization: Organization, calendar: dict[str, UUID], query: dict[str, str], found: str
) -> None:
    assert await keys(owner, calendar, organization=URIS.organization(organization.id), **query) == found


async def test_a_user_s_list_has_what_that_user_hosts(
    owner: Caller, member: Caller, organization: Organization, calendar: dict[str, UUID]
) -> None:
    ours, theirs = URIS.user(organization.owner.id), URIS.user(organization.member.id)
    organization_uri = URIS.organization(organization.id)

    assert await keys(owner, calendar, user=ours) == "abc"
    assert await keys(owner, calendar, organization=organization_uri, user=theirs) == "m"
    assert await keys(member, calendar, user=theirs) == "m"


async def test_one_s_own_list_reaches_over_all_organizations(
    conn: Conn, http: httpx.AsyncClient, elsewhere: Organization, calendar: dict[str, UUID]
) -> None:
    """Who has moved still sees the meetings hosted before."""
    moved = Caller(http, elsewhere.member.headers)
    await conn.execute(
        "UPDATE scheduled_event_hosts SET user_id = %s WHERE scheduled_event_id = %s",
        (elsewhere.member.id, calendar["a"]),
    )

    user = URIS.user(elsewhere.member.id)
    assert await keys(moved, calendar, user=user) == "a"
    assert await keys(moved, calendar, user=user, organization=URIS.organization(elsewhere.id)) == ""


REFUSED = [
    ({}, [("user", "must be filled"), ("organization", "must be filled"), ("group", "must be filled")]),
    ({"user": "me"}, [("user", "invalid")]),
    ({"status": "gone"}, [("status", "invalid")]),
    ({"min_start_time": "yesterday"}, [("min_start_time", "invalid")]),
    ({"max_start_time": "2027-01-05"}, [("max_start_time", "invalid")]),
    ({"sort": "name"}, [("sort", "invalid")]),
    ({"group": "x"}, [("group", "invalid")]),
]


@pytest.mark.parametrize(("query", "details"), REFUSED)
async def test_what_is_wrong_is_named(
    owner: Caller, organization: Organization, query: dict[str, str], details: list[tuple[str, str]]
) -> None:
    named = {"organization": URIS.organization(organization.id)} if query and "user" not in query else {}

    answer = await owner.get("/scheduled_events", query | named)

    assert answer.status_code == 400
    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == details


async def test_a_host_cancels_the_whole_event(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    clock.advance(minutes=3, microseconds=17)

    answer = await owner.post(f"/scheduled_events/{made.event.id}/cancellation", {"reason": "  Caught a cold "})

    cause = {
        "canceled_by": organization.owner.user.name,
        "reason": "Caught a cold",
        "canceler_type": "host",
        "created_at": "2027-01-04T08:03:00.000017Z",
    }
    assert (answer.status_code, answer.json()) == (201, {"resource": cause})
    event = (await owner.get(f"/scheduled_events/{made.event.id}")).json()["resource"]
    invitee = (await owner.get(f"/scheduled_events/{made.event.id}/invitees/{made.invitee.id}")).json()["resource"]
    assert (event["status"], event["cancellation"]) == ("canceled", cause)
    assert event["invitees_counter"] == {"total": 1, "active": 0, "limit": 1}
    assert (invitee["status"], invitee["canceled"], invitee["cancellation"]) == ("canceled", True, cause)
    assert (event["updated_at"], invitee["updated_at"]) == ("2027-01-04T08:03:00.000017Z",) * 2


@pytest.mark.parametrize(("body", "kept"), [(None, None), ({}, None), ({"reason": None}, None), ({"reason": " "}, None),
                                            ({"reason": "a" * 10_000}, "a" * 10_000)])  # fmt: skip
async def test_a_reason_may_be_left_out(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, body: Any, kept: str | None
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)

    answer = await owner.post(f"/scheduled_events/{made.event.id}/cancellation", body)

    assert (answer.status_code, answer.json()["resource"]["reason"]) == (201, kept)


async def test_a_reason_has_ten_thousand_characters_at_most(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)

    answer = await owner.post(f"/scheduled_events/{made.event.id}/cancellation", {"reason": "a" * 10_001})

    assert answer.json()["details"] == [{"message": "is too long (maximum is 10000)", "parameter": "reason"}]


async def test_an_event_is_canceled_once(conn: Conn, owner: Caller, organization: Organization, clock: Clock) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    path = f"/scheduled_events/{made.event.id}/cancellation"

    first, second = await owner.post(path), await owner.post(path)

    assert first.status_code == 201
    assert (second.status_code, second.json()) == (
        403,
        {"title": "Permission Denied", "message": "Event is already canceled"},
    )


@pytest.mark.parametrize(
    ("after", "status"), [(timedelta(minutes=-1), 201), (timedelta(), 403), (timedelta(days=1), 403)]
)
async def test_an_event_that_has_begun_can_t_be_canceled(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, after: timedelta, *, status: int
) -> None:
    start = datetime(2027, 1, 5, 10, tzinfo=UTC)
    made = await make_booking(conn, organization, start, now=clock.now)
    clock.now = start + after

    answer = await owner.post(f"/scheduled_events/{made.event.id}/cancellation")

    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"title": "Permission Denied", "message": "Event in the past"}


async def test_a_canceled_event_gives_its_time_back(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    start = datetime(2027, 1, 5, 10, tzinfo=UTC)
    made = await make_booking(conn, organization, start, now=clock.now)
    await owner.post(f"/scheduled_events/{made.event.id}/cancellation")

    again = await make_booking(conn, organization, start, now=clock.now)

    assert again.event.start_time == start
