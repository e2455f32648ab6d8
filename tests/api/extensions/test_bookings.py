"""Bookings with all the engine can do, holds and requests, over our own API. Source: docs/api-extensions.md."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import API, URIS, Caller, Member, Organization, booking_of, make_booking, make_event_type, make_member
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.services.booking import approvals
from openslot.wire.codec import parse_instant
from openslot.wire.event_types import LocationConfiguration

START = "2027-01-05T10:00:00Z"
LATER = "2027-01-05T11:00:00Z"
PAYMENT = {
    "external_id": "ch_1", "provider": "stripe", "amount": 12.5, "currency": "EUR", "terms": None, "successful": True,
}  # fmt: skip
ADA = {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"}


def body(event_type: UUID, start: str = START, **values: Any) -> dict[str, Any]:
    return {"event_type": URIS.event_type(event_type), "start_time": start, "invitee": ADA, **values}


async def event_of(caller: Caller, invitee: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.get(invitee["event"].removeprefix(API))).json()["resource"]
    return found


def path_of(invitee: dict[str, Any]) -> str:
    return f"/openslot/invitees/{invitee['uri'].rpartition('/')[2]}"


async def names(conn: Conn, organization: Organization) -> list[str]:
    """What happened, in order; that invitees become contacts aside."""
    cursor = await conn.execute(
        "SELECT name FROM events WHERE organization_id = %s AND name NOT LIKE 'contact.%%' ORDER BY sequence",
        (organization.id,),
    )
    return [name for (name,) in await cursor.fetchall()]


async def test_a_duration_is_listed_and_booked(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, duration_options=[30, 90])
    window = {"event_type": URIS.event_type(event_type), "start_time": START, "end_time": "2027-01-05T16:00:00Z"}
    long = (await owner.get("/openslot/available_times", window | {"duration": 90})).json()["collection"]
    usual = (await owner.get("/openslot/available_times", window)).json()["collection"]
    made = (await owner.post("/openslot/bookings", body(event_type, duration=90))).json()["resource"]
    event = await event_of(owner, made)

    assert (long[-1]["start_time"], usual[-1]["start_time"]) == ("2027-01-05T14:30:00Z", "2027-01-05T15:30:00Z")
    assert (event["start_time"], event["end_time"]) == ("2027-01-05T10:00:00.000000Z", "2027-01-05T11:30:00.000000Z")
    assert (await owner.post("/openslot/bookings", body(event_type, LATER, duration=60))).status_code == 400


async def test_what_was_paid_is_on_the_invitee(owner: Caller, organization: Organization) -> None:
    made = await owner.post("/openslot/bookings", body(organization.event_type_id, payment=PAYMENT))

    assert made.json()["resource"]["payment"] == PAYMENT


async def test_hosts_set_notice_aside_and_it_is_kept_on_the_event(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, notice_minutes=3 * 24 * 60)
    aside = body(event_type, set_aside=["NOTICE"])
    plain = await owner.post("/openslot/bookings", body(event_type))
    by_member = await member.post("/openslot/bookings", aside)
    by_owner = await owner.post("/openslot/bookings", aside)
    cursor = await conn.execute("SELECT overrides FROM scheduled_events WHERE organization_id = %s", (organization.id,))

    assert [answer.status_code for answer in (plain, by_member, by_owner)] == [400, 403, 201]
    assert await cursor.fetchall() == [(["NOTICE"],)]


async def test_a_hold_keeps_the_start_for_who_has_its_token(owner: Caller, organization: Organization) -> None:
    wanted = {"event_type": URIS.event_type(organization.event_type_id), "start_time": START}
    held = (await owner.post("/openslot/holds", wanted)).json()["resource"]
    others = await owner.post("/openslot/bookings", body(organization.event_type_id))
    taken = await owner.post("/openslot/bookings", body(organization.event_type_id, hold=held["token"]))

    assert held | {"token": "", "uri": ""} == {
        "uri": "", "user": URIS.user(organization.owner.id), "email": None,
        "event_type": wanted["event_type"], "start_time": "2027-01-05T10:00:00.000000Z",
        "end_time": "2027-01-05T10:30:00.000000Z", "reason": "form", "hosts": [URIS.user(organization.owner.id)],
        "expires_at": "2027-01-04T08:10:00.000000Z", "created_at": "2027-01-04T08:00:00.000000Z", "token": "",
    }  # fmt: skip
    assert (others.status_code, others.json()["details"][0]["code"]) == (400, "already_filled")
    assert taken.status_code == 201


async def test_a_hold_ends_when_it_is_given_up_and_by_itself(
    owner: Caller, organization: Organization, clock: Clock
) -> None:
    wanted = {"event_type": URIS.event_type(organization.event_type_id), "start_time": START}
    held = (await owner.post("/openslot/holds", wanted)).json()["resource"]
    for _ in range(2):
        assert (await owner.delete("/openslot/holds", {"token": held["token"]})).status_code == 204
    again = await owner.post("/openslot/holds", wanted | {"minutes": 5, "reason": "payment"})
    clock.advance(minutes=5)
    third = await owner.post("/openslot/holds", wanted)

    assert [again.status_code, third.status_code] == [201, 201]
    assert (await owner.post("/openslot/holds", wanted | {"minutes": 0})).status_code == 400
    assert (await owner.post("/openslot/holds", wanted | {"reason": "approval"})).status_code == 400


async def test_a_payment_that_comes_after_its_hold_has_the_slot_if_nobody_took_it_else_it_is_to_go_back(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    wanted = {"event_type": URIS.event_type(organization.event_type_id), "start_time": START, "reason": "payment"}
    held = [
        (await owner.post("/openslot/holds", wanted | {"start_time": start})).json()["resource"]
        for start in (START, LATER)
    ]
    clock.advance(minutes=30)
    assert (await owner.post("/openslot/bookings", body(organization.event_type_id, LATER))).status_code == 201
    late = [
        await owner.post(
            "/openslot/bookings",
            body(organization.event_type_id, start, hold=one["token"], payment=PAYMENT | {"external_id": start}),
        )
        for start, one in [*zip((START, LATER), held, strict=True), (START, held[0])]
    ]

    assert [answer.status_code for answer in late] == [201, 400, 400]
    assert late[1].json()["details"][0]["code"] == "already_filled"
    assert await names(conn, organization) == ["invitee.created", "invitee.created", "payment.to_refund"]
    cursor = await conn.execute(
        "SELECT payload::jsonb FROM events WHERE organization_id = %s AND name = 'payment.to_refund'",
        (organization.id,),
    )
    assert await cursor.fetchall() == [
        (
            {
                "event_type": URIS.event_type(organization.event_type_id),
                "start_time": "2027-01-05T11:00:00.000000Z", "email": "ada@example.org",
                "payment": PAYMENT | {"external_id": LATER},
            },
        )
    ]  # fmt: skip


async def test_a_start_that_is_gone_owes_nothing_without_a_payment_that_was_made(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    wanted = body(organization.event_type_id)
    payments = [{}, {}, {"payment": PAYMENT | {"successful": False}}, {"payment": PAYMENT}]
    answers = [await owner.post("/openslot/bookings", wanted | more) for more in payments]

    assert [answer.status_code for answer in answers] == [201, 400, 400, 400]
    assert await names(conn, organization) == ["invitee.created", "payment.to_refund"]


async def test_one_invitee_of_a_group_is_canceled_by_the_host_and_the_last_one_ends_the_event(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    group = await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=3, cancel_cutoff_minutes=60 * 24 * 7
    )
    one, other = [(await owner.post("/openslot/bookings", body(group))).json()["resource"] for _ in range(2)]
    by_member = await member.post(f"{path_of(one)}/cancellation", {})
    first = await owner.post(f"{path_of(one)}/cancellation", {"reason": "Too loud"})
    after_one = await event_of(owner, one)
    again = await owner.post(f"{path_of(one)}/cancellation")
    await owner.post(f"{path_of(other)}/cancellation")
    after_both = await event_of(owner, one)

    assert (by_member.status_code, first.status_code, again.status_code) == (403, 201, 403)
    assert first.json()["resource"]["reason"] == "Too loud"
    assert (after_one["status"], after_one["invitees_counter"]) == ("active", {"total": 2, "active": 1, "limit": 3})
    assert (after_both["status"], after_both["invitees_counter"]) == (
        "canceled", {"total": 2, "active": 0, "limit": 3},
    )  # fmt: skip


@pytest.fixture
async def hosts(conn: Conn, organization: Organization, clock: Clock) -> list[Member]:
    return [await make_member(conn, organization.id, role="user", now=clock.now) for _ in range(2)]


async def test_a_host_moves_an_invitee_whatever_the_cutoff_and_may_give_it_to_another_host(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", reschedule_cutoff_minutes=60 * 24 * 7,
        hosts=[NewHost(host.id, place) for place, host in enumerate(hosts)],
    )  # fmt: skip
    solo = await make_event_type(conn, hosts[0].user, now=clock.now)
    made = (await owner.post("/openslot/bookings", body(pool))).json()["resource"]
    await make_booking(conn, organization, parse_instant(LATER), now=clock.now, event_type_id=solo)
    path = f"{path_of(made)}/rescheduling"
    by_member = await member.post(path, {"start_time": LATER})
    same_host = await owner.post(path, {"start_time": LATER})
    any_host = await owner.post(path, {"start_time": LATER, "any_host": True, "reason": "A cold"})
    moved = any_host.json()["resource"]
    old = (await owner.get(made["uri"].removeprefix(API))).json()["resource"]

    assert (by_member.status_code, same_host.status_code, any_host.status_code) == (403, 400, 201)
    serving = [one["user"] for one in (await event_of(owner, moved))["event_memberships"]]
    assert serving == [URIS.user(hosts[1].id)]
    assert (old["new_invitee"], moved["old_invitee"]) == (moved["uri"], made["uri"])
    assert (old["cancellation"]["canceler_type"], old["cancellation"]["reason"]) == ("host", "A cold")


async def test_the_starts_to_move_to_are_listed_and_every_one_is_accepted(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    """The event, of an hour, is at ten; its host has another one at eleven."""
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", duration_minutes=60,
        hosts=[host.id for host in hosts],
    )  # fmt: skip
    solo = await make_event_type(conn, hosts[0].user, now=clock.now)
    made = (await owner.post("/openslot/bookings", body(pool))).json()["resource"]
    await make_booking(conn, organization, parse_instant(LATER), now=clock.now, event_type_id=solo)
    path = f"{path_of(made)}/available_times"
    window = {"start_time": "2027-01-05T09:30:00Z", "end_time": "2027-01-05T12:30:00Z"}

    async def times(**values: Any) -> list[str]:
        answer = await owner.get(path, window | values)
        return [one["start_time"][11:16] for one in answer.json()["collection"]]

    first = (await owner.get(path, window)).json()["collection"][0]
    kept, given = await times(), await times(any_host="true")
    refused = await owner.post(f"{path_of(made)}/rescheduling", {"start_time": "2027-01-05T10:30:00Z"})
    accepted = await owner.post(f"{path_of(made)}/rescheduling", {"start_time": "2027-01-05T09:30:00Z"})

    assert first == {"start_time": "2027-01-05T09:30:00Z", "invitees_remaining": 1}
    assert (kept, given) == (["09:30", "11:30", "12:00"], ["09:30", "10:00", "10:30", "11:00", "11:30", "12:00"])
    assert (refused.status_code, accepted.status_code) == (400, 201)
    assert await times() == []
    assert (await member.get(path, window)).status_code == 403
    assert (await owner.get(path, window | {"end_time": "2027-01-05T09:30:00Z"})).status_code == 400


async def test_a_link_may_have_several_uses_and_an_end(owner: Caller, organization: Organization, clock: Clock) -> None:
    event_type = URIS.event_type(organization.event_type_id)
    past = (clock.now - timedelta(seconds=1)).isoformat()
    made = await owner.post("/openslot/scheduling_links", {"event_type": event_type, "max_uses": 3})
    wrong = [
        await owner.post("/openslot/scheduling_links", {"event_type": event_type, **values})
        for values in ({"max_uses": 0}, {"expires_at": past})
    ]

    assert made.json()["resource"]["booking_url"].startswith("https://book.example/d/")
    assert [answer.json()["details"][0]["parameter"] for answer in wrong] == ["max_uses", "expires_at"]


# Requests


@pytest.fixture
async def careful(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    """An event type whose host answers first."""
    return await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)


async def request_booking(conn: Conn, organization: Organization, event_type: UUID, clock: Clock) -> None:
    async with conn.transaction():
        wanted = booking_of(organization, parse_instant(START), event_type_id=event_type, guests=("zoe@example.org",))
        await approvals.request(conn, wanted, uris=URIS, now=clock.now)


async def requests(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.get("/openslot/booking_requests")).json()["collection"]
    return found


async def test_a_request_holds_the_slot_and_is_booked_as_it_was_filled_in_on_the_host_s_yes(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock, careful: UUID
) -> None:
    await request_booking(conn, organization, careful, clock)
    (waiting,) = await requests(owner)
    others = await owner.post("/openslot/bookings", body(careful))
    path = waiting["uri"].removeprefix(API)
    by_member = await member.post(f"{path}/approval")
    approved = await owner.post(f"{path}/approval")
    again = await owner.post(f"{path}/approval")
    made = approved.json()["resource"]

    assert waiting | {"uri": "", "created_at": ""} == {
        "uri": "", "event_type": URIS.event_type(careful), "start_time": "2027-01-05T10:00:00.000000Z",
        "end_time": "2027-01-05T10:30:00.000000Z", "hosts": [URIS.user(organization.owner.id)],
        "name": "Ada Example", "email": "ada@example.org", "expires_at": "2027-01-05T08:00:00.000000Z",
        "created_at": "",
    }  # fmt: skip
    assert await requests(member) == []
    assert (others.status_code, by_member.status_code, approved.status_code, again.status_code) == (400, 403, 201, 404)
    assert (made["name"], made["email"], made["timezone"]) == ("Ada Example", "ada@example.org", "Europe/Rome")
    assert [guest["email"] for guest in (await event_of(owner, made))["event_guests"]] == ["zoe@example.org"]
    assert await requests(owner) == []
    assert await names(conn, organization) == ["booking_request.created", "invitee.created"]


async def test_a_refused_request_and_one_that_ended_give_the_slot_back(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, careful: UUID
) -> None:
    await request_booking(conn, organization, careful, clock)
    (waiting,) = await requests(owner)
    assert (await owner.post(f"{waiting['uri'].removeprefix(API)}/refusal")).status_code == 204
    assert (await owner.post(f"{waiting['uri'].removeprefix(API)}/refusal")).status_code == 404
    await request_booking(conn, organization, careful, clock)
    (waiting,) = await requests(owner)
    clock.advance(days=1)
    late = await owner.post(f"{waiting['uri'].removeprefix(API)}/approval")

    assert (late.status_code, await requests(owner)) == (404, [])
    assert (await owner.post("/openslot/bookings", body(careful))).status_code == 201
    assert await names(conn, organization) == [
        "booking_request.created", "booking_request.refused", "booking_request.created", "invitee.created",
    ]  # fmt: skip


async def test_a_planned_class_gets_more_seats(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    group = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=3)
    invitee = (await owner.post("/openslot/bookings", body(group))).json()["resource"]
    path = f"/openslot/scheduled_events/{invitee['event'].rpartition('/')[2]}"
    raised = await owner.patch(path, {"seats": 12})
    event = await event_of(owner, invitee)
    refused = await owner.patch(path, {"seats": 1})

    assert (raised.status_code, raised.json()["resource"]) == (200, event)
    assert event["invitees_counter"] == {"total": 1, "active": 1, "limit": 12}
    assert (refused.status_code, refused.json()["details"]) == (
        400, [{"parameter": "seats", "message": "must be from 2 to 9999"}],
    )  # fmt: skip
    assert (await member.patch(path, {"seats": 12})).status_code == 403
    assert (await owner.patch(path, {})).status_code == 400
    assert (await owner.patch(f"/openslot/scheduled_events/{organization.id}", {"seats": 5})).status_code == 404


async def test_a_host_reads_the_answers_of_each_of_a_class_and_the_event_shows_them_to_nobody(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    group = await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=3,
        locations=[LocationConfiguration("outbound_call")],
    )  # fmt: skip
    numbers = ["+390655500123", "+442079460958"]
    invitees = [
        (
            await owner.post("/openslot/bookings", body(group, location={"kind": "outbound_call", "location": number}))
        ).json()["resource"]
        for number in numbers
    ]
    event = await event_of(owner, invitees[0])
    paths = [path_of(one) for one in invitees]
    shown = [(await owner.get(path)).json()["resource"] for path in paths]

    assert event["location"] == {"type": "outbound_call", "location": None}
    assert [one["scheduled_event"]["location"] for one in shown] == [
        {"type": "outbound_call", "location": number} for number in numbers
    ]
    assert [one | {"scheduled_event": None} for one in shown] == [one | {"scheduled_event": None} for one in invitees]
    assert (await member.get(paths[0])).status_code == 403
    assert (await owner.get(f"/openslot/invitees/{organization.id}")).status_code == 404
