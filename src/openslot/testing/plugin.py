"""The fixtures for pytest: ``pytest_plugins = ["openslot.testing.plugin"]`` in the ``conftest.py`` at the root."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from openslot.testing.sandbox import Sandbox
from openslot.testing.service import Service, serving


@pytest.fixture(scope="session")
def openslot_service() -> Iterator[Service]:
    """One service for the whole run, with a database of its own, which goes when the run ends."""
    # Not ``tmp_path``: PostgreSQL runs as another user where root runs the tests, and can't reach the folders of that.
    with TemporaryDirectory(prefix="openslot-testing-") as folder:
        Path(folder).chmod(0o711)
        with serving(Path(folder) / "data") as service:
            yield service


@pytest.fixture
def openslot_sandbox(openslot_service: Service) -> Iterator[Sandbox]:
    """A new sandbox for each test, with the real time and an owner who has an event type."""
    with openslot_service.make_sandbox() as sandbox:
        yield sandbox
