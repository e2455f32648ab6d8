"""The flows in Python and YAML files."""

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from openslot.connector import Flow, recipes
from openslot.connector.recipes.errors import RecipeError

_YAML = {".yaml", ".yml"}
_DIGEST_LETTERS = 12


def load_all(files: Sequence[Path]) -> list[Flow]:
    """The flows of several files.

    Raises:
        ClickException: a file can't be read, or makes none.
    """
    return [one for file in files for one in load(file)]


def load(file: Path) -> list[Flow]:
    """The flows that a file makes, in the order in which it names them.

    Raises:
        ClickException: the file can't be read or run, or makes none.
    """
    if file.suffix in _YAML:
        try:
            return recipes.load(file)
        except RecipeError as exc:
            raise click.ClickException(str(exc)) from exc
    name = _module_name(file)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise click.ClickException(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    _let_helpers_be_found(file.parent.resolve())
    sys.modules[name] = module  # dataclasses and pickle look modules up
    try:
        spec.loader.exec_module(module)
    except Exception as exc:
        raise click.ClickException(f"{file} can't be run: {type(exc).__name__}: {exc}") from exc
    flows = list(dict.fromkeys(value for value in vars(module).values() if isinstance(value, Flow)))
    if not flows:
        raise click.ClickException(f"{file} makes no flow: flow = Flow('...')")
    return flows


def _module_name(file: Path) -> str:
    """A name that is no other module's: a file may be called json.py, and two in different folders alike."""
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:_DIGEST_LETTERS]
    return f"openslot_flow_{digest}_{file.stem.replace('.', '_')}"


def _let_helpers_be_found(folder: Path) -> None:
    """Let modules beside a flow be imported: after all others, since what is imported late is not to be a flow."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
