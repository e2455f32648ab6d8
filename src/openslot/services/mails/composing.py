"""From a stored mail to what is sent: reads the meeting as it is now, and writes the letter and the calendar entry."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from openslot.core import itip
from openslot.core.itip import Attendee, Entry
from openslot.db import event_types, invitees, mail_templates, scheduled_events, users
from openslot.db.event_types import EventType
from openslot.db.invitees import Invitee
from openslot.db.mails import Content, Mail
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.users import User
from openslot.i18n.reader import Reader
from openslot.presenters import places
from openslot.presenters.event_types import scheduling_page
from openslot.presenters.scheduled_events import location_of
from openslot.presenters.uris import Uris
from openslot.security import answer_links
from openslot.security.answer_links import Answerable
from openslot.services.mails import letters, rendering
from openslot.services.mails.kinds import Kind
from openslot.services.mails.letters import Meeting, OwnTexts, Pages, Person
from openslot.services.mails.requests import RequestFacts
from openslot.wire.characters import address_key

MAX_REPLY_TO = 10
"""Addresses; a collective meeting may have hundreds of hosts."""
INDENT = "\n    "
"""Before the further lines of an answer, so that none looks like a line of ours."""


@dataclass(frozen=True)
class Composer:
    """What does not depend on the mail."""

    uris: Uris
    sender: str
    """As in ``OPENSLOT_MAIL_FROM``."""
    key: str = field(repr=False)
    """The secret key of the service."""


@dataclass(frozen=True)
class Composed:
    """A mail that can be sent."""

    content: Content
    reply_to: Sequence[str] = ()
    stop_url: str | None = field(default=None, repr=False)
    """Where mails of this kind can be stopped."""
    starts_at: datetime | None = None
    """Of the meeting."""


def uid_of(calendar_id: UUID, uris: Uris) -> str:
    """The UID of an entry: of an invitee's, ``calendar_id`` is the chain of bookings."""
    return f"{calendar_id}@{urlsplit(uris.pages).hostname or 'localhost'}"


def organizer(sender: str, hosts: Sequence[str]) -> Attendee:
    """Who organizes: the address of the service, under the names of the hosts; ``sender`` as ``Composer.sender``."""
    return Attendee(parseaddr(sender)[1], ", ".join(hosts))


async def compose(conn: Conn, composer: Composer, mail: Mail, *, now: datetime) -> Composed | None:
    """What the mail says; None where what it was about is there no more. ``now``: on the organization's clock."""
    if mail.kind == Kind.NOTE:
        facts = mail.facts
        return None if facts is None else Composed(Content(subject=facts["subject"], text=facts["text"]))
    host = None if mail.user_id is None else await users.get(conn, mail.user_id)
    if mail.hold_id is not None:
        return await _about_request(conn, composer, mail, host)
    return await _about_meeting(conn, composer, mail, host, now)


async def _about_meeting(
    conn: Conn, composer: Composer, mail: Mail, host: User | None, now: datetime
) -> Composed | None:
    assert mail.invitee_id is not None
    assert mail.scheduled_event_id is not None  # both are there in every mail about a meeting
    invitee = await invitees.get(conn, mail.organization_id, mail.invitee_id)
    event = await scheduled_events.get(conn, mail.organization_id, mail.scheduled_event_id)
    event_type = None if event is None else await event_types.get(conn, mail.organization_id, event.event_type_id)
    if invitee is None or event is None or event_type is None:
        return None
    reader = _reader(host, event_type, timezone=invitee.timezone, language=invitee.language)
    meeting = await _meeting(conn, composer.uris, mail, invitee, event, event_type)
    kind = Kind(mail.kind)
    letter = letters.write(reader, kind, mail.role, meeting, await _own_texts(conn, mail, reader))
    calendar = None
    if mail.method is not None:
        entry = _entry(composer, mail, reader, meeting, created=event.created_at, now=now)
        calendar = itip.message(mail.method, entry)
    content = Content(
        subject=letter.subject,
        text=rendering.as_text(letter),
        html=rendering.as_html(letter, reader),
        calendar=calendar,
    )
    return Composed(
        content,
        _reply_to(mail.role, meeting),
        meeting.pages.stop_reminders if kind is Kind.REMINDER else None,
        event.start_time,
    )


async def _about_request(conn: Conn, composer: Composer, mail: Mail, host: User | None) -> Composed | None:
    if mail.facts is None:
        return None
    facts = msgspec.convert(mail.facts, RequestFacts)
    event_type = await event_types.get(conn, mail.organization_id, facts.event_type_id)
    if event_type is None or mail.hold_id is None:
        return None
    reader = _reader(host, event_type, timezone=facts.timezone, language=facts.language)
    pages = Pages(again=_again(event_type, composer.uris))
    if host is not None:
        token = answer_links.token(composer.key, Answerable(mail.hold_id, host.id))
        pages = Pages(answer=composer.uris.page("booking_requests", token))
    meeting = Meeting(
        name=event_type.name,
        start=facts.start_time,
        end=facts.end_time,
        hosts=[Person(one.email, one.name) for one in facts.hosts],
        invitee=Person(facts.email, facts.name),
        guests=facts.guests,
        answers=facts.answers,
        pages=pages,
    )
    letter = letters.write(reader, Kind(mail.kind), mail.role, meeting, await _own_texts(conn, mail, reader))
    content = Content(subject=letter.subject, text=rendering.as_text(letter), html=rendering.as_html(letter, reader))
    return Composed(content, _reply_to(mail.role, meeting))


async def _own_texts(conn: Conn, mail: Mail, reader: Reader) -> OwnTexts:
    found = await mail_templates.find(
        conn, mail.organization_id, kind=mail.kind, recipient=mail.role, language=reader.language.code
    )
    return OwnTexts() if found is None else OwnTexts(found.subject, found.opening)


def _reader(host: User | None, event_type: EventType, *, timezone: str | None, language: str | None) -> Reader:
    if host is None:
        return Reader.of(timezone or event_type.owner_timezone, language, event_type.locale)
    return Reader.of(host.timezone, host.locale, event_type.locale)


async def _meeting(
    conn: Conn, uris: Uris, mail: Mail, invitee: Invitee, event: ScheduledEvent, event_type: EventType
) -> Meeting:
    organization_id, is_host = mail.organization_id, mail.role == "host"
    guests = await invitees.list_guests(conn, organization_id, invitee.id)
    others: list[Person] = []
    if is_host and event.invitees_limit > 1:
        active = await invitees.list_active(conn, organization_id, event.id)
        others = [Person(one.email, one.name) for one in active if one.id != invitee.id]
        guests = await invitees.list_guests_of_event(conn, organization_id, event.id)
    was_at = None
    if mail.kind == Kind.MOVED and invitee.old_event_id is not None:
        old = await scheduled_events.get(conn, organization_id, invitee.old_event_id)
        was_at = None if old is None else (old.start_time, old.end_time)
    canceled = invitee.cancellation if mail.kind in {Kind.CANCELED, Kind.LEFT} else None
    return Meeting(
        name=event.name,
        start=event.start_time,
        end=event.end_time,
        was_at=was_at,
        location=location_of(invitee, event),
        hosts=[Person(one.user_email, one.user_name) for one in event.hosts],
        invitee=Person(invitee.email, invitee.name),
        others=others,
        guests=guests,
        answers=[(one.question, one.answer) for one in invitee.questions_and_answers] if is_host else (),
        canceled_by=None if canceled is None else canceled.canceled_by,
        reason=None if canceled is None else canceled.reason,
        pages=_pages(uris, mail, invitee, event_type),
    )


def _pages(uris: Uris, mail: Mail, invitee: Invitee, event_type: EventType) -> Pages:
    if mail.role != "invitee":
        return Pages()
    return Pages(
        cancel=uris.cancel_page(invitee.id),
        reschedule=uris.reschedule_page(invitee.id),
        reconfirm=uris.page("reconfirmations", str(invitee.id)),
        again=_again(event_type, uris),
        stop_reminders=uris.page("reminders", str(invitee.id)),
    )


def _again(event_type: EventType, uris: Uris) -> str | None:
    """Where it can be booked again, unless its address is a secret, which an invitee need not know."""
    is_public = event_type.active and event_type.deleted_at is None and event_type.link_token is None
    return scheduling_page(event_type, uris) if is_public else None


def _entry(
    composer: Composer, mail: Mail, reader: Reader, meeting: Meeting, *, created: datetime, now: datetime
) -> Entry:
    assert mail.sequence is not None
    assert mail.calendar_id is not None  # both are there in every mail with a method
    place = places.booked(reader, meeting.location)
    where = [] if place is None else [part for part in (place.title, place.detail, place.url) if part]
    pages = meeting.pages
    lines = [reader.gettext("Reschedule") + f": {pages.reschedule}"] if pages.reschedule else []
    lines += [reader.gettext("Cancel") + f": {pages.cancel}"] if pages.cancel else []
    lines += [f"{question}: {INDENT.join(answer.splitlines())}" for question, answer in meeting.answers]
    hosts = [Attendee(one.email, one.name) for one in meeting.hosts]
    return Entry(
        uid=uid_of(mail.calendar_id, composer.uris),
        sequence=mail.sequence,
        start=meeting.start,
        end=meeting.end,
        summary=letters.title(reader, mail.role, meeting),
        description="\n".join(lines),
        location=", ".join(where),
        url=(place.url if place is not None and place.url else ""),
        organizer=organizer(composer.sender, [one.name for one in meeting.hosts]),
        attendees=_attendees(mail, meeting, hosts),
        created=created,
        stamp=now,
    )


def _attendees(mail: Mail, meeting: Meeting, hosts: Sequence[Attendee]) -> list[Attendee]:
    """Everybody whom the reader may know of; who is taken out of the meeting is the one that the message is for."""
    persons = [meeting.invitee, *meeting.others]
    if mail.kind == Kind.LEFT:
        persons = list(meeting.others)
    everybody = [*hosts, *(Attendee(one.email, one.name) for one in persons)]
    everybody += [Attendee(guest, accepts=False) for guest in [*meeting.guests, mail.recipient]]
    once: dict[str, Attendee] = {}
    for one in everybody:
        once.setdefault(address_key(one.email), one)
    return list(once.values())


def _reply_to(role: str, meeting: Meeting) -> Sequence[str]:
    if role == "host":
        return [meeting.invitee.email]
    return [one.email for one in meeting.hosts][:MAX_REPLY_TO]
