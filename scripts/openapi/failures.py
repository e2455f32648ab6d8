"""The statuses of failures: which of them an operation may answer, and what each means.

They follow from ``edges``, where each kind of error has its status, and from the operation's parameters and body.
Only when an operation conflicts with a state is declared by the operation itself (``conflicts``; ``refuses`` where the
contract has 400 for it).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openslot import edges
from openslot.core.errors import ErrorKind

Schema = dict[str, Any]

RETRY_AFTER = {
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 0}}
}


@dataclass(frozen=True)
class Failure:
    """One status of a failure."""

    name: str
    about: str
    headers: Schema | None = None


def _status(kind: ErrorKind) -> str:
    return str(edges.STATUS[kind])


FAILURES = {
    _status(ErrorKind.INVALID): Failure(
        "InvalidArgument", "The request is invalid; `details` has an entry for each wrong parameter."
    ),
    _status(ErrorKind.UNAUTHENTICATED): Failure(
        "Unauthenticated", "The token is missing, unknown, expired or revoked."
    ),
    _status(ErrorKind.FORBIDDEN): Failure(
        "PermissionDenied", "The caller may not do this, or the token lacks a scope: `required_scopes` names it."
    ),
    _status(ErrorKind.NOT_FOUND): Failure(
        "NotFound", "There is no such resource, or none that the caller may know of."
    ),
    _status(ErrorKind.CONFLICT): Failure(
        "Conflict", "The resource exists already, or its state does not allow the call."
    ),
    "408": Failure("RequestTimeout", "The body did not arrive in time."),
    "413": Failure("ContentTooLarge", "The body is too large."),
    _status(ErrorKind.MISMATCH): Failure("UnprocessableContent", "The `Idempotency-Key` was used for another request."),
    "429": Failure("TooManyRequests", "The caller has reached a limit; try again later.", RETRY_AFTER),
    str(edges.SERVER_ERROR): Failure("InternalServerError", "A fault of the service; its log has the cause."),
    _status(ErrorKind.UNAVAILABLE): Failure(
        "ServiceUnavailable", "The service can't answer at the moment; try again later.", RETRY_AFTER
    ),
}
_ALWAYS = {"401", "403", "429", "500", "503"}
_WITH_BODY = {"400", "408", "413"}
_WITH_KEY = {"400", _status(ErrorKind.MISMATCH)}


def of_operation(
    *,
    is_ours: bool,
    has_place: bool,
    query: list[Schema],
    body: Schema | None,
    writes: bool,
    conflicts: bool,
    refuses: bool,
    schemas: Schema,
) -> list[str]:
    """The statuses of the failures that an operation may answer, ascending."""
    found = set(_ALWAYS)
    if query or is_ours or refuses:  # OpenSlot's own refuse unknown keys of a query
        found |= {"400"}
    if body is not None:
        found |= _WITH_BODY
    if writes:
        found |= _WITH_KEY
    if has_place or any(map(_names_a_resource, [*query, *_parts(body, schemas)])):
        found |= {"404"}
    if conflicts:
        found |= {"409"}
    return sorted(found)


def _parts(schema: Any, schemas: Schema) -> Iterator[Schema]:
    """A schema and all schemas in it, those of its references included."""
    if isinstance(schema, list):
        for one in schema:
            yield from _parts(one, schemas)
    if isinstance(schema, dict):
        yield schema
        if "$ref" in schema:
            yield from _parts(schemas[schema["$ref"].rpartition("/")[2]], schemas)
        for key, value in schema.items():
            if key != "discriminator":
                yield from _parts(value, schemas)


def _names_a_resource(schema: Schema) -> bool:
    pattern: str = schema.get("pattern", "")
    return pattern.startswith("^http") and pattern.endswith("}$")  # wire.bounds.uri_of
