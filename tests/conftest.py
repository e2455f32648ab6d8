"""What most tests stand on: an odd local time zone, a real PostgreSQL migrated once, the service on top of it."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from litestar import Litestar

from factories import Organization, make_organization
from openslot.asgi import create_app
from openslot.config import Settings
from openslot.db import embedded, migrate
from openslot.db.pool import Conn, connected
from openslot.presenters.links import Links
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import zone_data

# Any use of local time shows: no zone is further from UTC, and its offset has minutes.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()
zone_data.use_packaged()

BASE_URL = "https://book.example"
SECRET_KEY = "a made-up key for tests"
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""The database of the tests need not survive a power cut."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.EmbeddedPostgres]:
    """One embedded PostgreSQL for the whole run."""
    place = tmp_path_factory.mktemp("pg")
    place.parent.chmod(0o755)
    server = embedded.start(place, options=FAST)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def database_url(postgres: embedded.EmbeddedPostgres) -> str:
    """A migrated database that tests share; each makes organizations of its own, so none sees another's rows."""
    migrate.migrate(postgres.conninfo)
    return postgres.conninfo


@pytest.fixture
def empty_database_url(postgres: embedded.EmbeddedPostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own without any table."""
    name = f"empty_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(postgres.conninfo, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        yield postgres.conninfo.replace("dbname=openslot", f"dbname={name}")
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, public_url=BASE_URL, secret_key=SECRET_KEY)


@pytest.fixture
def links(settings: Settings) -> Links:
    return Links(settings.base_url, settings.api_url)


@pytest.fixture
def vault() -> Vault:
    return Vault(SECRET_KEY)


@pytest.fixture
def outbound() -> OutboundPolicy:
    return OutboundPolicy()


@pytest.fixture
def clock() -> Clock:
    """Monday, 4 January 2027, 08:00 UTC."""
    return Clock(datetime(2027, 1, 4, 8, tzinfo=UTC))


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Conn]:
    """A connection whose single statements commit at once."""
    async with connected(database_url) as opened:
        yield opened


@pytest.fixture
async def organization(conn: Conn, clock: Clock) -> Organization:
    """An organization with owner, admin and member, each with a token, and the owner's 30-minute event type."""
    return await make_organization(conn, now=clock.now)


@asynccontextmanager
async def serving(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service in this process, behind an HTTP client that knows its public URL."""
    app = create_app(settings, clock=clock)
    assert isinstance(app, Litestar)
    async with app.lifespan():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield client


@pytest.fixture
async def http(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings, clock) as client:
        yield client
