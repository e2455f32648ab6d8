"""The error of a file that is no flow, with its place in the file."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

_UNKNOWN = re.compile(r"unknown field `[^`]*`(?: - at `\$(?P<place>[^`]*)`)?$")


class RecipeError(ValueError):
    """The file is no flow; the message has the place and the reason."""


def misfit(error: msgspec.ValidationError, shape: type[Any]) -> RecipeError:
    """What does not fit the shape; where a field is unknown, with those that there are.

    ``msgspec`` has the place in its message alone.
    """
    unknown = _UNKNOWN.search(str(error))
    if unknown is None:
        return RecipeError(str(error))
    found: inspect.Type | None = inspect.type_info(shape)
    for name, entry in re.findall(r"\.(\w+)|(\[)", unknown["place"] or ""):
        found = _within(found, name, is_entry=bool(entry))
    known = [field.encode_name for field in found.fields] if isinstance(found, inspect.StructType) else []
    return RecipeError(f"{error}; there are {', '.join(known)}" if known else str(error))


def _within(kind: inspect.Type | None, name: str, *, is_entry: bool) -> inspect.Type | None:
    """The shape of an object's field, or of a list's entries; ``None`` is not a shape."""
    found = None
    if is_entry and isinstance(kind, inspect.ListType):
        found = kind.item_type
    elif isinstance(kind, inspect.StructType):
        found = next((field.type for field in kind.fields if field.encode_name == name), None)
    if isinstance(found, inspect.UnionType):  # of nothing and a shape
        found = next((one for one in found.types if isinstance(one, inspect.StructType)), None)
    return found


@contextlib.contextmanager
def located_at(place: str) -> Iterator[None]:
    """Add the place in the file to errors raised inside.

    Raises:
        RecipeError: in place of any ``ValueError``.
    """
    try:
        yield
    except ValueError as exc:
        raise RecipeError(f"{place}: {exc}") from exc
