"""The JSON Schema (2020-12) of what tools are given and answer with, as short as it can be and still be true.

Clients may hand it to a model, which pays for every word.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from openslot.wire.codec import Timestamp

_NOTES = frozenset({"title", "description"})
"""What msgspec notes on a shape: the name of our class, and its docstring."""


def input_schema(kind: Any) -> dict[str, Any]:
    """The schema of what a tool is given, with the descriptions of its fields."""
    return _schema(kind, {})


def output_schema(kind: Any, described_by: Mapping[str, str]) -> dict[str, Any]:
    """What a tool answers with. Defaults are for who fills something in.

    Any field may be null: answers lack some of what the reference has (``client.lenient``), and clients check answers.

    ``described_by`` names the tool whose ``resource`` is a shape, by the shape's name: large ones are described there
    alone.
    """
    shared = {
        shape: {"type": "object", "description": f"Has the fields of {tool}'s resource"}
        for shape, tool in described_by.items()
    }
    schema: dict[str, Any] = _as_answered(_schema(kind, shared))
    return schema


def _schema(kind: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """An object at its root, as older clients need it, and without references, which some don't follow."""
    whole = msgspec.json.schema(kind, schema_hook=_of_ours)
    bare = {
        name: {key: value for key, value in shape.items() if key not in _NOTES}
        for name, shape in whole["$defs"].items()
    }
    schema: dict[str, Any] = _inlined({"$ref": whole["$ref"]}, {**bare, **shared})
    return schema


def _of_ours(kind: type) -> dict[str, Any]:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "Any JSON value"}  # an empty schema counts as none
    raise NotImplementedError


def _inlined(node: Any, shapes: Mapping[str, Any]) -> Any:
    match node:
        case {"$ref": str(reference), **rest}:
            return _inlined(shapes[reference.rpartition("/")[2]], shapes) | _inlined(rest, shapes)
        case {"anyOf": list(choices), **rest}:
            return _inlined(rest, shapes) | _either([_inlined(choice, shapes) for choice in choices])
        case dict():
            return {key: _inlined(value, shapes) for key, value in node.items()}
        case list():
            return [_inlined(value, shapes) for value in node]
        case _:
            return node


def _either(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """One of ``choices``: what holds for one JSON type alone may stand beside the names of the others."""
    more = [choice for choice in choices if choice.keys() != {"type"}]
    if len(more) > 1 or any(not isinstance(choice.get("type"), str) or "enum" in choice for choice in more):
        return {"anyOf": choices}
    return {**(more[0] if more else {}), "type": [choice["type"] for choice in choices]}


def _as_answered(node: Any) -> Any:
    match node:
        case dict():
            return {
                key: {name: _maybe_null(_as_answered(value)) for name, value in inner.items()}
                if key == "properties"
                else _as_answered(inner)
                for key, inner in node.items()
                if key != "default"
            }
        case list():
            return [_as_answered(value) for value in node]
        case _:
            return node


def _maybe_null(field: dict[str, Any]) -> dict[str, Any]:
    """``field``, where it is neither a list nor an object: those are read as empty where they are missing."""
    kinds = field.get("type", "array")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "null" in kinds or not {"array", "object"}.isdisjoint(kinds):
        return field
    choices = {"enum": [*field["enum"], None]} if "enum" in field else {}
    return {**field, **choices, "type": [*kinds, "null"]}
