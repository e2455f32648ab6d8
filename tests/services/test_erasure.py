"""Erasing people. The whole database is read as text afterwards, table by table. Source: ADR 0015."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import asdict
from psycopg import sql
from psycopg.types.json import Jsonb

from conftest import Clock
from factories import (
    URIS,
    Organization,
    booking_of,
    make_booking,
    make_event_type,
    make_routing_form,
    make_subscription,
    principal_of,
)
from openslot.core.errors import FieldError, Invalid
from openslot.db import holds, invitees, scheduled_events
from openslot.db.erasures import Erasure
from openslot.db.pool import Conn, connected
from openslot.security.vault import Vault
from openslot.services import erasure, inviting, recapping, routing
from openslot.services.access import Principal
from openslot.services.booking import approvals, cancellation, no_shows, rescheduling
from openslot.services.booking.command import Booked, GivenAnswer
from openslot.services.contacts import custom_fields, keeping, listing, noting
from openslot.wire.common import Tracking
from openslot.wire.contact_fields import CreateCustomFieldDefinition, NewOption
from openslot.wire.contacts import CreateContact, NewContactEmail, NewFieldValue
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, Payment
from openslot.wire.meeting_recaps import PutMeetingRecap
from openslot.wire.notes import CreateNote
from openslot.wire.scheduled_events import Location
from services.conftest import blocked, dump

MONDAY = datetime(2027, 1, 4, tzinfo=UTC)
EMAIL = "Zeb.Quux@Example.org"
WRITTEN = "zeb.quux@example.ORG"
"""As somebody else writes it."""
NAMESAKES = ["azeb.quux@example.org", "zeb.quux@example.org.uk", "not-zeb.quux@example.org"]
"""Other people's addresses, which have this one in them."""
TRACES = re.compile(r"zeb\.quux@example\.org|Zebedee|Quuxington|390612345678|xylophonics", re.IGNORECASE)
ERASED = "erased@erased.invalid"
RECORDED = (
    "invitee.created", "invitee.canceled", "invitee_no_show.created", "routing_form_submission.created",
)  # fmt: skip
CALL = LocationConfiguration("outbound_call")
QUESTION = CustomQuestion("What do you play?", "text", 0, True, False, [], False)


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    """On a database of its own, of which nothing may be left."""
    async with connected(own_database_url) as opened:
        yield opened


@pytest.fixture
async def trio(own_database_url: str) -> AsyncIterator[list[Conn]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(own_database_url)) for _ in range(3)]


def mentions(row: str) -> bool:
    """Whether a row mentions the person."""
    for namesake in NAMESAKES:
        row = row.replace(namesake, "")
    return TRACES.search(row) is not None


async def traces(conn: Conn) -> dict[str, list[str]]:
    """The rows that tell of the person, by table."""
    found = {table: [row for row in rows if mentions(row)] for table, rows in (await dump(conn)).items()}
    return {table: rows for table, rows in found.items() if rows}


async def erase(conn: Conn, organization: Organization, *emails: str, now: datetime) -> Erasure:
    async with conn.transaction():
        return await erasure.erase_invitees(conn, organization.id, emails, uris=URIS, now=now)


def by_zeb(**values: Any) -> dict[str, Any]:
    return {
        "name": "Zebedee Quuxington",
        "email": EMAIL,
        "text_reminder_number": "+39 06 1234 5678",
        "location": InviteeLocation("outbound_call", "+390612345678"),
        "answers": [GivenAnswer("What do you play?", "the xylophonics")],
        "tracking": Tracking(utm_content="quuxington"),
    } | values


@dataclass(frozen=True)
class Story:
    """What a person has left behind, and what others have."""

    organization: Organization
    called: UUID
    """An event type whose invitees say where they are called."""
    class_: UUID
    """A group event type."""
    moved: Booked
    canceled: Booked
    missed: Booked
    joined: Booked
    """In a group, to come."""
    requested: UUID
    """A request that waits."""
    with_guest: Booked
    """Somebody else's, to which the person comes along."""
    neighbour: Booked
    """Somebody else's seat in the same group."""


@pytest.fixture
async def story(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> Story:
    """It is 12:00 on Monday; deliveries of all that happened are pending, one was tried."""
    owner = organization.owner
    for scope in ("organization", "user"):
        await make_subscription(
            conn, owner, vault=vault, now=clock.now, scope=scope, url=f"https://hooks.example/{scope}",
            events=[one for one in RECORDED if scope == "organization" or not one.startswith("routing")],
        )  # fmt: skip
    called = await make_event_type(
        conn, owner.user, now=clock.now, locations=[CALL], custom_questions=[QUESTION], requires_approval=True
    )
    class_ = await make_event_type(conn, owner.user, now=clock.now, kind="group", seats=5, locations=[CALL])

    async def book(day: int, hour: int, event_type_id: UUID = called, **values: Any) -> Booked:
        start = MONDAY + timedelta(days=day, hours=hour)
        wanted = {"event_type_id": event_type_id} | values
        return await make_booking(conn, organization, start, now=clock.now, **wanted)

    missed = await book(0, 9, **by_zeb(payment=Payment("ch_1", "stripe", 40.0, "EUR", "Quuxington pays", True)))
    form = await make_routing_form(conn, organization, now=clock.now)
    submissions = [await submit(conn, form, clock.now, text) for text in ("Quuxington", f"I am\n{WRITTEN}.")]
    first = await book(1, 9, **by_zeb(routing_form_submission_id=submissions[0], guests=["friend@example.org"]))
    moved = await rescheduling.reschedule(
        conn, first.invitee.id, MONDAY + timedelta(days=2, hours=9), reason="xylophonics", uris=URIS, now=clock.now
    )
    canceled = await book(1, 11, **by_zeb(name=None, first_name="Zebedee", last_name="Quuxington"))
    await cancellation.cancel_as_invitee(
        conn, canceled.invitee.id, reason="Quuxington is ill", uris=URIS, now=clock.now
    )
    joined = await book(3, 9, class_, **by_zeb(answers=[]))
    clock.advance(seconds=1)
    neighbour = await book(
        3, 9, class_, name="Ada Example", location=InviteeLocation("outbound_call", "+390699999999"),
        guests=[*NAMESAKES, "bob@example.org"],
    )  # fmt: skip
    with_guest = await book(
        4, 9, name="Ada Example", location=InviteeLocation("outbound_call", "+390688888888"),
        answers=[GivenAnswer("What do you play?", f"Ask\n{WRITTEN}, or {NAMESAKES[0]}")],
        guests=[WRITTEN, *NAMESAKES],
    )  # fmt: skip
    for namesake in NAMESAKES:
        await book(7, 9 + NAMESAKES.index(namesake), organization.event_type_id, name="Nobody", email=namesake)
    principal = await principal_of(conn, owner, now=clock.now)
    requested = []
    for hour in (12, 13, 14):
        start = MONDAY + timedelta(days=1, hours=hour)
        wanted = booking_of(organization, start, event_type_id=called, **by_zeb(guests=["a@b.example"]))
        requested.append((await approvals.request(conn, wanted, uris=URIS, now=clock.now)).hold.id)
    await approvals.approve(conn, principal, requested[0], uris=URIS, now=clock.now)
    await approvals.refuse(conn, principal, requested[1], uris=URIS, now=clock.now)
    elses = booking_of(
        organization, MONDAY + timedelta(days=4, hours=14), event_type_id=called, guests=[WRITTEN, NAMESAKES[0]],
        location=InviteeLocation("outbound_call", "+390688888888"),
    )  # fmt: skip
    await approvals.request(conn, elses, uris=URIS, now=clock.now)
    clock.now = MONDAY + timedelta(hours=12)
    await no_shows.mark(conn, principal, missed.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    await recap(conn, principal, missed, joined, with_guest, now=clock.now)
    await conn.execute(
        """
        INSERT INTO delivery_attempts (organization_id, delivery_id, number, started_at, duration_ms, status_code,
                                       error, response_excerpt)
        SELECT delivery.organization_id, delivery.id, 1, delivery.created_at, 1, try.status_code, try.error,
               try.excerpt
        FROM deliveries AS delivery
        JOIN events AS event USING (organization_id)
        CROSS JOIN LATERAL (VALUES (500, NULL, event.payload), (NULL, 'Quuxington', NULL))
          AS try (status_code, error, excerpt)
        WHERE event.id = delivery.event_id AND (try.error IS NULL) = (event.name = 'invitee.created')
        """
    )
    await know(conn, principal, story_of=EMAIL, now=clock.now)
    await conn.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('mail', 'mail.send', %s)",
        (Jsonb({"organization_id": str(organization.id), "to": EMAIL}),),
    )
    await inviting.invite(conn, principal, EMAIL, uris=URIS, now=clock.now)
    await inviting.invite(conn, principal, NAMESAKES[0], uris=URIS, now=clock.now)
    return Story(organization, called, class_, moved, canceled, missed, joined, requested[2], with_guest, neighbour)


async def recap(
    conn: Conn, principal: Principal, missed: Booked, joined: Booked, with_guest: Booked, *, now: datetime
) -> None:
    """What was said in meetings with the person, one of them deleted, and what others said elsewhere of the person."""
    words = PutMeetingRecap(event="", summary_md="Quuxington plays", transcript=f"Ada: Ask {WRITTEN}.")
    made = [
        await recapping.put(conn, principal, one.event.id, words, uris=URIS, now=now)
        for one in (missed, joined, with_guest)
    ]
    await recapping.delete(conn, principal, made[-1].id, uris=URIS, now=now)
    cursor = await conn.execute("SELECT scheduled_event_id FROM invitees WHERE email = %s", (NAMESAKES[0],))
    (elsewhere,) = await cursor.fetchone() or (None,)
    assert isinstance(elsewhere, UUID)
    of_others = PutMeetingRecap(event="", discussion_md=f"Ask {WRITTEN}", transcript=f"Nobody: {EMAIL}?")
    await recapping.put(conn, principal, elsewhere, of_others, uris=URIS, now=now)


async def know(conn: Conn, principal: Principal, *, story_of: str, now: datetime) -> None:
    """What a host has written down: of the person, and of others where the person is mentioned."""
    cursor = await conn.execute("SELECT contact_id FROM contact_emails WHERE email = %s", (story_of,))
    (person,) = await cursor.fetchone() or (None,)
    label = CreateCustomFieldDefinition(
        label=f"Knows {WRITTEN}", field_type="single_select", options=[NewOption(f"Since {WRITTEN}")]
    )
    await custom_fields.create(conn, principal, label, now=now)
    text = await custom_fields.create(
        conn, principal, CreateCustomFieldDefinition(label="Friend", field_type="text"), now=now
    )
    other = CreateContact(
        name="Bob Example", emails=[NewContactEmail("bob@example.org", is_primary=True)],
        company=f"Works with {WRITTEN}", custom_fields=[NewFieldValue(str(text.id), f"Is {WRITTEN}")],
    )  # fmt: skip
    kept = await keeping.create(conn, principal, await keeping.read(conn, principal, other), uris=URIS, now=now)
    assert isinstance(person, UUID)
    for contact_id, text_of_note in ((person, "Quuxington plays well"), (kept.id, f"Ask {WRITTEN}")):
        await noting.create(conn, principal, contact_id, CreateNote(contact="", body=text_of_note), now=now)
    for name in (f"Friends of {WRITTEN}", f"Friends of {EMAIL} again"):
        await listing.create(conn, principal, name, [URIS.contact(person), URIS.contact(kept.id)], now=now)


async def submit(conn: Conn, form: Any, now: datetime, text: str) -> UUID:
    email, need, more = (question.uuid for question in form.questions)
    answers = {email: EMAIL, need: "Meeting", more: text}
    return (await routing.submit(conn, form.id, answers, Tracking(utm_term="Zebedee"), uris=URIS, now=now)).id


async def column(conn: Conn, query: str, *params: object) -> list[Any]:
    cursor = await conn.execute(sql.SQL(query), params)
    return [value for (value,) in await cursor.fetchall()]


async def test_nothing_about_the_person_is_left_in_any_table(conn: Conn, story: Story, clock: Clock) -> None:
    before = await traces(conn)
    made = await erase(conn, story.organization, "zeb.quux@EXAMPLE.org", now=clock.now)

    held = {table.strip('"').split('"."')[1] for table in before} - {"events_rest", "delivery_attempts_rest"}
    assert held == {
        "invitees", "guests", "scheduled_events", "routing_form_submissions", "holds", "events", "delivery_attempts",
        "procrastinate_jobs", "contacts", "contact_emails", "contact_notes", "contact_lists",
        "contact_field_definitions", "meeting_recaps", "invitations", "mails",
    }  # fmt: skip
    assert await traces(conn) == {}
    assert made.counts.keys() == held | {"deliveries"}


async def test_what_is_left_of_an_invitee_is_when_and_what_was_paid(conn: Conn, story: Story, clock: Clock) -> None:
    was = await invitees.get(conn, story.organization.id, story.missed.invitee.id)
    await erase(conn, story.organization, EMAIL, now=clock.now)
    found = await invitees.get(conn, story.organization.id, story.missed.invitee.id)

    assert was is not None
    assert found is not None
    assert asdict(found) == asdict(was) | {
        "name": "Erased",
        "email": f"{found.id}@erased.invalid",
        "questions_and_answers": [],
        "tracking": Tracking(),
        "text_reminder_number": None,
        "payment": Payment("ch_1", "stripe", 40.0, "EUR", None, True),
        "updated_at": clock.now,
    }
    assert found.no_show_id is not None


async def test_who_canceled_and_why_is_gone_and_that_it_was_the_invitee_stays(
    conn: Conn, story: Story, clock: Clock
) -> None:
    await erase(conn, story.organization, EMAIL, now=clock.now)
    event = await scheduled_events.get(conn, story.organization.id, story.canceled.event.id)
    invitee = await invitees.get(conn, story.organization.id, story.canceled.invitee.id)

    assert event is not None
    assert invitee is not None
    assert event.cancellation == invitee.cancellation
    assert event.cancellation is not None
    assert (event.cancellation.canceled_by, event.cancellation.reason, event.cancellation.canceler_type) == (
        "Erased", None, "invitee",
    )  # fmt: skip
    assert event.location is not None
    assert (event.location.type, event.location.location) == ("outbound_call", None)


async def test_what_is_to_come_is_canceled_and_recorded_without_a_name(conn: Conn, story: Story, clock: Clock) -> None:
    ahead = [story.moved, story.joined]
    made = await erase(conn, story.organization, EMAIL, now=clock.now)

    assert made.canceled == 3  # the approved request too
    for one in ahead:
        found = await invitees.get(conn, story.organization.id, one.invitee.id)
        assert found is not None
        assert found.cancellation is not None
        assert (found.status, found.cancellation.canceler_type, found.cancellation.reason) == (
            "canceled", "host", "Personal data erased",
        )  # fmt: skip
        recorded = await conn.execute(
            """
            SELECT event.payload::jsonb ->> 'email', event.erased_at, delivery.state
            FROM events AS event JOIN deliveries AS delivery ON delivery.event_id = event.id
            WHERE event.chain_id = %s AND event.name = 'invitee.canceled' AND event.occurred_at = %s
            """,
            (one.invitee.chain_id, clock.now),
        )
        assert await recorded.fetchall() == [(f"{one.invitee.id}@erased.invalid", None, "pending")] * 2


async def test_time_and_seats_are_free_again_and_the_past_stays_taken(conn: Conn, story: Story, clock: Clock) -> None:
    await erase(conn, story.organization, EMAIL, now=clock.now)
    kept = await column(conn, "SELECT scheduled_event_id FROM occupancy WHERE start_second < %s", clock.now.timestamp())
    group = await scheduled_events.get(conn, story.organization.id, story.joined.event.id)
    moved = await scheduled_events.get(conn, story.organization.id, story.moved.event.id)

    assert kept == [story.missed.event.id]
    assert group is not None
    assert moved is not None
    assert (group.status, group.invitees_total, group.invitees_active) == ("active", 2, 1)
    assert (moved.status, moved.invitees_total, moved.invitees_active) == ("canceled", 1, 0)
    assert [guest.email for guest in group.guests] == sorted([*NAMESAKES, "bob@example.org"])
    assert await holds.get(conn, story.organization.id, story.requested) is None
    for start in (story.moved.event.start_time, MONDAY + timedelta(days=1, hours=14)):
        await make_booking(conn, story.organization, start, now=clock.now)
    drift = await column(
        conn,
        """
        SELECT event.id FROM scheduled_events AS event
        WHERE (invitees_total, invitees_active) <> (
            SELECT count(*), count(*) FILTER (WHERE status = 'active') FROM invitees
            WHERE invitees.scheduled_event_id = event.id)
        """,
    )
    assert drift == []


async def test_events_about_the_person_are_tombstones_that_are_not_delivered(
    conn: Conn, story: Story, clock: Clock
) -> None:
    await erase(conn, story.organization, EMAIL, now=clock.now)
    cursor = await conn.execute(
        """
        SELECT event.payload::jsonb, event.erased_at, delivery.state, delivery.finished_at, attempt.status_code,
               attempt.error, attempt.response_excerpt
        FROM events AS event JOIN deliveries AS delivery ON delivery.event_id = event.id
        JOIN delivery_attempts AS attempt ON attempt.delivery_id = delivery.id
        WHERE event.chain_id = %s ORDER BY event.sequence, delivery.id
        """,
        (story.missed.invitee.chain_id,),
    )
    invitee, event = story.missed.invitee, story.missed.event
    tombstone = {
        "uri": URIS.invitee(event.id, invitee.id),
        "event": URIS.scheduled_event(event.id),
        "created_at": "2027-01-04T08:00:00.000000Z",
    }
    assert await cursor.fetchall() == [
        *[(tombstone, clock.now, "discarded", clock.now, 500, None, None)] * 2,
        *[(tombstone, clock.now, "discarded", clock.now, None, "erased", None)] * 2,
    ]
    assert await column(conn, "SELECT name FROM events WHERE erased_at IS NULL AND name LIKE 'booking_request%%'") == [
        "booking_request.created"  # of somebody else
    ]


async def test_events_of_others_lose_the_mention_alone_and_are_still_delivered(
    conn: Conn, story: Story, clock: Clock
) -> None:
    query = "SELECT payload FROM events WHERE chain_id = %s"
    (before,) = await column(conn, query, story.with_guest.invitee.id)
    await erase(conn, story.organization, EMAIL, now=clock.now)

    assert before.count(WRITTEN) == 2
    assert await column(conn, query, story.with_guest.invitee.id) == [before.replace(WRITTEN, "erased@erased.invalid")]
    states = await column(
        conn,
        "SELECT DISTINCT delivery.state FROM deliveries AS delivery JOIN events AS event ON event.id = event_id"
        " WHERE event.chain_id = ANY (%s)",
        [story.with_guest.invitee.id, story.neighbour.invitee.id],
    )
    assert states == ["pending"]


async def test_contacts_of_the_person_are_deleted_and_what_is_known_of_others_loses_the_mention(
    conn: Conn, story: Story, clock: Clock
) -> None:
    persons = await column(conn, "SELECT contact_id FROM contact_emails WHERE email = %s", EMAIL)
    made = await erase(conn, story.organization, EMAIL, now=clock.now)

    (friend,) = await column(conn, "SELECT id FROM contact_field_definitions WHERE label = 'Friend'")
    assert await column(conn, "SELECT to_jsonb(t) FROM (SELECT company, custom_fields FROM contacts) AS t"
                        " WHERE company IS NOT NULL") == [
        {"company": f"Works with {ERASED}", "custom_fields": {str(friend): f"Is {ERASED}"}}
    ]  # fmt: skip
    assert await column(conn, "SELECT body FROM contact_notes") == [f"Ask {ERASED}"]
    assert await column(conn, "SELECT name FROM contact_lists ORDER BY name") == [
        f"Friends of {ERASED}", f"Friends of {ERASED} again",
    ]  # fmt: skip
    assert await column(conn, "SELECT count(*) FROM contact_list_members") == [2]
    assert (len(persons), made.counts["contacts"], made.counts["contact_emails"]) == (1, 2, 1)
    query = "SELECT name, payload, erased_at IS NULL FROM events WHERE chain_id = %s ORDER BY sequence"
    cursor = await conn.execute(sql.SQL(query), (persons[0],))
    created, deleted = await cursor.fetchall()
    assert (created[0], created[1], created[2]) == ("contact.created", "{}", False)
    assert (deleted[0], deleted[2]) == ("contact.deleted", True)
    assert json.loads(deleted[1])["contact"]["uri"] == URIS.contact(persons[0])


async def test_recaps_of_meetings_with_the_person_are_deleted_and_others_lose_the_mention(
    conn: Conn, story: Story, clock: Clock
) -> None:
    query = "SELECT scheduled_event_id, id FROM meeting_recaps"
    (gone,) = [one for event, one in await (await conn.execute(query)).fetchall() if event == story.missed.event.id]
    made = await erase(conn, story.organization, EMAIL, now=clock.now)

    assert await column(
        conn, "SELECT to_jsonb(t) FROM (SELECT discussion_md, transcript FROM meeting_recaps) AS t"
    ) == [{"discussion_md": f"Ask {ERASED}", "transcript": f"Nobody: {ERASED}?"}]
    assert made.counts["meeting_recaps"] == 3
    query = "SELECT name, payload, erased_at IS NULL FROM events WHERE chain_id = %s ORDER BY sequence"
    created, deleted = await (await conn.execute(sql.SQL(query), (gone,))).fetchall()
    assert (created[0], created[2]) == ("meeting_recap.created", False)
    assert (deleted[0], deleted[2]) == ("meeting_recap.deleted", True)
    assert json.loads(deleted[1])["recap"]["uri"] == URIS.meeting_recap(gone)
    assert await column(
        conn, "SELECT count(*) FROM events WHERE name = 'meeting_recap.deleted' AND erased_at IS NULL"
    ) == [
        3  # the one that its host deleted before, too
    ]


async def test_rows_of_others_stay_as_they_were(conn: Conn, story: Story, clock: Clock) -> None:
    before = await dump(conn)
    await erase(conn, story.organization, EMAIL, now=clock.now)
    after = await dump(conn)
    own = await column(conn, "SELECT id FROM invitees WHERE email LIKE '%%@erased.invalid'")
    own += await column(conn, "SELECT scheduled_event_id FROM invitees WHERE id = ANY (%s)", own)
    own += await column(conn, "SELECT chain_id FROM events WHERE erased_at IS NOT NULL")
    own += await column(conn, "SELECT scheduled_event_id FROM occupancy WHERE expires_at IS NOT NULL")
    events = await column(conn, "SELECT id FROM events WHERE chain_id = ANY (%s)", own)
    events += await column(conn, "SELECT id FROM events WHERE payload LIKE '%%erased@erased.invalid%%'")
    deliveries = await column(conn, "SELECT id FROM deliveries WHERE event_id = ANY (%s)", events)
    theirs = re.compile("|".join(str(one) for one in [*own, *events, *deliveries]))

    changed = {
        table: [row for row in set(rows) - set(after[table]) if not theirs.search(row) and not mentions(row)]
        for table, rows in before.items()
    }
    changed = {table: rows for table, rows in changed.items() if rows}
    assert len(changed.pop('"public"."occupancy"')) == 1  # of the request that is over
    assert changed == {}
    kept = {
        '"public"."invitees"', '"public"."guests"', '"public"."events"', '"public"."deliveries"', '"public"."users"',
    }  # fmt: skip
    assert all(any(not theirs.search(row) for row in after[table]) for table in kept)


async def test_another_organization_keeps_what_it_knows(
    conn: Conn, story: Story, elsewhere: Organization, clock: Clock
) -> None:
    await make_booking(conn, elsewhere, MONDAY + timedelta(days=1, hours=9), now=clock.now, email=EMAIL)
    query = "SELECT t::text FROM {} AS t WHERE organization_id = %s ORDER BY 1"
    tables = ("invitees", "scheduled_events", "events", "occupancy")
    before = [await column(conn, query.format(table), elsewhere.id) for table in tables]
    await erase(conn, story.organization, EMAIL, now=clock.now)

    assert [await column(conn, query.format(table), elsewhere.id) for table in tables] == before
    assert all(before)


async def test_a_member_who_is_erased_as_an_invitee_stays_a_member_and_a_host(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    own = await make_booking(conn, organization, MONDAY + timedelta(days=1, hours=9), now=clock.now)
    await make_booking(conn, organization, MONDAY + timedelta(hours=9), now=clock.now, email=host.email.upper())
    query = "SELECT payload FROM events WHERE chain_id = %s"
    before = await column(conn, query, own.invitee.id)
    users = await column(conn, "SELECT t::text FROM users AS t ORDER BY 1")
    made = await erase(conn, organization, host.email, now=clock.now)

    assert f'"user_email":"{host.email}"' in before[0]
    assert await column(conn, query, own.invitee.id) == before
    assert await column(conn, "SELECT t::text FROM users AS t ORDER BY 1") == users
    assert made.counts == {"events": 2, "invitees": 1, "contacts": 1, "contact_emails": 1, "mails": 3}


async def test_a_second_time_changes_nothing_but_for_its_receipt(conn: Conn, story: Story, clock: Clock) -> None:
    await erase(conn, story.organization, EMAIL, now=clock.now)
    before = await dump(conn)
    clock.advance(hours=1)
    again = await erase(conn, story.organization, EMAIL, now=clock.now)
    after = await dump(conn)

    receipts = '"public"."erasures"'
    assert (again.counts, again.canceled) == ({}, 0)
    assert len(after.pop(receipts)) == len(before.pop(receipts)) + 1
    assert after == before


@pytest.mark.parametrize(
    "address",
    [
        "eb.quux@example.org", "zeb.quux@example.or", "zebXquux@example.org", "%@example.org", "z_b.quux@example.org",
        "quux@example.org", "example@org.zeb", "a+b'c|d$^*{2}@example.org", "zèb.quux@example.org", "owner@example.com",
    ],
)  # fmt: skip
async def test_an_address_that_nobody_has_changes_nothing(conn: Conn, story: Story, clock: Clock, address: str) -> None:
    before = await dump(conn)
    made = await erase(conn, story.organization, address, now=clock.now)
    after = await dump(conn)

    assert (made.addresses, made.counts, made.canceled) == (1, {}, 0)
    receipts = '"public"."erasures"'
    assert (before.pop(receipts), len(after.pop(receipts))) == ([], 1)
    assert after == before


@pytest.mark.parametrize(
    "address", ["o'neil+x@example.org", "a.b-c_d@sub.example.org", "a|b$^*{2}?=/~`!#%&@example.org", "ÜBER@exämple.org"]
)
async def test_addresses_with_odd_characters_are_found_wherever_they_are(
    conn: Conn, organization: Organization, clock: Clock, address: str
) -> None:
    await make_booking(conn, organization, MONDAY + timedelta(hours=9), now=clock.now, email=address)
    await make_booking(conn, organization, MONDAY + timedelta(hours=10), now=clock.now, guests=[address])
    assert any(address in row for rows in (await dump(conn)).values() for row in rows)
    await erase(conn, organization, address, now=clock.now)

    assert [row for rows in (await dump(conn)).values() for row in rows if address in row] == []


async def test_several_persons_are_erased_at_once_and_distinguished_by_nothing(
    conn: Conn, story: Story, clock: Clock
) -> None:
    made = await erase(conn, story.organization, EMAIL, f" {WRITTEN} ", "ada@example.org", now=clock.now)
    (row,) = await column(conn, "SELECT to_jsonb(t) FROM erasures AS t")

    assert await traces(conn) == {}
    assert await column(conn, "SELECT DISTINCT name FROM invitees ORDER BY 1") == ["Erased", "Nobody"]
    assert row == {
        "organization_id": str(story.organization.id),
        "id": str(made.id),
        "addresses": 2,
        "counts": made.counts,
        "canceled": made.canceled,
        "asked_by_id": None,
        "created_at": "2027-01-04T12:00:00+00:00",
        "start_time": None,
        "end_time": None,
    }


async def test_the_places_of_others_in_a_group_stay_in_their_events(conn: Conn, story: Story, clock: Clock) -> None:
    query = "SELECT payload::jsonb #>> '{scheduled_event,location,location}' FROM events WHERE chain_id = %s"
    await erase(conn, story.organization, EMAIL, now=clock.now)
    neighbour = await invitees.get(conn, story.organization.id, story.neighbour.invitee.id)

    assert neighbour == story.neighbour.invitee
    assert neighbour.location == Location("outbound_call", location="+390699999999")
    assert await column(conn, query, story.neighbour.invitee.id) == ["+390699999999"]


async def test_a_place_that_was_recorded_of_everybody_before_each_had_an_own_one_is_taken_from_all(
    conn: Conn, story: Story, clock: Clock
) -> None:
    """As an older version, which may still run beside this one, writes it."""
    query = "SELECT payload::jsonb #>> '{scheduled_event,location,location}' FROM events WHERE chain_id = %s"
    event, ids = story.joined.event.id, [story.joined.invitee.id, story.neighbour.invitee.id]
    await conn.execute("UPDATE invitees SET location = NULL WHERE id = ANY (%s)", (ids,))
    await conn.execute(
        "UPDATE scheduled_events SET location = jsonb_set(location, '{location}', '\"+390612345678\"') WHERE id = %s",
        (event,),
    )
    await conn.execute(
        "UPDATE events SET payload = jsonb_set(payload::jsonb, '{scheduled_event,location,location}',"
        " '\"+390612345678\"')::text WHERE chain_id = %s",
        (story.neighbour.invitee.id,),
    )
    await erase(conn, story.organization, EMAIL, now=clock.now)

    assert await traces(conn) == {}
    assert await column(conn, query, story.neighbour.invitee.id) == [None]


async def test_the_words_with_which_a_host_canceled_a_group_stay_for_the_others(
    conn: Conn, story: Story, clock: Clock
) -> None:
    principal = await principal_of(conn, story.organization.owner, now=clock.now)
    await cancellation.cancel_event(
        conn, principal, story.joined.event.id, reason="The kiln is broken", uris=URIS, now=clock.now
    )
    await erase(conn, story.organization, EMAIL, now=clock.now)
    event = await scheduled_events.get(conn, story.organization.id, story.joined.event.id)
    gone = await invitees.get(conn, story.organization.id, story.joined.invitee.id)

    assert event is not None
    assert gone is not None
    assert event.cancellation is not None
    assert gone.cancellation is not None
    assert (event.cancellation.reason, gone.cancellation.reason) == ("The kiln is broken", None)
    assert gone.cancellation.canceled_by == event.cancellation.canceled_by == principal.user.name


async def test_jobs_that_would_write_to_the_person_are_not_run(conn: Conn, story: Story, clock: Clock) -> None:
    await erase(conn, story.organization, EMAIL, now=clock.now)

    query = "SELECT status::text || ' ' || (args ->> 'to') FROM procrastinate_jobs WHERE task_name = 'mail.send'"
    assert await column(conn, query) == [f"cancelled {ERASED}"]
    waiting = await column(conn, "SELECT recipient FROM mails WHERE kind = 'note' AND state = 'waiting'")
    assert waiting == [NAMESAKES[0]]


async def test_what_is_no_address_is_named_and_nothing_is_erased(conn: Conn, story: Story, clock: Clock) -> None:
    with pytest.raises(Invalid) as refused:
        await erase(conn, story.organization, EMAIL, "zeb", "@", now=clock.now)

    assert refused.value.details == (FieldError("emails[1]", "invalid"), FieldError("emails[2]", "invalid"))
    assert await column(conn, "SELECT count(*) FROM erasures") == [0]


async def test_a_booking_that_is_moved_meanwhile_is_erased_where_it_went(
    conn: Conn, trio: list[Conn], story: Story, clock: Clock
) -> None:
    async with asyncio.TaskGroup() as group, trio[0].transaction():
        await rescheduling.reschedule(
            trio[0], story.moved.invitee.id, MONDAY + timedelta(days=2, hours=10), uris=URIS, now=clock.now
        )
        group.create_task(erase(trio[1], story.organization, EMAIL, now=clock.now))
        await blocked(conn, trio[1])

    assert await traces(conn) == {}


async def test_a_booking_that_is_moved_twice_meanwhile_is_erased_where_it_went(
    conn: Conn, trio: list[Conn], organization: Organization, clock: Clock
) -> None:
    """The second move begins before the erasure can know of the first."""
    held, eraser, mover = trio
    starts = [MONDAY + timedelta(days=1, hours=hour) for hour in range(9, 13)]
    booked = [await make_booking(conn, organization, start, now=clock.now, email=EMAIL) for start in starts[:2]]
    first, second = sorted(booked, key=lambda one: one.event.id)  # the order in which they are locked
    async with asyncio.TaskGroup() as group:
        await held.execute("BEGIN")
        await held.execute("SELECT FROM scheduled_events WHERE id = %s FOR UPDATE", (first.event.id,))
        group.create_task(erase(eraser, organization, EMAIL, now=clock.now))
        await blocked(conn, eraser)
        async with mover.transaction():
            moved = await rescheduling.reschedule(mover, second.invitee.id, starts[2], uris=URIS, now=clock.now)
        async with mover.transaction():
            await rescheduling.reschedule(mover, moved.invitee.id, starts[3], uris=URIS, now=clock.now)
            await held.execute("COMMIT")
            holds_up, expected = "SELECT pg_blocking_pids(%s)", [[mover.info.backend_pid]]
            while await column(conn, holds_up, eraser.info.backend_pid) != expected:  # noqa: ASYNC110 -- only PostgreSQL knows
                await asyncio.sleep(0)

    assert await column(conn, "SELECT count(*) FROM invitees WHERE email NOT LIKE '%%@erased.invalid'") == [0]
    assert await traces(conn) == {}


async def test_a_mark_that_is_made_meanwhile_names_nobody(
    conn: Conn, trio: list[Conn], organization: Organization, clock: Clock
) -> None:
    made = await make_booking(
        conn, organization, MONDAY + timedelta(hours=9), now=clock.now, **by_zeb(location=None, answers=[])
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with asyncio.TaskGroup() as group, trio[0].transaction():
        await no_shows.mark(trio[0], principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
        group.create_task(erase(trio[1], organization, EMAIL, now=clock.now))
        await blocked(conn, trio[1])

    assert await traces(conn) == {}
    assert await column(conn, "SELECT name FROM events WHERE erased_at IS NOT NULL ORDER BY 1") == [
        "contact.created", "invitee.created", "invitee_no_show.created",
    ]  # fmt: skip


async def test_the_log_is_read_once_however_many_persons_are_erased(
    conn: Conn, story: Story, clock: Clock, statements: Any
) -> None:
    counts = []
    for emails in ([EMAIL], ["ada@example.org", *NAMESAKES]):
        with statements.counting() as sent:
            await erase(conn, story.organization, *emails, now=clock.now)
        counts.append(sum("lower(payload COLLATE" in one for one in sent))

    assert counts == [1, 1]
