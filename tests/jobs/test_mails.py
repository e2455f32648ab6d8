"""Mails about meetings, from the booking's transaction to a real mail server, and what they do in calendars.

Calendars are kept here by a reader that is not ours (icalendar), which applies each message in the order in which it
came. Source: faces, section 3; RFC 5546.
"""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking, make_event_type, principal_of
from mailing import parts_of, sending
from openslot.db import event_types, mails
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn, make_pool
from openslot.jobs import cleanup
from openslot.providers.mail import MailRefused
from openslot.providers.mail.memory import MemoryMailer
from openslot.services.booking import approvals, cancellation, guests, rescheduling
from openslot.services.booking.command import Booked
from providers.mail.test_smtp import Server, mailer, serving

ADA, BEN, GUEST, NEW_GUEST = "ada@example.org", "ben@example.org", "guest@example.org", "later@example.org"
START = datetime(2027, 1, 5, 9, tzinfo=UTC)
LATER = START + timedelta(hours=2)


class Entry(NamedTuple):
    """An entry of a calendar."""

    start: datetime
    status: str
    sequence: int
    attendees: frozenset[str]


class Line(NamedTuple):
    """One mail, as the table below has it."""

    to: str
    method: str | None
    sequence: int | None = None
    status: str | None = None


@dataclass
class Mailroom:
    """A mail server, a worker, and the calendars of all who get mail."""

    conn: Conn
    clock: Clock
    organization: Organization
    server: Server
    send: Callable[[], Awaitable[None]]
    seen: int = 0
    calendars: dict[str, dict[str, Entry]] = field(default_factory=dict)
    """By recipient and UID."""

    def name_of(self, address: str) -> str:
        return "host" if address == self.organization.owner.user.email else address.split("@", maxsplit=1)[0]

    async def deliver(self) -> list[EmailMessage]:
        """Send what waits; each message is applied to the calendar of who gets it."""
        await self.send()
        new = [mail for _, _, mail in self.server.taken[self.seen :]]
        self.seen = len(self.server.taken)
        for mail in new:
            self._apply(mail)
        return new

    async def lines(self) -> list[Line]:
        """The same as the table has it."""
        found = []
        for mail in await self.deliver():
            event = event_of(mail)
            method = None if event is None else str(parts_of(mail).calendar.get_param("method"))  # type: ignore[union-attr]
            found.append(
                Line(
                    self.name_of(str(mail["To"])),
                    method,
                    None if event is None else int(event["SEQUENCE"]),
                    None if event is None else str(event["STATUS"]),
                )
            )
        return sorted(found)

    def _apply(self, mail: EmailMessage) -> None:
        event = event_of(mail)
        if event is None:
            return
        calendar = self.calendars.setdefault(self.name_of(str(mail["To"])), {})
        uid, entry = str(event["UID"]), entry_of(event)
        if uid in calendar and entry.sequence < calendar[uid].sequence:
            return  # older than what is there
        method = str(parts_of(mail).calendar.get_param("method"))  # type: ignore[union-attr]
        if method == "CANCEL":
            calendar.pop(uid, None)
        else:
            calendar[uid] = entry

    def entries(self) -> dict[str, list[datetime]]:
        """When each one's calendar has something."""
        return {who: sorted(one.start for one in held.values()) for who, held in self.calendars.items() if held}


def event_of(mail: EmailMessage) -> Any:
    """The only event that a mail brings, or None; after a look at what every message must hold."""
    parts = parts_of(mail)
    if parts.calendar is None:
        assert parts.files == []
        return None
    text = str(parts.calendar.get_content())
    read = icalendar.Calendar.from_ical(text)
    assert isinstance(read, icalendar.Calendar)
    assert str(read["METHOD"]) == parts.calendar.get_param("method")
    assert parts.calendar.get_content_type() == "text/calendar"
    ((kind, name, attached),) = parts.files
    assert (kind, name) == ("application/ics", "invite.ics")
    assert attached.decode() == text.replace("\r\n", "\n").replace("\n", "\r\n")
    (event,) = read.walk("VEVENT")
    assert str(event["ORGANIZER"]) == "mailto:openslot@book.example"
    assert all(len(line.encode()) <= 75 for line in attached.decode().split("\r\n"))
    return event


def entry_of(event: Any) -> Entry:
    attendees = event.get("ATTENDEE", [])
    listed = attendees if isinstance(attendees, list) else [attendees]
    return Entry(
        event["DTSTART"].dt,
        str(event["STATUS"]),
        int(event["SEQUENCE"]),
        frozenset(str(one).removeprefix("mailto:") for one in listed),
    )


@pytest.fixture
def clock() -> Clock:
    """Monday, 4 January 2027, 08:00 UTC."""
    return Clock(datetime(2027, 1, 4, 8, tzinfo=UTC))


@pytest.fixture
async def mailroom(
    conn: Conn, own_database_url: str, clock: Clock, organization: Organization
) -> AsyncIterator[Mailroom]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving())
        send = await stack.enter_async_context(sending(own_database_url, mailer(server), clock))
        yield Mailroom(conn, clock, organization, server, send)


async def book(room: Mailroom, **values: Any) -> Booked:
    return await make_booking(
        room.conn, room.organization, values.pop("start", START), now=room.clock.now, guests=(GUEST,), **values
    )


async def reschedule(room: Mailroom, booked: Booked) -> Booked:
    return await reschedule_to(room, booked, LATER)


async def reschedule_to(room: Mailroom, booked: Booked, start: datetime) -> Booked:
    async with room.conn.transaction():
        return await rescheduling.reschedule(room.conn, booked.invitee.id, start, uris=URIS, now=room.clock.now)


async def request(room: Mailroom) -> UUID:
    """A request for approval; the id of its hold."""
    changes = ColumnChanges(requires_approval=True)
    await event_types.update(
        room.conn, room.organization.id, room.organization.event_type_id, changes, now=room.clock.now
    )
    async with room.conn.transaction():
        wanted = booking_of(room.organization, START, guests=(GUEST,))
        made = await approvals.request(room.conn, wanted, uris=URIS, now=room.clock.now)
    return made.hold.id


def to_all(method: str, sequence: int, *who: str) -> list[Line]:
    status = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    return sorted(Line(one, method, sequence, status) for one in who or ("host", "ada", "guest"))


async def test_a_booking_enters_every_calendar_once(mailroom: Mailroom) -> None:
    booked = await book(mailroom)
    mails = await mailroom.deliver()

    assert mailroom.entries() == {"host": [START], "ada": [START], "guest": [START]}
    uids = {uid for held in mailroom.calendars.values() for uid in held}
    assert uids == {f"{booked.invitee.chain_id}@book.example"}
    host = mailroom.organization.owner.user.email
    (entry,) = mailroom.calendars["ada"].values()
    assert entry == Entry(START, "CONFIRMED", 0, frozenset({host, ADA, GUEST}))
    by = {mailroom.name_of(str(mail["To"])): mail for mail in mails}
    assert str(by["host"]["Reply-To"]) == ADA
    assert str(by["ada"]["Reply-To"]) == str(by["guest"]["Reply-To"]) == host
    assert {str(mail["From"]) for mail in mails} == {"OpenSlot <openslot@book.example>"}
    # some calendars take the subject as the title, so it says nothing of what has happened
    assert str(by["host"]["Subject"]) == f"{booked.event.name} with Ada Example"
    assert str(by["ada"]["Subject"]) == f"{booked.event.name} with {mailroom.organization.owner.user.name}"
    assert f"https://book.example/cancellations/{booked.invitee.id}" in parts_of(by["ada"]).text
    assert "/cancellations/" not in parts_of(by["guest"]).text


async def test_a_reschedule_moves_the_same_entry(mailroom: Mailroom) -> None:
    booked = await book(mailroom)
    await mailroom.deliver()
    await reschedule(mailroom, booked)

    assert await mailroom.lines() == to_all("REQUEST", 1)
    assert mailroom.entries() == {"host": [LATER], "ada": [LATER], "guest": [LATER]}


@pytest.mark.parametrize("by_host", [True, False], ids=["by the host", "by the invitee"])
async def test_a_cancellation_empties_every_calendar(mailroom: Mailroom, *, by_host: bool) -> None:
    booked = await reschedule(mailroom, await book(mailroom))
    async with mailroom.conn.transaction():
        if by_host:
            owner = await principal_of(mailroom.conn, mailroom.organization.owner, now=mailroom.clock.now)
            await cancellation.cancel_event(
                mailroom.conn, owner, booked.event.id, reason="The kiln broke", uris=URIS, now=mailroom.clock.now
            )
        else:
            await cancellation.cancel_as_invitee(
                mailroom.conn, booked.invitee.id, reason="The kiln broke", uris=URIS, now=mailroom.clock.now
            )
    mails = await mailroom.deliver()

    last = [mail for mail in mails if str(event_of(mail)["STATUS"]) == "CANCELLED"]
    assert [int(event_of(mail)["SEQUENCE"]) for mail in last] == [2, 2, 2]
    assert mailroom.entries() == {}
    assert all("The kiln broke" in parts_of(mail).text for mail in last)
    assert len(mails) == 9


async def test_a_request_enters_no_calendar_until_it_is_approved(mailroom: Mailroom) -> None:
    hold = await request(mailroom)

    assert await mailroom.lines() == [Line("ada", None), Line("host", None)]
    owner = await principal_of(mailroom.conn, mailroom.organization.owner, now=mailroom.clock.now)
    async with mailroom.conn.transaction():
        await approvals.approve(mailroom.conn, owner, hold, uris=URIS, now=mailroom.clock.now)
    assert await mailroom.lines() == to_all("REQUEST", 0)
    assert mailroom.entries() == {"host": [START], "ada": [START], "guest": [START]}


async def test_a_declined_request_is_answered_to_the_invitee_alone(mailroom: Mailroom) -> None:
    hold = await request(mailroom)
    await mailroom.deliver()
    owner = await principal_of(mailroom.conn, mailroom.organization.owner, now=mailroom.clock.now)
    async with mailroom.conn.transaction():
        await approvals.refuse(mailroom.conn, owner, hold, uris=URIS, now=mailroom.clock.now)

    (mail,) = await mailroom.deliver()
    assert (str(mail["To"]), event_of(mail)) == (ADA, None)
    assert str(mail["Subject"]).startswith("Declined: ")


async def test_a_request_that_nobody_answers_is_reported_to_both_once(
    mailroom: Mailroom, own_database_url: str
) -> None:
    await request(mailroom)
    await mailroom.deliver()
    mailroom.clock.advance(days=2)
    async with make_pool(own_database_url, size=1) as pool:
        for _ in range(2):
            await cleanup.sweep(pool, mailroom.clock.now)

    assert await mailroom.lines() == [Line("ada", None), Line("host", None)]


async def test_a_guest_who_is_added_gets_the_entry_and_one_who_is_removed_loses_it(mailroom: Mailroom) -> None:
    booked = await book(mailroom)
    await mailroom.deliver()
    for wanted in ([GUEST, NEW_GUEST], [NEW_GUEST]):
        async with mailroom.conn.transaction():
            await guests.change(mailroom.conn, booked.invitee.id, wanted, uris=URIS, now=mailroom.clock.now)
        expected = {
            2: to_all("REQUEST", 1, "host", "ada", "guest", "later"),
            1: sorted([*to_all("REQUEST", 2, "host", "ada", "later"), *to_all("CANCEL", 2, "guest")]),
        }[len(wanted)]
        assert await mailroom.lines() == expected
    assert mailroom.entries() == {"host": [START], "ada": [START], "later": [START]}
    host = mailroom.organization.owner.user.email
    (entry,) = mailroom.calendars["ada"].values()
    assert entry.attendees == {host, ADA, NEW_GUEST}


async def test_the_host_of_a_group_has_one_entry_and_invitees_do_not_see_each_other(mailroom: Mailroom) -> None:
    owner = mailroom.organization.owner.user
    class_ = await make_event_type(mailroom.conn, owner, now=mailroom.clock.now, kind="group", seats=3)
    first = await book(mailroom, event_type_id=class_)
    second = await make_booking(
        mailroom.conn, mailroom.organization, START, now=mailroom.clock.now, event_type_id=class_, name="Ben", email=BEN
    )
    await mailroom.deliver()

    assert mailroom.entries() == {"host": [START], "ada": [START], "guest": [START], "ben": [START]}
    (entry,) = mailroom.calendars["host"].values()
    assert entry == Entry(START, "CONFIRMED", 1, frozenset({owner.email, ADA, GUEST, BEN}))
    (of_ben,) = mailroom.calendars["ben"].values()
    assert of_ben.attendees == {owner.email, BEN}

    async with mailroom.conn.transaction():
        await cancellation.cancel_as_invitee(
            mailroom.conn, first.invitee.id, reason=None, uris=URIS, now=mailroom.clock.now
        )
    await mailroom.deliver()
    assert mailroom.entries() == {"host": [START], "ben": [START]}
    (entry,) = mailroom.calendars["host"].values()
    assert entry.attendees == {owner.email, BEN}

    async with mailroom.conn.transaction():
        await cancellation.cancel_as_invitee(
            mailroom.conn, second.invitee.id, reason=None, uris=URIS, now=mailroom.clock.now
        )
    await mailroom.deliver()
    assert mailroom.entries() == {}


async def test_a_refused_mail_is_given_up_and_keeps_its_reason(mailroom: Mailroom, own_database_url: str) -> None:
    await book(mailroom)
    refusing = MemoryMailer(*[MailRefused("550 nobody of that name")] * 3)
    async with sending(own_database_url, refusing, mailroom.clock) as send:
        await send()
    cursor = await mailroom.conn.execute("SELECT DISTINCT state, error FROM mails")
    assert await cursor.fetchall() == [("failed", "550 nobody of that name")]


async def test_what_was_sent_stays_to_be_read_and_is_the_same_when_it_is_sent_again(mailroom: Mailroom) -> None:
    booked = await book(mailroom)
    await mailroom.deliver()
    await mailroom.conn.execute("UPDATE users SET name = 'Somebody else'")
    cursor = await mailroom.conn.execute("SELECT id FROM mails WHERE recipient = %s", (ADA,))
    ((mail_id,),) = await cursor.fetchall()
    assert await mails.send_again(mailroom.conn, mailroom.organization.id, mail_id)
    (again,) = await mailroom.deliver()

    first = next(mail for _, _, mail in mailroom.server.taken if str(mail["To"]) == ADA)
    assert (str(again["Message-ID"]), parts_of(again).text) == (str(first["Message-ID"]), parts_of(first).text)
    assert str(booked.invitee.id) in parts_of(again).text


LANGUAGES = [
    ("it", "Europe/Rome", "martedì 5 gennaio 2027", "10:00"),
    ("th", "Asia/Bangkok", "5 มกราคม พ.ศ. 2570", "16:00"),
    ("en-US", "America/New_York", "Tuesday, January 5, 2027", "4:00"),
]


@pytest.mark.parametrize(("language", "zone", "day", "time"), LANGUAGES, ids=[one[0] for one in LANGUAGES])
async def test_a_mail_is_in_its_readers_language_and_zone(
    mailroom: Mailroom, language: str, zone: str, day: str, time: str
) -> None:
    await mailroom.conn.execute("UPDATE users SET locale = 'it', timezone = 'Asia/Tokyo'")
    await book(mailroom, language=language, timezone=zone)
    by = {mailroom.name_of(str(mail["To"])): parts_of(mail) for mail in await mailroom.deliver()}

    for reader in ("ada", "guest"):
        for text in (by[reader].text, by[reader].html or ""):
            assert day in text
            assert time in text
    assert "martedì 5 gennaio 2027" in by["host"].text
    assert "18:00" in by["host"].text


async def test_text_and_html_have_the_same_content_and_what_was_typed_is_inert(mailroom: Mailroom) -> None:
    hostile = '<img src=x onerror=alert(1)> "Ada"\u202e'
    await book(mailroom, name=hostile)
    for mail in await mailroom.deliver():
        parts = parts_of(mail)
        assert parts.html is not None
        assert "<img" not in parts.html
        words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", parts.html, flags=re.DOTALL)).split()
        written = [word.removesuffix(":") for word in parts.text.split() if "://" not in word]
        missing = [word for word in written if word not in words]
        assert missing == []


async def test_each_reminder_comes_once_at_its_minute_over_both_clock_changes(
    mailroom: Mailroom,
) -> None:
    """A month of meetings around each change of the clocks in Rome: 28 March and 31 October 2027."""
    changes = ColumnChanges(reminder_minutes=[60, 1440])
    room = mailroom
    await event_types.update(
        room.conn, room.organization.id, room.organization.event_type_id, changes, now=room.clock.now
    )
    starts = [
        datetime(2027, month, day, 9, tzinfo=ZoneInfo("Europe/Rome"))
        for month, days in ((3, range(22, 32)), (10, range(25, 30)), (11, range(1, 6)))
        for day in days
        if datetime(2027, month, day).weekday() < 5  # noqa: DTZ001
    ]
    booked = [
        await make_booking(room.conn, room.organization, start.astimezone(UTC), now=room.clock.now) for start in starts
    ]
    await room.deliver()
    moved = await reschedule_to(room, booked[0], starts[0] + timedelta(hours=3))
    async with room.conn.transaction():
        await cancellation.cancel_as_invitee(
            room.conn, booked[1].invitee.id, reason=None, uris=URIS, now=room.clock.now
        )
    await room.deliver()
    expected = sorted(
        one.event.start_time - timedelta(minutes=minutes) for one in [moved, *booked[2:]] for minutes in (60, 1440)
    )
    seen = []
    for due in expected:
        room.clock.now = due - timedelta(seconds=1)
        assert await room.deliver() == []
        room.clock.now = due
        (mail,) = await room.deliver()
        assert str(mail["Subject"]).startswith("Reminder: ")
        assert "09:00" in parts_of(mail).text or "12:00" in parts_of(mail).text or "9:00" in parts_of(mail).text
        assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
        seen.append(due)
    assert seen == expected
    room.clock.advance(days=7)
    assert await room.deliver() == []


async def test_a_reminder_is_sent_late_until_the_start_and_not_after(mailroom: Mailroom) -> None:
    room = mailroom
    changes = ColumnChanges(reminder_minutes=[60])
    await event_types.update(
        room.conn, room.organization.id, room.organization.event_type_id, changes, now=room.clock.now
    )
    await book(room)
    await book(room, start=LATER)
    await room.deliver()
    room.clock.now = START + timedelta(hours=1, minutes=30)  # the worker was away
    (mail,) = await room.deliver()
    assert "11:00" in parts_of(mail).text or "12:00" in parts_of(mail).text

    cursor = await room.conn.execute("SELECT state, count(*) FROM mails WHERE kind = 'reminder' GROUP BY 1 ORDER BY 1")
    assert await cursor.fetchall() == [("missed", 1), ("sent", 1)]
