"""Whatever was typed, a mail has the parts, headers, properties and links that it has without."""

import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import NamedTuple

import icalendar
from radicale.item import check_and_sanitize_items, read_components

from factories import URIS, booking_of, make_event_type, principal_of
from hostile import HARMLESS, TEXTS
from jobs.test_mails import GUEST, NEW_GUEST, START, Mailroom, clock, mailroom, reschedule
from mailing import parts_of
from openslot.services.booking import approvals, cancellation, guests
from openslot.services.booking.command import GivenAnswer
from openslot.wire.characters import one_line
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation

__all__ = ["clock", "mailroom"]


ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/booking_requests/)[^/]+|(?<=/kiln-tour-)[0-9]+")


class Shape(NamedTuple):
    """What a mail consists of, but for the words."""

    headers: list[str]
    recipients: list[tuple[str, int]]
    parts: list[tuple[str, str | None]]
    html: list[tuple[str, ...]]
    text: list[str]
    """Lines that are no value: labels, of the mail and of the description in the calendar."""
    properties: list[tuple[str, ...]]
    """Of the calendar, each with its parameters."""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":  # a line more is a line more
            self.found.append(
                (tag, *[name if name != "href" else f"href={ID.sub('*', value or '')}" for name, value in attrs])
            )


def shape(mail: EmailMessage, typed: str) -> Shape:
    """``typed`` and ids count for nothing. Two readers of calendars, which are not ours, accept what there is."""
    assert [part.defects for part in mail.walk() if part.defects] == []
    words = sorted({one_line(typed), one_line(typed)[:55].strip()}, key=len, reverse=True)
    parts = parts_of(mail)
    tags = _Tags()
    tags.feed(parts.html or "")
    found: list[tuple[str, ...]] = []
    description = ""
    if parts.calendar is not None:
        text = str(parts.calendar.get_content())
        check_and_sanitize_items(read_components(text), max_vevent_rrule_occurrence=1, tag="VCALENDAR")
        read = icalendar.Calendar.from_ical(text)
        for component in read.walk():
            found.append((str(component.name),))
            description += str(component.get("DESCRIPTION", ""))
            found += [
                (name, *sorted(getattr(value, "params", ())))
                for name, value in component.property_items(recursive=False)
            ]
    lines = [*parts.text.splitlines(), *description.splitlines()]
    leads = [line for line in lines if line and not line.startswith("    ")]
    for word in words:
        leads = [line.replace(word, "*") for line in leads]
    leads = [line.partition(": ")[0] for line in leads]
    return Shape(
        mail.keys(),
        [(name, len(mail[name].addresses)) for name in ("From", "To", "Reply-To") if mail[name]],
        [(part.get_content_type(), part.get_filename()) for part in mail.walk()],
        tags.found,
        leads,
        found,
    )


async def life(room: Mailroom, text: str) -> list[EmailMessage]:
    """Request, approve, bring a guest, move and cancel, with ``text`` wherever an invitee or a host may type."""
    conn, now = room.conn, room.clock.now
    owner, single = room.organization.owner, one_line(text)[:55].strip()
    await conn.execute("UPDATE users SET name = %s WHERE id = %s", (single, owner.id))
    question = CustomQuestion(single, "text", 0, True, False, [], False)
    made = await make_event_type(
        conn, owner.user, now=now, name=single, requires_approval=True, custom_questions=[question],
        locations=[LocationConfiguration("ask_invitee")],
    )  # fmt: skip
    wanted = booking_of(
        room.organization, START, event_type_id=made, name=text, guests=(GUEST,),
        location=InviteeLocation("ask_invitee", text), answers=[GivenAnswer(single, text)],
    )  # fmt: skip
    async with conn.transaction():
        hold = (await approvals.request(conn, wanted, uris=URIS, now=now)).hold.id
    mails = await room.deliver()
    principal = await principal_of(conn, owner, now=now)
    async with conn.transaction():
        booked = await approvals.approve(conn, principal, hold, uris=URIS, now=now)
    mails += await room.deliver()
    async with conn.transaction():
        await guests.change(conn, booked.invitee.id, [NEW_GUEST], uris=URIS, now=now)
    mails += await room.deliver()
    moved = await reschedule(room, booked)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, moved.invitee.id, reason=text, uris=URIS, now=now)
    return mails + await room.deliver()


async def shapes(room: Mailroom, text: str) -> list[tuple[str, Shape]]:
    """Of the mails of a life, by recipient."""
    mails = sorted(await life(room, text), key=lambda mail: str(mail["To"]))
    return [(str(mail["To"]), shape(mail, text)) for mail in mails]


async def test_whatever_is_typed_adds_nothing_to_a_mail_but_words(mailroom: Mailroom) -> None:
    expected = await shapes(mailroom, HARMLESS)
    assert len(expected) == 15
    for name, text in TEXTS.items():
        assert await shapes(mailroom, text) == expected, name
