"""The declarations against the contract, the server, and what they say of themselves."""

from datetime import UTC, date, datetime
from inspect import getmembers, isclass
from types import ModuleType
from typing import Any, get_origin

import msgspec
import pytest
from msgspec import inspect

from contract import schemas
from openslot.api import ROUTES
from openslot.client import Operation, extensions, operations
from openslot.client.operation import One, without_defaults
from openslot.connector import definition
from openslot.wire import codec
from openslot.wire.common import Open
from openslot.wire.one_off_event_types import CreateOneOffEventType, DaysSetting
from openslot.wire.scheduled_events import CancelEvent

Declared = type[Operation[Any]]


def declared_in(module: ModuleType) -> list[Declared]:
    """The operations that a module declares, by name."""
    found = [kind for _, kind in getmembers(module, isclass) if issubclass(kind, Operation)]
    return sorted(
        (kind for kind in found if kind.__module__.startswith(module.__name__)), key=lambda kind: kind.__name__
    )


CALENDLY_S, OURS = declared_in(operations), declared_in(extensions)
DECLARED = [*CALENDLY_S, *OURS]


def served() -> set[tuple[str, str]]:
    """The server's routes, but for a path that only the connector's platform posts to."""
    rewritten = {trigger.platform_path for trigger in definition.TRIGGERS} - {"/webhook_subscriptions"}
    return {
        (method, path.replace(":str}", "}"))
        for handler in ROUTES
        for method in handler.http_methods
        for path in handler.paths
        if path not in rewritten
    }


def contract() -> dict[tuple[str, str], tuple[set[str], bool]]:
    """The operations of the contract: what the query may hold, and whether there is a body."""
    document = schemas.contract()
    found = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                parameters = [resolved(document, entry) for entry in operation.get("parameters", [])]
                query = {entry["name"] for entry in parameters if entry["in"] == "query"}
                found[method.upper(), path] = (query, "requestBody" in operation)
    return found


def resolved(document: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    name = entry.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name] if name else entry
    return found


def test_every_operation_of_the_server_is_declared_once() -> None:
    declared = [(operation.method, operation.path) for operation in DECLARED]

    assert sorted(declared) == sorted(served())
    assert {path.startswith("/openslot/") for _, path in declared[: len(CALENDLY_S)]} == {False}
    assert {path.startswith("/openslot/") for _, path in declared[len(CALENDLY_S) :]} == {True}


def test_every_operation_of_calendly_s_has_the_parameters_of_the_contract() -> None:
    declared = {}
    for operation in CALENDLY_S:
        fields = set(operation.__struct_fields__)
        in_path = {part[1:-1] for part in operation.path.split("/") if part.startswith("{")}
        declared[operation.method, operation.path] = (fields - in_path - {"body"}, "body" in fields)
    documented = contract()

    assert declared == {key: documented[key] for key in declared}


@pytest.mark.parametrize("operation", OURS, ids=lambda operation: operation.__name__)
def test_every_part_of_a_path_has_a_field(operation: Declared) -> None:
    in_path = {part[1:-1] for part in operation.path.split("/") if part.startswith("{")}

    assert in_path <= set(operation.__struct_fields__)


def answers_of(operation: Declared) -> inspect.Type | None:
    return None if operation.__mro__[1].__name__ == "Nothing" else inspect.type_info(operation.answer())


@pytest.mark.parametrize("operation", DECLARED, ids=lambda operation: operation.__name__)
def test_the_answer_of_every_declaration_can_be_decoded(operation: Declared) -> None:
    if answers_of(operation) is not None:
        msgspec.json.Decoder(operation.answer(), dec_hook=codec.dec_hook)


def within(kind: inspect.Type | None) -> dict[str, inspect.Type]:
    """A type and all types that it is made of, by their place."""
    found: dict[str, inspect.Type] = {}
    waiting = [("answer", kind)]
    while waiting:
        place, one = waiting.pop()
        match one:
            case None:
                continue
            case inspect.StructType(cls, fields):
                waiting += [(f"{cls.__name__}.{field.name}", field.type) for field in fields]
            case inspect.UnionType(types):
                waiting += [(place, part) for part in types]
            case inspect.ListType(item_type=entry):
                waiting.append((place, entry))
            case _:
                pass
        found[f"{place}: {one}"] = one
    return found


@pytest.mark.parametrize("operation", DECLARED, ids=lambda operation: operation.__name__)
def test_no_answer_is_closed_to_what_comes_later(operation: Declared) -> None:
    types = within(answers_of(operation))

    closed = [place for place, kind in types.items() if isinstance(kind, inspect.LiteralType | inspect.EnumType)]
    shapes = [get_origin(kind.cls) or kind.cls for kind in types.values() if isinstance(kind, inspect.StructType)]
    deaf = [shape for shape in shapes if not issubclass(shape, Open)]
    assert (closed, deaf) == ([], [])


def test_a_field_at_its_default_is_not_sent() -> None:
    assert without_defaults(CancelEvent()) == {}
    assert without_defaults([CancelEvent("ill")]) == [{"reason": "ill"}]


def test_a_shape_with_a_tag_is_sent_with_it() -> None:
    body = CreateOneOffEventType("Lunch", "https://x/users/1", 30, DaysSetting(3, only_weekdays=True))

    assert operations.CreateOneOffEventType(body).request("http://x").content == (
        b'{"name":"Lunch","host":"https://x/users/1","duration":30,'
        b'"date_setting":{"type":"days_in_future","days":3,"only_weekdays":true}}'
    )


def test_days_and_instants_are_sent_as_the_api_writes_them() -> None:
    class Since(One[CancelEvent]):
        path = "/since"
        day: date
        moment: datetime

    operation = Since(date(2031, 4, 1), datetime(2031, 4, 1, 8, tzinfo=UTC))

    assert operation.request("http://x").url == "http://x/since?day=2031-04-01&moment=2031-04-01T08%3A00%3A00.000000Z"


def test_a_file_is_sent_as_it_is() -> None:
    sent = extensions.PutLogo(b"\x89PNG").request("http://x")

    assert (sent.content, sent.headers) == (b"\x89PNG", {"Content-Type": "application/octet-stream"})


def test_a_call_without_a_body_sends_none() -> None:
    assert operations.CancelEvent("1").request("http://x").content is None
    assert operations.CancelEvent("1", CancelEvent()).request("http://x").content == b"{}"
