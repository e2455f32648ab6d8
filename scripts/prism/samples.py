"""One call of each of Calendly's operations with all that it can send, and one with only what it must.

They are made from the declarations, so that a new operation or field has its sample at once. A value is what its bounds
and its name allow: ``VALUES`` has those that no type describes.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from inspect import getmembers, isclass
from typing import Any

import msgspec
from msgspec import inspect

from openslot.client import Operation, operations
from openslot.client.operation import Sortable
from openslot.wire.codec import Timestamp

NOON = datetime(2027, 1, 5, 12, tzinfo=UTC)
ID = "0b6ba2a4-5f66-4f0b-a3f2-3f1f2a1c9d3e"
API = "https://api.calendly.com"
PHONE = "+390655500123"
VALUES: dict[str, Any] = {
    "action": "created",
    "actor": f"{API}/users/{ID}",
    "attendee": "ada@example.org",
    "callback_url": "https://crm.example/calendly",
    "color": "#b35900",
    "contacts": f"{API}/contacts/{ID}",
    "email": "ada@example.org",
    "emails": "ada@example.org",
    "event_guests": "guest@example.org",
    "group": f"{API}/groups/{ID}",
    "invitee_email": "ada@example.org",
    "kind": "physical",
    "linkedin": "https://www.linkedin.com/in/ada-example",
    "namespace": "invitee",
    "owner_type": "EventType",
    "page_token": "GEZDGNBVGY3TQOJQ",
    "phone_number": PHONE,
    "remind_at": "2027-01-05T12:00:00Z",
    "rules": {"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]},
    "text_reminder_number": PHONE,
    "timezone": "Europe/Rome",
    "url": "https://crm.example/calendly",
}
"""By the name of a field, or of the list that the value is in."""
ONE_OF_SEVERAL = {"NewInvitee": "name", "CreateNote": "title", "UpdateContact": "name"}
"""Shapes that need one of several fields, and the one that the smallest sample has."""
_RESOURCE = re.compile(r"/\(?(\w+)[\w|]*\)?/\[0-9a-fA-F\]")


def samples() -> Iterator[Operation[Any]]:
    """The calls; two for each operation."""
    for _, kind in getmembers(operations, isclass):
        if issubclass(kind, Operation):
            yield made(kind, is_full=True)
            yield made(kind, is_full=False)


def made(kind: type[Any], *, is_full: bool) -> Any:
    """A value of a shape; ``is_full``: with the fields that may be left out, too."""
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    needed = ONE_OF_SEVERAL.get(kind.__name__)
    sent = [one for one in shape.fields if is_full or one.required or one.name == needed]
    values = {one.name: _value(one.type, one.encode_name, is_full) for one in sent}
    if "sort" in values and issubclass(kind, Sortable):
        values["sort"] = kind.usual_sort
    return kind(**values)


def _value(kind: inspect.Type, name: str, is_full: bool) -> Any:  # noqa: C901, FBT001, PLR0911 -- a line per kind
    match kind:
        case inspect.Metadata(type=inner, extra_json_schema=schema):
            described = _as_described(schema or {})
            return _value(inner, name, is_full) if described is None else described
        case inspect.UnionType(types=types):
            return _value(next(one for one in types if not isinstance(one, _NOTHING)), name, is_full)
        case inspect.StructType(cls=cls):
            return made(cls, is_full=is_full)
        case inspect.ListType(item_type=item) | inspect.CollectionType(item_type=item):
            return [_value(item, name, is_full)]
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.StrType() | inspect.DictType():
            return VALUES.get(name, "Kiln")
        case inspect.IntType(ge=least) | inspect.FloatType(ge=least):
            return least or 1
        case inspect.BoolType():
            return True
        case inspect.DateTimeType():
            return NOON
        case inspect.DateType():
            return date(2027, 1, 5)
        case inspect.CustomType(cls=cls) if cls is Timestamp:
            return Timestamp.of(NOON)
        case _:
            raise TypeError(f"{name} is of a type without a sample: {kind}")


_NOTHING = (inspect.NoneType, type(inspect.type_info(msgspec.UnsetType)))


def _as_described(schema: dict[str, Any]) -> Any:
    """A value that the document's own words give away: of a choice, of an id, of the URI of a resource."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "uuid":
        return ID
    found = _RESOURCE.search(schema.get("pattern", ""))
    if found:
        return f"{API}/{found[1]}/{ID}"
    return schema["examples"][0] if "examples" in schema else None
