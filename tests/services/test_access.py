"""Who calls, and what a caller may do in the organization. Source: behaviours, sections 4 and 7."""

from datetime import timedelta

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_event_type, make_group, make_member, make_token, principal_of
from openslot.core.errors import MissingScope
from openslot.core.ids import new_id
from openslot.core.roles import Action
from openslot.db.pool import Conn
from openslot.services import access, access_tokens
from services.conftest import START, refusal_of

FORBIDDEN = "Forbidden: You do not have permission to access this resource."
NO_PERMISSION = "Forbidden: You do not have permission"
STRANGER = "Forbidden: This user is not in your organization"
NOT_AGREED = "Forbidden: This user has not agreed to host your event types"


async def test_a_token_that_has_ended_or_never_was_is_nobody_s(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    ends = await make_token(conn, organization.owner, now=clock.now, expires_at=clock.now + timedelta(hours=1))
    revoked = await make_token(conn, organization.owner, now=clock.now)
    await access_tokens.revoke(conn, texts=[revoked.token], now=clock.now)
    before = await principal_of(conn, ends, now=clock.now)
    clock.advance(hours=1)

    refusals = [
        await refusal_of(access.authenticate(conn, token, now=clock.now))
        for token in (None, "", "osl_unknown", revoked.token, ends.token)
    ]

    assert before.user.id == organization.owner.id
    assert refusals == [
        "Unauthenticated: The access token is invalid",
        "Unauthenticated: The access token is invalid",
        "Unauthenticated: The access token is invalid",
        "Unauthenticated: The access token was revoked",
        "Unauthenticated: The access token expired",
    ]


async def test_a_scope_to_write_includes_reading_and_no_other(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    limited = await make_token(conn, organization.owner, now=clock.now, scopes=["groups:write"])
    principal = await principal_of(conn, limited, now=clock.now)
    unlimited = await principal_of(conn, organization.owner, now=clock.now)

    for scopes in (["groups:read"], ["groups:write"], ["users:read", "groups:read"]):
        principal.require_scope(*scopes)
    unlimited.require_scope("users:write")
    with pytest.raises(MissingScope) as refused:
        principal.require_scope("users:read", "organizations:read")

    assert refused.value.required_scopes == ("users:read",)


async def test_admins_look_at_colleagues_and_members_at_themselves(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    admin = await principal_of(conn, organization.admin, now=clock.now)
    member = await principal_of(conn, organization.member, now=clock.now)

    refusals = {
        (caller.user.role, name): await refusal_of(
            access.colleague(conn, caller, user_id, Action.LIST_EVENT_TYPES_OF_USER)
        )
        for caller in (admin, member)
        for name, user_id in {
            "member": organization.member.id,
            "owner": organization.owner.id,
            "stranger": elsewhere.owner.id,
            "nobody": new_id(),
        }.items()
    }

    assert refusals == {
        ("admin", "member"): None,
        ("admin", "owner"): None,
        ("admin", "stranger"): STRANGER,
        ("admin", "nobody"): STRANGER,
        ("user", "member"): None,
        ("user", "owner"): NO_PERMISSION,
        ("user", "stranger"): STRANGER,
        ("user", "nobody"): STRANGER,
    }


async def test_members_name_hosts_who_agreed_or_serve_already(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    agreed, agreed_with_all, reluctant = [
        await make_member(conn, organization.id, role="user", now=clock.now) for _ in range(3)
    ]
    for one, to in ((agreed, organization.member.id), (agreed_with_all, organization.id)):
        await conn.execute("UPDATE users SET hosts_for = %s WHERE id = %s", ([to], one.id))
    admin = await principal_of(conn, organization.admin, now=clock.now)
    member = await principal_of(conn, organization.member, now=clock.now)

    refusals = [
        await refusal_of(access.require_hosts(conn, caller, [one.id for one in hosts], serving=serving))
        for caller, hosts, serving in (
            (admin, [reluctant, agreed], []),
            (admin, [elsewhere.owner], []),
            (member, [organization.member, agreed, agreed_with_all], []),
            (member, [agreed, reluctant], []),
            (member, [agreed, reluctant], [reluctant.id]),
            (member, [elsewhere.owner], []),
        )
    ]

    assert refusals == [None, STRANGER, None, NOT_AGREED, None, STRANGER]


async def test_an_event_is_its_hosts_their_group_s_admin_s_and_the_admins(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    leader, rival = [await make_member(conn, organization.id, role="user", now=clock.now) for _ in range(2)]
    group_id = await make_group(conn, organization, now=clock.now, admins=[leader], members=[organization.member])
    other_id = await make_group(conn, organization, now=clock.now, admins=[rival])
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    made = await make_booking(conn, organization, START, now=clock.now, event_type_id=own)
    callers = {
        "owner": organization.owner,
        "admin": organization.admin,
        "host": organization.member,
        "leader": leader,
        "rival": rival,
    }
    principals = {name: await principal_of(conn, one, now=clock.now) for name, one in callers.items()}

    sees = {name: await access.may_manage_event(conn, one, made.event) for name, one in principals.items()}
    lists = {
        name: await refusal_of(access.supervised(conn, one, organization.member.id, Action.LIST_EVENTS_OF_USER))
        for name, one in principals.items()
    }
    leads = {
        name: await refusal_of(access.group(conn, one, group_id, Action.READ_GROUP)) for name, one in principals.items()
    }

    assert sees == {"owner": True, "admin": True, "host": True, "leader": True, "rival": False}
    assert lists == {"owner": None, "admin": None, "host": None, "leader": None, "rival": NO_PERMISSION}
    assert leads == {"owner": None, "admin": None, "host": FORBIDDEN, "leader": None, "rival": FORBIDDEN}
    assert await refusal_of(access.group(conn, principals["rival"], other_id, Action.READ_GROUP)) is None


async def test_an_organization_is_its_members_own(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)

    refusals = [
        await refusal_of(access.own_organization(conn, principal, one))
        for one in (organization.id, elsewhere.id, new_id())
    ]

    assert refusals == [None, FORBIDDEN, "NotFound: no such organization"]
