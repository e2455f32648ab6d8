"""The statuses of refusals: which an operation may answer, and what each means.

They come from ``edges``, where a kind of error has its status, and from what an operation is: what it reads, and
what it names. Only which state is none for a call is said by the operation itself (``conflicts``).
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
    """One status."""

    name: str
    about: str
    headers: Schema | None = None


def _status(kind: ErrorKind) -> str:
    return str(edges.STATUS[kind])


FAILURES = {
    _status(ErrorKind.INVALID): Failure(
        "InvalidArgument", "What was sent can't be accepted; `details` has an entry for each parameter."
    ),
    _status(ErrorKind.UNAUTHENTICATED): Failure(
        "Unauthenticated", "The token is missing, unknown, expired or revoked."
    ),
    _status(ErrorKind.FORBIDDEN): Failure(
        "PermissionDenied", "The caller may not, or the token lacks a scope: `required_scopes` names it."
    ),
    _status(ErrorKind.NOT_FOUND): Failure(
        "NotFound", "There is no such resource, or none that the caller may know of."
    ),
    _status(ErrorKind.CONFLICT): Failure("Conflict", "It exists already, or is in no state for the call."),
    "408": Failure("RequestTimeout", "The body did not come to its end in time."),
    "413": Failure("ContentTooLarge", "The body is larger than is read."),
    "429": Failure("TooManyRequests", "The caller has used up what it may ask for; try again later.", RETRY_AFTER),
    str(edges.SERVER_ERROR): Failure("InternalServerError", "A fault of the service; its log says which."),
    _status(ErrorKind.UNAVAILABLE): Failure(
        "ServiceUnavailable", "The service can't answer at the moment; try again later.", RETRY_AFTER
    ),
}
_ALWAYS = {"401", "403", "429", "500", "503"}
_WITH_BODY = {"400", "408", "413"}


def of_operation(
    *, is_ours: bool, has_place: bool, query: list[Schema], body: Schema | None, conflicts: bool, schemas: Schema
) -> list[str]:
    """The statuses of the failures that an operation may end in, ascending."""
    found = set(_ALWAYS)
    if query or is_ours:  # ours refuse what is not known in a query
        found |= {"400"}
    if body is not None:
        found |= _WITH_BODY
    if has_place or any(map(_names_a_resource, [*query, *_parts(body, schemas)])):
        found |= {"404"}
    if conflicts:
        found |= {"409"}
    return sorted(found)


def _parts(schema: Any, schemas: Schema) -> Iterator[Schema]:
    """A schema and all that are in it, those included that it refers to."""
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
