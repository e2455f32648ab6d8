"""Whatever the real service answers is read, and nothing of it is lost. Source: since September, sections 6 and 7."""

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.made_up import MadeUp, roughened
from contract.schemas import contract
from openslot.client import answers, operations
from openslot.client.operation import Nothing, Operation
from openslot.wire import codec
from openslot.wire.common import Page
from openslot.wire.event_types import EventType
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User
from openslot.wire.webhooks import WebhookPayload

Json = dict[str, Any]

SEEDS = st.integers(0, 2**32)
OPERATIONS: list[Any] = [
    one
    for one in vars(operations).values()
    if isinstance(one, type) and issubclass(one, Operation) and hasattr(one, "path") and not issubclass(one, Nothing)
]
WEBHOOKS: dict[str, Any] = {
    "InviteePayload": WebhookPayload[InviteePayload],
    "RoutingFormSubmission": WebhookPayload[RoutingFormSubmission],
    "EventTypePayload": WebhookPayload[EventType],
}


def is_kept(whole: Any, part: Any) -> bool:
    """Whether all of ``part`` is in ``whole``, at the same places; instants may be written in another way."""
    match part:
        case dict():
            return all(key in whole and is_kept(whole[key], inner) for key, inner in part.items())
        case list():
            return len(whole) == len(part) and all(map(is_kept, whole, part))
        case str() if whole != part:
            return codec.parse_instant(whole) == codec.parse_instant(part)
        case _:
            return bool(whole == part)


def call(operation: Any) -> Any:
    """An operation whose arguments do not matter."""
    return operation(**{field.name: "1" for field in msgspec.structs.fields(operation) if field.required})


def path_in_contract(operation: Any) -> str:
    """The path as the contract spells it, whose names of places are others."""

    def places(path: str) -> list[str]:
        return ["{}" if part.startswith("{") else part for part in path.split("/")]

    paths: list[str] = list(contract()["paths"])
    return next(path for path in paths if places(path) == places(operation.path))


def body_of(answer: Any, raw: Json) -> tuple[Any, Any]:
    """What was read and what it was read from, without the envelope that is ours to take off."""
    match raw:
        case {"resource": inner} if not isinstance(answer, Page):
            return answers.builtins(answer), inner
        case {"collection": inner} if isinstance(answer, list):
            return answers.builtins(answer), inner
        case _:
            return answers.builtins(answer), raw


CONFERENCES: list[Json] = [
    {"type": "zoom", "status": "pushed", "join_url": "https://z", "data": {"id": 1}},
    {
        "type": "zoom",
        "status": "pushed",
        "join_url": "https://zoom.us/j/86521?pwd=x",
        "data": {
            "id": 86521, "password": "x", "extra": {"intl_numbers_url": None},
            "settings": {"global_dial_in_numbers": [{"number": "+39 02", "type": "toll"}]},
            "agenda": "", "recurring": False,
        },
    },
    {
        "type": "microsoft_teams_conference",
        "status": "pushed",
        "join_url": "https://teams.microsoft.com/l/meetup-join/1",
        "data": {"id": "m1", "audioConferencing": {"conferenceId": None, "dialinUrl": None, "tollNumber": None}},
    },
    {"type": "webex_conference", "status": "processing", "join_url": None, "data": {"telephony": {"callIn": [[1]]}}},
    {"type": "gotomeeting", "status": "initiated", "join_url": None, "data": {"conferenceCallNumbers": {"IT": {}}}},
    {"type": "google_conference", "status": None, "join_url": None},
    {"type": "hologram", "status": "beaming", "join_url": "x:", "data": {}, "additional_info": None, "location": 7},
]  # fmt: skip


@pytest.mark.parametrize("place", CONFERENCES, ids=lambda one: f"{one['type']} {one['status']}")
def test_a_meeting_by_video_is_read_with_all_data_of_its_vendor(place: Json, samples: Json) -> None:
    delivery = samples["deliveries"]["invitee.created"]
    delivery["payload"]["scheduled_event"]["location"] = place

    read = answers.convert(delivery, WebhookPayload[InviteePayload])

    location = read.payload.scheduled_event.location
    assert location is not None
    assert (location.type, location.join_url) == (place["type"], place["join_url"])
    assert answers.builtins(read)["payload"]["scheduled_event"]["location"] == place


def test_what_real_answers_lack_is_nothing_rather_than_an_error(samples: Json) -> None:
    """Guests of old events have no time of change, and typed clients send null for an empty list."""
    payload = samples["deliveries"]["invitee.created"]["payload"]
    payload["questions_and_answers"] = None
    del payload["tracking"]
    payload["scheduled_event"]["event_guests"] = [{"email": "g@example.org", "created_at": "2026-11-30T10:00:00Z"}]
    del payload["scheduled_event"]["invitees_counter"]

    read: Any = answers.convert(payload, InviteePayload)

    assert read.questions_and_answers == []
    assert read.tracking.utm_source is None
    assert read.scheduled_event.invitees_counter.active is None
    assert [(one.email, one.updated_at) for one in read.scheduled_event.event_guests] == [("g@example.org", None)]
    assert answers.builtins(read)["questions_and_answers"] is None


def test_a_list_without_pagination_is_one_page(samples: Json) -> None:
    listing = operations.ListEventTypes()

    page = listing.read(msgspec.json.encode({"collection": [samples["event_type"]]}))

    assert [one.slug for one in page.collection] == [samples["event_type"]["slug"]]
    assert listing.after(page) is None


def test_what_is_of_another_type_is_beside_the_fields_until_they_are_set(samples: Json) -> None:
    row = {**samples["event_type"], "duration": "half an hour", "locations": "the yard", "position": "2", "profile": 1}

    read: Any = answers.convert(row, EventType)

    assert (read.duration, read.locations, read.position, read.profile) == (None, None, 2, None)
    assert read.unknown == {"duration": "half an hour", "locations": "the yard", "profile": 1}
    assert is_kept_loosely(answers.builtins(read), {**row, "position": 2})
    read.duration = 30
    assert answers.builtins(read)["duration"] == 30


def test_a_text_that_was_cut_in_the_middle_of_an_emoji_is_read(samples: Json) -> None:
    body = json.dumps({**samples["user"], "name": "Ada \U0001f389"}).replace("\\ud83c\\udf89", "\\ud83c")

    assert answers.decode(body, User).name == "Ada \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "body", ["{}", '{"resource": {}}', '{"resource": null}', '{"resource": []}', '{"resource": {"name": "Ada"}}', "[1]"]
)
def test_an_answer_that_is_about_nothing_is_an_error(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        operations.GetCurrentUser().read(body.encode())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.__name__)
@given(seed=SEEDS)
def test_every_answer_that_the_contract_allows_is_read_and_written_without_loss(operation: Any, seed: int) -> None:
    raw = MadeUp(seed).answer_to(operation.method, path_in_contract(operation), operation.success())

    read = call(operation).read(json.dumps(raw).encode())

    whole, part = body_of(read, raw)
    assert is_kept(whole, part)


@pytest.mark.parametrize("schema", WEBHOOKS)
@given(seed=SEEDS)
def test_every_delivery_that_the_contract_allows_is_read_and_written_without_loss(schema: str, seed: int) -> None:
    made_up = MadeUp(seed)
    raw = {**made_up.component("WebhookPayload"), "payload": made_up.component(schema)}

    read = answers.decode(json.dumps(raw).encode(), WEBHOOKS[schema])
    again = answers.decode(answers.encode(read), WEBHOOKS[schema])

    assert is_kept(answers.builtins(read), raw)
    assert answers.builtins(again) == answers.builtins(read)


ROUGHENED = {**WEBHOOKS, "ScheduledEvent": ScheduledEvent, "Invitee": Invitee, "EventType": EventType, "User": User}


def is_kept_loosely(whole: Any, part: Any) -> bool:
    """As ``is_kept``; "30" may be 30, and what is null may be left out."""
    match part:
        case dict():
            return all(is_kept_loosely(whole.get(name), inner) for name, inner in part.items())
        case list():
            return len(whole) == len(part) and all(map(is_kept_loosely, whole, part))
        case "30" | 7 | 1 | True if whole != part:
            return (part, whole) in {("30", 30), (1, "1"), (1.0, True), (True, 1)}
        case _:
            return is_kept(whole, part)


@pytest.mark.parametrize("schema", ROUGHENED)
@given(seed=SEEDS)
def test_whatever_is_missing_or_null_or_of_another_type_the_rest_is_read_and_all_is_kept(
    schema: str, seed: int
) -> None:
    random, made_up = Random(seed), MadeUp(seed)
    value = made_up.component(schema)
    value = {**made_up.component("WebhookPayload"), "payload": value} if schema in WEBHOOKS else value
    raw = roughened(value, random)

    read = answers.decode(json.dumps(raw).encode(), ROUGHENED[schema])
    again = answers.decode(answers.encode(read), ROUGHENED[schema])

    assert is_kept_loosely(answers.builtins(read), raw)
    assert answers.builtins(again) == answers.builtins(read)
