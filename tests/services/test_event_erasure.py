"""Erasing scheduled events by their time. The whole database is read as text afterwards. Source: ADR 0015."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
from openslot.core.errors import Forbidden, Invalid
from openslot.core.kinds import Kind, Pooling
from openslot.db import invitees, scheduled_events
from openslot.db.erasures import Erasure
from openslot.db.pool import Conn, connected
from openslot.security.vault import Vault
from openslot.services import erasure, event_erasure, recapping, routing, serving
from openslot.services.booking import approvals, no_shows, rescheduling
from openslot.services.booking.command import Booked
from openslot.wire.common import Tracking
from openslot.wire.meeting_recaps import PutMeetingRecap
from services.conftest import blocked, dump, refusal_of

MONDAY = datetime(2027, 1, 4, tzinfo=UTC)
FIRST, LAST = MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=11)
TRACES = re.compile(r"zeb\.quux@example\.org|Zebedee|bob@example\.org", re.IGNORECASE)
SENT = {"events", "events_rest", "delivery_attempts", "delivery_attempts_rest"}
"""Tables with what was sent, and quoted by its receiver."""
EVENTS = ["invitee.created", "invitee.canceled", "invitee_no_show.created", "routing_form_submission.created"]


@pytest.fixture
async def conn(own_database_url: str) -> AsyncIterator[Conn]:
    """On a database of its own, of which nothing may be left."""
    async with connected(own_database_url) as opened:
        yield opened


@dataclass(frozen=True)
class Story:
    """What was on Monday from nine to eleven, and what stays."""

    organization: Organization
    erased: list[Booked]
    moved: Booked
    """The half of a reschedule that is on Tuesday; the other one was on Monday."""
    before: Booked
    """Just before the time that is erased."""
    after: Booked


@pytest.fixture
async def story(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> Story:
    """It is 12:00 on Monday; every delivery was tried once, and its receiver quoted it."""
    owner, clock.now = organization.owner, MONDAY
    await make_subscription(conn, owner, vault=vault, now=clock.now, events=EVENTS)
    form = await make_routing_form(conn, organization, now=clock.now)
    email, need, _ = (question.uuid for question in form.questions)
    given = {email: "zeb.quux@example.org", need: "Meeting"}
    submission = await routing.submit(conn, form.id, given, Tracking(utm_term="Zebedee"), uris=URIS, now=clock.now)
    careful = await make_event_type(conn, organization.admin.user, now=clock.now, requires_approval=True)
    class_ = await make_event_type(conn, organization.admin.user, now=clock.now, kind=Kind.GROUP, seats=5)

    async def book(hour: float, **values: Any) -> Booked:
        start = MONDAY + timedelta(hours=hour)
        return await make_booking(conn, organization, start, now=clock.now, **values)

    zeb = {"name": "Zebedee Quuxington", "email": "Zeb.Quux@example.org"}
    missed = await book(9, **zeb, guests=["bob@example.org"], routing_form_submission_id=submission.id)
    first = await book(10)
    moved = await rescheduling.reschedule(
        conn, first.invitee.id, MONDAY + timedelta(hours=34), reason=None, uris=URIS, now=clock.now
    )
    erased = [
        missed,
        first,
        await book(11, **zeb),
        await book(10, event_type_id=class_, **zeb),
        await book(10, event_type_id=class_, name="Zebedee the younger"),
    ]
    principal = await principal_of(conn, organization.admin, now=clock.now)
    for hour in (9, 11):
        start = MONDAY + timedelta(hours=hour)
        wanted = booking_of(organization, start, event_type_id=careful, **zeb)
        requested = (await approvals.request(conn, wanted, uris=URIS, now=clock.now)).hold
        answer = approvals.approve if hour == 9 else approvals.refuse
        answered = await answer(conn, principal, requested.id, uris=URIS, now=clock.now)
        erased += [answered] if isinstance(answered, Booked) else []
    before, after = await book(8.5), await book(11.5)
    clock.now = MONDAY + timedelta(hours=12)
    host = await principal_of(conn, owner, now=clock.now)
    await no_shows.mark(conn, host, missed.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    for event, player in ((missed.event, "Zebedee"), (after.event, "Ada")):
        words = PutMeetingRecap(event="", summary_md=f"{player} plays")
        await recapping.put(conn, host, event.id, words, uris=URIS, now=clock.now)
    await conn.execute(
        """
        INSERT INTO delivery_attempts
            (organization_id, delivery_id, number, started_at, duration_ms, status_code, response_excerpt)
        SELECT delivery.organization_id, delivery.id, 1, delivery.created_at, 1, 500, event.payload
        FROM deliveries AS delivery JOIN events AS event ON event.id = delivery.event_id
        """
    )
    return Story(organization, erased, moved, before, after)


@pytest.fixture
async def pair(own_database_url: str) -> AsyncIterator[list[Conn]]:
    """Two more connections, for races."""
    async with connected(own_database_url) as first, connected(own_database_url) as second:
        yield [first, second]


async def erase(conn: Conn, story: Story, start: datetime = FIRST, end: datetime = LAST, *, now: datetime) -> Erasure:
    principal = await principal_of(conn, story.organization.admin, now=now)
    async with conn.transaction():
        return await event_erasure.erase_as_admin(conn, principal, start, end, now=now)


async def rows_with(conn: Conn, pattern: re.Pattern[str]) -> dict[str, list[str]]:
    found = {table: [row for row in rows if pattern.search(row)] for table, rows in (await dump(conn)).items()}
    return {table.strip('"').split('"."')[1]: rows for table, rows in found.items() if rows}


def ids(story: Story) -> re.Pattern[str]:
    """The ids of what is erased, but for the one that is the name of the chain of which a half stays."""
    found = {one for each in story.erased for one in (each.event.id, each.invitee.id)}
    return re.compile("|".join(str(one) for one in found - {story.moved.invitee.chain_id}))


async def test_nothing_of_the_events_is_left_in_any_table(conn: Conn, story: Story, clock: Clock) -> None:
    before = await rows_with(conn, TRACES)

    receipt = await erase(conn, story, now=clock.now)

    assert before.keys() == {
        "events_rest", "events", "delivery_attempts_rest", "delivery_attempts", "invitees", "guests",
        "routing_form_submissions", "contacts", "contact_emails", "meeting_recaps", "mails",
    }  # fmt: skip
    # A contact is its user's and holds nothing of a meeting; persons are erased by their addresses.
    left = await rows_with(conn, TRACES)
    assert left.keys() == {"contacts", "contact_emails", "events", "events_rest"}
    logged = await conn.execute("SELECT name, payload FROM events WHERE organization_id = %s", (story.organization.id,))
    found = {name for name, payload in await logged.fetchall() if TRACES.search(payload)}
    assert found == {"contact.created"}
    assert receipt == Erasure(
        id=receipt.id,
        organization_id=story.organization.id,
        addresses=0,
        counts={
            "deliveries": 9,
            "delivery_attempts": 9,
            "events": 14,
            "guests": 1,
            "invitee_no_shows": 1,
            "invitees": 6,
            "mails": 18,
            "meeting_recaps": 1,
            "occupancy": 4,
            "routing_form_submissions": 1,
            "scheduled_event_hosts": 5,
            "scheduled_events": 5,
        },
        canceled=0,
        requested_by_id=story.organization.admin.id,
        created_at=clock.now,
        start_time=FIRST,
        end_time=LAST,
    )


async def test_only_the_half_of_a_move_that_stays_was_sent_with_the_other(
    conn: Conn, story: Story, clock: Clock
) -> None:
    """No other row has an id of what is gone; the payload that was sent stays as it was sent."""
    await erase(conn, story, now=clock.now)

    left = await rows_with(conn, ids(story))
    moved = await invitees.get(conn, story.organization.id, story.moved.invitee.id)
    assert {table: len(rows) for table, rows in left.items()} == dict.fromkeys(SENT, 1)
    assert str(story.moved.invitee.id) in left["events"][0]
    assert moved is not None
    assert (moved.old_invitee_id, moved.old_event_id) == (None, None)


async def test_what_begins_at_other_times_stays_as_it_was(conn: Conn, story: Story, clock: Clock) -> None:
    kept = re.compile("|".join(str(one.event.id) for one in (story.before, story.after)))
    before = await rows_with(conn, kept)

    await erase(conn, story, now=clock.now)

    assert await rows_with(conn, kept) == before
    assert before.keys() >= {"scheduled_events", "scheduled_event_hosts", "invitees", "occupancy", "events"}
    assert await scheduled_events.get(conn, story.organization.id, story.moved.event.id) is not None


async def test_another_organization_keeps_its_events(
    conn: Conn, story: Story, elsewhere: Organization, clock: Clock
) -> None:
    theirs = await make_booking(conn, elsewhere, MONDAY + timedelta(hours=10), now=MONDAY)
    before = await rows_with(conn, re.compile(str(elsewhere.id)))

    await erase(conn, story, now=clock.now)

    assert await rows_with(conn, re.compile(str(elsewhere.id))) == before
    assert await scheduled_events.get(conn, elsewhere.id, theirs.event.id) is not None


async def test_a_second_time_erases_nothing_more(conn: Conn, story: Story, clock: Clock) -> None:
    await erase(conn, story, now=clock.now)

    assert (await erase(conn, story, now=clock.now)).counts == {}


async def test_what_is_left_of_erased_persons_goes_as_well(conn: Conn, story: Story, clock: Clock) -> None:
    """Tombstones too."""
    async with conn.transaction():
        await erasure.erase_invitees(conn, story.organization.id, ["zeb.quux@example.org"], uris=URIS, now=clock.now)

    await erase(conn, story, now=clock.now)

    assert (await rows_with(conn, ids(story))).keys() == SENT


async def test_the_ledger_of_a_round_robin_stays_true(conn: Conn, organization: Organization, clock: Clock) -> None:
    hosts = [organization.owner.id, organization.member.id]
    clock.now = MONDAY
    pooled = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type=Pooling.ROUND_ROBIN, hosts=hosts
    )
    await make_booking(conn, organization, FIRST, now=clock.now, event_type_id=pooled)
    before = (await serving.serve(conn, organization.id, pooled)).standings()
    admin = await principal_of(conn, organization.admin, now=clock.now)

    await event_erasure.erase_as_admin(conn, admin, FIRST, LAST, now=MONDAY + timedelta(days=1))

    assert (await serving.serve(conn, organization.id, pooled)).standings() == before
    assert sorted(one.assigned for one in before) == [0, 1]


async def test_a_mark_that_is_made_meanwhile_is_erased_as_well(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    clock.now = MONDAY
    made = await make_booking(conn, organization, FIRST, now=clock.now)
    admin = await principal_of(conn, organization.admin, now=NOW)
    async with asyncio.TaskGroup() as group, pair[0].transaction():
        await no_shows.mark(pair[0], admin, made.invitee.id, before_start="refuse", uris=URIS, now=NOW)
        group.create_task(event_erasure.erase_as_admin(pair[1], admin, FIRST, LAST, now=NOW))
        await blocked(conn, pair[1])

    assert (await rows_with(conn, re.compile(f"{made.event.id}|{made.invitee.id}"))) == {}


async def test_a_mark_of_an_invitee_that_is_erased_meanwhile_is_refused(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    clock.now = MONDAY
    made = await make_booking(conn, organization, FIRST, now=clock.now)
    admin = await principal_of(conn, organization.admin, now=NOW)
    mark = no_shows.mark(pair[1], admin, made.invitee.id, before_start="refuse", uris=URIS, now=NOW)
    async with pair[0].transaction():
        await event_erasure.erase_as_admin(pair[0], admin, FIRST, LAST, now=NOW)
        marking = asyncio.create_task(refusal_of(mark))
        await blocked(conn, pair[1], marking)

    assert await marking is not None
    assert await rows_with(conn, re.compile(f"{made.event.id}|{made.invitee.id}")) == {}


NOW = MONDAY + timedelta(hours=12)


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [
        (FIRST, NOW, "end_time must be in the past"),
        (LAST, LAST, "start_time must be before end_time"),
        (LAST, FIRST, "start_time must be before end_time"),
        (NOW + timedelta(days=1), NOW, "end_time must be in the past; start_time must be before end_time"),
        (datetime(2025, 1, 4, tzinfo=UTC), MONDAY, None),
        (
            datetime(2025, 1, 4, tzinfo=UTC) - timedelta(microseconds=1),
            MONDAY,
            "start_time must be at most 24 months before end_time",
        ),
        (datetime(2022, 2, 28, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC), None),
    ],
)
async def test_the_time_is_in_the_past_and_two_years_long_at_most(
    conn: Conn, organization: Organization, start: datetime, end: datetime, refused: str | None
) -> None:
    admin = await principal_of(conn, organization.admin, now=NOW)
    found = []
    try:
        await event_erasure.erase_as_admin(conn, admin, start, end, now=NOW)
    except Invalid as exc:
        found = [f"{one.parameter} {one.message}" for one in exc.details]

    assert "; ".join(found) == (refused or "")


async def test_members_erase_nothing(conn: Conn, organization: Organization) -> None:
    member = await principal_of(conn, organization.member, now=NOW)

    with pytest.raises(Forbidden, match="You must be an admin/owner to use this resource"):
        await event_erasure.erase_as_admin(conn, member, FIRST, LAST, now=NOW)
