"""The shapes of the wire as Swagger 2.0 schemas, with the connector's names for what is in them.

Swagger 2.0 has neither null nor alternatives: ``x-nullable`` stands for the one, and where the wire knows alternatives,
the connector's row decides, or anything goes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from openslot.connector import definition
from openslot.connector.definition import Definition, Row
from openslot.wire.codec import Timestamp

Schema = dict[str, Any]
Naming = Callable[[Row], str]
"""The name of a row in the language of the export."""

_TYPES: dict[str, Schema] = {
    "string": {"type": "string"},
    "uri": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
    "date-time": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "float": {"type": "number", "format": "float"},
}
"""The rows' words for what has no parts."""
_KEPT = ("type", "format", "enum", "required")
_NULL = {"type": "null"}
_UPPER = {"html", "uri", "url", "utm", "uuid", "id"}


def summarized(schema: Schema, summary: str, visibility: str | None = None) -> Schema:
    """``schema`` with its name for people, and who gets to see it."""
    return {**schema, "x-ms-summary": summary, **({"x-ms-visibility": visibility} if visibility else {})}


def simple(kind: str) -> Schema:
    """The schema of a row or parameter without parts."""
    if kind.startswith("array of "):
        return {"type": "array", "items": simple(kind.removeprefix("array of "))}
    return dict(_TYPES["string" if kind == "securestring" else kind])


class Schemas:
    """Turns answers of the definition into schemas, and collects the definitions that these refer to."""

    def __init__(self, named: Naming) -> None:
        self._named = named
        shapes = [entry.shape for entry in definition.DEFINITIONS]
        references, _ = _components(shapes)
        names = [reference["$ref"].rpartition("/")[2] for reference in references]
        self._definitions: dict[str, Definition] = dict(zip(names, definition.DEFINITIONS, strict=True))
        self._nullable: set[str] = set()
        self._summaries: dict[str, str] = {}

    def of(self, shape: Any, rows: Sequence[Row] = ()) -> Schema:
        """The schema of a whole body."""
        (root,), components = _components([shape])
        return _Translation(self, components, {row.path: row for row in rows}).of(root, "")

    def definitions(self) -> dict[str, Schema]:
        """What the schemas so far refer to."""
        made = {}
        for component, entry in self._definitions.items():
            _, components = _components([entry.shape])
            rows = {row.path: row for row in entry.rows}
            made[entry.name] = _Translation(self, components, rows).of(components[component], "")
        # a second look, because definitions refer to one another
        for name, schema in made.items():
            if name in self._summaries:
                schema["x-ms-summary"] = self._summaries[name]
            if name in self._nullable:
                schema["x-nullable"] = True
        return made

    def refer(self, component: str, row: Row | None, *, nullable: bool) -> Schema | None:
        """A reference, if ``component`` is a definition of the connector's.

        Nothing may stand beside a reference, so what its users agree on moves into the definition.
        """
        entry = self._definitions.get(component)
        if entry is None:
            return None
        if nullable:
            self._nullable.add(entry.name)
        if row is not None and row.type == entry.name:
            self._summaries[entry.name] = self._named(row)
        return {"$ref": f"#/definitions/{entry.name}"}

    def name_of(self, row: Row) -> str:
        return self._named(row)


class _Translation:
    """The way of one shape from msgspec's JSON schema to Swagger 2.0."""

    def __init__(self, schemas: Schemas, components: dict[str, Schema], rows: dict[str, Row]) -> None:
        self._schemas = schemas
        self._components = components
        self._rows = rows

    def of(self, node: Schema, path: str, *, nullable: bool = False) -> Schema:
        row = self._rows.get(path)
        if "anyOf" in node:
            return self._alternatives(node["anyOf"], path)
        if "$ref" in node:
            component = node["$ref"].rpartition("/")[2]
            reference = self._schemas.refer(component, row, nullable=nullable)
            return reference or self.of(self._components[component], path, nullable=nullable)
        schema = {key: node[key] for key in _KEPT if node.get(key)}
        if row is not None and row.type in _TYPES:
            schema |= _TYPES[row.type]
        if "items" in node:
            schema["items"] = self.of(node["items"], path)
            schema["items"].pop("x-ms-summary", None)  # the list has it
        if "properties" in node:
            below = {name: f"{path}.{name}" if path else name for name in node["properties"]}
            schema["properties"] = {name: self._property(node["properties"][name], below[name]) for name in below}
        if row is not None:
            schema = summarized(schema, self._schemas.name_of(row))
        return {**schema, "x-nullable": True} if nullable else schema

    def _alternatives(self, nodes: list[Schema], path: str) -> Schema:
        there = [node for node in nodes if node != _NULL]
        nullable = len(there) < len(nodes)
        return self.of(there[0] if len(there) == 1 else {}, path, nullable=nullable)

    def _property(self, node: Schema, path: str) -> Schema:
        """A field, known to the connector or not: those it has no row for are spelled out, and shown to who asks."""
        schema = self.of(node, path)
        if "$ref" in schema or path in self._rows:
            return schema
        named_below = any(known.startswith(f"{path}.") for known in self._rows)
        return summarized(schema, _spelled(path.rpartition(".")[2]), None if named_below else "advanced")


def _components(shapes: Sequence[Any]) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    return msgspec.json.schema_components(shapes, schema_hook=_custom_schema, ref_template="#/definitions/{name}")


def _custom_schema(kind: type) -> Schema:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "anything"}  # msgspec takes an empty schema for none at all
    raise NotImplementedError(kind.__name__)


def _spelled(name: str) -> str:
    return " ".join(word.upper() if word in _UPPER else word.capitalize() for word in name.split("_"))
