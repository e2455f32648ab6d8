"""``NAME=VALUE`` arguments of commands that change something, checked by the rules of the API's bodies."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

import click

from openslot.api import shapes

T = TypeVar("T")


def read_values(pairs: Sequence[str], kind: type[T]) -> T:
    """The pairs as a body of ``kind``. A value is JSON, or else a text as it stands: ``duration=45 name=Tour``.

    Raises:
        click.UsageError: a pair has no ``=``.
        click.ClickException: unknown names, and values that do not fit; all in one line.
    """
    body: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is not NAME=VALUE")
        body[name] = _value(text)
    examined = shapes.examine(body, kind, strict=True, closed=True)
    if examined.wrong or examined.value is None:
        raise click.ClickException("; ".join(f"{one.parameter}: {one.message}" for one in examined.wrong))
    return examined.value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
