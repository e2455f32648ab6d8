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
from scripts.openapi import failures, texts
from scripts.openapi.failures import FAILURES
from scripts.openapi.schemas import Schema, Schemas, Use, of_parameter, without_none

import openslot.api
from openslot.api.decoding import OURS
from openslot.api.extensions.exports import MEDIA_TYPE
from openslot.api.idempotency import HEADER, MAX_LENGTH
from openslot.client import Operation, extensions, operations
from openslot.client.operation import Lines, Sortable
from openslot.wire.common import SENT_AS, Error

Declared = type[Operation[Any]]

FILE = Path(openslot.api.__file__).with_name("openapi.json")

ABOUT = """\
Open, self-hosted scheduling that speaks Calendly's API v2.

Operations below `/openslot` are OpenSlot's own. All others are Calendly's, so that what works with Calendly works \
here. Resources refer to one another by URIs, in answers, queries and bodies; paths take the last part of a URI, the \
UUID. Times are UTC, ISO 8601. Answers may get more fields, and their texts more values: ignore what you do not know.

In requests, Calendly's operations ignore unknown keys, in bodies and queries; OpenSlot's own refuse them by name \
(400). An empty query parameter counts as left out; if one is repeated, the last one counts. `null` counts as left out \
where a schema allows it. Texts contain no NUL and no half of a surrogate pair. An operation may refuse with 400 what \
its schema allows, for reasons that no schema can express: a time is in the past or not available, or a value does not \
fit another; the descriptions of the fields name these reasons.

A method that a path does not have is answered with 404 on Calendly's paths and with 405 elsewhere, where `Allow` \
lists the methods of the path, as `OPTIONS` does. `HEAD` is answered wherever `GET` is.

Every answer shows in `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds) how many calls \
are left. A write with an `Idempotency-Key` may be repeated safely: a repeated answer has `Idempotency-Replayed: \
true`; the same key with another request is 422, and 409 if the answer was erased since."""
SECURITY = """\
A token of a user, sent as `Authorization: Bearer ...`. It may do what its user may do; if it was created with scopes, \
only what they allow. Each operation names its scope; if it names several, one of them is enough. `:write` includes \
`:read`."""

TAGS = {
    "Users": ["users"],
    "Event types": ["event_types", "event_type_memberships", "one_off_event_types", "locations"],
    "Available times": ["event_type_available_times", "available_times", "explanations"],
    "Availability": [
        "user_availability_schedules",
        "user_busy_times",
        "user_meeting_limits",
        "availability_schedules",
        "event_type_availability_schedules",
        "limits",
        "days_off",
        "trips",
        "holidays",
    ],
    "Tokens and applications": ["access_tokens", "oauth_applications"],
    "Organization": ["organization", "organizations", "organization_memberships", "teams"],
    "Scheduled events": ["scheduled_events"],
    "Invitees": ["invitees", "invitee_no_shows", "bookings"],
    "Holds and requests": ["holds", "booking_requests"],
    "Links": ["scheduling_links", "shares"],
    "Groups": ["groups", "group_relationships"],
    "Contacts": ["contacts", "contact_lists", "notes"],
    "Meeting recaps": ["meeting_recaps"],
    "Routing forms": ["routing_forms", "routing_form_submissions"],
    "Webhooks": ["webhook_subscriptions", "webhook_deliveries", "sample_webhook_data"],
    "Event log": ["events", "activity_log_entries"],
    "Mail": ["outgoing_communications", "mail_templates"],
    "Exports": ["exports"],
    "Erasure": ["data_compliance", "erasures"],
    "Sandbox": ["sandbox"],
}
"""The tags of operations, by the first noun of their path."""
_TAG_OF = {noun: tag for tag, nouns in TAGS.items() for noun in nouns}

ALIASES: dict[str, tuple[Declared, str]] = {
    "/webhook_subscriptions/routing_form_submission": (
        operations.CreateWebhookSubscription, "CreateWebhookSubscriptionOfTrigger",
    )
}  # fmt: skip
"""Paths at which an operation answers too, with its name there, for clients that know no other.

Source: contract, operations with ``x-tier: legacy``.
"""

NEVER_NULL = [("ScheduledEvent", "location")]
"""Fields that readers accept as null from Calendly, and that OpenSlot never sends so.

Source: since-september, section 7.
"""

IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Made up by the client, such as a UUID, for one write. Sent again with the same key within 24 hours, the write "
        "is not done again, and is answered as before. If it was refused, it may be sent again, changed or not."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH},
}

_PAGING = Sortable.__struct_fields__
_PLACE = re.compile(r"\{(\w+)\}")
_JSON = "application/json"
_TOKEN = "token"  # noqa: S105 -- a name


def declared() -> list[Declared]:
    """Every operation: Calendly's in the order of their declarations, then OpenSlot's own by noun."""
    return [*_in(operations), *_in(extensions)]


def text() -> str:
    """The document as it is committed: indented, so that its diffs are readable."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The document. The service that serves it replaces ``servers``."""
    known = declared()
    wanted: dict[Use, list[Any]] = {use: [] for use in Use}
    for one in known:
        wanted[Use.ANSWER] += [] if one.envelope() is None else [one.envelope()]
        wanted[_use_of_body(one)] += [] if _body_of(one) is None else [_body_of(one)]
    schemas = Schemas({**wanted, Use.ANSWER: [*wanted[Use.ANSWER], Error]})
    paths: dict[str, Any] = {}
    for one in known:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    for path, (one, name) in ALIASES.items():
        about = {"operationId": name, "summary": f"The same as {one.__name__}", "deprecated": True}
        paths[path] = {one.method.lower(): paths[one.path][one.method.lower()] | about}
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
            "responses": {
                one.name: _answer(one.about, schemas.of(Error)) | ({"headers": one.headers} if one.headers else {})
                for one in FAILURES.values()
            },
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
        schema = schemas.of(body, _use_of_body(one))
        made["requestBody"] = {"required": _needs_body(one), "content": _content(schema)}
    return {**made, "responses": _answers(one, schemas, made)}


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
                **({} if field.required else {"allowEmptyValue": True}),
                **({"description": described} if described else {}),
                "schema": {key: value for key, value in schema.items() if key != "description"},
            }
        )
    return made if one.method == "GET" else [*made, IDEMPOTENCY_KEY]


def _sort(one: Declared) -> Schema:
    assert issubclass(one, Sortable)
    key = f"({'|'.join(map(re.escape, one.sort_fields))})(:(asc|desc))?"
    return {"type": "string", "pattern": f"^{key}(,{key})*$", "default": one.usual_sort}


def _answers(one: Declared, schemas: Schemas, made: dict[str, Any]) -> dict[str, Any]:
    status, kind = one.success(), one.envelope()
    if kind is not None:
        success = _answer(HTTPStatus(status).phrase, schemas.of(kind))
        if issubclass(one, Lines):  # the schema is of each line
            success["content"] = {MEDIA_TYPE: success["content"][_JSON]}
    elif status == HTTPStatus.NO_CONTENT:
        success = {"description": HTTPStatus(status).phrase}
    else:
        success = _answer(HTTPStatus(status).phrase, {"type": "object"})
    codes = failures.of_operation(
        is_ours=is_ours(one),
        has_place=bool(_PLACE.findall(one.path) or one.absent),
        query=[parameter["schema"] for parameter in made["parameters"] if parameter["in"] == "query"],
        body=schemas.of(_body_of(one), _use_of_body(one)) if _body_of(one) else None,
        writes=one.method != "GET",
        conflicts=bool(one.conflicts),
        refuses=bool(one.refuses),
        schemas=schemas.components,
    )
    refusals: dict[str, Any] = {code: {"$ref": f"#/components/responses/{FAILURES[code].name}"} for code in codes}
    if one.absent:
        refusals["404"]["description"] = one.absent
    if one.conflicts:
        refusals["409"]["description"] = one.conflicts
    if one.refuses:
        refusals["400"]["description"] = one.refuses
    return {str(status): success} | refusals


def _answer(about: str, schema: Schema) -> dict[str, Any]:
    return {"description": about, "content": _content(schema)}


def _content(schema: Schema) -> dict[str, Any]:
    return {_JSON: {"schema": schema}}


def _body_of(one: Declared) -> Any:
    """The type of the body; ``None`` if the operation has none."""
    fields = [field for field in msgspec.structs.fields(one) if field.name == "body"]
    return without_none(fields[0].type) if fields else None


def is_ours(one: Declared) -> bool:
    """Whether an operation is OpenSlot's own."""
    return one.path.startswith(OURS)


def _use_of_body(one: Declared) -> Use:
    return Use.EXACT if is_ours(one) else Use.SENT


def _needs_body(one: Declared) -> bool:
    """Whether the body is required: it is not if an empty object is as good as none."""
    body = _body_of(one)
    least: int = getattr(body, SENT_AS, {}).get("minProperties", 0)
    return least > 0 or any(field.required for field in msgspec.structs.fields(body))


def _in(module: ModuleType) -> list[Declared]:
    kinds = [kind for kind in vars(module).values() if isclass(kind) and issubclass(kind, Operation)]
    return [kind for kind in kinds if kind.__module__.startswith(module.__name__)]
