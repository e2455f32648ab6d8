"""What commands that call an API say: errors as one line and an exit code, tables, JSON."""

import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from openslot import client
from openslot.cli import INTERRUPTED
from openslot.client import answers
from openslot.connector.flows.store import StateError

EXIT_CODES: tuple[tuple[type[client.ClientError], int], ...] = (
    (client.InvalidArgument, 3),
    (client.Unauthenticated, 4),
    (client.Forbidden, 5),
    (client.NotFound, 6),
    (client.Conflict, 7),
    (client.RateLimited, 8),
    (client.Throttled, 8),
    (client.Unavailable, 9),
    (client.NoAnswer, 9),
)
"""By kind of error; 1 is any other, 2 a command that was not understood. ``docs/connector.md`` lists them."""

as_json = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")


@contextlib.contextmanager
def errors_told() -> Iterator[None]:
    """Say what went wrong in one line, and exit with a code that tells its kind; a Ctrl-C needs no words."""
    try:
        with quiet_interrupt():
            yield
    except client.ClientError as exc:
        notes = "; ".join(getattr(exc, "__notes__", []))
        fail(f"{notes} ({exc})" if notes else str(exc), _exit_code(exc))
    except StateError as exc:
        fail(str(exc), 1)
    except ValueError as exc:
        fail(str(exc), 2)


@contextlib.contextmanager
def quiet_interrupt() -> Iterator[None]:
    """Exit at a Ctrl-C without a word."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _exit_code(error: client.ClientError) -> int:
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def fail(message: str, code: int) -> NoReturn:
    """Say it in one line, and exit."""
    click.echo(f"Error: {printable(message)}", err=True)
    raise SystemExit(code)


def print_json(value: Any) -> None:
    """One document on one line."""
    click.echo(answers.encode(value))


def print_table(rows: Sequence[Sequence[str | None]]) -> None:
    """Rows in columns as wide as what is in them, whatever the script; ``-`` where an answer says nothing."""
    shown = [[printable(cell or "-") for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """``text`` on one line and without what a terminal would obey: names are chosen by strangers."""
    return "".join(
        " " if unicodedata.category(character).startswith(("C", "Zl", "Zp")) else character for character in text
    )


def _width(text: str) -> int:
    """Columns on a terminal: marks take none, wide letters two."""
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
