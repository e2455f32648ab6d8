"""The definition against the public connector's, row by row, and against the shapes of the wire."""

import json
import re
from collections import defaultdict
from inspect import getmembers, isfunction
from pathlib import Path
from typing import Any, Unpack, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct, inspect

from contract.schemas import contract
from openslot.connector import AsyncConnector, Connector, definition
from openslot.connector.definition import Action, Named, Row, TriggerDefinition
from openslot.i18n import languages
from openslot.wire.codec import Timestamp

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "contract" / "connector.json").read_text("utf-8"))
API = contract()
OURS = ("description", "minimum", "maximum", "default")
"""What the definition says of a parameter beyond the contract's rows."""
OPERATIONS = (*definition.ACTIONS, *definition.TRIGGERS)
THAI = re.compile("[\u0e00-\u0e7f]")
SHAPES = {entry.name: entry.shape for entry in definition.DEFINITIONS}


def plain(named: Struct) -> dict[str, Any]:
    """An entry as the contract's file has it, which knows no Thai and describes nothing."""
    entry: dict[str, Any] = msgspec.to_builtins(named)
    return {key: value for key, value in entry.items() if key not in {"name_th", *OURS}}


def as_contract(operation: Action | TriggerDefinition) -> dict[str, Any]:
    """An operation as the contract's file writes it."""
    text: dict[str, Any] = {
        "name": operation.name,
        "name_it": operation.name_it,
        "operation_id": operation.operation_id,
        "method": operation.operation.method,
        "path": operation.operation.path,
        "parameters": [plain(parameter) for parameter in operation.parameters],
        "returns": [plain(row) for row in operation.returns],
    }
    if isinstance(operation, Action):
        return {**text, "kind": "action"}
    sent = operation.operation.path
    return {
        **text,
        "kind": "trigger",
        "path": operation.platform_path,
        **({"sent_to_path": sent} if sent != operation.platform_path else {}),
        "events_enum": list(operation.events),
        "events_default": operation.default_event,
        "hidden_body": {
            key: {"default": operation.default_scope} if key == "scope" else {} for key in operation.hidden
        },
        "unsubscribe": {
            "operation_id": definition.DELETE_TRIGGER.operation_id,
            "method": operation.unsubscribe.method,
            "path": definition.DELETE_TRIGGER.platform_path,
        },
    }


def test_operations_are_the_contract_s() -> None:
    assert [as_contract(operation) for operation in OPERATIONS] == CONTRACT["operations"]


def test_what_the_platform_calls_on_its_own_is_the_contract_s() -> None:
    ours = [
        {"name": one.name, "operation_id": one.operation_id, "method": one.operation.method, "path": one.platform_path}
        for one in definition.INTERNAL_OPERATIONS
    ]

    assert ours == CONTRACT["internal_operations"]
    assert {trigger.unsubscribe for trigger in definition.TRIGGERS} == {definition.DELETE_TRIGGER.operation}


def test_the_events_of_all_triggers_are_the_contract_s() -> None:
    events = [event for trigger in definition.TRIGGERS for event in trigger.events]

    assert sorted(events) == CONTRACT["trigger_events_enum"]


def test_nothing_of_the_contract_is_held_by_no_test() -> None:
    assert set(CONTRACT) == {
        "connection", "throttling", "operations", "definitions", "definition_names_it", "internal_operations",
        "trigger_events_enum", "counts",
    }  # fmt: skip


def test_definitions_are_the_contract_s() -> None:
    ours = {entry.name: [plain(row) for row in entry.rows] for entry in definition.DEFINITIONS}

    assert ours == CONTRACT["definitions"]
    assert {entry.name: entry.name_it for entry in definition.DEFINITIONS} == CONTRACT["definition_names_it"]


def test_connection_and_throttling_are_the_contract_s() -> None:
    connection = definition.CONNECTION

    assert {
        "parameters": [plain(parameter) for parameter in connection.parameters],
        "request_headers": {"Authorization": "Bearer {api_key}", **connection.request_headers},
        "test_operation_id": connection.test_operation_id,
    } == CONTRACT["connection"]
    assert plain(definition.THROTTLING) == CONTRACT["throttling"]
    assert connection.test_operation.path == "/users/me"


def test_no_row_of_the_contract_is_missing() -> None:
    parameters = sum(len(operation.parameters) for operation in OPERATIONS)
    returns = sum(len(operation.returns) for operation in OPERATIONS)
    fields = sum(len(entry.rows) for entry in definition.DEFINITIONS)

    assert {
        "operations": len(OPERATIONS),
        "actions": len(definition.ACTIONS),
        "triggers": len(definition.TRIGGERS),
        "operation_parameters": parameters,
        "operation_returns": returns,
        "definitions": len(definition.DEFINITIONS),
        "definition_fields": fields,
        "rows": parameters + returns + fields,
        "connection_rows": len(definition.CONNECTION.parameters),
        "throttling_rows": 1,
    } == CONTRACT["counts"]
    assert CONTRACT["counts"]["rows"] == 144


def everything_named() -> list[Named]:
    """Whatever has a name, once for each place."""
    internal = definition.INTERNAL_OPERATIONS
    rows: list[Named] = [*OPERATIONS, *definition.DEFINITIONS, *definition.CONNECTION.parameters, definition.THROTTLING]
    rows += internal
    for operation in (*OPERATIONS, *internal):
        rows += [*operation.parameters, *operation.returns]
    for entry in definition.DEFINITIONS:
        rows += entry.rows
    return rows


def test_every_row_has_a_name_in_all_three_languages() -> None:
    rows = everything_named()
    counts = CONTRACT["counts"]

    internal = len(definition.INTERNAL_OPERATIONS) + 2  # and the parameter and the status of the one that deletes
    assert len(rows) == counts["rows"] + counts["operations"] + counts["definitions"] + 2 + internal
    assert [row for row in rows if not (row.name and row.name_it and THAI.search(row.name_th))] == []


def test_a_number_has_the_api_s_limits() -> None:
    limits = API["components"]["parameters"]["count"]["schema"]
    ours = {
        parameter.key: (parameter.type, parameter.minimum, parameter.maximum, parameter.default)
        for action in definition.ACTIONS
        for parameter in action.parameters
        if parameter.type == "integer"
    }

    assert ours == {"count": (limits["type"], limits["minimum"], limits["maximum"], limits["default"])}


def test_a_name_is_the_same_in_thai_wherever_it_is_in_english() -> None:
    in_thai: dict[str, set[str]] = defaultdict(set)
    for row in everything_named():
        in_thai[row.name].add(row.name_th)

    assert {name: thai for name, thai in in_thai.items() if len(thai) > 1} == {}


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Event Type URI"),
        ("it", "URI del tipo di evento"),
        ("th-TH", "URI ของประเภทนัดหมาย"),
        ("fr", "Event Type URI"),
    ],
)
def test_a_name_is_shown_in_the_language_that_is_wanted(language: str, name: str) -> None:
    (event_types,) = [entry for entry in definition.DEFINITIONS if entry.name == "EventType"]

    assert definition.name_in(language, event_types.rows[0]) == name


def test_pages_are_in_every_language_that_has_names_here() -> None:
    assert set(definition.LANGUAGES) <= set(languages.codes())


@pytest.mark.parametrize("surface", [Connector, AsyncConnector])
def test_the_connector_s_surface_is_the_definition_s(surface: type) -> None:
    methods = {
        name: function for name, function in getmembers(surface, isfunction) if not name.startswith(("_", "each_"))
    }

    assert {name: parameters_of(method) for name, method in methods.items()} == {
        action.method_name: {parameter.key: parameter.required for parameter in action.parameters}
        for action in definition.ACTIONS
    }


def parameters_of(method: Any) -> dict[str, bool]:
    """The parameters of a method and whether each is required."""
    found: dict[str, bool] = {}
    for name, kind in get_type_hints(method, include_extras=True).items():
        if get_origin(kind) is Unpack:
            found |= dict.fromkeys(get_type_hints(get_args(kind)[0]), False)
        elif name != "return":
            found[name] = True
    return found


def alternatives(kind: inspect.Type) -> list[inspect.Type]:
    """The types a value may have where it is there at all; a list also stands for what is in it."""
    match kind:
        case inspect.UnionType(types):
            return [one for part in types for one in alternatives(part)]
        case inspect.ListType(item_type=entry):
            return [kind, *alternatives(entry)]
        case inspect.NoneType():
            return []
        case _:
            return [kind]


def resolve(shape: Any, path: str) -> list[inspect.Type]:
    """The types at ``path`` below ``shape``, going through lists.

    Raises:
        LookupError: there is no such field.
    """
    kinds = alternatives(inspect.type_info(shape))
    for name in path.split("."):
        structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
        found = [field.type for kind in structs for field in kind.fields if field.encode_name == name]
        if not found:
            raise LookupError(f"{name} of {path}")
        kinds = [one for kind in found for one in alternatives(kind)]
    return kinds


def python_types(kinds: list[inspect.Type]) -> list[Any]:
    """The same as Python writes them."""
    plain = {
        inspect.StrType: str,
        inspect.BoolType: bool,
        inspect.IntType: int,
        inspect.FloatType: float,
        inspect.ListType: list,
    }
    return [getattr(kind, "cls", plain.get(type(kind), kind)) for kind in kinds]


ALLOWED: dict[str, set[Any]] = {
    "string": {str, Timestamp},
    "uri": {str},
    "email": {str},
    "date-time": {Timestamp},
    "boolean": {bool},
    "integer": {int},
    "number": {int},
    "float": {float, str},
    "array of string": {list, str},
}


def fits(row: Row, kinds: list[Any]) -> bool:
    """Whether a value of one of these types is what the row promises."""
    if row.type == "array of object":
        return list in kinds and all(kind is list or issubclass(kind, Struct) for kind in kinds)
    if row.type.removeprefix("array of ") in SHAPES:
        expected = [SHAPES[row.type.removeprefix("array of ")]]
        return kinds == ([list, *expected] if row.type.startswith("array of ") else expected)
    return bool(kinds) and set(kinds) <= ALLOWED[row.type]


RETURNS = [
    pytest.param(operation.answer, row, id=f"{operation.operation_id}-{row.path}")
    for operation in OPERATIONS
    for row in operation.returns
    if row.path != "204"
]
FIELDS = [
    pytest.param(entry.shape, row, id=f"{entry.name}-{row.path}")
    for entry in definition.DEFINITIONS
    for row in entry.rows
]


@pytest.mark.parametrize(("shape", "row"), [*RETURNS, *FIELDS])
def test_every_row_is_a_field_of_the_wire_with_the_promised_type(shape: Any, row: Row) -> None:
    assert fits(row, python_types(resolve(shape, row.path)))


def test_the_one_row_that_is_no_field_is_the_status_of_a_delete() -> None:
    without = [operation for operation in OPERATIONS if any(row.path == "204" for row in operation.returns)]

    assert [(operation.operation.method, operation.answer) for operation in without] == [("DELETE", None)]


@pytest.mark.parametrize("path", ["payload.nonsense", "payload.tracking.gclid", "nothing", "payload.uri.more"])
def test_a_path_that_the_wire_does_not_have_is_found_out(path: str) -> None:
    with pytest.raises(LookupError):
        resolve(definition.INVITEE_TRIGGER.answer, path)


@pytest.mark.parametrize("action", definition.ACTIONS, ids=lambda action: action.operation_id)
def test_every_parameter_is_one_of_the_operation_that_is_sent(action: Action) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(action.operation)}
    body = {field.name for field in msgspec.structs.fields(fields["body"])} if "body" in fields else set()

    assert {parameter.key for parameter in action.parameters} <= set(fields) | body


@pytest.mark.parametrize("trigger", definition.TRIGGERS, ids=lambda trigger: trigger.operation_id)
def test_the_keys_of_a_subscription_are_those_of_its_body(trigger: TriggerDefinition) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(trigger.operation)}
    body = {field.name for field in msgspec.structs.fields(fields["body"])}

    assert {*trigger.hidden, *(parameter.key for parameter in trigger.parameters)} == body - {"group"}
