"""What most tests stand on: an odd local time zone, a real PostgreSQL migrated once, the service on top of it."""

import asyncio
import gc
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import httpx
import hypothesis
import psycopg
import pytest
from psycopg import AsyncCursor
from psycopg.abc import Query
from psycopg.pq import TransactionStatus
from psycopg.sql import Composable

from factories import Organization, make_organization
from openslot.config import Settings
from openslot.db import embedded, migrate
from openslot.db.pool import Conn, connected
from openslot.presenters.uris import Uris
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import zone_data
from running import IS_LONG

# It checks the formats iri and iri-reference, which no document here has, and takes four seconds to import.
sys.modules["rfc3987_syntax"] = cast(Any, None)  # jsonschema does without it

# How quick an example is depends on the machine alone: no test is to fail for that. The examples of a law are the same
# everywhere and each time, so that a change is never held up by what it did not touch; a long run looks for new ones.
hypothesis.settings.register_profile(
    "same",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "new",
    max_examples=200,
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("new" if IS_LONG else "same")

# Any use of local time shows: no zone is further from UTC, and its offset has minutes.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()
zone_data.use_packaged()

T = TypeVar("T")

BASE_URL = "https://book.example"
SECRET_KEY = "a made-up key for tests"
UNCOUNTED: dict[str, Any] = dict.fromkeys(
    ("forms_per_address", "bookings_per_address", "bookings_per_email", "sign_ins_per_address",
     "token_requests_per_address", "registrations_per_address", "unchallenged_bookings"), 0,
)  # fmt: skip
"""Of a service that many tests share: all that they send comes from one address, at one instant."""
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""The database of the tests need not survive a power cut. Without fsync, ``STRATEGY file_copy`` is the cheaper one."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


_TEMPORARY = "PYTEST_DEBUG_TEMPROOT"
_OWN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give each run a temporary folder that no other one touches.

    Runs at the same time share one by default: each closes it to other users when it starts, and clears away what older
    runs made there. The PostgreSQL of a run that goes on is another user, and loses its files.
    """
    if not hasattr(config, "workerinput") and not config.option.basetemp and _TEMPORARY not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="openslot-tests-"))
        folder.chmod(0o755)
        os.environ[_TEMPORARY] = str(folder)
        config.stash[_OWN_FOLDER] = folder


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: tests wait for other processes about as often as they compute.

    None for a single file, which is tested in this process: one worker would do it all, and start later.
    """
    if len(config.args) == 1 and Path(config.args[0].partition("::")[0]).is_file():
        return 0
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of few and long tests: where they come last, one worker runs them while the others idle.

    ``OPENSLOT_TEST_SHUFFLE=<any text>`` puts files, and tests within each, into another order: none may depend on it.
    """
    if seed := os.environ.get("OPENSLOT_TEST_SHUFFLE"):
        chance = random.Random(seed)
        files = {path: chance.random() for path in sorted({item.path for item in items})}
        chance.shuffle(items)
        items.sort(key=lambda item: files[item.path])
    items.sort(key=lambda item: not ("e2e" in item.path.parts or "browser" in item.path.stem))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of garbage collection: it stays, and each look at it takes a while."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave the folder where something failed, to look at."""
    folder = session.config.stash.get(_OWN_FOLDER, None)
    if folder is not None and exitstatus == pytest.ExitCode.OK:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def flow_states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the state of all tests: most never write one, and a folder for each takes longer with each."""
    return tmp_path_factory.mktemp("flows")


@pytest.fixture(autouse=True)
def flow_state(flow_states: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where flows without a state of their own keep it: never in the data directory of whoever runs the tests."""
    path = flow_states / f"{uuid4().hex}.sqlite3"
    monkeypatch.setenv("OPENSLOT_FLOW_STATE", str(path))
    monkeypatch.delenv("OPENSLOT_FLOW_DATABASE_URL", raising=False)
    return path


class _Unretrieved(logging.Handler):
    """Remembers what asyncio logs of tasks that nobody waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "was never retrieved" in message or "was destroyed but it is pending" in message:
            self.messages.append(message)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail in the file that leaves a socket, a process or a failed task behind.

    Python complains of them when they are collected: without this, within whichever test runs then.
    """
    asyncio_log, unretrieved = logging.getLogger("asyncio"), _Unretrieved()
    asyncio_log.addHandler(unretrieved)
    try:
        yield
        gc.collect()
    finally:
        asyncio_log.removeHandler(unretrieved)
    assert unretrieved.messages == []


@pytest.fixture(autouse=True)
def usual_log_level() -> None:
    """Whatever a command or a library that ran in this process before has set up."""
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def postgres_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of ``postgres``."""
    place = tmp_path_factory.mktemp("pg")
    place.parent.chmod(0o755)
    return place


@pytest.fixture(scope="session")
def postgres(postgres_dir: Path) -> Iterator[embedded.EmbeddedPostgres]:
    """One embedded PostgreSQL for the whole run."""
    server = embedded.start(postgres_dir, options=FAST)
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
def empty_database_url(postgres: embedded.EmbeddedPostgres) -> Iterator[str]:
    """A database of its own without any table."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres.conninfo, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        yield postgres.conninfo.replace("dbname=openslot", f"dbname={name}")
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


class KeptDatabase:
    """A migrated database for one test after another, which each finds empty.

    A database for each takes a hundred times longer: hundreds of files are copied, and read again by whoever connects.
    """

    def __init__(self, conninfo: str) -> None:
        self._server = conninfo
        self._name: str | None = None
        self._schema: tuple[Any, ...] = ()

    def lend(self) -> str:
        """The connection string of the database."""
        if self._name is None:
            self._name = f"own_{uuid4().hex}"
            with psycopg.connect(self._server, autocommit=True) as conn:
                conn.execute(f"CREATE DATABASE {self._name} STRATEGY file_copy")
            migrate.migrate(self._conninfo)
            with psycopg.connect(self._conninfo) as conn:
                self._schema = self._read_schema(conn)
        return self._conninfo

    @property
    def _conninfo(self) -> str:
        return self._server.replace("dbname=openslot", f"dbname={self._name}")

    def take_back(self) -> None:
        """Empty it; where the test has changed more than rows, the next one gets another."""
        with psycopg.connect(self._conninfo) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            is_changed = self._read_schema(conn) != self._schema
            if not is_changed:
                conn.execute("SET LOCAL session_replication_role = replica")  # no order of tables, no triggers
                conn.execute(self._EMPTY)
        if is_changed:
            self.close()

    _EMPTY = """
        DO $$
        DECLARE one text;
        BEGIN
            FOR one IN SELECT oid::regclass FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE '%yoyo%'
            LOOP
                EXECUTE 'DELETE FROM ' || one;
            END LOOP;
            PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
        END $$
    """

    @staticmethod
    def _read_schema(conn: "psycopg.Connection[Any]") -> tuple[Any, ...]:
        row = conn.execute(
            """
            SELECT (SELECT md5(string_agg(one::text, ' ' ORDER BY attrelid, attnum)) FROM pg_attribute AS one
                WHERE attrelid >= 16384),
              (SELECT md5(string_agg(one::text, ' ' ORDER BY oid)) FROM pg_constraint AS one WHERE oid >= 16384),
              (SELECT md5(string_agg(one::text, ' ' ORDER BY oid)) FROM pg_trigger AS one WHERE oid >= 16384),
              (SELECT md5(string_agg(one::text, ' ' ORDER BY indexrelid)) FROM pg_index AS one
                WHERE indexrelid >= 16384),
              (SELECT md5(string_agg(oid::text || prosrc, ' ' ORDER BY oid)) FROM pg_proc
                WHERE pronamespace <> 'pg_catalog'::regnamespace),
              (SELECT string_agg(migration_id, ' ' ORDER BY migration_id) FROM _yoyo_migration)
            """
        ).fetchone()
        assert row is not None
        return tuple(row)

    def close(self) -> None:
        if self._name is not None:
            with psycopg.connect(self._server, autocommit=True) as conn:
                conn.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
            self._name = None


@pytest.fixture(scope="session")
def kept_database(postgres: embedded.EmbeddedPostgres) -> Iterator[KeptDatabase]:
    kept = KeptDatabase(postgres.conninfo)
    yield kept
    kept.close()


@pytest.fixture
def own_database_url(kept_database: KeptDatabase) -> Iterator[str]:
    """A migrated, empty database for one test alone: for tests of what is global, as the queue, counts of all rows."""
    yield kept_database.lend()
    kept_database.take_back()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, public_url=BASE_URL, secret_key=SECRET_KEY)


@pytest.fixture
def links(settings: Settings) -> Uris:
    return Uris(settings.base_url, settings.api_url)


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


class KeptConnection:
    """One connection to the shared database for one test after another.

    A new one costs a process of PostgreSQL, which has yet to read what it needs of the catalog: more than most tests.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._leave = AsyncExitStack()
        self._conn: Conn | None = None

    async def lend(self) -> Conn:
        if self._conn is None:
            self._conn = await self._leave.enter_async_context(connected(self._conninfo))
        return self._conn

    async def take_back(self) -> None:
        """Keep it, unless the test closed it or left a transaction open."""
        if self._conn is not None and self._conn.info.transaction_status != TransactionStatus.IDLE:
            await self.close()

    async def close(self) -> None:
        self._conn = None
        await self._leave.aclose()


@pytest.fixture(scope="session")
async def kept_connection(database_url: str) -> AsyncIterator[KeptConnection]:
    kept = KeptConnection(database_url)
    yield kept
    await kept.close()


@pytest.fixture
async def conn(kept_connection: KeptConnection) -> AsyncIterator[Conn]:
    """A connection whose single statements commit at once. Tests share it: they set nothing beyond a transaction."""
    yield await kept_connection.lend()
    await kept_connection.take_back()


@pytest.fixture
async def organization(conn: Conn, clock: Clock) -> Organization:
    """An organization with owner, admin and member, each with a token, and the owner's 30-minute event type."""
    return await make_organization(conn, now=clock.now)


@asynccontextmanager
async def serving(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[httpx.AsyncClient]:
    """The service in this process, behind an HTTP client that knows its public URL."""
    # Imported here: it takes a third of a second, and files without a service should start at once.
    from litestar import Litestar  # noqa: PLC0415

    from openslot.asgi import create_app  # noqa: PLC0415

    app = create_app(settings, clock=clock)
    assert isinstance(app, Litestar)
    async with app.lifespan():
        transport = httpx.ASGITransport(cast(Any, app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield client


@asynccontextmanager
async def in_one_task(context: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """``context`` entered and left by one task, as anyio requires; a fixture's two halves run in tasks of their own."""
    entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def hold() -> None:
        async with context as value:
            entered.set_result(value)
            await leave.wait()

    holding = asyncio.create_task(hold())
    first: set[asyncio.Future[Any]] = {holding, entered}
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    if not entered.done():
        await holding  # raises what kept it from entering
    try:
        yield entered.result()
    finally:
        leave.set()
        await holding


@pytest.fixture
async def http(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    async with in_one_task(serving(settings, clock)) as client:
        yield client


@dataclass
class Service:
    """One service for many tests, with the clock of the one that is running."""

    clock: Clock
    client: httpx.AsyncClient = field(init=False)

    def now(self) -> datetime:
        return self.clock()


@pytest.fixture(scope="session")
async def service(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """For the many quick tests of the API: their ``http`` is this service's client with their own clock."""
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path_factory.mktemp("service"),
        public_url=BASE_URL,
        secret_key=SECRET_KEY,
        **UNCOUNTED,
    )
    made = Service(clock=Clock(datetime(2027, 1, 4, 8, tzinfo=UTC)))
    async with in_one_task(serving(settings, made.now)) as client:
        made.client = client
        yield made


class Statements:
    """The SQL statements that this process sends while it is counting."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._counting = False

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements sent within the block; opening a connection and the bounds of transactions do not count."""
        self.sent, self._counting = [], True
        try:
            yield self.sent
        finally:
            self._counting = False

    def note(self, query: Query, cursor: AsyncCursor[Any]) -> None:
        text = query.as_string(cursor) if isinstance(query, Composable) else str(query)
        if self._counting and not text.startswith("SET TIME ZONE"):
            self.sent.append(text)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """Counts statements where psycopg sends them: every query of ours goes through a cursor."""
    noted, execute = Statements(), AsyncCursor.execute

    async def noting(self: AsyncCursor[Any], query: Query, *args: Any, **keywords: Any) -> AsyncCursor[Any]:
        noted.note(query, self)
        return await execute(self, query, *args, **keywords)

    monkeypatch.setattr(AsyncCursor, "execute", noting)
    return noted
