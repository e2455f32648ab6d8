"""What docs/sandbox.md shows, and a service as its readers start one."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from openslot.testing import Sandbox, Service, serving

GUIDE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")


@pytest.fixture(scope="session")
def guide() -> str:
    return GUIDE


@pytest.fixture(scope="session")
def openslot_service() -> Iterator[Service]:
    with TemporaryDirectory(prefix="openslot-testing-") as folder:
        Path(folder).chmod(0o711)
        with serving(Path(folder) / "data", webhook_retry_seconds="5,30,300") as service:
            yield service


@pytest.fixture
def sandbox(openslot_service: Service) -> Iterator[Sandbox]:
    with openslot_service.make_sandbox() as made:
        yield made
