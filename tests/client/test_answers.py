"""Whatever an API says comes through the client whole. Source: wire/__init__, responses are open."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.client import answers, extensions, operations
from openslot.client.testing import Reply, StandIn
from openslot.wire.common import Page, Resource
from openslot.wire.event_type_settings import ChangeEventType
from openslot.wire.event_types import EventType
from openslot.wire.invitees import InviteePayload
from openslot.wire.users import User
from openslot.wire.webhooks import WebhookPayload

Json = dict[str, Any]


def later(value: Any) -> Any:
    """The same as a later API might say it: every object has more fields."""
    match value:
        case dict():
            return {key: later(inner) for key, inner in value.items()} | {"spin": {"up": [1, None]}, "kind_2": "new"}
        case list():
            return [later(inner) for inner in value]
        case _:
            return value


def holds(whole: Any, part: Any) -> bool:
    """Whether all of ``part`` is in ``whole``, at the same places."""
    match part:
        case dict():
            return all(key in whole and holds(whole[key], inner) for key, inner in part.items())
        case list():
            return len(whole) == len(part) and all(map(holds, whole, part))
        case _:
            return bool(whole == part)


def test_what_is_unknown_stays_with_the_shape_that_it_came_in(api: StandIn, call: Any, samples: Json) -> None:
    question = {**samples["event_type"]["custom_questions"][0], "hint": "as on your passport"}
    row = {**samples["event_type"], "custom_questions": [question], "kind": "quantum", "spin": {"up": 1}}
    api.on("GET", "/event_types/1", Reply(json={"resource": row}))

    event_type = call(operations.GetEventType("1"))

    assert (event_type.kind, event_type.unknown) == ("quantum", {"spin": {"up": 1}})
    assert event_type.custom_questions[0].unknown == {"hint": "as on your passport"}
    assert event_type.profile.unknown == {}
    assert holds(msgspec.json.decode(answers.encode(event_type)), row)


def test_everything_survives_a_round_trip(samples: Json) -> None:
    shapes: list[tuple[Any, Json]] = [
        (User, samples["user"]),
        (EventType, samples["event_type"]),
        (Resource[EventType], {"resource": samples["event_type"]}),
        (Page[EventType], {"collection": [samples["event_type"]] * 2, "pagination": PAGINATION}),
        (WebhookPayload[InviteePayload], samples["deliveries"]["invitee.created"]),
    ]
    for shape, sample in shapes:
        later_json = later(sample)
        read = answers.decode(msgspec.json.encode(later_json), shape)
        later_json.pop("spin" if shape == Resource[EventType] else "", None)  # the envelope is ours to take off
        later_json.pop("kind_2" if shape == Resource[EventType] else "", None)

        again = answers.decode(answers.encode(read), shape)

        assert holds(answers.builtins(read), later_json)
        assert answers.builtins(again) == answers.builtins(read)


PAGINATION = {
    "count": 2,
    "next_page": None,
    "previous_page": None,
    "next_page_token": None,
    "previous_page_token": None,
}

keys = st.text(min_size=1)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_whatever_comes_beside_the_fields_is_kept_as_it_is(more: Json) -> None:
    more = {key: value for key, value in more.items() if key not in PAGINATION}
    text = msgspec.json.encode({"collection": [], "pagination": {**PAGINATION, **more}})

    page = answers.decode(text, Page[EventType])

    assert page.pagination.unknown == more
    assert msgspec.json.decode(answers.encode(page)) == msgspec.json.decode(text)


def test_what_is_unknown_is_sent_back_with_what_it_came_in(samples: Json) -> None:
    location = {"kind": "hologram", "phone_number": "+39 06 5550 0123", "beam": 7}
    content = msgspec.json.encode({**samples["event_type"], "locations": [location]})
    locations = answers.decode(content, EventType).locations or []

    sent = extensions.UpdateEventType("1", ChangeEventType(locations=locations)).request("http://x").content

    assert msgspec.json.decode(sent or b"") == {"locations": [location]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"uri": 7}', b"[]", b"null", b'{"uri":' * 9999])
def test_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        answers.decode(body, User)


@pytest.mark.parametrize(
    "text", ["2031-04-10T13:00:00Z", "2031-04-10T15:00:00.000+02:00", "2031-04-10T08:00:00.000000-05"]
)
def test_an_instant_is_written_as_the_api_does_however_it_came(text: str, samples: Json) -> None:
    user = answers.decode(msgspec.json.encode({**samples["user"], "created_at": text}), User)

    assert answers.builtins(user)["created_at"] == "2031-04-10T13:00:00.000000Z"
