"""Every row of the table of roles over the API, for every role. Source: behaviours, section 7; core/roles.py.

A member hosts an event type and is in a group. Who calls: owner and admin of the organization, the group's admin, the
host, another member, and the owner of another organization.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.conftest import House
from conftest import Clock
from factories import (
    URIS,
    Caller,
    booking_of,
    make_booking,
    make_event_type,
    make_group,
    make_member,
    make_organization,
    make_routing_form,
    make_subscription,
    principal_of,
)
from openslot.core.kinds import Pooling
from openslot.core.roles import TABLE, Action, Reach
from openslot.db import memberships, users
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import access_tokens, recapping, teaming
from openslot.services.booking import approvals
from openslot.wire.meeting_recaps import PutMeetingRecap

WHO = ("owner", "admin", "lead", "host", "peer", "stranger")
START = datetime(2027, 1, 4, 9, tzinfo=UTC)
TIMES = "start_time=2027-01-06T00:00:00Z&end_time=2027-01-07T00:00:00Z"
HOOK = {"url": "https://hooks.example/new", "events": ["invitee.created"], "organization": "{organization}"}
OPEN = {"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}


@dataclass(frozen=True)
class Row:
    """A call, whose the thing is that it is about, and how it ends: owner, admin, lead, host, peer, stranger."""

    action: Action
    whose: str
    """``host``, ``group`` (the host's) or ``organization``."""
    method: str
    path: str
    statuses: tuple[int, int, int, int, int, int]
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}, {self.action}"


ANYBODY = (200, 200, 200, 200, 200)
ADMINS = (200, 200, 403, 403, 403)
HOSTS_OWN = (200, 200, 403, 200, 403)
IN_GROUP = (200, 200, 200, 200, 403)
GROUPS = (200, 200, 200, 403, 403)
NOBODY_ELSE = (403, 403, 403, 200, 403)

READS = [
    Row(Action.READ_USER, "host", "GET", "/users/{host_id}", (*ANYBODY, 404)),
    Row(Action.LIST_EVENT_TYPES_OF_USER, "host", "GET", "/event_types?user={host}", (*HOSTS_OWN, 403)),
    Row(Action.LIST_EVENT_TYPES, "organization", "GET", "/event_types?organization={organization}", (*ADMINS, 403)),
    Row(Action.MANAGE_EVENT_TYPE, "host", "GET", "/event_types/{type_id}", (*HOSTS_OWN, 404)),
    Row(
        Action.LIST_EVENTS_OF_USER, "host", "GET", "/scheduled_events?organization={organization}&user={host}",
        (*IN_GROUP, 403),
    ),
    Row(
        Action.LIST_EVENTS_OF_GROUP, "group", "GET", "/scheduled_events?organization={organization}&group={group}",
        (*GROUPS, 403),
    ),
    Row(Action.LIST_EVENTS, "organization", "GET", "/scheduled_events?organization={organization}", (*ADMINS, 403)),
    Row(Action.MANAGE_EVENT, "host", "GET", "/scheduled_events/{event_id}", (*IN_GROUP, 404)),
    Row(Action.MANAGE_EVENT, "host", "GET", "/scheduled_events/{event_id}/invitees", (*IN_GROUP, 404)),
    Row(Action.READ_MEMBERSHIP, "host", "GET", "/organization_memberships?user={host}", (*IN_GROUP, 403)),
    Row(Action.READ_MEMBERSHIP, "host", "GET", "/organization_memberships/{membership_id}", (*IN_GROUP, 404)),
    Row(Action.READ_GROUP, "group", "GET", "/groups/{group_id}", (*GROUPS, 404)),
    Row(Action.READ_GROUP, "group", "GET", "/groups?organization={organization}", (*GROUPS, 403)),
    Row(Action.READ_GROUP, "group", "GET", "/group_relationships?group={group}", (*GROUPS, 403)),
    Row(Action.READ_TEAM, "organization", "GET", "/teams/{team_id}", (*ANYBODY, 404)),
    Row(Action.READ_TEAM, "host", "GET", "/teams?user={host}", (*ANYBODY, 403)),
    Row(Action.READ_ROUTING_FORMS, "organization", "GET", "/routing_forms/{form_id}", (*ADMINS, 404)),
    Row(Action.READ_ROUTING_FORMS, "organization", "GET", "/routing_form_submissions?form={form}", (*ADMINS, 404)),
    Row(Action.SUBSCRIBE_FOR_ORGANIZATION, "organization", "GET", "/webhook_subscriptions/{hook_id}", (*ADMINS, 404)),
    Row(
        Action.SUBSCRIBE_FOR_USER, "host", "GET",
        "/webhook_subscriptions?organization={organization}&scope=user&user={host}", (*HOSTS_OWN, 403),
    ),
    Row(
        Action.SUBSCRIBE_FOR_GROUP, "group", "GET",
        "/webhook_subscriptions?organization={organization}&scope=group&group={group}", (*GROUPS, 403),
    ),
    Row(Action.READ_SCHEDULE, "host", "GET", "/user_availability_schedules?user={host}", (*ANYBODY, 403)),
    Row(Action.READ_SCHEDULE, "host", "GET", "/user_busy_times?user={host}&" + TIMES, (*ANYBODY, 403)),
    Row(Action.READ_LOCATIONS, "host", "GET", "/locations?user={host}", (*HOSTS_OWN, 403)),
    Row(Action.READ_USER_LIMITS, "host", "GET", "/user_meeting_limits?user={host}", (*HOSTS_OWN, 403)),
    Row(Action.READ_EVENT_LOG, "organization", "GET", "/openslot/events", (*ADMINS, 200)),
    Row(
        Action.READ_EVENT_LOG, "organization", "GET", "/activity_log_entries?organization={organization}",
        (*ADMINS, 403),
    ),
    Row(
        Action.READ_EVENT_LOG, "organization", "GET", "/outgoing_communications?organization={organization}",
        (*ADMINS, 403),
    ),
    Row(
        Action.MANAGE_INVITATIONS, "organization", "GET", "/organizations/{organization_id}/invitations",
        (*ADMINS, 404),
    ),
    Row(Action.MANAGE_APPLICATIONS, "organization", "GET", "/openslot/oauth_applications", (*ADMINS, 200)),
    Row(Action.EXPORT, "organization", "GET", "/openslot/exports/event_types", (*ADMINS, 200)),
    Row(Action.ERASE, "organization", "GET", "/openslot/erasures", (*ADMINS, 200)),
    Row(Action.MANAGE_CONTACT, "host", "GET", "/contacts/{contact_id}", (*NOBODY_ELSE, 404)),
    Row(Action.MANAGE_RECAP, "host", "GET", "/meeting_recaps/{recap_id}", (*NOBODY_ELSE, 404)),
    Row(
        Action.EXPLAIN, "host", "GET", "/openslot/explanations?event_type={type}&start_time=2027-01-06T10:00:00Z",
        (*HOSTS_OWN, 404),
    ),
]  # fmt: skip
CHANGES = [
    Row(
        Action.CREATE_EVENT_TYPE, "host", "POST", "/event_types", (201, 201, 403, 201, 403, 403),
        {"owner": "{host}", "name": "Tour"},
    ),
    Row(Action.MANAGE_EVENT_TYPE, "host", "PATCH", "/event_types/{type_id}", (200, 200, 403, 200, 403, 404), {}),
    Row(
        Action.MANAGE_FOR_MEMBERS, "organization", "PATCH", "/openslot/event_types/{managed_id}",
        (200, 200, 403, 403, 403, 404), {"duration": 45},
    ),
    Row(
        Action.NAME_HOSTS, "organization", "PATCH", "/openslot/event_types/{shared_id}",
        (200, 200, 403, 403, 403, 404), {"hosts": [{"user": "{host}"}, {"user": "{peer}"}]},
    ),
    Row(
        Action.MANAGE_EVENT, "host", "POST", "/scheduled_events/{event_id}/cancellation",
        (201, 201, 201, 201, 403, 404), {},
    ),
    Row(
        Action.DELETE_MEMBERSHIP, "organization", "DELETE", "/organization_memberships/{gone_id}",
        (204, 204, 403, 403, 403, 403),
    ),
    Row(
        Action.SET_GROUP_MEMBERS, "group", "PUT", "/openslot/groups/{group_id}/members",
        (200, 200, 200, 403, 403, 404), {"members": [{"user": "{host}"}]},
    ),
    Row(
        Action.MANAGE_GROUPS, "organization", "PATCH", "/openslot/groups/{group_id}",
        (200, 200, 403, 403, 403, 404), {"name": "Glaze"},
    ),
    Row(
        Action.MANAGE_TEAMS, "organization", "PATCH", "/openslot/teams/{team_id}",
        (200, 200, 403, 403, 403, 404), {"name": "Glaze"},
    ),
    Row(
        Action.SUBSCRIBE_FOR_ORGANIZATION, "organization", "POST", "/webhook_subscriptions",
        (201, 201, 403, 403, 403, 403), HOOK | {"scope": "organization"},
    ),
    Row(
        Action.SUBSCRIBE_FOR_GROUP, "group", "POST", "/webhook_subscriptions",
        (201, 201, 201, 403, 403, 403), HOOK | {"scope": "group", "group": "{group}"},
    ),
    Row(
        Action.SUBSCRIBE_FOR_USER, "host", "POST", "/webhook_subscriptions",
        (201, 201, 403, 201, 403, 403), HOOK | {"scope": "user", "user": "{host}"},
    ),
    Row(
        Action.CHANGE_SCHEDULE, "host", "PATCH", "/user_availability_schedules/{schedule_id}",
        (200, 200, 403, 200, 403, 404), {"name": "Mornings"},
    ),
    Row(
        Action.CHANGE_SCHEDULE, "host", "PATCH", "/openslot/users/{host_id}",
        (200, 200, 403, 200, 403, 403), {"timezone": "Europe/Rome"},
    ),
    Row(
        Action.CHANGE_USER_LIMITS, "host", "PATCH", "/user_meeting_limits",
        (403, 403, 403, 200, 403, 403), {"user": "{host}", "daily": 5},
    ),
    Row(Action.SET_PICTURE, "host", "DELETE", "/openslot/users/{host_id}/picture", (204, 204, 403, 204, 403, 404)),
    Row(
        Action.SET_TIME_OFF, "host", "POST", "/openslot/days_off", (201, 201, 403, 201, 403, 403),
        {"name": "Fair", "first_day": "2027-02-01", "last_day": "2027-02-01", "user": "{host}"},
    ),
    Row(
        Action.CHANGE_ORGANIZATION, "organization", "PATCH", "/openslot/organization",
        (200, 200, 403, 403, 403, 200), {"timezone": "Europe/Rome"},
    ),
    Row(
        Action.ERASE, "organization", "POST", "/data_compliance/deletion/invitees",
        (202, 202, 403, 403, 403, 202), {"emails": ["nobody@example.org"]},
    ),
    Row(Action.END_ACCESS, "host", "DELETE", "/openslot/access_tokens/{token_id}", (204, 204, 404, 204, 404, 404)),
    Row(Action.MANAGE_CONTACT, "host", "DELETE", "/contacts/{contact_id}", (403, 403, 403, 204, 403, 404)),
    Row(Action.MANAGE_RECAP, "host", "PATCH", "/meeting_recaps/{recap_id}", (403, 403, 403, 200, 403, 404), {}),
    Row(Action.MANAGE_HOLD, "host", "DELETE", "/openslot/holds/{hold_id}", (204, 204, 204, 204, 403, 404)),
    Row(
        Action.ANSWER_REQUEST, "host", "POST", "/openslot/booking_requests/{request_id}/refusal",
        (204, 204, 403, 204, 403, 404),
    ),
]  # fmt: skip
TRIED = [(row, who, status) for row in CHANGES for who, status in zip(WHO, row.statuses, strict=True)]
REFUSED = 400
OF_THE_CALLERS_ORGANIZATION = {"/openslot/events", "/openslot/oauth_applications", "/openslot/erasures",
                               "/openslot/organization", "/openslot/exports/event_types",
                               "/data_compliance/deletion/invitees"}  # fmt: skip
"""Paths that name nothing: every caller calls them for the own organization, and the stranger is an owner there."""


@pytest.fixture(scope="module")
def kept() -> dict[str, House]:
    """The house of all calls that change nothing."""
    return {}


@pytest.fixture
async def house(kept: dict[str, House], conn: Conn, http: httpx.AsyncClient, clock: Clock, vault: Vault) -> House:
    if not kept:
        kept["house"] = await make_house(conn, http, clock.now, vault)
    return kept["house"]


@pytest.fixture
async def own_house(conn: Conn, http: httpx.AsyncClient, clock: Clock, vault: Vault) -> House:
    """Of one test alone, which changes something."""
    return await make_house(conn, http, clock.now, vault)


async def make_house(conn: Conn, http: httpx.AsyncClient, now: datetime, vault: Vault) -> House:
    organization, elsewhere = await make_organization(conn, now=now), await make_organization(conn, now=now)
    host = organization.member
    lead, peer, gone = [await make_member(conn, organization.id, role="user", now=now) for _ in range(3)]
    hosted = replace(organization, event_type_id=await make_event_type(conn, host.user, now=now))
    managed_id = await make_event_type(conn, host.user, now=now, admin_managed=True)
    careful_id = await make_event_type(conn, host.user, now=now, requires_approval=True)
    shared_id = await make_event_type(conn, host.user, now=now, pooling_type=Pooling.ROUND_ROBIN, hosts=[host.id])
    booked = await make_booking(conn, hosted, START, now=now)
    await users.set_avatar(conn, host.id, "https://pictures.example/host.png", now=now)
    hosting, owning = [await principal_of(conn, one, now=now) for one in (host, organization.owner)]
    group_id = await make_group(conn, organization, now=now, admins=[lead], members=[host])
    team = await teaming.create(conn, owning, "Masters", None, [host.id], now=now)
    recap = await recapping.put(conn, hosting, booked.event.id, PutMeetingRecap(event=""), uris=URIS, now=now)
    wanted = booking_of(organization, START.replace(hour=11), event_type_id=careful_id)
    request = await approvals.request(conn, wanted, uris=URIS, now=now)
    form = await make_routing_form(conn, organization, now=now)
    hook = await make_subscription(conn, organization.owner, vault=vault, now=now)
    held = await Caller(http, host.headers).post(
        "/openslot/holds", {"event_type": URIS.event_type(hosted.event_type_id), "start_time": "2027-01-06T10:00:00Z"}
    )
    cursor = await conn.execute(
        "SELECT (SELECT id FROM contacts WHERE user_id = %(id)s),"
        " (SELECT id FROM availability_schedules WHERE user_id = %(id)s)",
        {"id": host.id},
    )
    await access_tokens.issue(conn, host.user, name="another", now=now)
    token_id = next(one.id for one in await access_tokens.listing(conn, host.user) if one.name == "another")
    contact_id, schedule_id = await cursor.fetchone() or (None, None)
    ids: dict[str, UUID | str | None] = {
        "organization_id": organization.id,
        "host_id": host.id, "type_id": hosted.event_type_id, "managed_id": managed_id,
        "shared_id": shared_id, "event_id": booked.event.id,
        "group_id": group_id, "team_id": team.id, "recap_id": recap.id, "request_id": request.hold.id,
        "form_id": form.id, "hook_id": hook.id, "contact_id": contact_id, "schedule_id": schedule_id,
        "token_id": token_id,
        "hold_id": held.json()["resource"]["uri"].rpartition("/")[2],
        "membership_id": await membership_of(conn, host.user.organization_id, host.id),
        "gone_id": await membership_of(conn, organization.id, gone.id),
    }  # fmt: skip
    callers = [organization.owner, organization.admin, lead, host, peer, elsewhere.owner]
    return House(
        {who: Caller(http, one.headers) for who, one in zip(WHO, callers, strict=True)},
        {
            "organization": URIS.organization(organization.id), "host": URIS.user(host.id), "peer": URIS.user(peer.id),
            "type": URIS.event_type(hosted.event_type_id), "group": URIS.group(group_id),
            "form": URIS.routing_form(form.id),
        }
        | {name: str(one) for name, one in ids.items()},
    )  # fmt: skip


async def membership_of(conn: Conn, organization_id: UUID, user_id: UUID) -> UUID:
    found = await memberships.of_user(conn, organization_id, user_id)
    assert found is not None
    return found.id


def by_the_table(row: Row) -> dict[str, bool]:
    """Who may make a call by the table."""
    reaches = TABLE[row.action]
    needed = {"organization": Reach.ALL, "group": Reach.GROUP, "host": Reach.GROUP}[row.whose]
    return {
        "owner": reaches.admin is Reach.ALL,
        "admin": reaches.admin is Reach.ALL,
        "lead": reaches.group_admin >= needed,
        "host": reaches.member >= (Reach.OWN if row.whose == "host" else Reach.ALL),
        "peer": reaches.member is Reach.ALL,
        "stranger": row.path in OF_THE_CALLERS_ORGANIZATION,
    }


@pytest.mark.parametrize("row", READS + CHANGES, ids=str)
def test_a_row_is_what_the_table_has(row: Row) -> None:
    assert {who: status < 300 for who, status in zip(WHO, row.statuses, strict=True)} == by_the_table(row)


def test_every_action_of_the_table_is_tried() -> None:
    assert {row.action for row in READS + CHANGES} == set(Action)


@pytest.mark.parametrize("row", READS, ids=str)
async def test_who_may_read(house: House, row: Row) -> None:
    answers = {who: (await house.call(who, row.method, row.path)).status_code for who in WHO}

    assert answers == dict(zip(WHO, row.statuses, strict=True))


@pytest.mark.parametrize(("row", "who", "status"), [one for one in TRIED if one[2] < REFUSED], ids=str)
async def test_who_may_change(own_house: House, row: Row, who: str, status: int) -> None:
    answer = await own_house.call(who, row.method, row.path, row.body)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("row", "who", "status"), [one for one in TRIED if one[2] >= REFUSED], ids=str)
async def test_who_may_not_change(house: House, row: Row, who: str, status: int) -> None:
    answer = await house.call(who, row.method, row.path, row.body)

    assert answer.status_code == status, answer.text


async def test_the_events_of_a_user_without_an_organization_are_ones_own_whatever_the_role(house: House) -> None:
    """Source: behaviours, section 7, the row of ``scheduled_events?user=`` alone."""
    answers = [(await house.call(who, "GET", "/scheduled_events?user={host}")).status_code for who in WHO]

    assert answers == [403, 403, 403, 200, 403, 403]
