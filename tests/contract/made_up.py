"""Values that a schema of the contract allows, made up: what answers and deliveries may look like.

Beside what the schemas say, enumerations have words of later versions and objects have fields that nobody has heard of,
since an API adds such things without a new version. Made by a seed rather than drawn by hypothesis one by one: that
takes a hundredth of the time, and the same seed makes the same value.
"""

from random import Random
from typing import Any

from contract.schemas import contract, described

Json = dict[str, Any]

LATER_FIELDS = ("spin", "kind_2", "_unknown", "self")
"""Names that no schema has."""
INSTANTS = (
    "2026-11-30T10:00:00.000000Z", "2021-02-28T23:59:59.999999Z", "2027-03-28T01:00:00Z", "2024-02-29T12:30:00.123Z",
    "2026-11-30T11:00:00.000000+01:00",
)  # fmt: skip
URIS = (
    "https://api.calendly.com/users/AAAAAAAAAAAAAAAA", "https://api.calendly.com/event_types/GBGBDCAADAEDCRZ2",
    "https://api.calendly.com/scheduled_events/0d4b1b7e-9d2c-4c59-8a29-2a1b6f2f0c11", "https://a.example/x?y=%2F#z",
)  # fmt: skip
TEXTS = (
    "", "Ada", "ลองดู", "a\nb", " ", "null", "1", "\u202e<b>&amp;", "🎉", "a" * 255, "{{ name }}", "2026-11-30", "\0",
)  # fmt: skip
NUMBERS = (0, 1, -1, 30, 2**31, 2**53, 10**30, 0.5, 1.0, 1e300)
_FORMATS = {
    "date-time": INSTANTS,
    "date": ("2026-11-30", "2024-02-29"),
    "uri": URIS,
    "email": ("ada@example.org", "o'brien+x@münchen.example", "a@b.museum"),
}
_SCALARS: dict[str, tuple[Any, ...]] = {
    "integer": (0, 1, 15, 2**53),
    "number": (0, 1, 2.0, 0.5, 1e9),
    "boolean": (True, False),
    "null": (None,),
}


class MadeUp:
    """Makes values of schemas; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def answer_to(self, method: str, path: str, status: int) -> Any:
        """A body with which the API may answer an operation."""
        response = described().resolved(contract()["paths"][path][method.lower()]["responses"][str(status)])
        return self.of(response["content"]["application/json"]["schema"])

    def component(self, name: str) -> Any:
        """A value of a schema of ``components``."""
        return self.of(contract()["components"]["schemas"][name])

    def of(self, schema: Json) -> Any:
        """A value of a schema."""
        schema = described().resolved(schema)
        if "allOf" in schema:
            whole = {key: value for key, value in schema.items() if key != "allOf"}
            for part in schema["allOf"]:
                whole = _merged(whole, described().resolved(part))
            return self.of(whole)
        for alternatives in ("oneOf", "anyOf"):
            if alternatives in schema:
                chosen = described().resolved(self._random.choice(schema[alternatives]))
                return self.of(_merged({key: value for key, value in schema.items() if key != alternatives}, chosen))
        kind = schema.get("type", "object" if "properties" in schema else None)
        if isinstance(kind, list):
            kind = self._random.choice(kind)
        if "enum" in schema and kind != "null":
            words = [*schema["enum"], "a_later_word"] if kind == "string" else schema["enum"]
            return self._random.choice(words)
        return self._of_kind(kind, schema)

    def anything(self, depth: int = 3) -> Any:
        """Any JSON."""
        choice = self._random.randrange(6 if depth else 4)
        match choice:
            case 0:
                return self._random.choice((None, True, False))
            case 1:
                return self._random.choice(NUMBERS)
            case 2 | 3:
                return self._random.choice(TEXTS)
            case 4:
                return [self.anything(depth - 1) for _ in range(self._random.randrange(3))]
            case _:
                return {self._random.choice(TEXTS): self.anything(depth - 1) for _ in range(self._random.randrange(3))}

    def _of_kind(self, kind: str | None, schema: Json) -> Any:
        match kind:
            case "object":
                return self._object(schema)
            case "array":
                length = self._random.randint(schema.get("minItems", 0), min(schema.get("maxItems", 2), 2))
                return [self.of(schema.get("items", {})) for _ in range(length)]
            case "string":
                return self._random.choice(_FORMATS.get(schema.get("format", ""), TEXTS))
            case "integer" | "number" | "boolean" | "null":
                return self._random.choice(_SCALARS[kind])
            case _:
                return self.anything()

    def _object(self, schema: Json) -> Json:
        properties: Json = schema.get("properties", {})
        required = schema.get("required", [])
        names = [name for name in properties if name in required or self._random.random() < 0.7]
        value = {name: self.of(properties[name]) for name in names}
        if not properties:
            value = {self._random.choice(TEXTS): self.anything() for _ in range(3)}
        if self._random.random() < 0.3:
            value |= {self._random.choice(LATER_FIELDS): self.anything()}
        return value


def roughened(value: Any, random: Random, *, keep: bool = True) -> Any:
    """The same with fields missing, null or of another type, at every level; what it is known by stays."""
    match value:
        case dict():
            rough = {}
            for name, inner in value.items():
                if keep and name in {"uri", "event", "payload"}:
                    rough[name] = roughened(inner, random) if name == "payload" else inner
                elif (chance := random.random()) < 0.8:
                    rough[name] = roughened(inner, random, keep=False)
                elif chance < 0.95:
                    rough[name] = random.choice((None, "", "30", 7, 1.0, True, [], [None], {}, {"id": 1}, [[1]]))
            return rough
        case list():
            return [roughened(inner, random, keep=False) for inner in value]
        case _:
            return value


def _merged(one: Json, other: Json) -> Json:
    """What both say."""
    if not one.get("properties"):
        return {**one, **other}
    return {
        **one,
        **other,
        "properties": {**one["properties"], **other.get("properties", {})},
        "required": [*one.get("required", []), *other.get("required", [])],
    }
