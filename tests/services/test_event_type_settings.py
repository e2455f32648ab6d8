"""Event types that are made at the same moment."""

import asyncio

import pytest

from conftest import Clock
from factories import URIS, Organization, principal_of
from openslot.core.errors import Conflict
from openslot.db.pool import Conn
from openslot.db.served_event_types import ServedEventType
from openslot.services import event_type_settings
from openslot.wire.event_type_settings import CreateEventType
from services.conftest import blocked


async def make(conn: Conn, organization: Organization, wanted: CreateEventType, clock: Clock) -> ServedEventType:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        return await event_type_settings.create(
            conn, principal, organization.owner.id, wanted, uris=URIS, now=clock.now
        )


async def at_once(
    conn: Conn, pair: list[Conn], organization: Organization, wanted: CreateEventType, clock: Clock
) -> tuple[ServedEventType, asyncio.Task[ServedEventType]]:
    """The one who was first, and the other, who had seen the same slug free and then waited."""
    first, second = pair
    async with first.transaction():
        made = await make(first, organization, wanted, clock)
        waiting = asyncio.create_task(make(second, organization, wanted, clock))
        await blocked(conn, second)
    return made, waiting


async def test_two_of_one_name_at_once_have_an_address_each(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    wanted = CreateEventType(name="Встреча", duration=30)

    made, waiting = await at_once(conn, pair, organization, wanted, clock)

    assert (made.slug, (await waiting).slug) == ("vstrecha", "vstrecha-2")


async def test_of_two_who_want_one_address_at_once_one_is_refused(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    wanted = CreateEventType(name="Kiln tour", duration=30, slug="the-kiln")

    made, waiting = await at_once(conn, pair, organization, wanted, clock)

    assert made.slug == "the-kiln"
    with pytest.raises(Conflict, match="the owner has an event type at /the-kiln already"):
        await waiting
