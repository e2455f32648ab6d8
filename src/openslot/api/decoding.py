"""From bodies and queries to shapes of ``wire``, with errors that name the parameter as the API does."""

import re
from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State

from openslot.core.errors import FieldError, Invalid, NotFound, invalid
from openslot.core.ids import parse_id
from openslot.core.queries import pairs, without_blanks
from openslot.wire import codec

T = TypeVar("T")
AnyRequest = Request[None, None, State]

_READERS = dict.fromkeys(("email", "invitee_email"), without_blanks)
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `(?P<path>[^`]+)`)?")
_AT = re.compile(r" - at `(?P<path>[^`]+)`$")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LENGTH = re.compile(r"Expected `\w+` of length (?P<bound>[<>]=) (?P<length>\d+)")


async def read_body(request: AnyRequest) -> bytes:
    """The request's body, kept for the next who asks.

    Where the head announces none, the server is not asked for it: that would cost as much as a query of the database.
    """
    if request.scope["http_version"].startswith("1."):  # from HTTP/2 on, a body needs no announcement
        headers = request.headers
        if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
            return b""
    return await request.body()


async def body_of(request: AnyRequest, kind: type[T]) -> T:
    """The request's JSON body as ``kind``; an empty body counts as an empty object.

    Raises:
        Invalid: not JSON, not UTF-8, or of another shape.
    """
    return _shaped(_json(await read_body(request)), kind, strict=True)


async def query_of(request: AnyRequest, kind: type[T]) -> T:
    """The query as ``kind``; filters that arrive as a JSON body count too (behaviours, section 2), empty ones do not.

    Raises:
        Invalid: a value of the wrong type.
    """
    values: dict[str, Any] = query_values(request)
    body = await read_body(request)
    if body:
        given = _json(body)
        if isinstance(given, dict):
            values = given | values
    _refuse_nul(values)
    return _shaped(values, kind, strict=False)


def query_values(request: AnyRequest) -> dict[str, str]:
    """The parameters of the query that are not empty; of repeated ones the last."""
    return {key: value for key, value in pairs(request.scope["query_string"], _READERS) if value != ""}


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
    segments = uri.rstrip("/").split("/")
    found = parse_id(segments[-1])
    if found is None or len(segments) < 2 or segments[-2] != resource:  # noqa: PLR2004 -- resource and id
        raise invalid(parameter)
    return found


def optional_uri_id(uri: str | None, resource: str, parameter: str) -> UUID | None:
    """The same, where the parameter may be left out."""
    return None if uri is None else uri_id(uri, resource, parameter)


def _json(body: bytes) -> object:
    if not body.strip():
        return {}
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise Invalid(message="The request body is not valid JSON.") from exc
    except RecursionError as exc:
        raise Invalid(message="The request body is nested too deeply.") from exc
    _refuse_nul(value)
    return value


def _shaped(value: object, kind: type[T], *, strict: bool) -> T:
    try:
        return codec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as exc:
        raise Invalid(_detail(str(exc), value, kind, strict=strict)) from exc


def _detail(message: str, value: object, kind: type[T], *, strict: bool) -> FieldError:
    """Msgspec's words in the API's."""
    if missing := _MISSING.match(message):
        path = _parameter(missing["path"] or "$", value, kind, strict=strict)
        return FieldError(f"{path}.{missing['field']}".lstrip("."), "is missing")
    at = _AT.search(message)
    parameter = _parameter(at["path"], value, kind, strict=strict) if at else ""
    if length := _LENGTH.match(message):
        words = "is too long (maximum is {})" if length["bound"] == "<=" else "is too short (minimum is {})"
        return FieldError(parameter or "body", words.format(length["length"]))
    if "got `null`" in message:
        return FieldError(parameter or "body", "must be filled")
    return FieldError(parameter or "body", "invalid")


def _parameter(path: str, value: object, kind: type[T], *, strict: bool) -> str:
    """``$.questions_and_answers[...].question`` as ``questions_and_answers[0].question``."""
    name = path.removeprefix("$").removeprefix(".")
    if "[...]" not in name or not isinstance(value, dict):
        return name
    field = name.partition("[...]")[0]
    items = value.get(field)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        try:
            codec.convert(value | {field: [item]}, kind, strict=strict)
        except msgspec.ValidationError:
            return name.replace("[...]", f"[{index}]", 1)
    return name


def _refuse_nul(value: object) -> None:
    """PostgreSQL's text has no NUL character and no half of a surrogate pair; say so by name instead of failing."""
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
