"""What a mail about a meeting says, in the reader's language, clock and zone. Pure; ``rendering`` makes text and HTML.

Subjects of mails that bring an entry for a calendar name the meeting alone: some calendars take the subject as the
title of the entry. Source: faces, section 3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from openslot.core import mail_templates
from openslot.i18n.reader import N_, Reader
from openslot.presenters import places
from openslot.services.mails.kinds import Kind
from openslot.wire.scheduled_events import Location


@dataclass(frozen=True)
class Person:
    """Somebody who takes part."""

    email: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The addresses of pages on which the reader can do something; None: not for this reader."""

    cancel: str | None = None
    reschedule: str | None = None
    reconfirm: str | None = None
    answer: str | None = field(default=None, repr=False)
    """A host's, for a booking request."""
    again: str | None = None
    """Where the event type is booked."""
    stop_reminders: str | None = None


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What mails say of a meeting, or of one that was requested."""

    name: str
    start: datetime
    end: datetime
    was_at: tuple[datetime, datetime] | None = None
    """Before it was moved."""
    location: Location | None = None
    hosts: Sequence[Person]
    invitee: Person
    others: Sequence[Person] = ()
    """Further invitees, for hosts alone."""
    guests: Sequence[str] = ()
    answers: Sequence[tuple[str, str]] = ()
    """Questions and answers."""
    canceled_by: str | None = None
    reason: str | None = None
    pages: Pages = Pages()


@dataclass(frozen=True)
class Row:
    """A fact about the meeting; each line is a text, the first one a link where there is a ``url``.

    No line has a line break: in plain text, what came after it would look like a row of ours.
    """

    label: str
    lines: Sequence[str]
    url: str | None = None


@dataclass(frozen=True)
class Link:
    text: str
    url: str = field(repr=False)
    is_main: bool = False


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail before it is laid out."""

    subject: str
    lead: str
    """The first sentence: what has happened."""
    opening: Sequence[str] = ()
    """Paragraphs that an organization adds."""
    rows: Sequence[Row]
    links: Sequence[Link] = ()
    closing: str | None = None


SUBJECTS = {
    Kind.CANCELED: N_("Canceled: %(title)s"),
    Kind.HANDED_OVER: N_("Handed over: %(title)s"),
    Kind.REQUESTED: N_("Requested: %(title)s"),
    Kind.TO_ANSWER: N_("Please answer: %(title)s"),
    Kind.DECLINED: N_("Declined: %(title)s"),
    Kind.EXPIRED: N_("Not answered: %(title)s"),
    Kind.WITHDRAWN: N_("Withdrawn: %(title)s"),
    Kind.RECONFIRM: N_("Please confirm: %(title)s"),
    Kind.REMINDER: N_("Reminder: %(title)s"),
}
"""Of mails that request nothing of a calendar; the others are named after the meeting alone."""

LEADS = {
    Kind.BOOKED: N_("You are scheduled."),
    Kind.APPROVED: N_("Your request was approved. You are scheduled."),
    Kind.INVITED: N_("%(invitee)s has invited you to a meeting."),
    Kind.MOVED: N_("The meeting has a new time."),
    Kind.CHANGED: N_("Others take part in the meeting than before."),
    Kind.LEFT: N_("%(invitee)s takes part in the meeting no more. It still takes place."),
    Kind.HANDED_OVER: N_("Somebody else hosts the meeting now."),
    Kind.CANCELED: N_("The meeting was canceled."),
    Kind.REQUESTED: N_("Your request was sent. You get an answer by mail; nothing is booked until then."),
    Kind.TO_ANSWER: N_("%(invitee)s requests a meeting with you. Nothing is booked until you approve."),
    Kind.DECLINED: N_("Your request was declined. Nothing is booked."),
    Kind.EXPIRED: N_("Your request was not answered in time. Nothing is booked."),
    Kind.WITHDRAWN: N_("%(invitee)s has withdrawn the request. Nothing is booked."),
    Kind.RECONFIRM: N_("Will you come? Please confirm."),
    Kind.REMINDER: N_("This is a reminder of your meeting."),
}
HOST_LEADS = LEADS | {
    Kind.BOOKED: N_("%(invitee)s has booked a meeting with you."),
    Kind.EXPIRED: N_("You did not answer the request of %(invitee)s in time. Nothing is booked."),
}
CANCELED_BY = N_("%(name)s has canceled the meeting.")


@dataclass(frozen=True)
class OwnTexts:
    """What an organization writes itself (``core.mail_templates``); None: nothing."""

    subject: str | None = None
    opening: str | None = None


def write(reader: Reader, kind: Kind, role: str, meeting: Meeting, own: OwnTexts = OwnTexts()) -> Letter:
    """The mail about ``meeting`` for a ``host``, the ``invitee`` or a ``guest``."""
    values = _values(reader, meeting)
    subject = None if own.subject is None else mail_templates.subject(own.subject, values)
    return Letter(
        subject=subject or _subject(reader, kind, role, meeting),
        lead=_lead(reader, kind, role, meeting),
        opening=() if own.opening is None else mail_templates.paragraphs(own.opening, values),
        rows=list(_rows(reader, kind, role, meeting)),
        links=list(_links(reader, kind, meeting.pages)),
        closing=_closing(reader, kind, role),
    )


def _values(reader: Reader, meeting: Meeting) -> dict[str, str]:
    """What the variables of templates stand for. Source: ``core.mail_templates``."""
    day, hours, zone = _when(reader, meeting.start, meeting.end)
    place = places.booked(reader, meeting.location)
    return {
        "event": meeting.name,
        "host": reader.formats.listed([str(host) for host in meeting.hosts]) if meeting.hosts else "",
        "invitee": str(meeting.invitee),
        "date": day,
        "time": hours,
        "timezone": zone,
        "location": ", ".join(part for part in (place.title, place.detail, place.url) if part) if place else "",
        "reason": meeting.reason or "",
    }


def title(reader: Reader, role: str, meeting: Meeting) -> str:
    """The meeting as one side names it: with the other side."""
    side = str(meeting.invitee) if role == "host" else reader.formats.listed([str(host) for host in meeting.hosts])
    if role == "host" and meeting.others:
        return meeting.name
    return reader.gettext("%(event)s with %(person)s", event=meeting.name, person=side) if side else meeting.name


def _subject(reader: Reader, kind: Kind, role: str, meeting: Meeting) -> str:
    named = title(reader, role, meeting)
    return reader.gettext(SUBJECTS[kind], title=named) if kind in SUBJECTS else named


def _lead(reader: Reader, kind: Kind, role: str, meeting: Meeting) -> str:
    if kind is Kind.CANCELED and meeting.canceled_by:
        return reader.gettext(CANCELED_BY, name=meeting.canceled_by)
    leads = HOST_LEADS if role == "host" else LEADS
    return reader.gettext(leads[kind], invitee=str(meeting.invitee))


def _rows(reader: Reader, kind: Kind, role: str, meeting: Meeting) -> Iterator[Row]:
    yield Row(reader.gettext("What"), [meeting.name])
    yield Row(reader.gettext("When"), _when(reader, meeting.start, meeting.end))
    if kind is Kind.MOVED and meeting.was_at is not None:
        yield Row(reader.gettext("Before"), _when(reader, *meeting.was_at))
    place = places.booked(reader, meeting.location)
    if place is not None and place.title:
        lines = [line for part in (place.title, place.detail or "") for line in part.splitlines()]
        yield Row(reader.gettext("Where"), lines, place.url)
    persons = [f"{host} ({reader.gettext('Host')})" for host in meeting.hosts]
    persons += [_with_address(one) for one in (meeting.invitee, *meeting.others)]
    yield Row(reader.gettext("Who"), [*persons, *meeting.guests])
    if role == "host":
        for question, answer in meeting.answers:
            yield Row(question, answer.splitlines() or [""])
    if meeting.reason:
        yield Row(reader.gettext("Reason"), meeting.reason.splitlines())


def _when(reader: Reader, start: datetime, end: datetime) -> list[str]:
    formats = reader.formats
    return [formats.full_date(formats.day(start)), formats.span(start, end), formats.zone_name]


def _with_address(one: Person) -> str:
    return f"{one.name} ({one.email})" if one.name else one.email


def _links(reader: Reader, kind: Kind, pages: Pages) -> Iterator[Link]:
    if kind is Kind.TO_ANSWER and pages.answer:
        yield Link(reader.gettext("Approve or decline"), pages.answer, is_main=True)
    if kind is Kind.RECONFIRM and pages.reconfirm:
        yield Link(reader.gettext("Confirm that you will come"), pages.reconfirm, is_main=True)
    if kind in {Kind.CANCELED, Kind.DECLINED, Kind.EXPIRED, Kind.HANDED_OVER}:
        if pages.again:
            yield Link(reader.gettext("Book again"), pages.again)
        return
    if pages.reschedule:
        yield Link(reader.gettext("Reschedule"), pages.reschedule)
    if pages.cancel:
        yield Link(reader.gettext("Cancel"), pages.cancel)
    if kind is Kind.REMINDER and pages.stop_reminders:
        yield Link(reader.gettext("Send no more reminders"), pages.stop_reminders)


def _closing(reader: Reader, kind: Kind, role: str) -> str | None:
    if role == "guest" and kind is not Kind.CANCELED:
        return reader.gettext("You get this mail because your address was given as that of a guest.")
    return None
