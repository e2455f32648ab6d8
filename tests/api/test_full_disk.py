"""On a full disk the service reports it, and recovers by itself once there is room. A real disk, so root is needed."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from conftest import FAST, Clock, in_one_task, serving
from factories import Organization, booking_body, make_organization
from openslot.cli.doctor.command import examine
from openslot.config import Settings
from openslot.db import embedded, migrate
from openslot.db.pool import connected
from openslot.services.monitoring import WriteProbe

SIZE = "200m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    tmp_path.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a disk is for root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def settings(small_disk: Path, settings: Settings) -> Iterator[Settings]:
    """Of a service whose database is on that disk."""
    server = embedded.start(small_disk, options=FAST)
    migrate.migrate(server.conninfo)
    yield replace(settings, database_url=server.conninfo, data_dir=small_disk)
    server.stop()


@pytest.fixture
async def organization(settings: Settings, clock: Clock) -> Organization:
    async with connected(settings.database_url) as conn:
        return await make_organization(conn, now=clock.now)


@pytest.fixture
async def http(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(WriteProbe, "TAKEN_SECONDS", 0)
    monkeypatch.setattr(WriteProbe, "REFUSED_SECONDS", 0)
    async with in_one_task(serving(settings, clock)) as client:
        yield client


def fill(place: Path) -> Path:
    """Take all the room there is."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:  # a buffer would be left to write when it is closed
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return ballast


async def test_a_full_disk_is_reported_and_bookings_are_refused_until_there_is_room(
    small_disk: Path, settings: Settings, organization: Organization, http: httpx.AsyncClient, clock: Clock
) -> None:
    starts = iter([clock.now + timedelta(days=day, hours=hour) for day in range(1, 5) for hour in (2, 3, 4, 5)])

    async def book() -> httpx.Response:
        uri = f"https://book.example/api/v2/event_types/{organization.event_type_id}"
        body = booking_body(uri, f"{next(starts):%Y-%m-%dT%H:%M:%SZ}")
        headers = {"Authorization": f"Bearer {organization.owner.token}"}
        return await http.post("/api/v2/invitees", json=body, headers=headers)

    ready = [await http.get("/health/ready")]
    ballast = fill(small_disk)
    ready.append(await http.get("/health/ready"))
    found = {one.check: (one.state, one.message) for one in await asyncio.to_thread(examine, settings)}
    refused = await book()
    while refused.status_code == 201:  # what is free in pages that are there is used up at first
        refused = await book()
    ballast.unlink()
    ready.append(await http.get("/health/ready"))
    taken = await book()

    full = "refuses writes: no space is left on its disk"
    assert [one.status_code for one in ready] == [200, 503, 200]
    assert ready[1].json() == {"status": "unavailable", "database": full, "worker": "unknown"}
    assert found["database"] == ("problem", full)
    assert found["data directory"] == ("warning", f"{small_disk} has 0 MB left on its disk")
    assert (refused.status_code, refused.json()["title"]) == (503, "Service Unavailable")
    assert taken.status_code == 201
