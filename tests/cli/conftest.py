"""Deliveries, and ``openslot flow`` in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from openslot.cli.flow import flow

TOKEN = "osl_made-up-token-of-the-tests"
Json = dict[str, Any]


@pytest.fixture
def samples() -> Json:
    path = Path(__file__).parents[1] / "client" / "samples.json"
    samples: Json = json.loads(path.read_text("utf-8"))
    return samples


@pytest.fixture
def openslot() -> Callable[..., Result]:
    """Runs ``openslot flow`` with these words."""

    def openslot(*words: str | Path, **env: str) -> Result:
        return CliRunner().invoke(flow, [str(word) for word in words], env={"OPENSLOT_TOKEN": TOKEN, **env})

    return openslot
