"""The document: every declared operation with its parameters, body, answers and scopes.

Source of the format: OpenAPI Specification 3.1.
"""

import json
import re
from http import HTTPStatus
from importlib.metadata import version
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from scripts.openapi import texts
from scripts.openapi.schemas import Schema, Schemas, of_parameter, without_none

import openslot.api
from openslot.client import Operation, extensions, operations
from openslot.client.operation import Sortable
from openslot.wire.common import Error

Declared = type[Operation[Any]]

FILE = Path(openslot.api.__file__).with_name("openapi.json")

ABOUT = """\
Open, self-hosted scheduling that speaks Calendly's API v2.

What is not below `/openslot` is as Calendly has it, so what works with Calendly works here; what is below it is \
OpenSlot's own. Resources refer to one another by URIs, in answers, queries and bodies; paths take the last part of \
them, the UUID. Times are UTC, ISO 8601. Answers may get more fields, and their texts more values: ignore what you do \
not know."""
SECURITY = """\
A token of a user, sent as `Authorization: Bearer ...`. It may do what its user may or, where it was made with scopes, \
what is within them. Each operation names its scope; where it names several, one of them is enough, and `:write` \
includes `:read`."""

TAGS = {
    "Users": ["users"],
    "Event types": ["event_types", "one_off_event_types"],
    "Available times": ["event_type_available_times", "available_times", "explanations"],
    "Availability": ["availability_schedules", "limits", "days_off", "trips", "holidays"],
    "Organization": ["organization"],
    "Scheduled events": ["scheduled_events"],
    "Invitees": ["invitees", "invitee_no_shows", "bookings"],
    "Holds and requests": ["holds", "booking_requests"],
    "Links": ["scheduling_links", "shares"],
    "Groups": ["groups", "group_relationships"],
    "Routing forms": ["routing_forms", "routing_form_submissions"],
    "Webhooks": ["webhook_subscriptions", "webhook_deliveries", "sample_webhook_data"],
    "Event log": ["events"],
    "Erasure": ["data_compliance", "erasures"],
}
"""What the operations are about, by the first noun of their path."""
_TAG_OF = {noun: tag for tag, nouns in TAGS.items() for noun in nouns}

NEVER_NULL = [("ScheduledEvent", "location")]
"""What readers take as null from elsewhere, and this service never sends so. Source: since-september, section 7."""

_PAGING = Sortable.__struct_fields__
_PLACE = re.compile(r"\{(\w+)\}")
_JSON = "application/json"
_TOKEN = "token"  # noqa: S105 -- a name
OTHERWISE = """\
Anything else: 404 where the query or the body names what is not there, 409 where it exists already or is in no state \
for the call, 500 for a fault of the service, 503 while the database does not answer."""
FAILURES = {
    "400": ("InvalidArgument", "What was sent can't be accepted; `details` has an entry for each parameter."),
    "401": ("Unauthenticated", "The token is missing, unknown, expired or revoked."),
    "403": ("PermissionDenied", "The caller may not, or the token lacks a scope: `required_scopes` names it."),
    "404": ("NotFound", "There is no such resource, or none that the caller may know of."),
    "default": ("Failure", OTHERWISE),
}


def declared() -> list[Declared]:
    """Every operation, Calendly's first, as they are declared."""
    return [*_in(operations), *_in(extensions)]


def text() -> str:
    """The document as it is committed: indented, so that a change can be read."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The document; its server is for the service to fill in that gives it out."""
    known = declared()
    schemas = Schemas([kind for one in known for kind in (_body_of(one), one.envelope()) if kind is not None] + [Error])
    paths: dict[str, Any] = {}
    for one in known:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    for name, field in NEVER_NULL:
        fields = schemas.components[name]["properties"]
        (fields[field],) = [kind for kind in fields[field]["anyOf"] if kind != {"type": "null"}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenSlot",
            "version": version("openslot"),
            "description": ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": openslot.api.PATH}],
        "security": [{_TOKEN: []}],
        "tags": [{"name": tag} for tag in TAGS],
        "paths": paths,
        "components": {
            "securitySchemes": {_TOKEN: {"type": "http", "scheme": "bearer", "description": SECURITY}},
            "responses": {name: _answer(about, schemas.of(Error)) for name, about in FAILURES.values()},
            "schemas": dict(sorted(schemas.components.items())),
        },
    }


def _operation(one: Declared, schemas: Schemas) -> dict[str, Any]:
    summary, _, more = texts.of_class(one).partition("\n\n")
    scopes = f"Scope: {' or '.join(f'`{scope}`' for scope in one.scopes)}."
    made: dict[str, Any] = {
        "operationId": one.__name__,
        "summary": summary.removesuffix("."),
        "description": "\n\n".join(part for part in (more, scopes) if part),
        "tags": [_TAG_OF[one.path.removeprefix("/openslot").split("/")[1]]],
        "security": [{_TOKEN: [scope]} for scope in one.scopes],
        "parameters": _parameters(one),
    }
    body = _body_of(one)
    if body is not None:
        made["requestBody"] = {"required": _field(one, "body").required, "content": _content(schemas.of(body))}
    return {**made, "responses": _answers(one, schemas)}


def _parameters(one: Declared) -> list[dict[str, Any]]:
    places = _PLACE.findall(one.path)
    about = texts.of_fields(one)
    made = []
    fields = [field for field in msgspec.structs.fields(one) if field.name != "body"]
    for field in sorted(fields, key=lambda one: (one.name not in places, not one.required, one.name in _PAGING)):
        schema = _sort(one) if field.name == "sort" else of_parameter(field.type)
        described = about.get(field.name) or schema.get("description")
        made.append(
            {
                "name": field.name,
                "in": "path" if field.name in places else "query",
                "required": field.required,
                **({"description": described} if described else {}),
                "schema": {key: value for key, value in schema.items() if key != "description"},
            }
        )
    return made


def _sort(one: Declared) -> Schema:
    assert issubclass(one, Sortable)
    key = f"({'|'.join(one.sort_fields)})(:(asc|desc))?"
    return {"type": "string", "pattern": f"^{key}(,{key})*$", "default": one.usual_sort}


def _answers(one: Declared, schemas: Schemas) -> dict[str, Any]:
    status, kind = one.success(), one.envelope()
    if kind is not None:
        success = _answer(HTTPStatus(status).phrase, schemas.of(kind))
    elif status == HTTPStatus.NO_CONTENT:
        success = {"description": HTTPStatus(status).phrase}
    else:
        success = _answer(HTTPStatus(status).phrase, {"type": "object"})
    fields = {field.name for field in msgspec.structs.fields(one)}
    places = set(_PLACE.findall(one.path))
    may_fail = {"400": bool(fields - places), "404": bool(places)}
    failures = {
        code: {"$ref": f"#/components/responses/{name}"}
        for code, (name, _) in FAILURES.items()
        if may_fail.get(code, True)
    }
    return {str(status): success} | failures


def _answer(about: str, schema: Schema) -> dict[str, Any]:
    return {"description": about, "content": _content(schema)}


def _content(schema: Schema) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}


def _body_of(one: Declared) -> Any:
    """The type of the body; ``None`` where none is sent."""
    fields = [field for field in msgspec.structs.fields(one) if field.name == "body"]
    return without_none(fields[0].type) if fields else None


def _field(one: Declared, name: str) -> msgspec.structs.FieldInfo:
    (found,) = [field for field in msgspec.structs.fields(one) if field.name == name]
    return found


def _in(module: ModuleType) -> list[Declared]:
    kinds = [kind for kind in vars(module).values() if isclass(kind) and issubclass(kind, Operation)]
    return [kind for kind in kinds if kind.__module__ == module.__name__]
