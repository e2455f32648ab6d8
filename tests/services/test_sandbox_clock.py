"""Moving the clock of a sandbox does what is due by then, each thing at its time. Source: ADR 0041."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, make_subscription, principal_of
from openslot.core.errors import Forbidden, Invalid, NotFound, WrongState
from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import sandbox_clock
from openslot.services.booking.invitees import find

HOUR = timedelta(hours=1)
TEN = datetime(2027, 1, 6, 10, tzinfo=UTC)


@pytest.fixture
async def sandbox(conn: Conn, organization: Organization, clock: Clock) -> Organization:
    await sandboxes.insert(conn, organization.id, now=clock.now)
    return organization


async def move(conn: Conn, organization: Organization, to: datetime, clock: Clock) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await sandbox_clock.move(conn, principal, to, uris=URIS, warn_after=HOUR, now=clock.now)


async def written(conn: Conn, organization: Organization) -> list[tuple[str, str]]:
    """The events of invitees since the booking, with their times."""
    cursor = await conn.execute(
        "SELECT name, to_char(occurred_at, 'DD HH24:MI') FROM events"
        " WHERE organization_id = %s AND name LIKE 'invitee.%%' AND name <> 'invitee.created' ORDER BY sequence",
        (organization.id,),
    )
    return [(name, at) for name, at in await cursor.fetchall()]


async def reconfirmed_type(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> Any:
    rule: dict[str, Any] = {
        "reconfirm_minutes": 1440,
        "reconfirm_by_minutes": 60,
        "reconfirm_action": "cancel",
    } | values
    return await make_event_type(conn, organization.owner.user, now=clock.now, **rule)


async def test_a_jump_over_request_and_end_of_a_reconfirmation_leaves_both_at_their_times(
    conn: Conn, sandbox: Organization, clock: Clock
) -> None:
    event_type = await reconfirmed_type(conn, sandbox, clock)
    first = await make_booking(conn, sandbox, TEN, now=clock.now, event_type_id=event_type)
    await make_booking(conn, sandbox, TEN + 2 * HOUR, now=clock.now, event_type_id=event_type)

    await move(conn, sandbox, TEN + timedelta(days=7), clock)

    assert await written(conn, sandbox) == [
        ("invitee.reconfirmation_requested", "05 10:00"),
        ("invitee.reconfirmation_requested", "05 12:00"),
        ("invitee.reconfirmation_unanswered", "06 09:00"),
        ("invitee.canceled", "06 09:00"),
        ("invitee.reconfirmation_unanswered", "06 11:00"),
        ("invitee.canceled", "06 11:00"),
    ]
    assert (await find(conn, first.invitee.id)).invitee.status == "canceled"


async def test_a_move_that_stops_between_them_does_the_first_alone(
    conn: Conn, sandbox: Organization, clock: Clock
) -> None:
    event_type = await reconfirmed_type(conn, sandbox, clock)
    await make_booking(conn, sandbox, TEN, now=clock.now, event_type_id=event_type)

    await move(conn, sandbox, TEN - timedelta(days=1), clock)
    once = await written(conn, sandbox)
    await move(conn, sandbox, TEN - timedelta(minutes=61), clock)

    assert once == [("invitee.reconfirmation_requested", "05 10:00")]
    assert await written(conn, sandbox) == once


async def test_whoever_booked_after_the_request_would_have_been_made_is_left_alone(
    conn: Conn, sandbox: Organization, clock: Clock
) -> None:
    event_type = await reconfirmed_type(conn, sandbox, clock)
    await make_booking(conn, sandbox, clock.now + 3 * HOUR, now=clock.now, event_type_id=event_type)

    await move(conn, sandbox, TEN, clock)

    assert await written(conn, sandbox) == []


async def test_the_owner_of_a_failing_subscription_is_warned_on_the_sandbox_s_clock(
    conn: Conn, sandbox: Organization, clock: Clock, vault: Vault
) -> None:
    made = await make_subscription(conn, sandbox.owner, vault=vault, now=clock.now)
    await conn.execute("UPDATE webhook_subscriptions SET retry_started_at = %s WHERE id = %s", (clock.now, made.id))
    warned = []
    for to in (clock.now + HOUR - timedelta(seconds=1), clock.now + HOUR):
        await move(conn, sandbox, to, clock)
        cursor = await conn.execute("SELECT warned_at FROM webhook_subscriptions WHERE id = %s", (made.id,))
        warned.append(await cursor.fetchone())

    assert warned == [(None,), (clock.now + HOUR,)]


async def test_back_is_refused_where_anything_was_ever_booked(conn: Conn, sandbox: Organization, clock: Clock) -> None:
    await make_booking(conn, sandbox, TEN, now=clock.now)
    with pytest.raises(WrongState):
        await move(conn, sandbox, clock.now - timedelta(seconds=1), clock)


async def test_only_admins_move_it_and_only_of_a_sandbox(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    with pytest.raises(Forbidden):
        await sandbox_clock.move(conn, member, TEN, uris=URIS, warn_after=HOUR, now=clock.now)
    with pytest.raises(NotFound, match="sandbox"):
        await sandbox_clock.move(conn, owner, TEN, uris=URIS, warn_after=HOUR, now=clock.now)


@pytest.mark.parametrize("given", [(None, None), (TEN, HOUR), (datetime(2100, 1, 1, tzinfo=UTC), None)])
def test_a_target_is_one_time_within_reach(given: tuple[datetime | None, timedelta | None], clock: Clock) -> None:
    with pytest.raises(Invalid):
        sandbox_clock.target(clock.now, *given)


def test_a_target_is_the_time_itself_or_so_much_later(clock: Clock) -> None:
    assert sandbox_clock.target(clock.now, TEN, None) == TEN
    assert sandbox_clock.target(clock.now, None, HOUR) == clock.now + HOUR
