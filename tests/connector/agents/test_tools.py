"""The tools for agents as data: what a client, or a model, is told about each."""

import re
from typing import Any

import jsonschema
import pytest
from msgspec import Struct

from openslot.connector import definition
from openslot.connector.agents import arguments
from openslot.connector.agents.schemas import input_schema, output_schema
from openslot.connector.agents.tools import TOOLS, schemas
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.common import Page

Json = dict[str, Any]
MAX_LIST = 33_000
"""Bytes; a model that is given all of it pays a token for about four."""


class Row(Struct):
    """Source: of no use to an agent."""

    name: str | None
    at: Timestamp


def test_every_schema_is_one_and_an_object_at_its_root() -> None:
    for tool in TOOLS:
        for one in schemas(tool):
            jsonschema.Draft202012Validator.check_schema(one)
            assert one["type"] == "object"


def test_answers_are_described_by_their_fields_alone() -> None:
    answer = output_schema(Page[Row], {})

    row = {
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"]},
            "at": {"type": ["string", "null"], "format": "date-time"},
        },
        "required": ["name", "at"],
    }
    token = {"type": ["string", "null"]}
    pagination = {
        "type": "object",
        "properties": {
            "count": {"type": ["integer", "null"]},
            "next_page": token,
            "previous_page": token,
            "next_page_token": token,
            "previous_page_token": token,
        },
        "required": ["count", "next_page", "previous_page"],
    }
    assert answer == {
        "type": "object",
        "properties": {"collection": {"type": "array", "items": row}, "pagination": pagination},
        "required": ["collection", "pagination"],
    }


def test_a_large_shape_is_described_by_one_tool_and_named_by_the_others() -> None:
    rows = {
        tool.name: schemas(tool)[1]["properties"]["collection"]["items"]
        for tool in TOOLS
        if tool.name in {"get_event_types", "list_scheduled_events", "list_event_invitees"}
    }

    assert rows == {
        "get_event_types": {"type": "object", "description": "Has the fields of get_event_type's resource"},
        "list_scheduled_events": {
            "type": "object",
            "description": "Has the fields of get_scheduled_event's resource",
        },
        "list_event_invitees": {"type": "object", "description": "Has the fields of get_event_invitee's resource"},
    }
    for name, field in (
        ("get_event_type", "duration"),
        ("get_scheduled_event", "end_time"),
        ("get_event_invitee", "cancel_url"),
    ):
        [tool] = [one for one in TOOLS if one.name == name]
        assert field in schemas(tool)[1]["properties"]["resource"]["properties"]


def test_every_argument_has_a_description() -> None:
    silent = [
        f"{tool.name}.{name}"
        for tool in TOOLS
        for name, field in input_schema(tool.arguments)["properties"].items()
        if "description" not in field
    ]

    assert silent == []


def test_identifiers_name_the_tool_that_gives_them() -> None:
    identifiers = [
        (tool.name, field["description"])
        for tool in TOOLS
        for name, field in input_schema(tool.arguments)["properties"].items()
        if name in {"uuid", "event_type", "event", "invitee"}
    ]

    sources = {tool.name for tool in TOOLS}
    assert [name for name, description in identifiers if not sources & set(re.findall(r"\w+", description))] == []


def test_a_location_describes_what_goes_into_it() -> None:
    location = input_schema(arguments.Book)["properties"]["location"]["properties"]

    assert location == {
        "kind": {"type": "string", "description": "The kind of one of the event type's locations"},
        "location": {
            "type": ["string", "null"],
            "default": None,
            "maxLength": 1000,
            "description": "outbound_call: the invitee's phone number, as +390655500123. ask_invitee: the place"
            " that the invitee names. physical and custom: as the event type has it. Left out for any other",
        },
    }


@pytest.mark.parametrize("name", ["book", "cancel_scheduled_event", "reschedule_invitee"])
def test_whom_the_service_mails_is_described_as_it_is(name: str) -> None:
    [tool] = [one for one in TOOLS if one.name == name]

    assert "Calendly mails invitees, OpenSlot does not yet" in tool.description


def test_the_list_of_tools_is_small_enough_to_be_given_to_a_model() -> None:
    sizes = [len(codec.encode([tool.description, *schemas(tool)])) for tool in TOOLS]

    assert sum(sizes) < MAX_LIST


def test_the_actions_are_those_of_the_definition() -> None:
    of_actions = [
        {
            "title": tool.title,
            "keys": list(input_schema(tool.arguments)["properties"]),
            "required": input_schema(tool.arguments)["required"],
            "answer": tool.answer,
        }
        for tool in TOOLS[: len(definition.ACTIONS)]
    ]

    assert of_actions == [
        {
            "title": action.name,
            "keys": [parameter.key for parameter in action.parameters],
            "required": [parameter.key for parameter in action.parameters if parameter.required],
            "answer": action.answer or TOOLS[1].answer,
        }
        for action in definition.ACTIONS
    ]


def test_what_they_change_is_declared() -> None:
    changing = {tool.name: (tool.destructive, tool.idempotent) for tool in TOOLS if not tool.read_only}

    assert changing == {
        "create_invitee_no_show": (False, False),
        "delete_invitee_no_show": (True, True),
        "book": (False, False),
        "cancel_scheduled_event": (True, True),
        "reschedule_invitee": (True, False),
        "delete_record": (True, True),
        "create_scheduling_link": (False, False),
        "create_webhook_subscription": (False, False),
        "save_contact": (True, False),
        "save_availability_schedule": (True, False),
        "set_meeting_limits": (True, True),
    }
    assert all(tool.idempotent and not tool.destructive for tool in TOOLS if tool.read_only)
