"""The shapes of the wire as Swagger 2.0 schemas, with the connector's names for what is in them.

Swagger 2.0 has neither null nor alternatives: ``x-nullable`` stands for the one, and where the wire knows alternatives,
the connector's row decides, or anything goes.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from openslot.connector import definition
from openslot.connector.definition import Definition, Language, Row, name_in, text_in
from openslot.connector.definition.fields import SPECIAL_NAMES, description_of, field_name_in
from openslot.wire.codec import Timestamp

Schema = dict[str, Any]

_TYPES: dict[str, Schema] = {
    "string": {"type": "string"},
    "uri": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
    "date-time": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "number": {"type": "number"},
    "float": {"type": "number", "format": "float"},
}
"""The rows' words for what has no parts."""
_KEPT = ("type", "format", "enum", "required")
_NULL = {"type": "null"}
_UPPER = {"html", "uri", "url", "utm", "uuid", "id"}


def summarized(schema: Schema, summary: str, visibility: str | None = None) -> Schema:
    """``schema`` with its name for display, and its visibility."""
    return {**schema, "x-ms-summary": summary, **({"x-ms-visibility": visibility} if visibility else {})}


def simple(kind: str) -> Schema:
    """The schema of a parameter without parts."""
    if kind.startswith("array of "):
        return {"type": "array", "items": simple(kind.removeprefix("array of "))}
    return dict(_TYPES["string" if kind == "securestring" else kind])


class Schemas:
    """Turns answers of the definition into schemas, and collects the definitions that these refer to."""

    def __init__(self, language: Language) -> None:
        self.language = language
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
            schema = _Translation(self, components, rows).of(components[component], "")
            made[entry.name] = {**schema, "description": text_in(self.language, entry.description)}
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
            self._summaries[entry.name] = name_in(self.language, row)
        return {"$ref": f"#/definitions/{entry.name}"}


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
        if schema.get("type") == "integer":
            schema |= _TYPES["integer"]
        if "items" in node:
            schema["items"] = self.of(node["items"], path)
            schema["items"].pop("x-ms-summary", None)  # the list has it
        if "properties" in node:
            below = {name: f"{path}.{name}" if path else name for name in node["properties"]}
            shape = node["title"].partition("[")[0]
            schema["properties"] = {
                name: self._property(shape, name, node["properties"][name], path) for name, path in below.items()
            }
        if row is not None:
            schema = summarized(schema, name_in(self._schemas.language, row))
        return {**schema, "x-nullable": True} if nullable else schema

    def _alternatives(self, nodes: list[Schema], path: str) -> Schema:
        there = [node for node in nodes if node != _NULL]
        nullable = len(there) < len(nodes)
        return self.of(there[0] if len(there) == 1 else {}, path, nullable=nullable)

    def _property(self, shape: str, name: str, node: Schema, path: str) -> Schema:
        """A field, known to the connector or not: those it has no row for are shown on request."""
        schema = self.of(node, path)
        if "$ref" in schema:
            return schema
        if path not in self._rows:
            named_below = any(known.startswith(f"{path}.") for known in self._rows)
            shown = field_name_in(self._schemas.language, SPECIAL_NAMES.get((shape, name)) or spelled(name))
            schema = summarized(schema, shown, None if named_below else "advanced")
        # fields are described in English alone: a page of another language has none rather than two languages
        described = description_of(shape, name) if self._schemas.language == "en" else None
        return {**schema, "description": described} if described else schema


def _components(shapes: Sequence[Any]) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    return msgspec.json.schema_components(shapes, schema_hook=_custom_schema, ref_template="#/definitions/{name}")


def _custom_schema(kind: type) -> Schema:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "anything"}  # msgspec takes an empty schema for none at all
    raise NotImplementedError(kind.__name__)


def spelled(name: str) -> str:
    """The English name of a field without a row: its name in JSON, word by word."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    return " ".join(word.upper() if word in _UPPER else word.capitalize() for word in words)
