"""Every wrong field of a value is named, and nothing else is. Source: since-september, section 7."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType

from openslot.api.shapes import MAX_ERRORS, examine, unrelated
from openslot.core.errors import FieldError
from openslot.core.ids import new_id
from openslot.wire.bookings import CreateBooking
from openslot.wire.event_type_settings import ChangeEventType, CreateEventType
from openslot.wire.invitees import CreateInvitee
from openslot.wire.one_off_event_types import CreateOneOffEventType
from openslot.wire.shares import CreateShare

BOOKING: dict[str, Any] = {
    "event_type": "https://book.example/api/v2/event_types/1",
    "start_time": "2027-01-05T10:00:00Z",
    "invitee": {"name": "Ada", "email": "ada@example.org", "timezone": "Europe/Rome"},
    "location": {"kind": "custom", "location": "x"},
    "questions_and_answers": [{"question": "a", "answer": "b", "position": 3}, {"question": "c", "answer": "d"}],
    "tracking": dict.fromkeys(
        ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"], "spring"
    ),
    "event_guests": ["zoe@example.org", "bob@example.org"],
}
PLACES: dict[str, tuple[Any, ...]] = {
    "event_type": ("event_type",),
    "start_time": ("start_time",),
    "invitee.name": ("invitee", "name"),
    "invitee.email": ("invitee", "email"),
    "invitee.timezone": ("invitee", "timezone"),
    "location.kind": ("location", "kind"),
    "location.location": ("location", "location"),
    "questions_and_answers[0].question": ("questions_and_answers", 0, "question"),
    "questions_and_answers[0].position": ("questions_and_answers", 0, "position"),
    "questions_and_answers[1].answer": ("questions_and_answers", 1, "answer"),
    "tracking.utm_content": ("tracking", "utm_content"),
    "tracking.salesforce_uuid": ("tracking", "salesforce_uuid"),
    "event_guests[0]": ("event_guests", 0),
    "event_guests[1]": ("event_guests", 1),
}
REQUIRED = {
    "event_type", "start_time", "invitee.email", "invitee.timezone", "location.kind", "tracking.utm_content",
    "questions_and_answers[0].question", "questions_and_answers[1].answer", "tracking.salesforce_uuid",
}  # fmt: skip


def holder(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        body = body[key]
    return body


@given(
    wrong=st.sets(st.sampled_from(sorted(PLACES))),
    missing=st.sets(st.sampled_from(sorted(REQUIRED))),
    value=st.sampled_from([True, 1.5, [], {}, ["x"]]),
    kind=st.sampled_from([CreateInvitee, CreateBooking]),
)
def test_what_is_named_is_what_is_wrong(
    wrong: set[str], missing: set[str], value: Any, kind: type[CreateInvitee]
) -> None:
    body = deepcopy(BOOKING)
    for name in wrong:
        holder(body, PLACES[name])[PLACES[name][-1]] = value
    for name in missing:
        del holder(body, PLACES[name])[PLACES[name][-1]]

    found = examine(body, kind, strict=True, closed=False)

    assert {one.parameter for one in found.wrong} == wrong | missing
    assert {one.parameter for one in found.wrong if one.message.endswith("is missing")} == missing
    assert found.value is not None
    if not wrong and not missing:
        assert found.value == examine(BOOKING, kind, strict=True, closed=False).value


@given(unknown=st.dictionaries(st.text().filter(lambda key: key not in BOOKING), st.none() | st.integers(), max_size=5))
def test_unknown_keys_are_named_where_a_shape_is_closed_and_left_aside_where_it_is_not(unknown: dict[str, Any]) -> None:
    body = BOOKING | unknown

    refused = examine(body, CreateInvitee, strict=True, closed=True)
    taken = examine(body, CreateInvitee, strict=True, closed=False)

    assert sorted(one.message for one in refused.wrong) == ["is not a known key"] * len(unknown)
    assert refused.value == taken.value
    assert taken.wrong == []


LEFT_OUT: list[tuple[type[Struct], dict[str, Any], dict[str, Any]]] = [
    (CreateInvitee, {key: BOOKING[key] for key in ("event_type", "start_time", "invitee")},
     {"location": None, "questions_and_answers": None, "tracking": None, "event_guests": None}),
    (CreateOneOffEventType,
     {"name": "x", "host": f"https://book.example/api/v2/users/{new_id()}", "duration": 30,
      "date_setting": {"type": "days_in_future", "days": 3, "only_weekdays": True}},
     {"co_hosts": None, "timezone": None, "location": None}),
    (CreateShare, {"event_type": f"https://book.example/api/v2/event_types/{new_id()}"},
     {"name": None, "duration": None, "duration_options": None, "period_type": None, "start_date": None,
      "end_date": None, "max_booking_time": None, "hide_location": None, "location_configurations": None,
      "availability_rule": None}),
    (CreateBooking, {key: BOOKING[key] for key in ("event_type", "start_time", "invitee")},
     {"event_guests": None, "set_aside": None, "hold": None, "duration": None, "payment": None}),
    (CreateEventType, {"name": "x", "duration": 30}, {"kind": None, "pooling_type": None, "secret": None}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "nulls"), LEFT_OUT)
@pytest.mark.parametrize("closed", [False, True])
def test_null_for_what_may_be_left_out_is_as_left_out(
    kind: type[Struct], body: dict[str, Any], nulls: dict[str, Any], *, closed: bool
) -> None:
    without = examine(body, kind, strict=True, closed=closed)

    assert examine(body | nulls, kind, strict=True, closed=closed) == without
    assert without.wrong == []


def test_null_for_what_stays_as_it_is_where_it_is_left_out_is_refused() -> None:
    found = examine({"name": None, "seats": None, "internal_note": None}, ChangeEventType, strict=True, closed=True)

    assert found.wrong == [FieldError("name", "must be filled"), FieldError("seats", "must be filled")]


def test_the_setting_that_a_tag_names_is_the_one_that_is_looked_at() -> None:
    def wrong(setting: Any) -> list[tuple[str, str]]:
        body = {"name": "x", "host": 5, "duration": 30, "date_setting": setting}
        found = examine(body, CreateOneOffEventType, strict=True, closed=False).wrong
        return [(one.parameter, one.message) for one in found]

    assert wrong({"type": "spots", "spots": [{"start_time": "x", "end_time": "2027-01-05T10:00:00Z"}, {}]}) == [
        ("host", "invalid"),
        ("date_setting.spots[0].start_time", "invalid"),
        ("date_setting.spots[1].start_time", "is missing"),
        ("date_setting.spots[1].end_time", "is missing"),
    ]
    assert wrong({"type": "moon"}) == [("host", "invalid"), ("date_setting", "invalid")]
    assert wrong(None) == [("host", "invalid"), ("date_setting", "must be filled")]


class Filter(Struct):
    """A query."""

    count: int = 20
    active: bool | None = None
    since: str | UnsetType = UNSET


def test_a_query_is_read_from_text() -> None:
    assert examine({"count": "3", "active": "true"}, Filter, strict=False, closed=False).value == Filter(3, active=True)
    assert examine({"count": "x", "active": "maybe"}, Filter, strict=False, closed=False).wrong == [
        FieldError("count", "invalid"),
        FieldError("active", "invalid"),
    ]


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_what_is_no_object_is_wrong_as_a_whole(value: object) -> None:
    found = examine(value, CreateInvitee, strict=True, closed=True)

    assert found.wrong == [FieldError("body", "must be filled" if value is None else "invalid")]


def test_a_body_without_end_is_not_named_to_its_end() -> None:
    body = BOOKING | {f"key {number}": number for number in range(10_000)}

    assert len(examine(body, CreateInvitee, strict=True, closed=True).wrong) == MAX_ERRORS


def test_what_stands_in_for_a_wrong_value_is_not_refused_again() -> None:
    wrong = [FieldError("invitee.email", "invalid"), FieldError("hosts[1].user", "invalid"), FieldError("tags", "x")]
    seen = [
        "invitee.email",
        "invitee.name",
        "invitee",
        "hosts[1].weight",
        "hosts[10].user",
        "hosts",
        "tags[3].x",
        "tagsy",
    ]

    left = unrelated([FieldError(one, "y") for one in seen], wrong)

    assert [one.parameter for one in left] == ["invitee.name", "hosts[10].user", "tagsy"]
