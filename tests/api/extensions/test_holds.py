"""Whose holds there are, how many, and who ends them. Source: ADR 0029."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from conftest import Clock
from factories import API, URIS, Caller, Organization, booking_of, make_event_type, make_group, make_member
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.booking import approvals

START = datetime(2027, 1, 5, 8, tzinfo=UTC)


async def hold(caller: Caller, organization: Organization, number: int = 0, **more: Any) -> httpx.Response:
    start = START + number * timedelta(minutes=30)
    wanted = {"event_type": URIS.event_type(organization.event_type_id), "start_time": start.isoformat()}
    return await caller.post("/openslot/holds", wanted | more)


async def listed(caller: Caller) -> list[str]:
    return [one["uri"] for one in (await caller.get("/openslot/holds")).json()["collection"]]


def path_of(made: httpx.Response) -> str:
    return str(made.json()["resource"]["uri"]).removeprefix(API)


async def test_a_member_holds_ten_starts_at_a_time_and_no_more(
    member: Caller, owner: Caller, organization: Organization, clock: Clock
) -> None:
    held = [await hold(member, organization, number) for number in range(10)]
    clock.advance(minutes=4)
    refused = await hold(member, organization, 10)
    others = await hold(owner, organization, 10)
    assert [one.status_code for one in [*held, others]] == [201] * 11
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "360")
    assert refused.json() == {
        "title": "Too Many Requests",
        "message": "You hold too many starts. Give one up, or wait until one expires.",
    }
    assert len(await listed(member)) == 10

    assert (await member.delete("/openslot/holds", {"token": held[0].json()["resource"]["token"]})).status_code == 204
    assert [(await hold(member, organization, number)).status_code for number in (0, 11)] == [201, 429]
    clock.advance(minutes=6)
    assert (await hold(member, organization, 11)).status_code == 201


async def test_seats_of_one_class_count_one_by_one_for_a_member(
    conn: Conn, member: Caller, organization: Organization, clock: Clock
) -> None:
    group = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=30)
    held = [await hold(member, organization, event_type=URIS.event_type(group)) for _ in range(11)]

    assert [one.status_code for one in held] == [201] * 10 + [429]


async def test_a_hold_is_listed_for_who_made_it_for_its_hosts_and_for_admins(  # noqa: PLR0917 -- callers
    conn: Conn, http: httpx.AsyncClient, owner: Caller, admin: Caller, member: Caller, organization: Organization,
    elsewhere: Organization, clock: Clock,
) -> None:  # fmt: skip
    peer = Caller(http, (await make_member(conn, organization.id, role="user", now=clock.now)).headers)
    made = await hold(member, organization)
    clock.advance(minutes=1)
    on_member = await make_event_type(conn, organization.member.user, now=clock.now)
    others = await hold(owner, organization, event_type=URIS.event_type(on_member))
    shown = made.json()["resource"]
    token = shown.pop("token")

    assert token
    assert (await member.get("/openslot/holds")).json()["collection"][0] == shown
    assert shown | {"uri": "", "created_at": "", "expires_at": ""} == {
        "uri": "", "event_type": URIS.event_type(organization.event_type_id),
        "start_time": "2027-01-05T08:00:00.000000Z", "end_time": "2027-01-05T08:30:00.000000Z", "reason": "form",
        "hosts": [URIS.user(organization.owner.id)], "user": URIS.user(organization.member.id), "email": None,
        "created_at": "", "expires_at": "",
    }  # fmt: skip
    both = sorted(one.json()["resource"]["uri"] for one in (made, others))
    assert [sorted(await listed(caller)) for caller in (owner, admin, member)] == [both] * 3
    assert [await listed(caller) for caller in (peer, Caller(http, elsewhere.owner.headers))] == [[], []]
    clock.advance(minutes=10)
    assert await listed(owner) == []


async def test_a_hold_is_ended_by_who_made_it_by_its_hosts_and_by_admins(  # noqa: PLR0917 -- callers
    conn: Conn, http: httpx.AsyncClient, owner: Caller, admin: Caller, member: Caller, organization: Organization,
    elsewhere: Organization, clock: Clock,
) -> None:  # fmt: skip
    peer = Caller(http, (await make_member(conn, organization.id, role="user", now=clock.now)).headers)
    stranger = Caller(http, elsewhere.owner.headers)
    statuses = {}
    for name, caller in (("owner", owner), ("admin", admin), ("member", member), ("peer", peer), ("far", stranger)):
        made = await hold(member, organization)
        statuses[name] = (await caller.delete(path_of(made))).status_code
        if statuses[name] != 204:
            assert (await hold(member, organization)).status_code == 400
            assert (await owner.delete(path_of(made))).status_code == 204
        assert (await owner.delete(path_of(made))).status_code == 404

    assert statuses == {"owner": 204, "admin": 204, "member": 204, "peer": 403, "far": 404}
    assert (await owner.delete(f"/openslot/holds/{new_id()}")).status_code == 404


async def test_a_group_s_admin_sees_and_ends_the_holds_on_the_time_of_its_members(
    conn: Conn, http: httpx.AsyncClient, owner: Caller, organization: Organization, clock: Clock
) -> None:
    lead = await make_member(conn, organization.id, role="user", now=clock.now)
    await make_group(conn, organization, now=clock.now, admins=[lead], members=[organization.member])
    on_member = await make_event_type(conn, organization.member.user, now=clock.now)
    made = await hold(owner, organization, event_type=URIS.event_type(on_member))
    elses = await hold(owner, organization)
    caller = Caller(http, lead.headers)

    assert await listed(caller) == [made.json()["resource"]["uri"]]
    assert (await caller.delete(path_of(elses))).status_code == 403
    assert (await caller.delete(path_of(made))).status_code == 204


async def test_a_request_that_is_ended_is_refused(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    careful = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    async with conn.transaction():
        await approvals.request(conn, booking_of(organization, START, event_type_id=careful), uris=URIS, now=clock.now)
    (waiting,) = (await owner.get("/openslot/holds")).json()["collection"]
    ended = await owner.delete(waiting["uri"].removeprefix(API))
    cursor = await conn.execute(
        "SELECT name FROM events WHERE organization_id = %s ORDER BY sequence", (organization.id,)
    )

    assert (waiting["reason"], waiting["user"], waiting["email"]) == ("approval", None, "ada@example.org")
    assert ended.status_code == 204
    assert [name for (name,) in await cursor.fetchall()] == ["booking_request.created", "booking_request.refused"]


async def test_holds_have_pages(member: Caller, organization: Organization) -> None:
    made = {(await hold(member, organization, number)).json()["resource"]["uri"] for number in range(3)}
    first = (await member.get("/openslot/holds", {"count": 2})).json()
    rest = (await member.http.get(first["pagination"]["next_page"], headers=dict(member.headers))).json()

    assert len(first["collection"]) == 2
    assert {one["uri"] for one in [*first["collection"], *rest["collection"]]} == made
    assert rest["pagination"]["next_page"] is None
