"""The declarations against the contract, and against what they say of themselves."""

from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from openslot.client import Operation, operations
from openslot.client.operation import without_defaults
from openslot.wire import codec
from openslot.wire.scheduled_events import CancelEvent

DECLARED = sorted(
    (
        declared
        for _, declared in getmembers(operations, isclass)
        if issubclass(declared, Operation) and declared.__module__ == operations.__name__
    ),
    key=lambda declared: declared.__name__,
)
CONTRACT = Path(__file__).parents[1] / "contract" / "calendly-v2.openapi.yaml"


def contract() -> dict[tuple[str, str], tuple[set[str], bool]]:
    """The operations of tier core: what the query may hold, and whether there is a body."""
    document = yaml.load(CONTRACT.read_text("utf-8"), yaml.CSafeLoader)
    operations_of_core = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and operation.get("x-tier") == "core":
                parameters = [resolved(document, entry) for entry in operation.get("parameters", [])]
                query = {entry["name"] for entry in parameters if entry["in"] == "query"}
                operations_of_core[method.upper(), path] = (query, "requestBody" in operation)
    return operations_of_core


def resolved(document: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    name = entry.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name] if name else entry
    return found


def test_every_core_operation_is_declared_with_its_parameters() -> None:
    declared = {}
    for operation in DECLARED:
        fields = set(operation.__struct_fields__)
        in_path = {part[1:-1] for part in operation.path.split("/") if part.startswith("{")}
        declared[operation.method, operation.path] = (fields - in_path - {"body"}, "body" in fields)

    assert declared == contract()


@pytest.mark.parametrize("operation", DECLARED, ids=lambda operation: operation.__name__)
def test_the_answer_of_every_declaration_can_be_decoded(operation: type[Operation[Any]]) -> None:
    if operation.__mro__[1].__name__ != "Nothing":
        msgspec.json.Decoder(operation.answer(), dec_hook=codec.dec_hook)


def test_a_field_at_its_default_is_not_sent() -> None:
    assert without_defaults(CancelEvent()) == {}
    assert without_defaults([CancelEvent("ill")]) == [{"reason": "ill"}]


def test_a_call_without_a_body_sends_none() -> None:
    assert operations.CancelEvent("1").request("http://x").content is None
    assert operations.CancelEvent("1", CancelEvent()).request("http://x").content == b"{}"
