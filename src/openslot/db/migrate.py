"""Brings the schema up to date: plain SQL files, forward only, run by yoyo under its lock."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DeadlockDetected, LockNotAvailable
from yoyo import default_migration_table, read_migrations
from yoyo.backends.base import DatabaseBackend
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import MigrationList

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x0BE2_5107
"""An arbitrary constant that nothing else in the database uses."""
LOCK_TIMEOUT = "2s"
"""How long a migration waits for a lock. Requests queue behind it meanwhile, and give up after three seconds."""
ATTEMPTS = 20
PAUSE_SECONDS = 2.0
GUARD_TIMEOUT = "15min"
"""How long to wait for another process that migrates."""


class DatabaseBusy(Exception):
    """Another session holds a lock that a migration needs; that migration was rolled back."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database can't be migrated beside what else uses it: {why}")


class DatabaseTooNew(Exception):
    """The database was migrated by a newer version of the code."""

    def __init__(self, unknown: list[str]) -> None:
        self.unknown = unknown
        super().__init__(f"the database has migrations that this version does not know: {', '.join(unknown)}")


class DatabaseTooOld(Exception):
    """Migrations are pending."""

    def __init__(self, pending: list[str]) -> None:
        self.pending = pending
        super().__init__(f"the database lacks migrations: {', '.join(pending)}")


def migrate(conninfo: str) -> list[str]:
    """Apply the pending migrations and return their names; safe to call from several processes at once.

    Raises:
        DatabaseTooNew: the database is newer than the code; nothing was changed.
        DatabaseBusy: another session held a lock that a migration needs for too long.
        psycopg.OperationalError: no connection.
    """
    known = read_migrations(str(MIGRATIONS))
    with psycopg.connect(conninfo, autocommit=True) as guard:
        # An advisory lock of the session: unlike yoyo's lock table, it is released when its holder is killed.
        guard.execute("SELECT set_config('lock_timeout', %s, false)", (GUARD_TIMEOUT,))
        guard.execute("SELECT set_config('statement_timeout', '0', false)")
        try:
            guard.execute("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        except LockNotAvailable as exc:
            raise DatabaseBusy("another process migrates it") from exc
        applied = _applied(guard)
        if unknown := sorted(applied - {one.id for one in known}):
            raise DatabaseTooNew(unknown)
        names = [one.id for one in known if one.id not in applied]
        if names:
            _apply(conninfo, known)
    return names


def _apply(conninfo: str, known: MigrationList) -> None:
    """Apply the pending migrations, each in its own transaction; retry, with pauses, one that has to wait."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _backend(conninfo) as backend:
                backend.apply_migrations(backend.to_apply(known))
        except (LockNotAvailable, DeadlockDetected) as exc:
            why = " ".join(str(exc).split())
            if attempt == ATTEMPTS:
                raise DatabaseBusy(why) from exc
            log.warning("a migration has to wait and is tried again: %s", why)
            time.sleep(PAUSE_SECONDS)
        else:
            return


def check(conninfo: str) -> None:
    """Check that exactly the migrations that this code knows are applied.

    Raises:
        DatabaseTooNew: the database has others. DatabaseTooOld: some are missing.
        psycopg.OperationalError: no connection.
    """
    known = [one.id for one in read_migrations(str(MIGRATIONS))]
    with psycopg.connect(conninfo, autocommit=True) as conn:
        applied = _applied(conn)
    if unknown := sorted(applied - set(known)):
        raise DatabaseTooNew(unknown)
    if pending := [name for name in known if name not in applied]:
        raise DatabaseTooOld(pending)


def _applied(conn: psycopg.Connection) -> set[str]:
    if conn.execute("SELECT to_regclass('_yoyo_migration')").fetchone() == (None,):
        return set()
    return {name for (name,) in conn.execute("SELECT migration_id FROM _yoyo_migration")}


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc] # it comes without types
    """Sets the time-outs of its connection."""

    def init_connection(self, connection: psycopg.Connection) -> None:
        super().init_connection(connection)
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
        connection.execute("SELECT set_config('statement_timeout', '0', false)")


@contextmanager
def _backend(conninfo: str) -> Iterator[DatabaseBackend]:
    # yoyo takes only a URL. libpq's parameters go into its query, so that every kind of conninfo works.
    parameters = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    database = parameters.pop("dbname", "")
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    backend = _Backend(parse_uri(f"postgresql+psycopg:///{database}?{urlencode(parameters)}"), default_migration_table)
    backend.init_database()
    try:
        yield backend
    finally:
        backend.connection.close()
