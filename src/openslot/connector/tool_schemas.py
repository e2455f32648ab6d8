"""The JSON Schema of what tools are given and answer with."""

from typing import Any

import msgspec

from openslot.wire.codec import Timestamp


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a shape, an object at its root, as older clients ask."""
    whole = msgspec.json.schema(kind, schema_hook=_schema_of)
    components = whole.get("$defs", {})
    root = components.pop(whole["$ref"].rpartition("/")[2])
    return {**root, **({"$defs": components} if components else {})}


def _schema_of(kind: type) -> dict[str, Any]:
    if kind is Timestamp:
        return {"type": "string", "format": "date-time"}
    if kind is object:
        return {"description": "Any JSON value"}  # an empty schema counts as none
    raise NotImplementedError
