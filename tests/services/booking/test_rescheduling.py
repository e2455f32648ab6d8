"""Rescheduling. Source: rules, section 11; webhooks, section 7."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, make_subscription, principal_of
from openslot.core.errors import Forbidden, Invalid, NotFound, SlotUnavailable
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db import invitees
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import cancellation, no_shows, rescheduling
from openslot.services.booking.command import Booked, GivenAnswer
from openslot.services.booking.rescheduling import Meeting
from openslot.wire.common import Tracking
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
LATER = datetime(2027, 1, 6, 12, tzinfo=UTC)


async def move(conn: Conn, made: Booked, start: datetime, clock: Clock, **more: Any) -> Booked:
    async with conn.transaction():
        return await rescheduling.reschedule(conn, made.invitee.id, start, uris=URIS, now=clock.now, **more)


async def test_a_reschedule_cancels_the_old_and_makes_the_new(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    old = await make_booking(conn, organization, START, now=clock.now)
    clock.advance(minutes=1)

    new = await move(conn, old, LATER, clock, reason=" Running late ")

    was = await invitees.get(conn, organization.id, old.invitee.id)
    assert was is not None
    assert (was.status, was.rescheduled, was.new_invitee_id, was.new_event_id) == (
        "canceled",
        True,
        new.invitee.id,
        new.event.id,
    )
    assert was.cancellation is not None
    assert (was.cancellation.canceled_by, was.cancellation.canceler_type, was.cancellation.reason) == (
        "Ada Example",
        "invitee",
        "Running late",
    )
    assert await invitees.get(conn, organization.id, new.invitee.id) == new.invitee
    assert (new.invitee.status, new.invitee.rescheduled, new.invitee.old_invitee_id) == (
        "active",
        False,
        old.invitee.id,
    )
    assert (new.event.start_time, new.event.end_time) == (LATER, LATER + timedelta(minutes=30))
    statuses = {row["id"]: (row["status"], row["invitees_active"]) for row in await store.rows("scheduled_events")}
    assert statuses == {str(old.event.id): ("canceled", 0), str(new.event.id): ("active", 1)}
    assert [row["scheduled_event_id"] for row in await store.rows("occupancy")] == [str(new.event.id)]


async def test_answers_guests_tracking_and_location_come_along_and_a_no_show_does_not(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        locations=[LocationConfiguration("ask_invitee")],
        custom_questions=[CustomQuestion("How many?", "string", 0, True, True, [], False)],
    )
    old = await make_booking(
        conn,
        replace(organization, event_type_id=made),
        START,
        now=clock.now,
        name=None,
        first_name="Ada",
        last_name="Example",
        text_reminder_number="+390655500123",
        location=InviteeLocation("ask_invitee", "The pub"),
        answers=[GivenAnswer("How many?", "Three")],
        guests=["bob@example.org", "zoe@example.org"],
        tracking=Tracking(utm_source="flyer"),
        scheduling_method="api",
        scheduled_by_id=organization.admin.id,
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await no_shows.mark(conn, principal, old.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    await conn.execute("UPDATE event_types SET custom_questions = '[]' WHERE id = %s", (made,))

    new = await move(conn, old, LATER, clock)

    kept = [
        "email", "name", "first_name", "last_name", "timezone", "questions_and_answers", "tracking",
        "text_reminder_number", "routing_form_submission_id", "scheduling_method", "scheduled_by_id", "payment",
        "chain_id",
    ]  # fmt: skip
    assert {name: getattr(new.invitee, name) for name in kept} == {name: getattr(old.invitee, name) for name in kept}
    assert new.event.location == old.event.location
    assert [guest.email for guest in new.event.guests] == ["bob@example.org", "zoe@example.org"]
    assert new.invitee.no_show_id is None


async def test_another_zone_may_be_chosen(conn: Conn, organization: Organization, clock: Clock) -> None:
    old = await make_booking(conn, organization, START, now=clock.now)

    assert (await move(conn, old, LATER, clock, timezone="Asia/Bangkok")).invitee.timezone == "Asia/Bangkok"


async def test_the_new_time_may_overlap_the_old(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, duration_minutes=60, buffer_before_minutes=30
    )
    old = await make_booking(conn, replace(organization, event_type_id=made), START, now=clock.now)
    day = Interval(datetime(2027, 1, 5, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC))
    offered = [one.start_time for one in await rescheduling.available_times(conn, old.invitee.id, day, now=clock.now)]

    new = await move(conn, old, START + timedelta(minutes=30), clock)

    assert {START, START + timedelta(minutes=30)} <= set(offered)
    assert new.event.start_time == START + timedelta(minutes=30)


async def test_it_is_recorded_as_canceled_then_created_with_one_correlation_in_one_chain(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    first = await make_booking(conn, organization, START, now=clock.now)
    second = await move(conn, first, LATER, clock)
    third = await move(conn, second, START, clock)

    happened = sorted(await store.rows("events"), key=lambda row: int(row["sequence"]))

    assert [row["name"] for row in happened] == [
        "invitee.created",
        *("invitee.canceled", "invitee.created", "invitee.rescheduled"),
        *("invitee.canceled", "invitee.created", "invitee.rescheduled"),
    ]
    correlations = [row["correlation_id"] for row in happened]
    assert correlations[1] == correlations[2] == correlations[3]
    assert correlations[4] == correlations[5] == correlations[6]
    assert len(set(correlations)) == 3
    assert {row["chain_id"] for row in happened} == {str(first.invitee.id)}
    deliveries = [(row["subscription_id"], row["chain_id"]) for row in await store.rows("deliveries")]
    assert deliveries == [(str(hook.id), str(first.invitee.id))] * 5
    links = [(one.invitee.old_invitee_id, one.invitee.chain_id) for one in (first, second, third)]
    assert links == [
        (None, first.invitee.id),
        (first.invitee.id, first.invitee.id),
        (second.invitee.id, first.invitee.id),
    ]
    middle = await invitees.get(conn, organization.id, second.invitee.id)
    assert middle is not None
    assert (middle.old_invitee_id, middle.new_invitee_id) == (first.invitee.id, third.invitee.id)


async def test_a_reschedule_that_fails_at_any_statement_changes_nothing(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    vault: Vault,
    store: Store,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    old = await make_booking(conn, organization, START, now=clock.now, guests=["zoe@example.org"])
    before = await store.everything()
    whole, total = psycopg.AsyncCursor.execute, 0

    async def attempt(failing: int) -> int:
        seen = 0

        async def execute(self: Any, *args: Any, **keywords: Any) -> Any:
            nonlocal seen
            seen += 1
            done = await whole(self, *args, **keywords)
            if seen == failing:
                raise RuntimeError("stop")
            return done

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.AsyncCursor, "execute", execute)
            await move(conn, old, LATER, clock)
        return seen

    failing = 1
    while total == 0:
        try:
            total = await attempt(failing)
        except RuntimeError:
            assert await store.everything() == before
            failing += 1

    assert total == failing - 1
    assert total > 10
    assert await store.everything() != before


async def test_a_start_that_is_not_on_offer_leaves_the_old_booking(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    old = await make_booking(conn, organization, START, now=clock.now)
    await make_booking(conn, organization, LATER, now=clock.now)
    before = await store.everything()

    for start in (LATER, LATER + timedelta(minutes=1), clock.now - timedelta(days=1)):
        with pytest.raises(SlotUnavailable):
            await move(conn, old, start, clock)

    assert await store.everything() == before


async def test_what_is_over_can_t_be_moved(conn: Conn, organization: Organization, clock: Clock) -> None:
    old = await make_booking(conn, organization, START, now=clock.now)
    with pytest.raises(Forbidden, match="at that time already"):
        await move(conn, old, START, clock)
    with pytest.raises(NotFound):
        async with conn.transaction():
            await rescheduling.reschedule(conn, new_id(), LATER, uris=URIS, now=clock.now)
    await conn.execute("UPDATE event_types SET active = false WHERE id = %s", (organization.event_type_id,))
    with pytest.raises(NotFound):
        await move(conn, old, LATER, clock)
    await conn.execute("UPDATE event_types SET active = true WHERE id = %s", (organization.event_type_id,))
    new = await move(conn, old, LATER, clock)
    with pytest.raises(Forbidden, match="already canceled"):
        await move(conn, old, START, clock)
    clock.now = LATER
    with pytest.raises(Forbidden, match="in the past"):
        await move(conn, new, LATER + timedelta(days=1), clock)


Act = Callable[[Conn, Booked, Organization, Clock], Awaitable[object]]


async def _reschedule(conn: Conn, made: Booked, _: Organization, clock: Clock) -> None:
    await rescheduling.reschedule(conn, made.invitee.id, LATER, uris=URIS, now=clock.now)


async def _cancel(conn: Conn, made: Booked, _: Organization, clock: Clock) -> None:
    await cancellation.cancel_as_invitee(conn, made.invitee.id, reason=None, uris=URIS, now=clock.now)


async def _cancel_as_host(conn: Conn, made: Booked, organization: Organization, clock: Clock) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)


MOVED = ["invitee.created", "invitee.canceled", "invitee.created", "invitee.rescheduled"]
RACES = {
    "cancel, then reschedule": (_cancel, _reschedule, ["invitee.created", "invitee.canceled"]),
    "reschedule, then cancel": (
        _reschedule, _cancel, MOVED,
    ),
    "two reschedules": (_reschedule, _reschedule, MOVED),
    "invitee and host": (_cancel, _cancel_as_host, ["invitee.created", "invitee.canceled"]),
    "host and reschedule": (_cancel_as_host, _reschedule, ["invitee.created", "invitee.canceled"]),
}  # fmt: skip


@pytest.mark.parametrize("race", RACES)
async def test_of_two_at_once_the_second_finds_it_canceled(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], store: Store, *, race: str
) -> None:
    first_act, second_act, happened = RACES[race]
    made = await make_booking(conn, organization, START, now=clock.now)
    first, second = pair

    async def act_second() -> None:
        async with second.transaction():
            await second_act(second, made, organization, clock)

    async with first.transaction():
        await first_act(first, made, organization, clock)
        waiting = asyncio.create_task(act_second())
        await blocked(conn, second)
    with pytest.raises(Forbidden, match="Event is already canceled"):
        await waiting

    rows = sorted(await store.rows("events"), key=lambda row: int(row["sequence"]))
    assert [row["name"] for row in rows] == happened


async def test_of_two_marks_at_once_one_stays_and_the_other_is_refused(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    first, second = pair

    async def mark(on: Conn) -> Any:
        async with on.transaction():
            return await no_shows.mark(on, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)

    async with first.transaction():
        await no_shows.mark(first, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
        waiting = asyncio.create_task(mark(second))
        await blocked(conn, second)
    with pytest.raises(Invalid, match="is marked as a no-show already"):
        await waiting

    assert len(await store.rows("invitee_no_shows")) == 1
    assert [row["name"] for row in await store.rows("events")].count("invitee_no_show.created") == 1


async def test_a_mark_made_while_the_old_one_is_taken_back_is_a_new_one(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn]
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    old = await no_shows.mark(conn, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    first, second = pair

    async def mark() -> Any:
        async with second.transaction():
            return await no_shows.mark(
                second, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now
            )

    async with first.transaction():
        await no_shows.unmark(first, principal, old.id, uris=URIS, now=clock.now)
        waiting = asyncio.create_task(mark())
        await blocked(conn, second)
    new = await waiting

    assert new.id != old.id
    shown = await invitees.get(conn, organization.id, made.invitee.id)
    assert shown is not None
    assert shown.no_show_id == new.id


async def test_marks_are_made_and_taken_back_in_the_same_order_of_locks(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn]
) -> None:
    """The invitee first, then the mark: otherwise one who marks and one who takes back may wait for each other."""
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    mark = await no_shows.mark(conn, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    holder, other = pair

    async def unmark() -> None:
        async with other.transaction():
            await no_shows.unmark(other, principal, mark.id, uris=URIS, now=clock.now)

    async with holder.transaction():
        await holder.execute("SELECT 1 FROM invitees WHERE id = %s FOR UPDATE", (made.invitee.id,))
        waiting = asyncio.create_task(unmark())
        await blocked(conn, other)
        await holder.execute("SELECT 1 FROM invitee_no_shows WHERE id = %s FOR UPDATE NOWAIT", (mark.id,))
    await waiting

    shown = await invitees.get(conn, organization.id, made.invitee.id)
    assert shown is not None
    assert shown.no_show_id is None


async def test_of_two_who_take_a_mark_back_at_once_one_does(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    mark = await no_shows.mark(conn, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    first, second = pair

    async def unmark() -> None:
        async with second.transaction():
            await no_shows.unmark(second, principal, mark.id, uris=URIS, now=clock.now)

    async with first.transaction():
        await no_shows.unmark(first, principal, mark.id, uris=URIS, now=clock.now)
        waiting = asyncio.create_task(unmark())
        await blocked(conn, second)
    with pytest.raises(NotFound):
        await waiting

    assert [row["name"] for row in await store.rows("events")].count("invitee_no_show.deleted") == 1


@pytest.mark.parametrize(("before", "after"), [(15, 60), (60, 15), (45, 20)])
@pytest.mark.parametrize("options", [None, [20, 60]])
async def test_what_was_booked_keeps_its_length_when_the_event_type_s_is_another_by_now(
    conn: Conn, organization: Organization, clock: Clock, before: int, after: int, options: list[int] | None
) -> None:
    made = await make_event_type(conn, organization.owner.user, now=clock.now, duration_minutes=before)
    old = await make_booking(conn, organization, START, now=clock.now, event_type_id=made)
    await conn.execute(
        "UPDATE event_types SET name = 'Renamed', duration_minutes = %s, duration_options = %s WHERE id = %s",
        (after, options, made),
    )

    shown = await rescheduling.meeting_at(conn, old.invitee.id, LATER, now=clock.now)
    new = await move(conn, old, LATER, clock)

    assert shown == Meeting(
        Interval(LATER, LATER + timedelta(minutes=before)), old.event.name, old.event.location, None
    )
    made_now = Interval(new.event.start_time, new.event.end_time)
    assert (made_now, new.event.name, new.event.location) == (shown.when, shown.name, shown.location)


async def test_it_needs_only_the_time_it_takes(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, duration_minutes=15, increment_minutes=15
    )
    old = await make_booking(conn, organization, START, now=clock.now, event_type_id=made)
    await make_booking(conn, organization, LATER + timedelta(minutes=15), now=clock.now, event_type_id=made)
    await conn.execute("UPDATE event_types SET duration_minutes = 60 WHERE id = %s", (made,))

    window = Interval(LATER - timedelta(minutes=30), LATER + timedelta(hours=1))
    found = await rescheduling.available_times(conn, old.invitee.id, window, now=clock.now)

    quarters = [slot.start_time for slot in found]
    assert quarters == [LATER + timedelta(minutes=minutes) for minutes in (-30, -15, 0, 30, 45)]
    assert (await move(conn, old, LATER, clock)).event.end_time == LATER + timedelta(minutes=15)


async def test_a_class_that_is_moved_to_has_its_own_length(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, duration_minutes=30, kind="group", seats=3
    )
    old = await make_booking(conn, organization, START, now=clock.now, event_type_id=made)
    await conn.execute("UPDATE event_types SET name = 'Renamed', duration_minutes = 60 WHERE id = %s", (made,))
    there = await make_booking(conn, organization, LATER, now=clock.now, event_type_id=made)

    shown = await rescheduling.meeting_at(conn, old.invitee.id, LATER, now=clock.now)
    new = await move(conn, old, LATER, clock)

    when = Interval(LATER, LATER + timedelta(hours=1))
    assert shown == Meeting(when, "Renamed", there.event.location, there.event.id)
    assert (new.event.id, new.event.name, new.event.location) == (there.event.id, shown.name, shown.location)
    assert Interval(new.event.start_time, new.event.end_time) == when


@pytest.mark.parametrize("change", ["active = false", "deleted_at = now()", "booking_method = 'poll'"])
async def test_a_host_moves_what_is_of_an_event_type_that_is_off(
    conn: Conn, organization: Organization, clock: Clock, change: LiteralString
) -> None:
    old = await make_booking(conn, organization, START, now=clock.now)
    query: LiteralString = f"UPDATE event_types SET {change} WHERE id = %s"
    await conn.execute(query, (organization.event_type_id,))
    principal = await principal_of(conn, organization.owner, now=clock.now)
    window = Interval(LATER, LATER + timedelta(hours=1))

    own = await rescheduling.available_times(conn, old.invitee.id, window, now=clock.now)
    found = await rescheduling.available_times_as_host(conn, principal, old.invitee.id, window, now=clock.now)
    with pytest.raises(NotFound):
        await move(conn, old, LATER, clock)
    async with conn.transaction():
        new = await rescheduling.reschedule_as_host(conn, principal, old.invitee.id, LATER, uris=URIS, now=clock.now)

    assert (own, [slot.start_time for slot in found]) == ([], [LATER, LATER + timedelta(minutes=30)])
    assert (new.event.start_time, new.event.event_type_id) == (LATER, organization.event_type_id)
