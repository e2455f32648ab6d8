"""What two looks at a meeting make of what happened in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openslot.client import answers
from openslot.connector import AsyncConnector, Event, Flow
from openslot.connector.flows.changes import KnownInvitee, KnownMeeting, Watch, known_invitee, looks_of, meeting_events
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User

Json = dict[str, Any]
NOW = Timestamp.of(datetime(2031, 4, 1, 9, tzinfo=UTC))
LATER = Timestamp.of(NOW + timedelta(minutes=5))
MARK = {"uri": "https://api.calendly.com/invitee_no_shows/1", "created_at": str(LATER)}
CANCELLATION = {"canceled_by": "Ada", "reason": "", "canceler_type": "invitee", "created_at": str(LATER)}


@pytest.fixture
def watch() -> Watch:
    """One of a flow that wants all there is of invitees, and that is polled for the first time."""
    flow = Flow("one")

    @flow.on("invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted")
    async def ignore(_: Event, __: AsyncConnector) -> None: ...

    return Watch(flow, "meetings", "poll ", {}, NOW)


@pytest.fixture
def happened(samples: Json, watch: Watch) -> Any:
    """The events of an invitee who is there now, and of whom this was known."""

    def happened(known: KnownInvitee | None, **fields: Any) -> list[tuple[str, str]]:
        payload = samples["deliveries"]["invitee.created"]["payload"]
        meeting = answers.convert(payload["scheduled_event"], ScheduledEvent)
        row = {**payload, "created_at": str(LATER), "no_show": None, **fields}
        invitee = answers.convert({key: row[key] for key in row if key != "scheduled_event"}, Invitee)
        before = None if known is None else KnownMeeting(NOW, looks_of(meeting), {invitee.uri: known})
        events = meeting_events(watch, meeting, [invitee], before, answers.convert(samples["user"], User))
        return [(event.event, str(event.created_at)) for event in events]

    return happened


PLAIN = KnownInvitee(is_canceled=False, no_show=None, no_show_at=None)
MARKED = KnownInvitee(is_canceled=False, no_show=MARK["uri"], no_show_at=NOW)


def test_an_invitee_who_was_unknown_has_booked(happened: Any) -> None:
    assert happened(None) == [("invitee.created", str(LATER))]


def test_who_booked_before_the_first_poll_is_no_news(happened: Any) -> None:
    assert happened(None, created_at=str(Timestamp.of(NOW - timedelta(seconds=1)))) == []


def test_nothing_has_happened_to_an_invitee_who_is_as_before(happened: Any) -> None:
    assert happened(PLAIN) == []


def test_a_cancellation_is_of_its_own_time(happened: Any) -> None:
    assert happened(PLAIN, status="canceled", cancellation=CANCELLATION) == [("invitee.canceled", str(LATER))]


def test_who_booked_and_canceled_between_two_polls_did_both(happened: Any) -> None:
    assert [event for event, _ in happened(None, status="canceled", cancellation=CANCELLATION)] == [
        "invitee.created",
        "invitee.canceled",
    ]


def test_a_mark_is_made_and_taken_back(happened: Any) -> None:
    """No answer has the time at which a mark was removed, so it is the mark's own."""
    assert happened(PLAIN, no_show=MARK) == [("invitee_no_show.created", str(LATER))]
    assert happened(MARKED) == [("invitee_no_show.deleted", str(NOW))]


def test_another_mark_has_taken_the_place_of_the_first(happened: Any) -> None:
    other = {**MARK, "uri": "https://api.calendly.com/invitee_no_shows/2"}

    assert happened(MARKED, no_show=other) == [
        ("invitee_no_show.deleted", str(NOW)),
        ("invitee_no_show.created", str(LATER)),
    ]


def test_what_is_kept_of_an_invitee_is_what_is_compared(samples: Json) -> None:
    invitee = answers.convert({**samples["deliveries"]["invitee.created"]["payload"], "no_show": MARK}, Invitee)

    assert known_invitee(invitee) == KnownInvitee(is_canceled=False, no_show=MARK["uri"], no_show_at=LATER)
