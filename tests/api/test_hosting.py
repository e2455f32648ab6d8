"""Who may let whom host: oneself, colleagues who agreed, and as admin anybody of the organization. Source: ADR 0029."""

from collections.abc import Mapping
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Member, Organization, make_event_type, make_member
from openslot.db.pool import Conn

PATH = "/openslot/event_types"
NOT_AGREED = "This user has not agreed to host your event types"


@pytest.fixture
async def peer(conn: Conn, organization: Organization, clock: Clock) -> Member:
    """A colleague of the plain member."""
    return await make_member(conn, organization.id, role="user", now=clock.now)


def pool(*hosts: Member, **more: Any) -> dict[str, Any]:
    serving = [{"user": URIS.user(host.id)} for host in hosts]
    return {"name": "Kiln tour", "duration": 30, "pooling_type": "round_robin", "hosts": serving} | more


def one_off(*hosts: Member) -> dict[str, Any]:
    return {
        "name": "Once", "host": URIS.user(hosts[0].id), "co_hosts": [URIS.user(host.id) for host in hosts[1:]],
        "duration": 30, "date_setting": {"type": "date_range", "start_date": "2027-01-05", "end_date": "2027-01-08"},
    }  # fmt: skip


async def agree(caller: Mapping[str, str], http: Any, host: Member, *uris: str) -> None:
    answer = await Caller(http, caller).patch(f"/openslot/users/{host.id}", {"hosts_for": list(uris)})
    assert (answer.status_code, answer.json()["resource"]["hosts_for"]) == (200, list(uris))


@pytest.mark.parametrize("pooling", ["round_robin", "collective"])
async def test_a_member_can_not_let_a_colleague_host_who_has_not_agreed(
    member: Caller, organization: Organization, peer: Member, pooling: str
) -> None:
    alone = await member.post(PATH, pool(peer, pooling_type=pooling))
    together = await member.post(PATH, pool(organization.member, peer, pooling_type=pooling))
    pools = {"pooling_type": "multi_pool", "pool_sizes": [1]}
    by_pools = await member.post(PATH, pool(organization.member, peer, **pools))
    one = await member.post("/one_off_event_types", one_off(organization.member, peer))
    own = await member.post(PATH, pool(organization.member, pooling_type=pooling))
    changed = await member.patch(
        f"{PATH}/{own.json()['resource']['uri'].rpartition('/')[2]}", {"hosts": pool(peer)["hosts"]}
    )

    refused = (alone, together, by_pools, one, changed)
    assert [(answer.status_code, answer.json()["message"]) for answer in refused] == [(403, NOT_AGREED)] * 5
    assert own.status_code == 201


async def test_admins_and_owners_let_anybody_host_and_nobody_does_so_across_organizations(
    owner: Caller, admin: Caller, organization: Organization, elsewhere: Organization, peer: Member
) -> None:
    for caller in (owner, admin):
        assert (await caller.post(PATH, pool(organization.member, peer))).status_code == 201
        foreign = await caller.post(PATH, pool(organization.member, elsewhere.member))
        assert (foreign.status_code, foreign.json()["message"]) == (403, "This user is not in your organization")
    assert (await admin.post("/one_off_event_types", one_off(peer, organization.member))).status_code == 201


async def test_who_agreed_to_one_colleague_hosts_for_that_one_alone(
    member: Caller, organization: Organization, clock: Clock, conn: Conn, peer: Member
) -> None:
    third = await make_member(conn, organization.id, role="user", now=clock.now)
    await agree(peer.headers, member.http, peer, URIS.user(organization.member.id))

    assert (await member.post(PATH, pool(organization.member, peer))).status_code == 201
    assert (await member.post("/one_off_event_types", one_off(organization.member, peer))).status_code == 201
    by_third = await Caller(member.http, third.headers).post(PATH, pool(third, peer))
    assert (by_third.status_code, by_third.json()["message"]) == (403, NOT_AGREED)


async def test_who_agreed_to_the_organization_hosts_for_everybody_in_it(
    member: Caller, organization: Organization, peer: Member
) -> None:
    await agree(peer.headers, member.http, peer, URIS.organization(organization.id))

    assert (await member.post(PATH, pool(peer))).status_code == 201


async def test_an_agreement_is_one_s_own_or_an_admin_s_to_give(
    admin: Caller, member: Caller, organization: Organization, elsewhere: Organization, peer: Member
) -> None:
    path = f"/openslot/users/{peer.id}"
    by_member = await member.patch(path, {"hosts_for": [URIS.user(organization.member.id)]})
    unknown = await Caller(member.http, peer.headers).patch(
        path, {"hosts_for": [URIS.user(organization.member.id), URIS.user(elsewhere.member.id), "nobody"]}
    )
    foreign = await Caller(member.http, peer.headers).patch(
        path, {"hosts_for": [URIS.user(elsewhere.member.id), URIS.organization(elsewhere.id)]}
    )
    await agree(admin.headers, member.http, peer, URIS.user(organization.member.id))

    assert by_member.status_code == 403
    assert [one["parameter"] for one in unknown.json()["details"]] == ["hosts_for[2]"]
    assert [one["parameter"] for one in foreign.json()["details"]] == ["hosts_for[0]", "hosts_for[1]"]


async def test_those_who_serve_already_may_be_named_again_and_nobody_new(
    conn: Conn, member: Caller, organization: Organization, clock: Clock, peer: Member
) -> None:
    """What is there keeps working: event types from before, and those of who has thought better of it."""
    third = await make_member(conn, organization.id, role="user", now=clock.now)
    made = await make_event_type(
        conn, organization.member.user, now=clock.now, pooling_type="round_robin",
        hosts=[organization.member.id, peer.id],
    )  # fmt: skip
    again = await member.patch(f"{PATH}/{made}", {"hosts": pool(peer, organization.member)["hosts"]})
    more = await member.patch(f"{PATH}/{made}", {"hosts": pool(peer, organization.member, third)["hosts"]})
    without = await member.patch(f"{PATH}/{made}", {"hosts": pool(organization.member)["hosts"]})
    back = await member.patch(f"{PATH}/{made}", {"hosts": pool(organization.member, peer)["hosts"]})

    assert [one.status_code for one in (again, more, without, back)] == [200, 403, 200, 403]


async def test_a_link_gives_hours_of_its_own_to_those_alone_whom_its_maker_may_name(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock, peer: Member
) -> None:
    """They stand in for the hours of every host, so a colleague could be booked at night."""
    made = await make_event_type(
        conn, organization.member.user, now=clock.now, pooling_type="round_robin",
        hosts=[organization.member.id, peer.id],
    )  # fmt: skip
    night = {"type": "wday", "wday": "tuesday", "intervals": [{"from": "02:00", "to": "04:00"}]}
    share = {"event_type": URIS.event_type(made), "availability_rule": {"timezone": "UTC", "rules": [night]}}
    before = await member.post("/shares", share)
    plain = await member.post("/shares", {"event_type": URIS.event_type(made)})
    by_owner = await owner.post("/shares", share)
    await agree(peer.headers, member.http, peer, URIS.user(organization.member.id))

    assert [one.status_code for one in (before, plain, by_owner)] == [403, 201, 201]
    assert (await member.post("/shares", share)).status_code == 201


async def test_a_host_leaves_and_the_owner_and_admins_let_anybody_go(
    conn: Conn, admin: Caller, member: Caller, organization: Organization, clock: Clock, peer: Member
) -> None:
    third = await make_member(conn, organization.id, role="user", now=clock.now)
    made = await make_event_type(
        conn, organization.member.user, now=clock.now, pooling_type="round_robin",
        hosts=[organization.member.id, organization.admin.id, peer.id],
    )  # fmt: skip
    own, others = f"{PATH}/{made}/hosts/{peer.id}", f"{PATH}/{made}/hosts/{organization.admin.id}"
    by_peer, by_third = Caller(admin.http, peer.headers), Caller(admin.http, third.headers)
    start = {"event_type": URIS.event_type(made), "start_time": "2027-01-05T10:00:00Z"}
    refused = [(await by_third.delete(own)).status_code, (await by_peer.delete(others)).status_code]
    left = [(await by_peer.delete(own)).status_code for _ in range(2)]
    by_owner = await member.delete(others)
    last = await admin.delete(f"{PATH}/{made}/hosts/{organization.member.id}")
    cursor = await conn.execute(
        "SELECT count(*) FROM events WHERE organization_id = %s AND name = 'event_type.updated'", (organization.id,)
    )

    assert (refused, left, by_owner.status_code, last.status_code) == ([403, 403], [204, 404], 204, 204)
    assert await cursor.fetchone() == (3,)
    why = (await member.get("/openslot/explanations", start)).json()["resource"]["reasons"]
    assert [one["code"] for one in why] == ["NO_HOST"]
    assert (await member.post("/openslot/holds", start)).status_code == 400


async def test_nobody_leaves_what_admins_manage_nor_what_is_one_s_own_alone(
    conn: Conn, admin: Caller, member: Caller, organization: Organization, clock: Clock, peer: Member
) -> None:
    managed = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="collective", admin_managed=True,
        hosts=[organization.owner.id, peer.id],
    )  # fmt: skip
    solo = await make_event_type(conn, organization.member.user, now=clock.now)
    path = f"{PATH}/{managed}/hosts/{peer.id}"

    assert (await Caller(admin.http, peer.headers).delete(path)).status_code == 403
    assert (await admin.delete(path)).status_code == 204
    assert (await member.delete(f"{PATH}/{solo}/hosts/{organization.member.id}")).status_code == 400
