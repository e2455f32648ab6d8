"""The parameters and fields of an OpenAPI document as a table: by path, what each may hold. Two are compared by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from described import JSON, Described

Schema = dict[str, Any]
DEEPEST = 12
"""Schemas that hold themselves are read no further."""


@dataclass(frozen=True)
class Kind:
    """What a field may hold."""

    types: frozenset[str] = frozenset()
    is_nullable: bool = False
    choices: frozenset[str] = frozenset()
    is_any_text: bool = False
    """Whether it may hold a text besides the choices."""

    def __or__(self, other: "Kind") -> "Kind":
        return Kind(
            self.types | other.types,
            self.is_nullable or other.is_nullable,
            self.choices | other.choices,
            self.is_any_text or other.is_any_text,
        )


Table = dict[str, Kind]


def parameters(of: Described, operation: Schema) -> Table:
    """The parameters of the query; one that is a list has a row for its entries, too."""
    entries = [of.resolved(one) for one in operation.get("parameters", [])]
    return table(of, {"properties": {one["name"]: one["schema"] for one in entries if one["in"] == "query"}})


def body(of: Described, operation: Schema) -> Table:
    """The fields of the body."""
    described = of.resolved(operation.get("requestBody", {}))
    return table(of, described["content"][JSON]["schema"]) if described else {}


def answer(of: Described, operation: Schema) -> Table:
    """The fields of the answer to a success."""
    (success,) = [of.resolved(one) for status, one in operation["responses"].items() if status.startswith("2")]
    return table(of, success["content"][JSON]["schema"]) if "content" in success else {}


def table(of: Described, schema: Schema) -> Table:
    """Every field of a schema, at any depth; alternatives are joined."""
    found: Table = {}
    for path, kind in _walk(of, schema, "", 0):
        found[path] = found.get(path, Kind()) | kind
    return {path: kind for path, kind in found.items() if path}


def _walk(of: Described, schema: Schema, path: str, depth: int) -> Iterator[tuple[str, Kind]]:
    schema = of.resolved(schema)
    yield path, _kind(schema)
    if depth == DEEPEST:
        return
    for one in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from _walk(of, one, path, depth + 1)
    for name, inner in schema.get("properties", {}).items():
        yield from _walk(of, inner, f"{path}.{name}".lstrip("."), depth + 1)
    if "items" in schema:
        yield from _walk(of, schema["items"], f"{path}[]", depth + 1)


def _kind(schema: Schema) -> Kind:
    named = schema.get("type", [])
    types = {named} if isinstance(named, str) else set(named)
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if not types:
        types = {"object"} if "properties" in schema else {"string"} if choices else set()
    texts = frozenset(one for one in choices if isinstance(one, str))
    return Kind(
        frozenset("number" if one == "integer" else one for one in types if one != "null"),
        "null" in types or None in choices,
        texts,
        "string" in types and not texts,
    )


def fields_of(value: object, path: str = "") -> Iterator[str]:
    """The path of every field that a value has."""
    if path:
        yield path
    match value:
        case dict():
            for name, inner in value.items():
                yield from fields_of(inner, f"{path}.{name}".lstrip("."))
        case list():
            for inner in value:
                yield from fields_of(inner, f"{path}[]")
        case _:
            pass
