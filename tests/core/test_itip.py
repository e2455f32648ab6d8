"""Messages for calendars, read by a parser that is not ours. Source: RFC 5545, RFC 5546."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from openslot.core.itip import Attendee, Entry, Method, message

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
TEXT = st.text(max_size=200)


def entry(**changes: Any) -> Entry:
    usual: dict[str, Any] = {
        "uid": "0b0e7a4e@book.example", "sequence": 3, "start": NOW, "end": NOW + timedelta(minutes=30),
        "summary": "Kiln tour", "organizer": Attendee("openslot@book.example", "Grace"),
        "attendees": [Attendee("grace@book.example", "Grace"), Attendee("guest@example.org", accepts=False)],
        "created": NOW, "stamp": NOW,
    }  # fmt: skip
    return Entry(**(usual | changes))


def test_a_request_is_written_as_calendars_read_it() -> None:
    made = entry(location="Room 1, first; floor", url="https://meet.example/x")
    assert message(Method.REQUEST, made).split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OpenSlot//Scheduling//EN", "CALSCALE:GREGORIAN", "METHOD:REQUEST",
        "BEGIN:VEVENT", "UID:0b0e7a4e@book.example", "SEQUENCE:3", "DTSTAMP:20270104T080000Z",
        "CREATED:20270104T080000Z", "LAST-MODIFIED:20270104T080000Z", "DTSTART:20270104T080000Z",
        "DTEND:20270104T083000Z", "SUMMARY:Kiln tour", "LOCATION:Room 1\\, first\\; floor",
        "URL:https://meet.example/x", "STATUS:CONFIRMED", "TRANSP:OPAQUE",
        'ORGANIZER;CN="Grace":mailto:openslot@book.example',
        'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN="Grace', ' ":mailto:grace@book.example',
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=", " TRUE:mailto:guest@example.org",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_a_cancellation_has_both_marks() -> None:
    lines = message(Method.CANCEL, entry()).split("\r\n")
    assert {"METHOD:CANCEL", "STATUS:CANCELLED"} <= set(lines)


@given(summary=TEXT, description=TEXT, location=TEXT, name=TEXT)
def test_whatever_is_typed_stays_within_its_value(summary: str, description: str, location: str, name: str) -> None:
    made = entry(summary=summary, description=description, location=location, organizer=Attendee("a@b.example", name))
    text = message(Method.REQUEST, made)
    read = icalendar.Calendar.from_ical(text)

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (event,) = read.walk("VEVENT")
    assert [one.name for one in event.subcomponents] == []
    assert {str(key) for key in event} <= {
        "UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION",
        "LOCATION", "STATUS", "TRANSP", "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    assert str(event["ORGANIZER"]) == "mailto:a@b.example"
