"""From bodies and queries to shapes of ``wire``, with errors that name the parameter as the API does."""

import re
from collections.abc import Iterator
from math import isinf
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from openslot.api import shapes
from openslot.core.errors import FieldError, Invalid, NotFound, invalid
from openslot.core.ids import parse_id, parse_uri
from openslot.core.queries import numbers, pairs, without_blanks
from openslot.edges import AnyRequest
from openslot.wire.common import URI_OF

T = TypeVar("T")
UserUri = Annotated[str, Meta(extra={URI_OF: "users"})]
OrganizationUri = Annotated[str, Meta(extra={URI_OF: "organizations"})]
GroupUri = Annotated[str, Meta(extra={URI_OF: "groups"})]
EventTypeUri = Annotated[str, Meta(extra={URI_OF: "event_types"})]
FormUri = Annotated[str, Meta(extra={URI_OF: "routing_forms"})]
ScheduleUri = Annotated[str, Meta(extra={URI_OF: "user_availability_schedules"})]
ScheduledEventUri = Annotated[str, Meta(extra={URI_OF: "scheduled_events"})]
ContactListUri = Annotated[str, Meta(extra={URI_OF: "contact_lists"})]

_READERS = dict.fromkeys(("attendee", "email", "invitee_email", "timezone"), without_blanks) | {"phone_number": numbers}
_LISTS = frozenset({"contact"})
"""Parameters that may be repeated as well as hold a comma list: nothing says which of the two senders write."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""The only ways to write in JSON what can't be stored. A body without them need not be searched value by value,
which takes half a second for a megabyte of numbers."""
MAX_WHOLE = 2**53
"""From here on, a float can't represent every whole number."""
OURS = "/openslot/"
"""What the paths of our own calls begin with (ADR 0009)."""


def is_of_ours(request: AnyRequest) -> bool:
    """Whether the call is one of ours, which Calendly does not have. Those refuse unknown keys.

    Calendly's ignore them, as its own service does (behaviours, section 1).
    """
    return any(path.startswith(OURS) for path in request.route_handler.paths)


async def read_body(request: AnyRequest) -> bytes:
    """The request's body; the framework keeps it, so it can be read again.

    Where the head announces none, nothing is read: that alone would cost as much as a query of the database.
    """
    if request.scope["http_version"].startswith("1."):  # from HTTP/2 on, a body needs no announcement
        headers = request.headers
        if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
            return b""
    return await request.body()


async def body_of(request: AnyRequest, kind: type[T]) -> T:
    """The request's JSON body as ``kind``; an empty body counts as an empty object.

    Raises:
        Invalid: not JSON, not UTF-8, or of another shape; every field is named. In a call of ours so are unknown keys.
    """
    return _all_right(await draft_of(request, kind))


async def draft_of(request: AnyRequest, kind: type[T]) -> shapes.Examined[T]:
    """The same, with the errors beside the value, for a caller that adds those of other rules to the same answer.

    Raises:
        Invalid: not JSON, not UTF-8.
    """
    value = _json(await read_body(request))
    ours = is_of_ours(request)
    examined = shapes.examine(value, kind, strict=True, closed=ours)
    if ours and request.scope["query_string"]:  # nothing reads it
        return shapes.Examined(examined.value, [*examined.wrong, *_unread(request)])
    return examined


async def query_of(request: AnyRequest, kind: type[T]) -> T:
    """The query as ``kind``; filters that arrive as a JSON body count too (behaviours, section 2), empty ones do not.

    Raises:
        Invalid: values of the wrong type, and in a call of ours unknown keys; each is named.
    """
    return _all_right(await draft_query_of(request, kind))


async def draft_query_of(request: AnyRequest, kind: type[T]) -> shapes.Examined[T]:
    """The same, with the errors beside the value.

    Raises:
        Invalid: characters that can't be stored.
    """
    values: dict[str, Any] = query_values(request)
    body = await read_body(request)
    if body:
        given = _json(body)
        if isinstance(given, dict):
            values = given | values
    _refuse_nul(values)
    return shapes.examine(values, kind, strict=False, closed=is_of_ours(request))


async def file_of(request: AnyRequest) -> bytes:
    """The request's body as it is, in a call of ours, whatever it claims to be.

    Raises:
        Invalid: there are unknown keys in the query; each is named.
    """
    unknown = _unread(request)
    if unknown:
        raise Invalid(*unknown)
    return await read_body(request)


class NoParameters(Struct):
    """The parameters of a call that takes none."""


async def refuse_unread_parameters(request: AnyRequest) -> None:
    """Refuse every key of a call of ours whose handler reads neither the body nor the query.

    Raises:
        Invalid: there are some; each is named.
    """
    if is_of_ours(request) and "request" not in request.route_handler.parsed_fn_signature.parameters:
        await query_of(request, NoParameters)


def query_values(request: AnyRequest) -> dict[str, str]:
    """The parameters of the query that are not empty; of repeated ones the last, but for those that are lists."""
    values: dict[str, str] = {}
    for key, value in pairs(request.scope["query_string"], _READERS):
        if value != "":
            values[key] = f"{values[key]},{value}" if key in _LISTS and key in values else value
    return values


async def body_or_query_of(request: AnyRequest, kind: type[T]) -> T:
    """The body as ``kind``, or where there is none the query (behaviours, section 2).

    Raises:
        Invalid: as for either.
    """
    if (await read_body(request)).strip():
        return await body_of(request, kind)
    return await query_of(request, kind)


def path_id(text: str, what: str) -> UUID:
    """The id in a path.

    Raises:
        NotFound: it can't be one of ours.
    """
    found = parse_id(text)
    if found is None:
        raise NotFound(what)
    return found


def uri_id(uri: str, resource: str, parameter: str) -> UUID:
    """The id in a resource URI such as ``.../users/{uuid}``; any host and prefix will do.

    Raises:
        Invalid: not the URI of such a resource.
    """
    found = parse_uri(uri, resource)
    if found is None:
        raise invalid(parameter)
    return found


def optional_uri_id(uri: str | None, resource: str, parameter: str) -> UUID | None:
    """The same, where the parameter may be left out."""
    return None if uri is None else uri_id(uri, resource, parameter)


def _unread(request: AnyRequest) -> list[FieldError]:
    """The keys of a query of which a call takes none."""
    return [FieldError(key, shapes.IS_UNKNOWN) for key, _ in pairs(request.scope["query_string"], {})]


def _json(body: bytes) -> object:
    if not body.strip():
        return {}
    try:
        value = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Invalid(message="The request body is not valid JSON.") from exc
    except RecursionError as exc:
        raise Invalid(message="The request body is nested too deeply.") from exc
    if _MAY_BE_UNSTORABLE.search(body):
        _refuse_nul(value)
    return value


def _number(text: str) -> float | int:
    """3.0 as 3: JSON has one kind of number, and some write all of theirs with a fraction."""
    read = float(text)
    if isinf(read):
        raise ValueError(text)
    return int(read) if read.is_integer() and abs(read) <= MAX_WHOLE else read


_JSON = msgspec.json.Decoder(float_hook=_number)


def _all_right(examined: shapes.Examined[T]) -> T:
    if examined.wrong or examined.value is None:
        raise Invalid(*examined.wrong)
    return examined.value


def _refuse_nul(value: object) -> None:
    """PostgreSQL's text has no NUL character and no half of a surrogate pair; name the parameter instead of failing."""
    for parameter, text in _texts(value):
        if _UNSTORABLE.search(text):
            raise invalid(parameter or "body", "contains a character that can't be stored")


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """Every text in ``value``, keys included, with its path. A loop: JSON may be as deep as the interpreter's stack."""
    waiting = [("", value)]
    while waiting:
        path, one = waiting.pop()
        match one:
            case str():
                yield path, one
            case dict():
                for key, inner in one.items():
                    yield path, str(key)
                    waiting.append((f"{path}.{key}".lstrip("."), inner))
            case list():
                waiting.extend((f"{path}[{index}]", inner) for index, inner in enumerate(one))
            case _:
                pass
