"""The output of commands that call an API: tables, JSON, and errors as one line with an exit code."""

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
def reporting_errors() -> Iterator[None]:
    """Print an error as one line and exit with the code of its kind; exit silently at a Ctrl-C.

    Raises:
        SystemExit: at any of these.
    """
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
    """Exit silently at a Ctrl-C.

    Raises:
        SystemExit: there was one.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _exit_code(error: client.ClientError) -> int:
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


def fail(message: str, code: int) -> NoReturn:
    """Print ``message`` as one line to standard error, and exit.

    Raises:
        SystemExit: always, with ``code``.
    """
    click.echo(f"Error: {printable(message)}", err=True)
    raise SystemExit(code)


def print_json(value: Any) -> None:
    """Print ``value`` as one document on one line."""
    click.echo(answers.encode(value))


def print_table(rows: Sequence[Sequence[str | None]]) -> None:
    """Print rows in columns as wide as their widest cell, in any script; an empty cell is ``-``."""
    shown = [[printable(cell or "-") for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """``text`` on one line and without control characters: strangers choose names, and terminals obey those."""
    return "".join(
        " " if unicodedata.category(character).startswith(("C", "Zl", "Zp")) else character for character in text
    )


def _width(text: str) -> int:
    """Columns on a terminal: combining marks take none, wide letters two."""
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
