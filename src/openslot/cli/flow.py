"""``openslot flow``: run the flows in a Python file."""

import importlib.util
import logging
import sys
from pathlib import Path
from typing import Any

import click

from openslot.cli.connector import base_url_option, listening_options, quiet_interrupt, run_flows
from openslot.connector import Flow


@click.group()
def flow() -> None:
    """Run flows: a trigger and what to do about it.

    The token comes from OPENSLOT_TOKEN, or is asked for.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")


@flow.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@base_url_option
@listening_options
def run(file: Path, base_url: str, **listening: Any) -> None:
    """Run all flows of a Python FILE until Ctrl-C, which also takes the subscriptions back."""
    with quiet_interrupt():
        flows = load(file)
    run_flows(flows, base_url, **listening)


def load(file: Path) -> list[Flow]:
    """The flows that a file makes, in the order in which it names them.

    Raises:
        ClickException: the file can't be run, or makes none.
    """
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise click.ClickException(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent.resolve()))  # as for a script, so that a flow can have helpers beside it
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as exc:
        raise click.ClickException(f"{file} can't be run: {type(exc).__name__}: {exc}") from exc
    flows = list(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Flow)))
    if not flows:
        raise click.ClickException(f"{file} makes no flow: flow = Flow('...')")
    return flows
