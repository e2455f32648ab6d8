"""The same work without the service's layers: its statements are recorded once, then run on bare psycopg.

What remains is what no implementation can leave out: the statements, the pure function, the encoding.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg import AsyncConnection, AsyncCursor

from bench.world import World
from openslot.core import offers
from openslot.core.epoch import ceil_seconds
from openslot.core.intervals import Interval, Span
from openslot.db.pool import Conn, configure, connected
from openslot.presenters import event_types as present
from openslot.presenters import invitees as present_invitees
from openslot.presenters.uris import Uris
from openslot.services import access, serving, slots
from openslot.services.booking.booking import book
from openslot.services.booking.command import Booking
from openslot.wire import codec

SHIFTED_FROM = 1_000_000_000
"""Whole numbers above it are epoch seconds, alone or in the low bits below a host's number."""


class Statement(NamedTuple):
    """One statement with its parameters."""

    query: Any
    params: Any


@contextmanager
def recording() -> Iterator[list[Statement]]:
    """Record every statement of this process while the block runs."""
    sent: list[Statement] = []
    execute = AsyncCursor.execute

    async def recorded(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sent.append(Statement(query, params))
        return await execute(self, query, params, **options)

    AsyncCursor.execute = recorded  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        AsyncCursor.execute = execute  # type: ignore[method-assign]


async def _rate(conninfo: str, connections: int, seconds: float, work: Any) -> float:
    """How often per second ``work(conn, number)`` runs, on so many connections together."""
    numbers = iter(range(10**9))
    deadline = time.perf_counter() + seconds
    done = 0

    async def worker() -> None:
        nonlocal done
        async with await AsyncConnection.connect(conninfo, autocommit=True) as conn:
            await configure(conn)
            while time.perf_counter() < deadline:
                await work(conn, next(numbers))
                done += 1

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    return done / (time.perf_counter() - began)


async def month_of_times(
    conninfo: str, world: World, window: Interval, connections: int, seconds: float, now: datetime
) -> float:
    """Months of available times per second: the request's statements, the pure function, the encoding."""
    uris = Uris("http://localhost", "http://localhost/api/v2")
    async with connected(conninfo) as conn:
        with recording() as sent:
            principal = await access.authenticate(conn, world.token, now=now)
            served = await serving.serve(conn, principal.organization_id, world.listed)
            offer = await slots.offer_for(conn, served, window, now=now)
    span = Span(ceil_seconds(window.start), ceil_seconds(window.end))

    async def work(conn: Conn, _: int) -> None:
        for query, params in sent:
            cursor = await conn.execute(query, params)
            await cursor.fetchall()
        found = [(start, 1) for start in offers.starts(offer, span, now=now)]
        codec.encode(present.available_times(served.row, found, uris))

    return await _rate(conninfo, connections, seconds, work)


async def bookings(
    conninfo: str, world: World, first: datetime, connections: int, seconds: float, now: datetime
) -> float:
    """Bookings per second: the request's statements, one transaction per booking, each at another start."""
    uris = Uris("http://localhost", "http://localhost/api/v2")
    recorded: list[tuple[list[Statement], frozenset[UUID], Any]] = []
    async with connected(conninfo) as conn:
        for event_type in world.bookable:
            command = Booking(
                organization_id=world.organization, event_type_id=event_type, start_time=first, name="Ada Example",
                email="ada@example.org", timezone="Europe/Rome",
            )  # fmt: skip
            with recording() as sent:
                await access.authenticate(conn, world.token, now=now)
                async with conn.transaction():
                    booked = await book(conn, command, uris=uris, now=now)
            recorded.append((list(sent), _made(sent), booked.invitee))

    async def work(conn: Conn, number: int) -> None:
        statements, made, invitee = recorded[number % len(recorded)]
        shift = 900 * (1 + number // len(recorded))
        new = {old: uuid4() for old in made}
        async with conn.transaction():
            for query, params in statements:
                cursor = await conn.execute(query, _moved(params, new, shift, now))
                if cursor.description:
                    await cursor.fetchall()
        codec.encode(present_invitees.invitee(invitee, uris))

    return await _rate(conninfo, connections, seconds, work)


def _made(sent: list[Statement]) -> frozenset[UUID]:
    """The ids of the rows that the statements inserted."""
    made = set()
    for query, params in sent:
        if isinstance(params, dict) and "INSERT INTO" in str(query):
            made |= {params[name] for name in ("id", "scheduled_event_id") if isinstance(params.get(name), UUID)}
    return frozenset(made)


def _moved(value: Any, new: dict[UUID, UUID], shift: int, now: datetime) -> Any:  # noqa: PLR0911 -- one per type
    """The parameters of a statement for another start, with other ids for new rows."""
    if isinstance(value, dict):
        return {key: _moved(one, new, shift, now) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, new, shift, now) for one in value]
    if isinstance(value, tuple):
        return tuple(_moved(one, new, shift, now) for one in value)
    if isinstance(value, UUID):
        return new.get(value, value)
    if isinstance(value, datetime):
        return value if value == now or (value.tzinfo and value < now) else value + timedelta(seconds=shift)
    if isinstance(value, int) and not isinstance(value, bool) and value > SHIFTED_FROM:
        return value + shift
    return value
