"""Invitations: who may send them, what a link leads to, and who comes back. Source: behaviours, section 7; ADR 0008."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import (
    URIS,
    Member,
    Organization,
    make_event_type,
    make_group,
    make_member,
    make_organization,
    make_token,
    principal_of,
)
from mailing import notes
from openslot.core.errors import (
    AlreadyAccepted,
    AlreadyInvited,
    AlreadyMember,
    Forbidden,
    InvalidEmail,
    InvitationRace,
    NotFound,
    OpenSlotError,
    Unauthenticated,
    WrongState,
    invalid,
)
from openslot.core.ids import new_id
from openslot.db import event_types, invitations, memberships, oauth_grants, sandboxes, users
from openslot.db.oauth_grants import OAuthGrant
from openslot.db.passwords import Credentials
from openslot.db.pool import Conn, transaction
from openslot.security.tokens import digest
from openslot.security.vault import Vault
from openslot.services import access, accounts, inviting, membership, publishing, serving, sessions
from openslot.services.accounts import NewMember
from openslot.services.inviting import Joining, LinkState, SentInvitation
from openslot.services.oauth import applications
from openslot.services.oauth.applications import NewApplication
from services.conftest import dump

ADA = "ada@new.example"


@pytest.fixture
async def sent(conn: Conn, organization: Organization, clock: Clock) -> SentInvitation:
    """A new address is invited by the owner."""
    return await invite(conn, organization.owner, unique(organization), clock)


def unique(organization: Organization) -> str:
    """An address that no other test invites: users are of the whole database."""
    return f"ada-{organization.id.hex}@new.example"


async def invite(conn: Conn, by: Member, email: str, clock: Clock, **values: Any) -> SentInvitation:
    principal = await principal_of(conn, by, now=clock.now)
    async with conn.transaction():
        return await inviting.invite(conn, principal, email, uris=URIS, now=clock.now, **values)


def secret_of(sent: SentInvitation) -> str:
    return sent.link.rpartition("/")[2]


def joining(**changes: str) -> Joining:
    return Joining(**({"name": "Ada Example", "timezone": "Asia/Bangkok", "password_hash": "$hash"} | changes))


async def accept(conn: Conn, sent: SentInvitation, clock: Clock, **changes: str) -> users.User:
    async with conn.transaction():
        return await inviting.accept(conn, secret_of(sent), joining(**changes), uris=URIS, now=clock.now)


async def remove(conn: Conn, organization: Organization, member: Member, clock: Clock) -> None:
    found = await memberships.of_user(conn, organization.id, member.id)
    assert found is not None
    owner = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await membership.remove(conn, owner, found.id, uris=URIS, now=clock.now)


async def state_of(conn: Conn, sent: SentInvitation, clock: Clock) -> LinkState:
    return (await inviting.follow(conn, secret_of(sent), now=clock.now)).state


async def recorded(conn: Conn, sent: SentInvitation) -> list[tuple[str, str, Any]]:
    """The events about an invitation: name, status, actor."""
    cursor = await conn.execute(
        "SELECT name, payload::jsonb ->> 'status', actor_id FROM events WHERE chain_id = %s ORDER BY sequence",
        (sent.invitation.id,),
    )
    return list(await cursor.fetchall())


async def test_of_a_link_only_the_digest_is_stored_beside_the_mail_that_waits(conn: Conn, sent: SentInvitation) -> None:
    holding = {table for table, rows in (await dump(conn)).items() if any(secret_of(sent) in row for row in rows)}
    assert holding == {'"public"."mails"'}
    assert sent.link == f"https://book.example/app/invitations/{secret_of(sent)}"


async def test_an_invitation_that_is_rolled_back_sends_no_mail(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    email = unique(organization)
    async with conn.transaction(force_rollback=True):
        await inviting.invite(conn, principal, email, uris=URIS, now=clock.now)
    assert await notes(conn, to=email) == []


async def test_members_invite_nobody_and_see_no_invitation(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    with pytest.raises(Forbidden):
        await inviting.invite(conn, member, ADA, uris=URIS, now=clock.now)
    with pytest.raises(Forbidden):
        await inviting.get(conn, member, sent.invitation.id)
    with pytest.raises(Forbidden):
        await inviting.revoke(conn, member, sent.invitation.id, uris=URIS, now=clock.now)
    with pytest.raises(Forbidden):
        inviting.into(member, organization.id)


async def test_another_organizations_invitation_is_not_there(
    conn: Conn, elsewhere: Organization, sent: SentInvitation, clock: Clock
) -> None:
    other = await principal_of(conn, elsewhere.owner, now=clock.now)
    with pytest.raises(NotFound):
        inviting.into(other, sent.invitation.organization_id)
    with pytest.raises(NotFound):
        await inviting.get(conn, other, sent.invitation.id)
    with pytest.raises(NotFound):
        await inviting.revoke(conn, other, sent.invitation.id, uris=URIS, now=clock.now)


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("", invalid("email", "must be filled")),
        ("\u200b ", invalid("email", "must be filled")),
        ("ada", InvalidEmail("ada")),
        ("a" * 300, InvalidEmail("a" * 254)),
    ],
)
async def test_what_is_no_address_is_refused(
    conn: Conn, organization: Organization, clock: Clock, email: str, error: OpenSlotError
) -> None:
    with pytest.raises(type(error)) as refused:
        await invite(conn, organization.owner, email, clock)
    assert str(refused.value) == str(error)


async def test_a_member_in_any_spelling_is_in_the_organization_already(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    with pytest.raises(AlreadyMember):
        await invite(conn, organization.owner, organization.member.user.email.upper(), clock)


async def test_an_address_has_one_invitation_until_it_is_declined_revoked_or_expired(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    email = sent.invitation.email
    with pytest.raises(AlreadyInvited):
        await invite(conn, organization.admin, email.upper(), clock)
    await inviting.decline(conn, secret_of(sent), uris=URIS, now=clock.now)
    second = await invite(conn, organization.owner, email, clock)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await inviting.revoke(conn, owner, second.invitation.id, uris=URIS, now=clock.now)
    third = await invite(conn, organization.owner, email, clock)
    assert len({sent.invitation.id, second.invitation.id, third.invitation.id}) == 3
    with pytest.raises(NotFound):
        await inviting.follow(conn, secret_of(second), now=clock.now)


async def test_one_that_has_expired_gets_another_link_and_the_old_one_leads_nowhere(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    clock.advance(days=30, seconds=-1)
    assert await state_of(conn, sent, clock) is LinkState.OPEN
    with pytest.raises(AlreadyInvited):
        await invite(conn, organization.admin, sent.invitation.email, clock)
    clock.advance(seconds=1)
    assert await state_of(conn, sent, clock) is LinkState.EXPIRED
    with pytest.raises(WrongState):
        await accept(conn, sent, clock)
    again = await invite(conn, organization.admin, sent.invitation.email, clock, role="admin")
    was, now_is = sent.invitation, again.invitation
    assert (now_is.id, now_is.created_at, now_is.last_sent_at, now_is.expires_at) == (
        was.id, was.created_at, clock.now, clock.now + timedelta(days=30),
    )  # fmt: skip
    assert (now_is.role, now_is.invited_by_id) == ("admin", organization.admin.id)
    with pytest.raises(NotFound):
        await inviting.follow(conn, secret_of(sent), now=clock.now)
    assert await state_of(conn, again, clock) is LinkState.OPEN
    assert [name for name, _, _ in await recorded(conn, sent)] == [
        "organization_invitation.created", "organization_invitation.resent",
    ]  # fmt: skip


async def test_of_two_who_invite_one_address_at_once_the_second_hears_of_a_race(
    conn: Conn, database_url: str, organization: Organization, clock: Clock
) -> None:
    email = unique(organization)
    principals = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.admin)]
    meet = asyncio.Barrier(2)

    async def send(by: access.Principal) -> type[Exception] | None:
        async with transaction(database_url) as other:
            await other.execute("SELECT FROM invitations WHERE organization_id = %s", (organization.id,))
            await meet.wait()
            try:
                await inviting.invite(other, by, email, uris=URIS, now=clock.now)
            except (InvitationRace, AlreadyInvited) as exc:
                return type(exc)
        return None

    outcomes = await asyncio.gather(*map(send, principals))
    assert sorted(str(one) for one in outcomes if one is not None) in (
        [str(InvitationRace)], [str(AlreadyInvited)],
    )  # fmt: skip
    cursor = await conn.execute("SELECT count(*) FROM invitations WHERE email = %s", (email,))
    assert await cursor.fetchone() == (1,)


async def test_an_insert_that_comes_second_stores_nothing(conn: Conn, sent: SentInvitation) -> None:
    assert not await invitations.insert(conn, sent.invitation, digest=digest("another"))


async def test_who_accepts_is_a_member_with_hours_an_event_type_and_the_password(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    user = await accept(conn, sent, clock, name="  Ada\nExample ")
    found = await memberships.of_user(conn, organization.id, user.id)
    hours = await users.get_preferences(conn, user.id)
    (event_type,) = await event_types.list_of_host(conn, organization.id, user.id)
    credentials = await sessions.credentials_of(conn, sent.invitation.email)
    assert found is not None
    assert hours is not None
    assert credentials is not None
    assert (user.name, user.email, user.timezone) == ("Ada Example", sent.invitation.email, "Asia/Bangkok")
    assert (found.role, hours.schedule_timezone, len(hours.schedule_rules or [])) == ("user", "Asia/Bangkok", 5)
    assert (event_type.slug, event_type.active, credentials.password_hash) == ("30min", True, "$hash")
    kept = await invitations.get(conn, organization.id, sent.invitation.id)
    assert kept is not None
    assert (kept.status, kept.user_id) == ("accepted", user.id)
    assert [one[:2] for one in await recorded(conn, sent)] == [
        ("organization_invitation.created", "pending"), ("organization_invitation.accepted", "accepted"),
    ]  # fmt: skip


async def test_an_invitation_by_command_may_be_for_an_admin(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    sent = await invite(conn, organization.owner, unique(organization), clock, role="admin")
    user = await accept(conn, sent, clock)
    found = await memberships.of_user(conn, organization.id, user.id)
    assert found is not None
    assert found.role == "admin"


async def test_of_two_who_accept_with_one_link_at_once_one_joins(
    conn: Conn, database_url: str, sent: SentInvitation, clock: Clock
) -> None:
    async def join(name: str) -> str | None:
        async with transaction(database_url) as other:
            try:
                user = await inviting.accept(other, secret_of(sent), joining(name=name), uris=URIS, now=clock.now)
            except WrongState:
                return None
            return user.name

    names = await asyncio.gather(join("Ada"), join("Bea"))
    user = await users.get_by_email(conn, sent.invitation.email)
    assert user is not None
    assert [one for one in names if one is not None] == [user.name]


async def test_what_is_accepted_can_neither_be_revoked_nor_declined(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    await accept(conn, sent, clock)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    with pytest.raises(AlreadyAccepted, match=r"^The invitation has already been accepted\.$"):
        await inviting.revoke(conn, owner, sent.invitation.id, uris=URIS, now=clock.now)
    with pytest.raises(WrongState):
        await inviting.decline(conn, secret_of(sent), uris=URIS, now=clock.now)
    assert await state_of(conn, sent, clock) is LinkState.ACCEPTED


async def test_what_is_declined_can_be_revoked_and_not_accepted(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    await inviting.decline(conn, secret_of(sent), uris=URIS, now=clock.now)
    with pytest.raises(WrongState):
        await accept(conn, sent, clock)
    assert await state_of(conn, sent, clock) is LinkState.DECLINED
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await inviting.revoke(conn, owner, sent.invitation.id, uris=URIS, now=clock.now)
    assert [name.partition(".")[2] for name, _, _ in await recorded(conn, sent)] == ["created", "declined", "revoked"]


async def test_a_member_elsewhere_can_be_invited_and_can_only_decline(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    sent = await invite(conn, organization.owner, elsewhere.member.user.email, clock)
    assert await state_of(conn, sent, clock) is LinkState.ELSEWHERE
    with pytest.raises(WrongState):
        await accept(conn, sent, clock)
    await inviting.decline(conn, secret_of(sent), uris=URIS, now=clock.now)
    assert (await principal_of(conn, elsewhere.member, now=clock.now)).organization_id == elsewhere.id


async def test_who_was_removed_comes_back_with_page_and_hours_and_without_former_access(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    member = await make_token(conn, organization.member, now=clock.now)
    await make_group(conn, organization, now=clock.now, admins=[member])
    session = await sessions.begin(conn, Credentials(organization.id, member.id, None), now=clock.now)
    await remove(conn, organization, member, clock)
    sent = await invite(conn, organization.owner, member.user.email, clock)
    assert await state_of(conn, sent, clock) is LinkState.OPEN
    back = await accept(conn, sent, clock, name="Another Name", timezone="Asia/Tokyo")

    assert (back.id, back.slug, back.email) == (member.id, member.user.slug, member.user.email)
    assert (back.name, back.timezone, back.updated_at) == ("Another Name", "Asia/Tokyo", clock.now)
    hours = await users.get_preferences(conn, back.id)
    assert hours is not None
    assert hours.schedule_timezone == "Europe/Rome"  # those of before
    with pytest.raises(Unauthenticated):
        await principal_of(conn, member, now=clock.now)
    assert await sessions.find(conn, session, now=clock.now) is None
    cursor = await conn.execute("SELECT count(*) FROM group_members WHERE user_id = %s", (back.id,))
    assert await cursor.fetchone() == (0,)
    (first,) = await event_types.list_of_host(conn, organization.id, back.id)
    assert (first.slug, first.active) == ("30min", True)


async def test_what_an_application_was_allowed_before_does_not_come_back(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault
) -> None:
    operator = await access.operator(conn, organization.id)
    new = NewApplication(name="Kiln CRM", redirect_uris=["https://app.example/callback"])
    application = (await applications.create(conn, operator, new, vault=vault, now=clock.now)).application
    grant = OAuthGrant(
        id=new_id(), organization_id=organization.id, application_id=application.id, user_id=organization.member.id,
        scopes=None, redirect_uri=application.redirect_uris[0], names_redirect_uri=True, code_challenge=None,
        code_expires_at=clock.now, code_used_at=clock.now, created_at=clock.now, revoked_at=None,
    )  # fmt: skip
    await oauth_grants.insert(conn, grant, code_digest=digest(str(grant.id)))
    await remove(conn, organization, organization.member, clock)
    await accept(conn, await invite(conn, organization.owner, organization.member.user.email, clock), clock)
    assert await oauth_grants.list_in_force(conn, organization.id, user_id=organization.member.id) == []


async def test_event_types_of_who_comes_back_are_there_and_off(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    await remove(conn, organization, organization.member, clock)
    await accept(conn, await invite(conn, organization.owner, organization.member.user.email, clock), clock)
    found = await event_types.list_of_host(conn, organization.id, organization.member.id)
    assert [(one.id, one.active) for one in found] == [(own, False)]


async def test_who_left_another_organization_joins_with_the_same_page_and_new_hours(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    member = elsewhere.member
    left = await make_event_type(conn, member.user, now=clock.now, slug="30min")
    await remove(conn, elsewhere, member, clock)
    user = await accept(conn, await invite(conn, organization.owner, member.user.email, clock), clock)
    hours = await users.get_preferences(conn, user.id)
    profile = await publishing.profile(conn, member.user.slug)
    assert hours is not None
    assert (user.id, user.organization_id, hours.schedule_timezone) == (member.id, organization.id, "Asia/Bangkok")
    assert [(one.slug, one.organization_id) for one in profile.event_types] == [("30min", organization.id)]
    assert not (await serving.find(conn, elsewhere.id, left)).active
    with pytest.raises(Unauthenticated):
        await principal_of(conn, member, now=clock.now)


async def test_who_left_joins_one_of_two_organizations_that_invite_at_once(
    conn: Conn, database_url: str, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    member = await make_member(conn, organization.id, role="user", now=clock.now)
    await remove(conn, organization, member, clock)
    both = [await invite(conn, one.owner, member.user.email, clock) for one in (organization, elsewhere)]

    async def join(sent: SentInvitation) -> bool:
        async with transaction(database_url) as other:
            try:
                await inviting.accept(other, secret_of(sent), joining(), uris=URIS, now=clock.now)
            except WrongState:
                return False
            return True

    assert sorted(await asyncio.gather(*map(join, both))) == [False, True]
    cursor = await conn.execute(
        "SELECT membership.organization_id = users.organization_id FROM organization_memberships AS membership"
        " JOIN users ON users.id = membership.user_id WHERE users.id = %s",
        (member.id,),
    )
    assert await cursor.fetchall() == [(True,)]


async def test_who_was_added_by_command_meanwhile_can_only_sign_in(
    conn: Conn, organization: Organization, sent: SentInvitation, clock: Clock
) -> None:
    member = NewMember(name="Ada Example", email=sent.invitation.email, timezone="Europe/Rome")
    await accounts.add_member(conn, organization.id, member, now=clock.now)
    assert await state_of(conn, sent, clock) is LinkState.MEMBER
    with pytest.raises(WrongState):
        await accept(conn, sent, clock)


@pytest.mark.parametrize(
    ("locale", "subject", "words"),
    [
        ("en", "invites you to join", ("Accept or decline here", "February 3, 2027")),
        ("it", "ti invita a unirti a", ("Accetta o rifiuta qui", "3 febbraio 2027")),
        ("th", "เชิญคุณเข้าร่วม", ("ตอบรับหรือปฏิเสธได้ที่นี่", "3 กุมภาพันธ์ พ.ศ. 2570")),
    ],
)
async def test_the_mail_is_in_the_inviters_language_with_the_day_of_expiry(
    conn: Conn, organization: Organization, clock: Clock, locale: str, subject: str, words: tuple[str, ...]
) -> None:
    await conn.execute("UPDATE users SET locale = %s WHERE id = %s", (locale, organization.owner.id))
    sent = await invite(conn, organization.owner, unique(organization), clock)
    (mail,) = await notes(conn, to=sent.invitation.email)
    inviter = organization.owner.user
    assert mail.subject == f"{inviter.name} {subject} Kiln & Co"
    assert all(one in mail.text for one in (*words, sent.link, f"{inviter.name} ({inviter.email})"))


async def test_a_sandbox_brings_nobody_back_who_left_a_real_organization(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    """Its admins read its mail, so a link proves nothing about who has the address."""
    sandbox = await make_organization(conn, now=clock.now)
    await sandboxes.insert(conn, sandbox.id, now=clock.now)
    left = organization.member.user
    await remove(conn, organization, organization.member, clock)
    sent = await invite(conn, sandbox.owner, left.email, clock)

    with pytest.raises(WrongState):
        await accept(conn, sent, clock)

    assert (await inviting.follow(conn, secret_of(sent), now=clock.now)).state is LinkState.ELSEWHERE
    assert await users.get(conn, left.id) == left
