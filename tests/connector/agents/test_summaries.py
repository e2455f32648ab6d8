"""What an agent that reads text alone is told."""

from copy import deepcopy
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.made_up import MadeUp, roughened
from openslot.client import answers
from openslot.connector.agents.answers import ToolResult
from openslot.connector.agents.summaries import summary
from openslot.wire.common import Resource
from openslot.wire.event_types import AvailableTime, EventType
from openslot.wire.explanations import Explanation
from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User

Json = dict[str, Any]
CANCELLATION = {"canceled_by": "Host Person", "reason": "Kiln is\nhot", "canceler_type": "host"}


def lines_of(row: Json, kind: Any) -> list[str]:
    answer = ToolResult(body=Resource(answers.convert(row, kind)), zone=ZoneInfo("Asia/Bangkok"))
    return summary(answer).splitlines()


def test_an_event_type_shows_what_a_booking_has_to_hold(samples: Json) -> None:
    question = samples["event_type"]["custom_questions"][0]
    choice = {"name": "Which kilns?", "type": "multi_select", "answer_choices": ["Old", "New"], "include_other": True}
    row = {
        **samples["event_type"],
        "active": True,
        "duration_options": [30, 60],
        "custom_questions": [question, {**question, **choice, "required": False}, {**question, "enabled": False}],
        "locations": [
            {"kind": "outbound_call"},
            {"kind": "ask_invitee"},
            {"kind": "inbound_call", "phone_number": "+390655500123", "additional_info": "Press 1"},
            {"kind": "zoom_conference"},
        ],
    }

    assert lines_of(row, EventType) == [
        f"Kiln tour: 30 minutes, of Host Person - {row['uri']}",
        "  description: Walk round the kiln.",
        "  durations, chosen on its page: 30, 60 minutes",
        "  question (string, required): How many visitors?",
        "  question (multi_select): Which kilns?: Old, New, or another",
        "  location (choose one): outbound_call (give as location: the invitee's phone number)",
        "  location (choose one): ask_invitee (give as location: the place that the invitee names)",
        "  location (choose one): inbound_call +390655500123 (Press 1)",
        "  location (choose one): zoom_conference",
        "  its page: https://calendly.com/host-person/kiln-tour",
    ]


def test_a_canceled_meeting_shows_by_whom_and_why(samples: Json) -> None:
    meeting = deepcopy(samples["deliveries"]["invitee.created"]["payload"]["scheduled_event"])
    meeting |= {"status": "canceled", "cancellation": CANCELLATION, "event_guests": []}
    meeting["location"] = {"type": "zoom", "status": "pushed", "join_url": "https://zoom.example/1"}
    meeting["event_memberships"].append({"user": "https://api.calendly.com/users/2"})

    assert lines_of(meeting, ScheduledEvent) == [
        (
            "Kiln tour: 2031-04-10T20:00+07:00 - 2031-04-10T20:30+07:00 (Thursday, Asia/Bangkok), canceled"
            f" - {meeting['uri']}"
        ),
        "  place: zoom https://zoom.example/1",
        "  hosts: Host Person <host@example.com>, https://api.calendly.com/users/2; invitees: 1 of 1",
        "  canceled by Host Person: Kiln is hot",
    ]


def test_a_meeting_without_a_place_shows_none(samples: Json) -> None:
    meeting = {**samples["deliveries"]["invitee.created"]["payload"]["scheduled_event"], "location": None}

    assert lines_of(meeting, ScheduledEvent)[1] == "  place: none"


def test_an_invitee_who_was_moved_shows_where_to(samples: Json) -> None:
    payload = samples["deliveries"]["invitee.created"]["payload"]
    moved = {"status": "canceled", "rescheduled": True, "new_invitee": "https://api.calendly.com/new"}
    no_show = {"uri": "https://api.calendly.com/invitee_no_shows/1", "created_at": payload["created_at"]}
    row = {**payload, **moved, "cancellation": CANCELLATION, "no_show": no_show}

    assert lines_of(row, Invitee) == [
        f"Ada Example <ada@example.org>, Europe/Rome: canceled, no-show {no_show['uri']} - {row['uri']}",
        "  How many visitors? - answer: Three",
        "  moved, now: https://api.calendly.com/new",
        "  canceled by Host Person: Kiln is hot",
    ]


def test_an_explanation_is_shown_in_the_zone(samples: Json) -> None:
    reason = {"code": "BUSY", "message": "The host is busy.", "host": "https://x/1", "source": None, "source_id": None}
    numbers = {"from": "2031-04-10T12:30:00Z", "seats": 1, "note": "odd", "until": None}
    row = {"event_type": samples["event_type"]["uri"], "start_time": "2031-04-10T13:00:00Z", "offered": False}

    plain: Json = {**reason, "code": "OFF_GRID", "message": "Meetings start at other minutes.", "host": None}
    assert lines_of({**row, "reasons": [{**reason, "numbers": numbers}, {**plain, "numbers": {}}]}, Explanation) == [
        "2031-04-10T20:00+07:00 (Thursday, Asia/Bangkok) is not offered:",
        (
            "BUSY: The host is busy. from: 2031-04-10T19:30+07:00 (Thursday, Asia/Bangkok); seats: 1; note: odd;"
            " host: https://x/1"
        ),
        "OFF_GRID: Meetings start at other minutes.",
    ]
    assert lines_of({**row, "offered": True, "reasons": []}, Explanation) == [
        "2031-04-10T20:00+07:00 (Thursday, Asia/Bangkok) is offered."
    ]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ("EventType", EventType),
        ("ScheduledEvent", ScheduledEvent),
        ("Invitee", Invitee),
        ("User", User),
        ("EventTypeAvailableTime", AvailableTime),
    ],
)
@given(seed=st.integers(0, 2**32))
def test_whatever_an_answer_lacks_there_are_words_for_the_rest(schema: str, kind: Any, seed: int) -> None:
    row = {"status": "available", **roughened(MadeUp(seed).component(schema), Random(seed))}

    assert lines_of(row, kind)


def test_a_row_without_a_time_is_shown_without_a_day() -> None:
    assert lines_of({"status": "available", "scheduling_url": "https://x"}, AvailableTime) == ["- (at an unknown time)"]
