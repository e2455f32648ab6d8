"""Files that make flows: modules like any other, but in nobody's way."""

import importlib
import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from openslot.cli.flow_files import load, load_all
from openslot.connector import Flow

PLAIN = "from openslot.connector import Flow\n\nflow = Flow('{}')\n"
WITH_A_CLASS = """
from __future__ import annotations

import pickle
from dataclasses import dataclass

from openslot.connector import Flow


@dataclass
class Visit:
    guests: int


flow = Flow(repr(pickle.loads(pickle.dumps(Visit(3)))))
flow.visit = Visit(3)
"""


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Put back afterwards."""
    path, known = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def names(flows: list[Flow]) -> list[str]:
    return [flow.name for flow in flows]


@pytest.mark.parametrize("name", ["json", "click", "wsgiref"])
def test_a_flow_may_be_called_like_any_module_and_takes_nothing_from_it(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text(PLAIN.format(name), "utf-8")

    flows = load(tmp_path / f"{name}.py")

    assert (names(flows), sys.modules["json"], sys.modules["click"]) == ([name], json, click)
    assert not (importlib.import_module(name).__file__ or "").startswith(str(tmp_path))


def test_two_files_of_the_same_name_are_two_modules(tmp_path: Path) -> None:
    files = [tmp_path / folder / "flow.py" for folder in ("a", "b")]
    for file in files:
        file.parent.mkdir()
        file.write_text(WITH_A_CLASS, "utf-8")

    flows = load_all(files)

    copies = [pickle.loads(pickle.dumps(vars(flow)["visit"])) for flow in flows]
    assert copies == [vars(flow)["visit"] for flow in flows]
    assert type(copies[0]) is not type(copies[1])


def test_classes_in_a_flow_can_be_pickled(tmp_path: Path) -> None:
    (tmp_path / "visits.py").write_text(WITH_A_CLASS, "utf-8")

    assert names(load(tmp_path / "visits.py")) == ["Visit(guests=3)"]


def test_helpers_beside_a_flow_are_found(tmp_path: Path) -> None:
    (tmp_path / "made_up_helper.py").write_text("NAME = 'helped'\n", "utf-8")
    (tmp_path / "one.py").write_text(f"from made_up_helper import NAME\n{PLAIN}".replace("'{}'", "NAME"), "utf-8")

    assert names(load(tmp_path / "one.py")) == ["helped"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "can't be run: ZeroDivisionError: division by zero"),
        ("x = 1", "makes no flow: flow = Flow('...')"),
        (
            "from openslot.connector import Flow\nflow = Flow('x')\n@flow.on\ndef note(event, connector): ...",
            "can't be run: TypeError: on() takes the names of events: write @flow.on('invitee.created')",
        ),
    ],
)
def test_what_makes_no_flow_is_reported(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(text, "utf-8")

    with pytest.raises(click.ClickException) as caught:
        load(file)

    assert str(caught.value) == f"{file} {message}"
