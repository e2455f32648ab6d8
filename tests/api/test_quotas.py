"""How much one member may take, and how many calls make. Source: ADR 0030; behaviours, section 5."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.conftest import booked_rows
from conftest import Clock, in_one_task, serving
from factories import URIS, Caller, Member, Organization, booking_body, make_event_type, make_member
from openslot import config
from openslot.config import OperationLimit, Settings
from openslot.db.pool import Conn

Start = Callable[..., Awaitable[Callable[[Member], Caller]]]


@pytest.fixture
async def start(settings: Settings, clock: Clock) -> AsyncIterator[Start]:
    """The service with quotas of one's choice, and callers of it."""
    async with AsyncExitStack() as stack:

        async def start(**quotas: Any) -> Callable[[Member], Caller]:
            client = await stack.enter_async_context(in_one_task(serving(replace(settings, **quotas), clock)))
            return lambda member: Caller(client, member.headers)

        yield start


def hook(organization: Organization, member: Member, number: int, **more: Any) -> dict[str, Any]:
    return {
        "url": f"https://hooks.example/{number}", "events": ["invitee.created"], "scope": "user",
        "organization": URIS.organization(organization.id), "user": URIS.user(member.id),
    } | more  # fmt: skip


async def subscribe(caller: Caller, body: dict[str, Any], path: str = "/webhook_subscriptions") -> httpx.Response:
    return await caller.post(path, body)


async def test_a_member_has_so_many_webhook_subscriptions(start: Start, organization: Organization) -> None:
    who = organization.member
    member, admin = [(await start(webhooks_per_user=3))(one) for one in (who, organization.admin)]
    made = [await subscribe(member, hook(organization, who, number)) for number in range(3)]
    narrowed = await subscribe(member, hook(organization, who, 3), "/openslot/webhook_subscriptions")
    refused = await subscribe(member, hook(organization, who, 3))
    again = await subscribe(member, hook(organization, who, 0))
    by_admin = [
        await subscribe(admin, hook(organization, organization.admin, number, scope="organization"))
        for number in range(4)
    ]

    assert [one.status_code for one in [*made, *by_admin]] == [201] * 7
    assert [one.status_code for one in (refused, narrowed, again)] == [403, 403, 409]
    assert refused.json() == {
        "title": "Permission Denied",
        "message": "You have as many webhook subscriptions as a member may. Delete one that is not needed.",
    }
    await member.delete("/webhook_subscriptions/" + made[0].json()["resource"]["uri"].rpartition("/")[2])
    assert (await subscribe(member, hook(organization, who, 3))).status_code == 201


async def test_an_organization_has_so_many_webhook_subscriptions_whoever_made_them(
    start: Start, organization: Organization, elsewhere: Organization
) -> None:
    callers = await start(webhooks_per_organization=2)
    owner, far = callers(organization.owner), callers(elsewhere.owner)
    of_all = [hook(organization, organization.owner, number, scope="organization") for number in range(3)]
    answers = [await subscribe(callers(organization.member), hook(organization, organization.member, 9))]
    answers += [await subscribe(owner, one) for one in of_all]
    other = await subscribe(far, hook(elsewhere, elsewhere.owner, 0))

    assert [one.status_code for one in [*answers, other]] == [201, 201, 403, 403, 201]
    assert "organization" in answers[2].json()["message"]


async def test_without_a_quota_there_are_any_number(start: Start, organization: Organization) -> None:
    member = (await start(webhooks_per_user=0, webhooks_per_organization=0))(organization.member)
    answers = [await subscribe(member, hook(organization, organization.member, number)) for number in range(105)]

    assert {one.status_code for one in answers} == {201}


async def test_a_member_takes_so_much_time_of_others_over_the_api_and_what_is_too_much_is_taken_back(
    conn: Conn, start: Start, organization: Organization, clock: Clock
) -> None:
    who = organization.member
    callers = await start(bookings_per_member=2)
    member, owner = callers(who), callers(organization.owner)
    theirs = URIS.event_type(organization.event_type_id)
    own_type = URIS.event_type(await make_event_type(conn, who.user, now=clock.now))

    async def book(caller: Caller, event_type: str, hour: int, path: str = "/invitees") -> httpx.Response:
        return await caller.post(path, booking_body(event_type, f"2027-01-05T{hour:02}:00:00Z"))

    own = [await book(member, own_type, hour) for hour in (8, 9, 10)]
    hold = {"event_type": theirs, "start_time": "2027-01-05T08:00:00Z"}
    held = await member.post("/openslot/holds", hold)
    booked = await book(member, theirs, 9)
    refused = [await book(member, theirs, 10), await book(member, theirs, 10, "/openslot/bookings")]
    refused.append(await member.post("/openslot/holds", hold | {"start_time": "2027-01-05T10:00:00Z"}))
    assert await booked_rows(conn, organization) == (4, 1)
    free = await book(owner, theirs, 10)
    clock.advance(minutes=5)
    later = await book(member, theirs, 11)

    assert [one.status_code for one in [*own, held, booked, free, later]] == [201] * 7
    assert [(one.status_code, one.headers["retry-after"]) for one in refused] == [(429, "300")] * 3
    assert refused[0].json()["title"] == "Too Many Requests"


def left(answer: httpx.Response) -> tuple[str, ...]:
    return tuple(answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))


async def test_calls_are_counted_by_user_and_every_answer_shows_what_is_left(
    conn: Conn, start: Start, organization: Organization, clock: Clock
) -> None:
    callers = await start(api_calls_per_minute=3)
    peer = callers(await make_member(conn, organization.id, role="user", now=clock.now))
    member = callers(organization.member)
    answers = [await member.get(path) for path in ("/users/me", "/event_types", "/users/nobody", "/users/me")]
    others = await peer.get("/users/me")
    clock.advance(seconds=20)
    later = await member.get("/users/me")
    clock.advance(seconds=40)
    new = await member.get("/users/me")

    assert [one.status_code for one in [*answers, others, later, new]] == [200, 400, 404, 429, 200, 429, 200]
    assert [left(one) for one in [*answers, others, later, new]] == [
        ("3", "2", "60"), ("3", "1", "60"), ("3", "0", "60"), ("3", "0", "60"), ("3", "2", "60"), ("3", "0", "40"),
        ("3", "2", "60"),
    ]  # fmt: skip
    assert [later.headers["retry-after"], answers[3].headers["retry-after"]] == ["40", "60"]
    assert later.json() == {"title": "Too Many Requests", "message": "Too many calls. Try again later."}


async def test_an_operation_has_limits_of_its_own_and_the_tightest_is_shown(
    start: Start, organization: Organization, clock: Clock
) -> None:
    limits = config.load({"OPENSLOT_OPERATION_LIMITS": "POST /invitees 2/minute 3/day; GET /users/{uuid} 9/hour"})
    member = (await start(api_calls_per_minute=500, operation_limits=limits.operation_limits))(organization.member)

    async def book() -> httpx.Response:
        return await member.post("/invitees", {})

    first = [await book() for _ in range(3)]
    me, one = await member.get("/users/me"), await member.get(f"/users/{organization.member.id}")
    clock.advance(seconds=60)
    second = [await book() for _ in range(2)]

    assert [left(one) for one in [*first, me, one, *second]] == [
        ("2", "1", "60"), ("2", "0", "60"), ("2", "0", "60"), ("500", "497", "60"), ("9", "8", "3600"),
        ("3", "0", "86340"), ("3", "0", "86340"),
    ]  # fmt: skip
    assert [one.status_code for one in [*first, *second]] == [400, 400, 429, 400, 429]
    assert second[1].headers["retry-after"] == "86340"


async def test_a_limit_of_no_operation_is_logged(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    await start(operation_limits=(OperationLimit("POST", "/bookings", 1, 60),))

    assert [one.message for one in caplog.records] == [
        "OPENSLOT_OPERATION_LIMITS names no operation of the API: POST /bookings"
    ]


async def test_unless_it_is_set_the_limit_is_one_that_nobody_meets(owner: Caller) -> None:
    answer = await owner.get("/users/me")

    assert left(answer) == ("100000", "99999", "60")


async def test_without_a_limit_no_call_is_counted(start: Start, organization: Organization) -> None:
    answer = await (await start(api_calls_per_minute=0))(organization.owner).get("/users/me")

    assert [name for name in answer.headers if name.startswith("x-ratelimit")] == []
