"""Migrations. Source: ADR 0004."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from openslot.db import migrate
from openslot.db.migrate import DatabaseTooNew, DatabaseTooOld

NAMES = sorted(path.stem for path in migrate.MIGRATIONS.iterdir() if path.name[0].isdigit())


def tables(conninfo: str) -> set[str]:
    with psycopg.connect(conninfo) as conn:
        return {name for (name,) in conn.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')")}


def test_an_empty_database_gets_everything(empty_database_url: str) -> None:
    with pytest.raises(DatabaseTooOld, match=r"the database lacks migrations: 0001\.initial"):
        migrate.check(empty_database_url)

    assert migrate.migrate(empty_database_url) == NAMES

    migrate.check(empty_database_url)
    assert {"occupancy", "events", "deliveries", "procrastinate_jobs"} <= tables(empty_database_url)


def test_a_second_time_nothing_is_left_to_do(empty_database_url: str) -> None:
    migrate.migrate(empty_database_url)
    before = tables(empty_database_url)

    assert migrate.migrate(empty_database_url) == []
    assert tables(empty_database_url) == before


def test_of_four_at_once_one_does_it_and_all_find_it_done(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(migrate.migrate, [empty_database_url] * 4))

    assert sorted(done) == [[], [], [], NAMES]
    migrate.check(empty_database_url)


def test_a_database_of_a_newer_version_is_left_alone(empty_database_url: str) -> None:
    migrate.migrate(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO _yoyo_migration (migration_hash, migration_id, applied_at_utc)"
            " VALUES ('x', '9999.future', now())"
        )
    before = tables(empty_database_url)

    for act in (migrate.migrate, migrate.check):
        with pytest.raises(DatabaseTooNew, match=r"does not know: 9999\.future") as refused:
            act(empty_database_url)
        assert refused.value.unknown == ["9999.future"]
    assert tables(empty_database_url) == before


def test_a_migration_that_was_begun_by_a_killed_process_does_not_lock_the_next_out(empty_database_url: str) -> None:
    holder = psycopg.connect(empty_database_url, autocommit=True)
    holder.execute("SELECT pg_advisory_lock(%s)", (migrate.ADVISORY_LOCK,))
    holder.close()

    assert migrate.migrate(empty_database_url) == NAMES


def test_no_connection_is_an_error_of_the_database() -> None:
    for act in (migrate.migrate, migrate.check):
        with pytest.raises(psycopg.OperationalError):
            act("host=/nowhere dbname=openslot")


def test_names_with_odd_characters_can_be_migrated(empty_database_url: str) -> None:
    """The migration tool takes a URL; a conninfo of words must get through whole."""
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        conn.execute('DROP DATABASE IF EXISTS "odd name & more/%"')
        conn.execute('CREATE DATABASE "odd name & more/%"')
        name = conn.info.dbname
    odd = empty_database_url.replace(f"dbname={name}", "dbname='odd name & more/%'")
    try:
        assert migrate.migrate(odd) == NAMES
        migrate.check(odd)
    finally:
        with psycopg.connect(empty_database_url, autocommit=True) as conn:
            conn.execute('DROP DATABASE "odd name & more/%" WITH (FORCE)')
