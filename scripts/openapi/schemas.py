"""The shapes of the wire as JSON schemas, named as readers find them and with what the source says of their fields."""

from collections import Counter
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect
from scripts.openapi import texts

from openslot.wire.codec import Timestamp
from openslot.wire.common import Collection, Page, Resource

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_ENVELOPES = (Resource, Page, Collection)


class Schemas:
    """The schemas of some types; ``components`` is what they refer to."""

    def __init__(self, kinds: Sequence[Any]) -> None:
        shapes = list(dict.fromkeys(shape for kind in kinds for shape in _shapes_in(inspect.type_info(kind))))
        references, made = msgspec.json.schema_components(shapes, schema_hook=_custom_schema, ref_template=_REFERENCE)
        names = dict(zip(shapes, _names(shapes), strict=True))
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
        """The schema of one of the types."""
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
        return tidied

    def _tidied(self, node: Any) -> Any:
        """``node`` by our names, without what says nothing: titles, defaults of null, empty lists of what must be."""
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
    """The schema of a parameter's value; a parameter is left out rather than null."""
    return msgspec.json.schema(without_none(kind), schema_hook=_custom_schema)


def without_none(kind: Any) -> Any:
    """What a type that may be ``None`` is otherwise."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind
    (wanted,) = [part for part in get_args(kind) if part is not type(None)]
    return wanted


def _is_idle(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key, value) in [("default", None), ("required", [])]


def _custom_schema(kind: type) -> Schema:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "Anything."}  # msgspec takes an empty schema for none at all
    raise NotImplementedError(kind.__name__)


def _class_of(shape: Any) -> type[Struct]:
    kind: type[Struct] = get_origin(shape) or shape
    return kind


def _shapes_in(kind: inspect.Type) -> Iterator[Any]:
    match kind:
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


def _names(shapes: Sequence[Any]) -> list[str]:
    """The classes' names, with the noun of the module before those that two modules have."""
    kinds = [_class_of(shape) for shape in shapes]
    count = Counter(kind.__name__ for kind in set(kinds))
    return [kind.__name__ if count[kind.__name__] == 1 else _with_noun(kind) for kind in kinds]


def _with_noun(kind: type[Struct]) -> str:
    noun = kind.__module__.rpartition(".")[2]
    return "".join(word.capitalize() for word in noun.split("_")) + kind.__name__
