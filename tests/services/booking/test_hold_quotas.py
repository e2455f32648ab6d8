"""How much of hosts' time one caller may hold at a time, and whose holds end by themselves. Source: ADR 0029."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_event_type, make_member
from openslot.core.errors import TooMany
from openslot.db.holds import HoldQuotas
from openslot.db.pool import Conn
from openslot.services.booking import approvals, holds
from openslot.services.booking.holds import Held, Reason
from services.conftest import Store, blocked

START = datetime(2027, 1, 5, 8, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


async def hold(
    conn: Conn, organization: Organization, number: int, clock: Clock, event_type: UUID | None = None, **more: Any
) -> Held:
    async with conn.transaction():
        return await holds.place(
            conn, organization.id, event_type or organization.event_type_id, START + number * HALF_HOUR,
            reason=Reason.FORM, now=clock.now, **more,
        )  # fmt: skip


async def request(
    conn: Conn, organization: Organization, number: int, clock: Clock, event_type: UUID, share: HoldQuotas, **more: Any
) -> Held:
    wanted = booking_of(organization, START + number * HALF_HOUR, event_type_id=event_type, **more)
    async with conn.transaction():
        return await approvals.request(conn, wanted, share=share, uris=URIS, now=clock.now)


async def test_of_two_at_the_bound_one_alone_passes(
    conn: Conn, organization: Organization, clock: Clock, pair: list[Conn], store: Store
) -> None:
    """On the time of two hosts, so that no host's lock keeps them apart."""
    own: dict[str, Any] = {"holder_id": organization.member.id, "share": HoldQuotas(of_user=2)}
    on_admin = await make_event_type(conn, organization.admin.user, now=clock.now)
    await hold(conn, organization, 0, clock, **own)
    async with pair[0].transaction():
        await hold(pair[0], organization, 1, clock, **own)
        second = asyncio.create_task(hold(pair[1], organization, 1, clock, on_admin, **own))
        await blocked(conn, pair[1])
    with pytest.raises(TooMany):
        await second

    assert len(await store.rows("holds")) == 2
    assert len(await store.rows("occupancy")) == 2


async def test_who_holds_nothing_yet_does_not_wait_for_others(
    organization: Organization, clock: Clock, conn: Conn, pair: list[Conn]
) -> None:
    on_admin = await make_event_type(conn, organization.admin.user, now=clock.now)
    async with pair[0].transaction():
        await hold(pair[0], organization, 0, clock, holder_id=organization.member.id, share=HoldQuotas(of_user=1))
        await hold(
            pair[1], organization, 0, clock, on_admin, holder_id=organization.admin.id, share=HoldQuotas(of_user=1)
        )


async def test_requests_from_one_address_are_bounded_by_meetings_and_name_when_to_try_again(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    careful = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    share = HoldQuotas(address_digest=b"one", of_address=2)
    for number in range(2):
        await request(conn, organization, number, clock, careful, share, email=f"{number}@example.org")
    waits = []
    for elapsed_hours in (1, 22.5):
        clock.advance(hours=elapsed_hours)
        with pytest.raises(TooMany) as refused:
            await request(conn, organization, 2, clock, careful, share, email="2@example.org")
        waits.append(refused.value.retry_after_seconds)
    await request(conn, organization, 2, clock, careful, HoldQuotas(address_digest=b"two", of_address=2))

    assert waits == [3600, 1800]  # until the first ends, and an hour at most: it may be given up any time


async def test_a_class_that_signs_up_from_one_address_is_one_meeting(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    school = await make_event_type(
        conn, organization.owner.user, now=clock.now, requires_approval=True, kind="group", seats=30
    )
    share = HoldQuotas(address_digest=b"school", of_address=1, of_email=1)
    for number in range(30):
        await request(conn, organization, 0, clock, school, share, email=f"{number}@example.org")
    with pytest.raises(TooMany):
        await request(conn, organization, 1, clock, school, share, email="late@example.org")

    assert len(await store.rows("holds")) == 30


async def test_requests_of_one_e_mail_address_are_bounded_however_it_is_written(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    careful = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    await request(conn, organization, 0, clock, careful, HoldQuotas(of_email=1), email="Ada@example.org")
    with pytest.raises(TooMany):
        await request(conn, organization, 1, clock, careful, HoldQuotas(of_email=1), email="ada@EXAMPLE.org")


async def test_holds_of_who_is_a_member_no_more_are_swept_and_seats_of_others_stay(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    gone = await make_member(conn, organization.id, role="user", now=clock.now)
    group = await make_event_type(conn, organization.admin.user, now=clock.now, kind="group", seats=3)
    await hold(conn, organization, 0, clock, holder_id=gone.id)
    await hold(conn, organization, 0, clock, group, holder_id=gone.id)
    stays = await hold(conn, organization, 0, clock, group, holder_id=organization.member.id)
    await conn.execute("DELETE FROM organization_memberships WHERE user_id = %s", (gone.id,))
    await holds.sweep(conn, now=clock.now)

    assert [row["id"] for row in await store.rows("holds")] == [str(stays.hold.id)]
    assert [row["user_id"] for row in await store.rows("occupancy")] == [str(organization.admin.id)]
