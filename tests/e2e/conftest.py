"""The service as a user runs it: ``openslot up`` in a process of its own, and a receiver for what it sends."""

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, async_playwright, expect

from openslot.db import embedded, migrate
from running import CHROMIUM_ARGUMENTS, PATIENCE_SECONDS, Inbox, Service, find_chromium, serving


@pytest.fixture(scope="session")
def open_tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that other users may pass, as a real data directory's parents are."""
    place = tmp_path_factory.mktemp("e2e")
    base = tmp_path_factory.getbasetemp()
    for folder in (place, base, base.parent, *([base.parent.parent] if base.name.startswith("popen-") else [])):
        folder.chmod(0o755)
    return place


@pytest.fixture(scope="session")
def migrated(open_tmp: Path) -> Path:
    """A data directory with a database that is up to date and empty, and nothing that runs."""
    place = open_tmp / "migrated"
    with embedded.serving(place) as server:
        migrate.migrate(server.conninfo)
    return place


@pytest.fixture(scope="session")
def new_data_dir(open_tmp: Path, migrated: Path) -> Callable[[str], Path]:
    """Makes a data directory for a test that is not about the first start: the database is there, which saves a second.

    Its argument is the name of the folder.
    """

    def make(name: str) -> Path:
        subprocess.run(["cp", "-a", str(migrated), str(open_tmp / name)], check=True)  # with the owners of files
        return open_tmp / name

    return make


@pytest.fixture(scope="package")
def demo(new_data_dir: Callable[[str], Path]) -> Iterator[Service]:
    """The demo, shared by tests that leave each other's bookings alone."""
    with serving(new_data_dir("demo"), "--demo") as service:
        yield service


@pytest.fixture(scope="package")
def strict(new_data_dir: Callable[[str], Path]) -> Iterator[Service]:
    """A demo that waits for no caller longer than two seconds, with one connection to the database and all its logs."""
    with serving(
        new_data_dir("strict"),
        "--demo",
        OPENSLOT_HEAD_TIMEOUT_SECONDS="2",
        OPENSLOT_BODY_TIMEOUT_SECONDS="2",
        OPENSLOT_DATABASE_POOL="1",
        OPENSLOT_LOG_LEVEL="info",
    ) as service:
        yield service


@pytest.fixture
def own_demo(new_data_dir: Callable[[str], Path]) -> Iterator[Service]:
    """A demo for one test alone, for those about all that happens in a service."""
    with serving(new_data_dir(uuid4().hex), "--demo") as service:
        yield service


@pytest.fixture(autouse=True)
def no_subscription_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Another test counts the deliveries of one booking, whichever test ran before it."""
    yield
    if "demo" not in request.fixturenames:
        return
    with request.getfixturevalue("demo").api() as api:
        me = api.get("/users/me").json()["resource"]
        owned = {"organization": me["current_organization"], "user": me["uri"], "count": 100}
        for scope in ("organization", "user"):
            for one in api.get("/webhook_subscriptions", params=owned | {"scope": scope}).json()["collection"]:
                api.delete(one["uri"])


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    opened = Inbox()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)  # five seconds are too few where the machine is busy
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()
