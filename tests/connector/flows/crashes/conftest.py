from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ...conftest import Subscriptions
from .crashing import Crashing, Database

Json = dict[str, Any]


@pytest.fixture(params=["sqlite", "postgres"])
def crashing(request: pytest.FixtureRequest, there: Subscriptions, samples: Json, tmp_path: Path) -> Crashing:
    url = request.getfixturevalue("empty_database_url") if request.param == "postgres" else None
    return Crashing(there, samples, tmp_path, url)


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("pg")
    folder.parent.chmod(0o755)
    database = Database(folder)
    yield database
    database.stop()
