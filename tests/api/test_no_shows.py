"""No-shows. Source: rules, section 12; behaviours, section 11."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock, in_one_task, serving
from factories import URIS, Caller, Organization, make_booking, principal_of
from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.booking import cancellation
from openslot.services.booking.command import Booked

START = datetime(2027, 1, 4, 9, tzinfo=UTC)


@pytest.fixture
async def met(conn: Conn, organization: Organization, clock: Clock) -> Booked:
    """A meeting that began an hour ago."""
    made = await make_booking(conn, organization, START, now=clock.now)
    clock.now = START + timedelta(hours=1)
    return made


def uri(made: Booked) -> str:
    return URIS.invitee(made.event.id, made.invitee.id)


async def test_a_mark_is_a_resource_of_its_own(owner: Caller, met: Booked) -> None:
    answer = await owner.post("/invitee_no_shows", {"invitee": uri(met)})

    mark = answer.json()["resource"]
    assert answer.status_code == 201
    assert mark == {"uri": mark["uri"], "invitee": uri(met), "created_at": "2027-01-04T10:00:00.000000Z"}
    assert mark["uri"].startswith(f"{URIS.api}/invitee_no_shows/")
    assert (await owner.get(mark["uri"].removeprefix(URIS.api))).json() == {"resource": mark}
    invitee = (await owner.get(uri(met).removeprefix(URIS.api))).json()["resource"]
    assert invitee["no_show"] == {"uri": mark["uri"], "created_at": mark["created_at"]}


async def test_a_second_mark_is_refused_and_the_first_stays(
    conn: Conn, owner: Caller, met: Booked, clock: Clock
) -> None:
    first = (await owner.post("/invitee_no_shows", {"invitee": uri(met)})).json()["resource"]
    clock.advance(hours=1)
    second = await owner.post("/invitee_no_shows", {"invitee": uri(met)})

    assert (second.status_code, second.json()["details"]) == (
        400,
        [{"message": "is marked as a no-show already", "parameter": "invitee"}],
    )
    assert (await owner.get(first["uri"].removeprefix(URIS.api))).json()["resource"] == first
    cursor = await conn.execute(
        "SELECT count(*) FROM events WHERE chain_id = %s AND name = 'invitee_no_show.created'", (met.invitee.id,)
    )
    assert await cursor.fetchone() == (1,)


async def test_a_mark_taken_back_is_gone_and_can_be_made_anew(owner: Caller, met: Booked) -> None:
    mark = (await owner.post("/invitee_no_shows", {"invitee": uri(met)})).json()["resource"]
    path = mark["uri"].removeprefix(URIS.api)

    first, second = await owner.delete(path), await owner.delete(path)

    assert (first.status_code, first.content, second.status_code) == (204, b"", 404)
    assert (await owner.get(path)).status_code == 404
    assert (await owner.get(uri(met).removeprefix(URIS.api))).json()["resource"]["no_show"] is None
    again = (await owner.post("/invitee_no_shows", {"invitee": uri(met)})).json()["resource"]
    assert again["uri"] != mark["uri"]


async def test_the_id_to_delete_is_the_mark_s_and_not_the_invitee_s(owner: Caller, met: Booked) -> None:
    await owner.post("/invitee_no_shows", {"invitee": uri(met)})

    assert (await owner.delete(f"/invitee_no_shows/{met.invitee.id}")).status_code == 404


@pytest.mark.parametrize("after", [timedelta(), timedelta(minutes=29), timedelta(days=400)])
async def test_an_invitee_may_be_marked_from_the_start_on(
    owner: Caller, met: Booked, clock: Clock, after: timedelta
) -> None:
    clock.now = START + after

    answer = await owner.post("/invitee_no_shows", {"invitee": uri(met)})

    assert answer.status_code == 201


@pytest.mark.parametrize("before", [timedelta(microseconds=1), timedelta(minutes=30), timedelta(days=1)])
async def test_an_event_that_has_not_begun_has_no_no_shows(
    conn: Conn, owner: Caller, met: Booked, clock: Clock, before: timedelta
) -> None:
    """Recorded in a client's tests; source: since-september, section 7."""
    clock.now = START - before

    answer = await owner.post("/invitee_no_shows", {"invitee": uri(met)})

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"parameter": "base", "message": "Event is not started yet"}],
        },
    )
    cursor = await conn.execute("SELECT count(*) FROM invitee_no_shows WHERE invitee_id = %s", (met.invitee.id,))
    assert await cursor.fetchone() == (0,)


async def test_an_invitee_who_canceled_can_t_be_a_no_show(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)
    clock.now = START + timedelta(hours=1)

    answer = await owner.post("/invitee_no_shows", {"invitee": uri(made)})

    assert (answer.status_code, answer.json()["details"]) == (
        400,
        [{"message": "is canceled", "parameter": "invitee"}],
    )


WRONG: list[tuple[Any, str]] = [
    ({}, "is missing"),
    ({"invitee": None}, "must be filled"),
    ({"invitee": 1}, "invalid"),
    ({"invitee": ""}, "invalid"),
    ({"invitee": URIS.scheduled_event(new_id())}, "invalid"),
    ({"invitee": "{id}"}, "invalid"),
]


@pytest.mark.parametrize(("body", "message"), WRONG)
async def test_an_invitee_is_named_by_uri(owner: Caller, met: Booked, body: dict[str, Any], message: str) -> None:
    filled = {key: str(met.invitee.id) if value == "{id}" else value for key, value in body.items()}

    answer = await owner.post("/invitee_no_shows", filled)

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": message, "parameter": "invitee"}])


async def test_an_unknown_invitee_is_not_found(owner: Caller) -> None:
    answer = await owner.post("/invitee_no_shows", {"invitee": URIS.invitee(new_id(), new_id())})

    assert answer.status_code == 404


async def test_an_operator_may_take_marks_before_the_start(
    conn: Conn, organization: Organization, settings: Settings, clock: Clock
) -> None:
    """As the demo does, whose sample flows mark right after a booking (ADR 0008)."""
    made = await make_booking(conn, organization, START, now=clock.now)
    clock.now = START - timedelta(days=1)
    async with in_one_task(serving(replace(settings, no_show_before_start="accept"), clock)) as http:
        early = await Caller(http, organization.headers).post("/invitee_no_shows", {"invitee": uri(made)})

    assert early.status_code == 201
