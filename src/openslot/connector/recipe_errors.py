"""How it is told that a file is no flow."""

import contextlib
from collections.abc import Iterator


class RecipeError(ValueError):
    """The file is no flow; the message says where and why."""


@contextlib.contextmanager
def told_at(place: str) -> Iterator[None]:
    """Errors inside are told with the place in the file.

    Raises:
        RecipeError: in place of any ``ValueError``.
    """
    try:
        yield
    except ValueError as exc:
        raise RecipeError(f"{place}: {exc}") from exc
