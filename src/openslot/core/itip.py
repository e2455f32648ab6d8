"""Invitations and cancellations for calendars: iTIP messages with one entry (RFC 5545, RFC 5546).

Only REQUEST and CANCEL are made: an entry that came with PUBLISH can't be taken back by its sender (faces, section 3).
Times are in UTC, which each calendar shows in its own zone.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

PRODUCT = "-//OpenSlot//Scheduling//EN"
LINE_OCTETS = 75
"""The longest line, without its end. Source: RFC 5545, section 3.1."""
_FORBIDDEN = {code: None for code in range(32) if code not in {9, 10}} | {127: None}


class Method(StrEnum):
    """What a message does to the entry."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Attendee(Struct, frozen=True):
    """Somebody who takes part."""

    email: str
    name: str = ""
    accepts: bool = True
    """Whether taking part is agreed already: of hosts and invitees it is, of guests it is not known."""


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a calendar, as of one message."""

    uid: str
    sequence: int
    start: datetime
    """Aware, as ``end``, ``created`` and ``stamp``."""
    end: datetime
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    organizer: Attendee
    attendees: Sequence[Attendee]
    created: datetime
    stamp: datetime
    """When the message was made. Of two with one sequence, the later counts."""


def message(method: Method, entry: Entry) -> str:
    """The text of the message, with CRLF line ends."""
    return "".join(f"{_folded(line)}\r\n" for line in _lines(method, entry))


def _lines(method: Method, entry: Entry) -> Iterator[str]:
    is_canceled = method is Method.CANCEL
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{method}")
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{_instant(entry.stamp)}"
    yield f"CREATED:{_instant(entry.created)}"
    yield f"LAST-MODIFIED:{_instant(entry.stamp)}"
    yield f"DTSTART:{_instant(entry.start)}"
    yield f"DTEND:{_instant(entry.end)}"
    yield f"SUMMARY:{_text(entry.summary)}"
    for name, value in (("DESCRIPTION", entry.description), ("LOCATION", entry.location)):
        if value:
            yield f"{name}:{_text(value)}"
    if entry.url:
        yield f"URL:{entry.url.translate(_FORBIDDEN)}"
    yield f"STATUS:{'CANCELLED' if is_canceled else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    yield f"ORGANIZER{_name(entry.organizer)}:{_address(entry.organizer)}"
    for one in entry.attendees:
        state = "ACCEPTED" if one.accepts else "NEEDS-ACTION;RSVP=TRUE"
        yield f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={state}{_name(one)}:{_address(one)}"
    yield from ("END:VEVENT", "END:VCALENDAR")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A TEXT value: what separates or ends values is escaped, what no value may hold is left out."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n").translate(_FORBIDDEN)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _name(one: Attendee) -> str:
    """The parameter with the name; it can hold no quotes and no line ends (RFC 6868 is not read everywhere)."""
    plain = " ".join(one.name.replace('"', "'").translate(_FORBIDDEN).split())
    return f';CN="{plain}"' if plain else ""


def _address(one: Attendee) -> str:
    return f"mailto:{''.join(one.email.translate(_FORBIDDEN).split())}"


def _folded(line: str) -> str:
    """The line, continued after at most 75 octets, and never within a character."""
    parts, room = [""], LINE_OCTETS
    for character in line:
        octets = len(character.encode())
        if octets > room:
            parts.append(" ")
            room = LINE_OCTETS - 1
        parts[-1] += character
        room -= octets
    return "\r\n".join(parts)
