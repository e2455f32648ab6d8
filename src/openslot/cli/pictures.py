"""What ``openslot user picture`` and ``openslot organization logo`` have in common."""

from pathlib import Path

import click

from openslot.cli.output import print_json
from openslot.core.pictures import MAX_UPLOAD
from openslot.wire.pictures import Picture

file_argument = click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)
remove_option = click.option("--remove", is_flag=True, help="Remove what there is.")


def read_upload(file: Path | None, *, remove: bool) -> bytes | None:
    """What is to be uploaded, with one byte more where it is too large; None: it is to be removed.

    Raises:
        click.UsageError: neither a file nor ``--remove``, or both.
    """
    if (file is None) != remove:
        raise click.UsageError("takes either FILE or --remove")
    if file is None:
        return None
    with file.open("rb") as opened:
        return opened.read(MAX_UPLOAD + 1)


def print_picture(made: Picture | None, *, of: str, as_json: bool) -> None:
    """Where it is, or that it is there no more."""
    if as_json:
        print_json(made)
    elif made is None:
        click.echo(f"{of} is removed.")
    else:
        click.echo(f"{of} is at {made.url} ({made.width} x {made.height} pixels).")
