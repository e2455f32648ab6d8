"""Mails about meetings, from the booking's transaction through a mail server into the calendars of a calendar server.

The calendar server (Radicale) refuses what is not well formed, and a second entry with the same UID. Source: faces,
section 3; RFC 5546.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from calendar_server import Calendar, Held, calendar_of, calendar_server
from factories import URIS, make_booking, make_event_type, principal_of
from jobs.test_mails import (
    ADA,
    BEN,
    GUEST,
    LATER,
    NEW_GUEST,
    START,
    Mailroom,
    book,
    clock,
    mailroom,
    request,
    reschedule,
)
from mailing import parts_of
from openslot.db import event_types
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import make_pool
from openslot.jobs import cleanup
from openslot.services.booking import approvals, cancellation, guests
from openslot.services.booking.command import Booked
from openslot.wire.event_types import LocationConfiguration

__all__ = ["clock", "mailroom"]

PLACE = "Kiln room, 2nd floor; the door on the left"
HOW_TO = "Ring twice\nand wait: ฝั่งซ้าย"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with calendar_server(tmp_path_factory.mktemp("calendars")) as address:
        yield address


@dataclass
class Post:
    """Carries mails into calendars; each person has one as soon as a mail comes."""

    room: Mailroom
    server: str
    stack: AsyncExitStack
    mails: list[EmailMessage] = field(default_factory=list)
    calendars: dict[str, Calendar] = field(default_factory=dict)

    async def carry(self) -> None:
        """Send what waits, and put each mail where it belongs."""
        new = await self.room.deliver()
        self.mails += new
        await self.put(new)

    async def put(self, mails: Iterable[EmailMessage]) -> None:
        for mail in mails:
            who = self.room.name_of(str(mail["To"]).lower())
            if who not in self.calendars:
                made = calendar_of(self.server, f"{who}-{uuid4().hex}")
                self.calendars[who] = await self.stack.enter_async_context(made)
            await self.calendars[who].take(mail)

    async def meetings(self) -> dict[str, list[Held]]:
        return {who: await calendar.meetings() for who, calendar in self.calendars.items()}


@pytest.fixture
async def post(mailroom: Mailroom, server: str) -> AsyncIterator[Post]:
    room = mailroom
    place = [LocationConfiguration("physical", PLACE, HOW_TO)]
    await event_types.update(
        room.conn, room.organization.id, room.organization.event_type_id, ColumnChanges(locations=place),
        now=room.clock.now,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        yield Post(room, server, stack)


class Seen(NamedTuple):
    """What a calendar is to hold; ``title`` with the names of the event type and of the host."""

    title: str
    start: datetime
    sequence: int

    def of(self, post: Post, name: str) -> Held:
        host = post.room.organization.owner.user.name
        length = timedelta(minutes=30)
        where = f"{PLACE}, {HOW_TO}" if "class" not in self.title else ""
        title = self.title.format(name=name, host=host).removeprefix("class ")
        return Held(title, self.start, self.start + length, where, self.sequence)


def host(start: datetime, sequence: int) -> list[Seen]:
    return [Seen("{name} with Ada Example", start, sequence)]


def other(start: datetime, sequence: int) -> list[Seen]:
    return [Seen("{name} with {host}", start, sequence)]


# What happens


async def as_owner(post: Post, act: Callable[..., Awaitable[object]], about: UUID, **values: object) -> None:
    room = post.room
    owner = await principal_of(room.conn, room.organization.owner, now=room.clock.now)
    async with room.conn.transaction():
        await act(room.conn, owner, about, uris=URIS, now=room.clock.now, **values)


async def as_invitee(post: Post, booked: Booked, act: Callable[..., Awaitable[object]], *values: object) -> None:
    room = post.room
    named = {"reason": "The kiln broke"} if act is cancellation.cancel_as_invitee else {}
    async with room.conn.transaction():
        await act(room.conn, booked.invitee.id, *values, uris=URIS, now=room.clock.now, **named)


async def requested(post: Post) -> UUID:
    hold = await request(post.room)
    await post.carry()
    return hold


async def pend(post: Post) -> None:
    await requested(post)


async def approve(post: Post) -> None:
    await as_owner(post, approvals.approve, await requested(post))


async def decline(post: Post) -> None:
    await as_owner(post, approvals.refuse, await requested(post))


async def withdraw(post: Post) -> None:
    hold, room = await requested(post), post.room
    async with room.conn.transaction():
        await approvals.withdraw(room.conn, hold, uris=URIS, now=room.clock.now)


async def expire(post: Post) -> None:
    await requested(post)
    post.room.clock.advance(days=2)
    async with make_pool(post.room.conn.info.dsn, size=1) as pool:
        await cleanup.sweep(pool, post.room.clock.now)


async def booked(post: Post) -> Booked:
    made = await book(post.room)
    await post.carry()
    return made


async def only_book(post: Post) -> None:
    await book(post.room)


async def move(post: Post) -> None:
    await reschedule(post.room, await booked(post))


async def cancel_as_host(post: Post) -> None:
    await as_owner(post, cancellation.cancel_event, (await booked(post)).event.id, reason=None)


async def cancel_as_invitee(post: Post) -> None:
    await as_invitee(post, await booked(post), cancellation.cancel_as_invitee)


async def move_and_cancel(post: Post) -> None:
    moved = await reschedule(post.room, await booked(post))
    await post.carry()
    await as_invitee(post, moved, cancellation.cancel_as_invitee)


async def change_guests(post: Post, *changes: list[str]) -> None:
    made = await booked(post)
    for wanted in changes:
        await as_invitee(post, made, guests.change, wanted)
        await post.carry()


async def add_a_guest(post: Post) -> None:
    await change_guests(post, [GUEST, NEW_GUEST])


async def remove_a_guest(post: Post) -> None:
    await change_guests(post, [])


async def bring_a_guest_back(post: Post) -> None:
    await change_guests(post, [], [GUEST])


async def bring_those_who_take_part_anyway(post: Post) -> None:
    owner = post.room.organization.owner.user
    await change_guests(post, [GUEST, ADA.upper(), owner.email], [GUEST])


async def class_of_two(post: Post) -> tuple[Booked, Booked]:
    room = post.room
    owner, now = room.organization.owner.user, room.clock.now
    made = await make_event_type(room.conn, owner, now=now, name="A class", kind="group", seats=3)
    first = await book(room, event_type_id=made)
    await post.carry()
    second = await make_booking(
        room.conn, room.organization, START, now=now, event_type_id=made, name="Ben", email=BEN
    )  # fmt: skip
    await post.carry()
    return first, second


async def take_a_seat(post: Post) -> None:
    await class_of_two(post)


async def leave_a_class(post: Post) -> None:
    first, _ = await class_of_two(post)
    await as_invitee(post, first, cancellation.cancel_as_invitee)


async def move_from_a_class(post: Post) -> None:
    first, _ = await class_of_two(post)
    await reschedule(post.room, first)


async def cancel_a_class(post: Post) -> None:
    _, second = await class_of_two(post)
    await as_owner(post, cancellation.cancel_event, second.event.id, reason=None)


NOBODY: dict[str, list[Seen]] = {"host": [], "ada": []}
NONE_LEFT = NOBODY | {"guest": []}
ALL = {"host": host(START, 0), "ada": other(START, 0), "guest": other(START, 0)}
MOVED = {"host": host(LATER, 1), "ada": other(LATER, 1), "guest": other(LATER, 1)}
SCENARIOS: list[tuple[Callable[[Post], Awaitable[None]], dict[str, list[Seen]]]] = [
    (only_book, ALL),
    (pend, NOBODY),
    (approve, ALL),
    (decline, NOBODY),
    (withdraw, NOBODY),
    (expire, NOBODY),
    (move, MOVED),
    (cancel_as_host, NONE_LEFT),
    (cancel_as_invitee, NONE_LEFT),
    (move_and_cancel, NONE_LEFT),
    (add_a_guest, {"host": host(START, 1), **dict.fromkeys(("ada", "guest", "later"), other(START, 1))}),
    (remove_a_guest, {"host": host(START, 1), "ada": other(START, 1), "guest": []}),
    (bring_a_guest_back, {"host": host(START, 2), **dict.fromkeys(("ada", "guest"), other(START, 2))}),
    (bring_those_who_take_part_anyway, {"host": host(START, 2), **dict.fromkeys(("ada", "guest"), other(START, 2))}),
]
CLASS = [Seen("class A class with {host}", START, 0)]
MOVED_ALONE = [Seen("class A class with {host}", LATER, 1)]
SCENARIOS += [
    (take_a_seat, {"host": [Seen("class A class", START, 1)], "ada": CLASS, "guest": CLASS, "ben": CLASS}),
    (leave_a_class, {"host": [Seen("class A class", START, 2)], "ada": [], "guest": [], "ben": CLASS}),
    (
        move_from_a_class,
        {
            "host": [Seen("class A class", START, 2), Seen("class A class with Ada Example", LATER, 0)],
            "ada": MOVED_ALONE,
            "guest": MOVED_ALONE,
            "ben": CLASS,
        },
    ),
    (cancel_a_class, {"host": [], "ada": [], "guest": [], "ben": []}),
]


@pytest.mark.parametrize(("happens", "expected"), SCENARIOS, ids=[one.__name__ for one, _ in SCENARIOS])
async def test_each_calendar_holds_what_takes_place(
    post: Post, happens: Callable[[Post], Awaitable[None]], expected: dict[str, list[Seen]]
) -> None:
    """In the order in which mails are sent, and backwards with each mail twice."""
    await happens(post)
    await post.carry()
    row = await event_types.get(post.room.conn, post.room.organization.id, post.room.organization.event_type_id)
    assert row is not None
    shown = {who: [one.of(post, row.name) for one in held] for who, held in expected.items()}
    assert await post.meetings() == shown

    backwards = Post(post.room, post.server, post.stack)
    await backwards.put(mail for mail in reversed(post.mails) for _ in range(2))
    assert await backwards.meetings() == shown


AWAY = "421 4.3.2 the server is away"


async def test_a_mail_server_that_is_away_for_a_day_loses_nothing_and_gets_nothing_twice(post: Post) -> None:
    room = post.room
    room.server.replies["MAIL"] = [AWAY] * 1000
    made = await book(room)
    for hour in range(24):
        assert await room.deliver() == []
        if hour == 3:
            made = await reschedule(room, made)
        if hour == 20:
            await as_invitee(post, made, guests.change, [NEW_GUEST])
        room.clock.advance(hours=1)
    room.server.replies.clear()
    for _ in range(12):
        await post.carry()
        room.clock.advance(hours=1)

    (name,) = {held.summary.partition(" with ")[0] for held in await post.calendars["ada"].meetings()}
    expected = {"host": host(LATER, 2), **dict.fromkeys(("ada", "later"), other(LATER, 2)), "guest": []}
    assert await post.meetings() == {who: [one.of(post, name) for one in held] for who, held in expected.items()}
    ids = [str(mail["Message-ID"]) for mail in post.mails]
    assert (len(ids), len(set(ids))) == (10, 10)


async def test_a_mail_that_has_to_wait_is_not_overtaken_by_a_later_one_to_the_same_calendar(post: Post) -> None:
    """A calendar that forgets what was canceled would take the older request for a new one."""
    room = post.room
    room.server.replies["RCPT"] = ["451 4.7.1 try again later"] * 3
    made = await book(room)
    await post.carry()
    moved = await reschedule(room, made)
    await post.carry()
    await as_invitee(post, moved, cancellation.cancel_as_invitee)
    await post.carry()
    sent_meanwhile = len(post.mails)
    room.clock.advance(minutes=1)
    await post.carry()

    assert sent_meanwhile == 0
    for who in ("host", "ada", "guest"):
        came = [mail for mail in post.mails if room.name_of(str(mail["To"])) == who]
        assert [parts_of(mail).calendar.get_param("method") for mail in came] == ["REQUEST", "REQUEST", "CANCEL"]  # type: ignore[union-attr]
