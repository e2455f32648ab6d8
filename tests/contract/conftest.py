"""One organization in which every core resource exists."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from conftest import SECRET_KEY, Clock
from factories import (
    URIS,
    Member,
    Organization,
    make_booking,
    make_group,
    make_member,
    make_organization,
    make_routing_form,
    make_submission,
    make_subscription,
    make_token,
    principal_of,
)
from openslot.core.ids import new_id
from openslot.db import invitations
from openslot.db.pool import Conn, connected
from openslot.security.vault import Vault
from openslot.services import inviting, recapping, teaming
from openslot.services.booking import cancellation, no_shows
from openslot.services.contacts import custom_fields, keeping, listing, noting
from openslot.wire.contact_fields import CreateCustomFieldDefinition, NewOption
from openslot.wire.contacts import CreateContact, NewContactEmail, NewContactPhone, NewFieldValue
from openslot.wire.meeting_recaps import PutMeetingRecap
from openslot.wire.notes import CreateNote


@dataclass(frozen=True)
class Scene:
    """Ids by name, as paths and bodies of the cases name them, and tokens by caller."""

    organization: Organization
    ids: dict[str, UUID]
    tokens: dict[str, str]
    clock: Clock

    def fill(self, text: str) -> str:
        """``{name}`` as the id of that name."""
        for name, value in self.ids.items():
            text = text.replace("{" + name + "}", str(value))
        return text


@pytest.fixture
async def scene(conn: Conn, clock: Clock, vault: Vault) -> Scene:
    """For tests that change something."""
    return await make_scene(conn, clock, vault)


@pytest.fixture(scope="session")
async def standing_scene(database_url: str) -> Scene:
    """The same for all tests that only look, or are refused."""
    async with connected(database_url) as conn:
        return await make_scene(conn, Clock(datetime(2027, 1, 4, 8, tzinfo=UTC)), Vault(SECRET_KEY))


async def make_contacts(conn: Conn, owner: Member, *, now: datetime) -> tuple[UUID, UUID, UUID, UUID]:
    """A contact with a value in a custom field, in a list, and with a note; the ids of the four.

    There is another contact, and another list, whose addresses and name are taken.
    """
    principal = await principal_of(conn, owner, now=now)
    kiln = CreateCustomFieldDefinition(label="Kiln", field_type="single_select", options=[NewOption("Big")])
    field = await custom_fields.create(conn, principal, kiln, now=now)
    body = CreateContact(
        name="Bob Example",
        emails=[NewContactEmail("bob@example.org", True)],
        phone_numbers=[NewContactPhone("+390655500123")],
        custom_fields=[NewFieldValue(str(field.id), "Big")],
    )
    contact = await keeping.create(conn, principal, await keeping.read(conn, principal, body), uris=URIS, now=now)
    other = CreateContact(name="Cy Example", emails=[NewContactEmail("cy@example.org", True)])
    await keeping.create(conn, principal, await keeping.read(conn, principal, other), uris=URIS, now=now)
    await listing.create(conn, principal, "Glaziers", [], now=now)
    listed, _ = await listing.create(conn, principal, "Potters", [URIS.contact(contact.id)], now=now)
    note = await noting.create(
        conn, principal, contact.id, CreateNote(contact=URIS.contact(contact.id), title="Ovens"), now=now
    )
    return contact.id, field.id, listed.id, note.id


async def make_invitations(conn: Conn, owner: Member, *, now: datetime) -> tuple[UUID, UUID]:
    """One that waits, to bea@invited.example, and one that cy@invited.example has accepted; their ids."""
    principal = await principal_of(conn, owner, now=now)
    waiting, accepted = [
        await inviting.invite(conn, principal, f"{name}@invited.example", uris=URIS, now=now) for name in ("bea", "cy")
    ]
    # as accepting leaves it: an address belongs to one user of the whole database, and there are many scenes
    await invitations.set_status(
        conn, owner.user.organization_id, accepted.invitation.id, "accepted", user_id=owner.id, now=now
    )
    return waiting.invitation.id, accepted.invitation.id


async def make_scene(conn: Conn, clock: Clock, vault: Vault) -> Scene:
    """It is 10:00 on Monday; one meeting is over, others lie ahead."""
    organization = await make_organization(conn, now=clock.now)
    owner = organization.owner
    principal = await principal_of(conn, owner, now=clock.now)
    past = await make_booking(conn, organization, datetime(2027, 1, 4, 9, tzinfo=UTC), now=clock.now)
    missed = await make_booking(conn, organization, datetime(2027, 1, 4, 8, 30, tzinfo=UTC), now=clock.now)
    ahead = await make_booking(
        conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now, guests=["guest@example.org"]
    )
    canceled = await make_booking(conn, organization, datetime(2027, 1, 5, 11, tzinfo=UTC), now=clock.now)
    await cancellation.cancel_event(conn, principal, canceled.event.id, reason="A cold", uris=URIS, now=clock.now)
    clock.advance(hours=2)
    mark = await no_shows.mark(conn, principal, missed.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    form = await make_routing_form(conn, organization, now=clock.now)
    submissions = [await make_submission(conn, form, now=clock.now, need=need) for need in ("Meeting", "Docs", "Job")]
    hook = await make_subscription(conn, owner, vault=vault, now=clock.now)
    group_id = await make_group(conn, organization, now=clock.now, admins=[owner], members=[organization.member])
    (relationship_id,) = await (
        await conn.execute("SELECT id FROM group_members WHERE group_id = %s AND role = 'member'", (group_id,))
    ).fetchone() or (None,)
    assert relationship_id is not None
    contact_id, field_id, list_id, note_id = await make_contacts(conn, organization.owner, now=clock.now)
    words = PutMeetingRecap(event="", summary_md="Two ovens", transcript="Ada: Two ovens.")
    recap = await recapping.put(conn, principal, past.event.id, words, uris=URIS, now=clock.now)
    team = await teaming.create(conn, principal, "Masters", None, [owner.id], now=clock.now)
    await teaming.create(conn, principal, "Apprentices", None, [], now=clock.now)
    invitation_id, accepted_id = await make_invitations(conn, organization.owner, now=clock.now)
    other = await make_organization(conn, now=clock.now)
    other_group_id = await make_group(conn, other, now=clock.now)
    colleague = await make_member(conn, organization.id, role="user", now=clock.now)
    memberships = {
        user_id: membership_id
        async for membership_id, user_id in await conn.execute("SELECT id, user_id FROM organization_memberships")
    }
    schedules = {
        user_id: schedule_id
        async for schedule_id, user_id in await conn.execute("SELECT id, user_id FROM availability_schedules")
    }
    unscoped = await make_token(conn, owner, now=clock.now, scopes=[])
    return Scene(
        organization,
        ids={
            "organization": organization.id,
            "owner": owner.id,
            "member": organization.member.id,
            "event_type": organization.event_type_id,
            "past": past.event.id,
            "past_invitee": past.invitee.id,
            "ahead": ahead.event.id,
            "ahead_invitee": ahead.invitee.id,
            "canceled": canceled.event.id,
            "canceled_invitee": canceled.invitee.id,
            "no_show": mark.id,
            "form": form.id,
            "submission": submissions[0].id,
            "docs_submission": submissions[1].id,
            "message_submission": submissions[2].id,
            "hook": hook.id,
            "group": group_id,
            "relationship": relationship_id,
            "contact": contact_id,
            "field": field_id,
            "list": list_id,
            "note": note_id,
            "recap": recap.id,
            "team": team.id,
            "invitation": invitation_id,
            "accepted_invitation": accepted_id,
            "other_group": other_group_id,
            "other_organization": other.id,
            "other_owner": other.owner.id,
            "other_event_type": other.event_type_id,
            "member_membership": memberships[organization.member.id],
            "admin_membership": memberships[organization.admin.id],
            "other_membership": memberships[other.owner.id],
            "member_schedule": schedules[organization.member.id],
            "schedule": schedules[owner.id],
            "other_schedule": schedules[other.owner.id],
            "nobody": new_id(),
        },
        tokens={
            "owner": owner.token,
            "member": organization.member.token,
            "colleague": colleague.token,
            "unscoped": unscoped.token,
            "nobody": "osl_unknown",
        },
        clock=clock,
    )
