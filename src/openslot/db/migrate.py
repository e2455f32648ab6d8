"""Brings the schema up to date: plain SQL files, forward only, run by yoyo under its lock."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import get_backend, read_migrations
from yoyo.backends.base import DatabaseBackend

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x0BE2_5107
"""Any constant that nothing else in the database uses."""


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
    """Apply what is pending and return its names; safe to call from several processes at once.

    Raises:
        DatabaseTooNew: the database is newer than the code; nothing was changed.
        psycopg.OperationalError: no connection.
    """
    known = read_migrations(str(MIGRATIONS))
    with psycopg.connect(conninfo, autocommit=True) as guard:
        # A session lock of PostgreSQL's own: unlike yoyo's lock table it goes when its holder is killed.
        guard.execute("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        applied = _applied(guard)
        if unknown := sorted(applied - {one.id for one in known}):
            raise DatabaseTooNew(unknown)
        names = [one.id for one in known if one.id not in applied]
        if names:
            with _backend(conninfo) as backend:
                backend.apply_migrations(backend.to_apply(known))
    return names


def check(conninfo: str) -> None:
    """See that the schema is exactly what this code expects.

    Raises:
        DatabaseTooNew, DatabaseTooOld: it is not.
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


@contextmanager
def _backend(conninfo: str) -> Iterator[DatabaseBackend]:
    # yoyo takes a URL only; libpq's own words travel as its arguments, so every kind of conninfo works.
    words = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    database = words.pop("dbname", "")
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    backend = get_backend(f"postgresql+psycopg:///{database}?{urlencode(words)}")
    try:
        yield backend
    finally:
        backend.connection.close()
