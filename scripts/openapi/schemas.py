"""The shapes of ``wire`` as JSON schemas, with the docstrings of their fields as descriptions.

A shape has a schema for answers and another for requests. Answers are open, and may hold values that were accepted
under earlier bounds. Requests are checked against all bounds, and those of OpenSlot's own calls have no unknown keys.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect
from scripts.openapi import texts

from openslot.api.shapes import is_as_left_out
from openslot.wire.codec import Timestamp
from openslot.wire.common import ANSWERED_AS, SENT_AS, Collection, Page, Resource

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_ENVELOPES = (Resource, Page, Collection)


class Use(Enum):
    """What a schema describes. The value is the suffix of a shape's name, if the shape has an earlier use, too."""

    ANSWER = ""
    SENT = "Sent"
    """The body of one of Calendly's calls: unknown keys are ignored."""
    EXACT = "Exact"
    """The body of one of OpenSlot's own calls: unknown keys are refused."""


class Schemas:
    """The schemas of some types, by their use; ``components`` are the schemas that they refer to."""

    def __init__(self, kinds: dict[Use, Sequence[Any]]) -> None:
        shapes = {
            use: list(dict.fromkeys(shape for kind in kinds[use] for shape in _shapes_in(inspect.type_info(kind))))
            for use in kinds
        }
        names = _names([shape for use in shapes for shape in shapes[use]])
        self.components: dict[str, Schema] = {}
        self._of_use: dict[Use, _OfOneUse] = {}
        used: set[Any] = set()
        for use, wanted in shapes.items():
            called = {shape: names[shape] + (use.value if shape in used else "") for shape in wanted}
            self._of_use[use] = _OfOneUse(use, called)
            self.components |= self._of_use[use].components
            used |= set(wanted)

    def of(self, kind: Any, use: Use = Use.ANSWER) -> Schema:
        """The schema of one of the types."""
        return self._of_use[use].of(kind)


class _OfOneUse:
    def __init__(self, use: Use, names: dict[Any, str]) -> None:
        self._use = use
        shapes = list(names)
        references, made = msgspec.json.schema_components(shapes, schema_hook=_custom_schema, ref_template=_REFERENCE)
        self._renamed = {
            reference["$ref"]: _REFERENCE.format(name=names[shape])
            for reference, shape in zip(references, shapes, strict=True)
        }
        self._envelopes = {}
        self.components = {}
        for reference, shape in zip(references, shapes, strict=True):
            schema = self._described(shape, made[reference["$ref"].rpartition("/")[2]])
            if _class_of(shape) in _ENVELOPES:
                self._envelopes[shape] = schema
            else:
                self.components[names[shape]] = schema

    def of(self, kind: Any) -> Schema:
        if kind in self._envelopes:
            return self._envelopes[kind]
        (schema,), _ = msgspec.json.schema_components([kind], schema_hook=_custom_schema, ref_template=_REFERENCE)
        tidied: Schema = self._tidied(schema)
        return tidied

    def _described(self, shape: Any, schema: Schema) -> Schema:
        kind = _class_of(shape)
        tidied: Schema = self._tidied(schema)
        if kind in _ENVELOPES:
            del tidied["description"]
        else:
            tidied["description"] = texts.of_class(kind)
        for field, text in texts.of_fields(kind).items():
            if field in tidied["properties"]:
                tidied["properties"][field]["description"] = text
        if self._use is Use.ANSWER:
            answered: Schema = deepcopy(_merged(tidied, getattr(kind, ANSWERED_AS, {})))
            return answered
        return self._bounded(kind, tidied)

    def _bounded(self, kind: type[Struct], schema: Schema) -> Schema:
        """The schema with the bounds that hold only in requests."""
        for field in msgspec.structs.fields(kind):
            if is_as_left_out(field):
                schema["properties"][field.encode_name] = _or_null(schema["properties"][field.encode_name])
        bounded: Schema = deepcopy(_merged(schema, getattr(kind, SENT_AS, {})))
        if self._use is Use.EXACT:
            _close(bounded)
        return bounded

    def _tidied(self, node: Any) -> Any:
        """``node`` with the document's names, without titles, defaults of null and empty lists of required fields."""
        match node:
            case list():
                return [self._tidied(entry) for entry in node]
            case {"enum": [*values]} if "type" not in node and all(isinstance(value, str) for value in values):
                return self._tidied({"type": "string"} | node)
            case dict():
                return {key: self._tidied(value) for key, value in node.items() if not _is_idle(key, value)}
            case str():
                return self._renamed.get(node, node)
            case _:
                return node


def of_parameter(kind: Any) -> Schema:
    """The schema of a parameter's value. It is never null: a parameter is left out instead."""
    return msgspec.json.schema(without_none(kind), schema_hook=_custom_schema)


def without_none(kind: Any) -> Any:
    """``kind`` without ``None``."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind
    (wanted,) = [part for part in get_args(kind) if part is not type(None)]
    return wanted


def _merged(one: Any, other: Any) -> Any:
    """``one`` with the keywords of ``other``."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    if "anyOf" in one and "anyOf" not in other:  # a value, or null
        *_, null = one["anyOf"]
        return one | {"anyOf": [_merged(one["anyOf"][0], other), null]}
    return one | {key: _merged(one[key], value) if key in one else value for key, value in other.items()}


def _or_null(schema: Schema) -> Schema:
    """``schema``, or null, which counts as left out."""
    annotations = {key: value for key, value in schema.items() if key in {"description", "default"}}
    constraints = {key: value for key, value in schema.items() if key not in annotations}
    return {"anyOf": [constraints, {"type": "null"}], **annotations}


def _close(schema: Any) -> None:
    """Allow objects only the keys that their schemas name."""
    if isinstance(schema, list):
        for one in schema:
            _close(one)
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
        for one in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("anyOf")]:
            _close(one)


def _is_idle(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key, value) in [("default", None), ("required", [])]


def _custom_schema(kind: type) -> Schema:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "Anything."}  # msgspec treats an empty schema as none
    raise NotImplementedError(kind.__name__)


def _class_of(shape: Any) -> type[Struct]:
    kind: type[Struct] = get_origin(shape) or shape
    return kind


def _shapes_in(kind: inspect.Type) -> Iterator[Any]:
    match kind:
        case inspect.Metadata(type=inner):
            yield from _shapes_in(inner)
        case inspect.UnionType(types):
            for one in types:
                yield from _shapes_in(one)
        case inspect.ListType(item_type=entry):
            yield from _shapes_in(entry)
        case inspect.StructType(cls, fields):
            yield cls
            for field in fields:
                yield from _shapes_in(field.type)
        case _:
            pass


def _names(shapes: Sequence[Any]) -> dict[Any, str]:
    """The names of the classes; a name that two modules have gets its module's noun as a prefix."""
    count = Counter(kind.__name__ for kind in {_class_of(shape) for shape in shapes})
    kinds = {shape: _class_of(shape) for shape in shapes}
    return {shape: kind.__name__ if count[kind.__name__] == 1 else _with_noun(kind) for shape, kind in kinds.items()}


def _with_noun(kind: type[Struct]) -> str:
    noun = kind.__module__.rpartition(".")[2]
    return "".join(word.capitalize() for word in noun.split("_")) + kind.__name__
