"""What the commands print: JSON, facts, tables, and the texts in them."""

from collections.abc import Sequence
from typing import Any

import click

from openslot.wire import codec
from openslot.wire.codec import Timestamp


def print_json(value: Any) -> None:
    click.echo(codec.encode(value).decode())


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """One line each, without those that are empty."""
    filled = [(name, value) for name, value in facts if value]
    width = max(len(name) for name, _ in filled)
    for name, value in filled:
        click.echo(f"{name:{width}}  {value}")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, none: str) -> None:
    if not rows:
        click.echo(none)
        return
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        click.echo("  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def id_of(uri: str) -> str:
    """The id that a URI ends with."""
    return uri.rpartition("/")[2]


def time_text(moment: Timestamp | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"


def one_line(text: str) -> str:
    """The beginning of what a stranger sent, without anything that a terminal would obey."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:60]
