"""Asking to confirm again, and what follows. Source: rules, section 12."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type
from openslot.core.errors import Forbidden
from openslot.db import reconfirmations, scheduled_events
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.reconfirmations import Due
from openslot.services.booking import cancellation, reconfirming, rescheduling
from openslot.services.booking.command import Booked
from openslot.services.booking.invitees import find
from services.conftest import Store

START = datetime(2027, 1, 6, 10, tzinfo=UTC)
DAY_BEFORE = START - timedelta(days=1)
HOUR_BEFORE = START - timedelta(hours=1)


async def make_reconfirming(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> UUID:
    """An event type that asks a day before and acts an hour before."""
    defaults: dict[str, Any] = {"reconfirm_minutes": 1440, "reconfirm_by_minutes": 60, "reconfirm_action": "tell"}
    return await make_event_type(conn, organization.owner.user, now=clock.now, **(defaults | values))


async def book(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> Booked:
    event_type = await make_reconfirming(conn, organization, clock, **values)
    return await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type)


async def request_due(conn: Conn, organization: Organization, now: datetime) -> list[UUID]:
    """Open a request with each invitee who is due, as the job does; their ids."""
    requested = []
    for due in await reconfirmations.list_due_for_request(conn, now=now):
        if due.organization_id == organization.id:
            async with conn.transaction():
                assert await reconfirming.request(conn, due, uris=URIS, now=now)
            requested.append(due.invitee_id)
    return requested


async def act(conn: Conn, organization: Organization, now: datetime) -> list[str]:
    """Act where no answer came, as the job does; what was done."""
    done = []
    for due in await reconfirmations.list_unanswered(conn, now=now):
        if due.organization_id == organization.id:
            async with conn.transaction():
                assert await reconfirming.act_on_silence(conn, due, uris=URIS, now=now)
            done.append(due.action)
    return done


async def confirm(conn: Conn, invitee_id: UUID, now: datetime) -> Invitee:
    async with conn.transaction():
        return await reconfirming.confirm(conn, invitee_id, uris=URIS, now=now)


async def happened(store: Store) -> list[str]:
    rows = await store.rows("events")
    return [row["name"] for row in sorted(rows, key=lambda row: row["sequence"])]


async def test_an_invitee_has_one_request_from_the_minute_on_that_the_event_type_sets(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    booked = await book(conn, organization, clock)
    early = await request_due(conn, organization, DAY_BEFORE - timedelta(seconds=1))
    due = await request_due(conn, organization, DAY_BEFORE)
    again = await request_due(conn, organization, DAY_BEFORE + timedelta(minutes=1))
    request = (await find(conn, booked.invitee.id)).invitee.reconfirmation

    assert (early, due, again) == ([], [booked.invitee.id], [])
    assert request is not None
    assert (request.created_at, request.confirmed_at) == (DAY_BEFORE, None)
    assert await happened(store) == ["invitee.created", "invitee.reconfirmation_requested"]


async def test_an_invitee_who_books_within_that_time_has_none(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    clock.now = DAY_BEFORE
    await book(conn, organization, clock)

    assert await request_due(conn, organization, DAY_BEFORE + timedelta(hours=1)) == []


async def test_confirming_is_kept_and_repeating_it_changes_nothing(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    booked = await book(conn, organization, clock)
    await request_due(conn, organization, DAY_BEFORE)
    first = await confirm(conn, booked.invitee.id, DAY_BEFORE + timedelta(hours=1))
    second = await confirm(conn, booked.invitee.id, DAY_BEFORE + timedelta(hours=2))

    assert first.reconfirmation == second.reconfirmation
    assert first.reconfirmation is not None
    assert first.reconfirmation.confirmed_at == DAY_BEFORE + timedelta(hours=1)
    assert await act(conn, organization, HOUR_BEFORE) == []
    assert await happened(store) == ["invitee.created", "invitee.reconfirmation_requested", "invitee.reconfirmed"]


@pytest.mark.parametrize(
    ("action", "done", "names", "status"),
    [
        ("nothing", [], [], "active"),
        ("tell", ["tell"], ["invitee.reconfirmation_unanswered"], "active"),
        ("cancel", ["cancel"], ["invitee.reconfirmation_unanswered", "invitee.canceled"], "canceled"),
    ],
)
async def test_no_answer_has_the_consequence_of_the_event_type_once(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    store: Store,
    *,
    action: str,
    done: list[str],
    names: list[str],
    status: str,
) -> None:
    booked = await book(conn, organization, clock, reconfirm_action=action)
    await request_due(conn, organization, DAY_BEFORE)
    early = await act(conn, organization, HOUR_BEFORE - timedelta(seconds=1))
    due = await act(conn, organization, HOUR_BEFORE)
    again = await act(conn, organization, HOUR_BEFORE + timedelta(minutes=1))
    event = await scheduled_events.get(conn, organization.id, booked.event.id)

    assert (early, due, again) == ([], done, [])
    assert await happened(store) == ["invitee.created", "invitee.reconfirmation_requested", *names]
    assert event is not None
    assert event.status == status
    if status == "canceled":
        canceled = (await find(conn, booked.invitee.id)).invitee.cancellation
        assert canceled is not None
        assert (canceled.reason, canceled.canceler_type) == ("Not reconfirmed in time", "host")
        assert await store.rows("occupancy") == []


async def test_of_a_group_only_who_does_not_answer_goes(conn: Conn, organization: Organization, clock: Clock) -> None:
    event_type = await make_reconfirming(conn, organization, clock, kind="group", seats=3, reconfirm_action="cancel")
    one, other = [
        await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type) for _ in range(2)
    ]
    await request_due(conn, organization, DAY_BEFORE)
    await confirm(conn, one.invitee.id, DAY_BEFORE)
    await act(conn, organization, HOUR_BEFORE)

    assert [(await find(conn, made.invitee.id)).invitee.status for made in (one, other)] == ["active", "canceled"]


async def test_without_a_request_or_once_canceled_an_invitee_has_nothing_to_confirm(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    booked = await book(conn, organization, clock)
    with pytest.raises(Forbidden, match="There is nothing to confirm"):
        await confirm(conn, booked.invitee.id, clock.now)
    await request_due(conn, organization, DAY_BEFORE)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, booked.invitee.id, reason=None, uris=URIS, now=DAY_BEFORE)
    with pytest.raises(Forbidden, match="Event is already canceled"):
        await confirm(conn, booked.invitee.id, DAY_BEFORE)


async def test_a_moved_booking_has_a_new_request(conn: Conn, organization: Organization, clock: Clock) -> None:
    booked = await book(conn, organization, clock)
    await request_due(conn, organization, DAY_BEFORE)
    later = START + timedelta(days=2)
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, booked.invitee.id, later, uris=URIS, now=DAY_BEFORE)

    assert moved.invitee.reconfirmation is None
    assert await request_due(conn, organization, later - timedelta(days=1)) == [moved.invitee.id]


async def test_two_workers_make_one_request_and_an_answer_and_the_consequence_exclude_each_other(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], store: Store
) -> None:
    booked = await book(conn, organization, clock, reconfirm_action="cancel")
    due = Due(organization.id, booked.invitee.id, "cancel")

    async def request_once(one: Conn) -> bool:
        async with one.transaction():
            return await reconfirming.request(one, due, uris=URIS, now=DAY_BEFORE)

    async def act_once() -> bool:
        async with pair[1].transaction():
            return await reconfirming.act_on_silence(pair[1], due, uris=URIS, now=HOUR_BEFORE)

    assert sorted(await asyncio.gather(*(request_once(one) for one in pair))) == [False, True]
    answer, acted = await asyncio.gather(
        confirm(pair[0], booked.invitee.id, HOUR_BEFORE), act_once(), return_exceptions=True
    )

    names = await happened(store)
    assert names[:2] == ["invitee.created", "invitee.reconfirmation_requested"]
    if acted is True:
        assert isinstance(answer, Forbidden)
        assert names[2:] == ["invitee.reconfirmation_unanswered", "invitee.canceled"]
    else:
        assert isinstance(answer, Invitee)
        assert names[2:] == ["invitee.reconfirmed"]
