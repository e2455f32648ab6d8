"""Migrations. Source: ADR 0004."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import psycopg
import pytest

from openslot.db import migrate
from openslot.db.migrate import DatabaseBusy, DatabaseTooNew, DatabaseTooOld

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


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Migrations with another one, which needs a table for itself; no pauses."""
    place = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, place)
    (place / "9998.more.sql").write_text("ALTER TABLE groups ADD COLUMN more int;")
    monkeypatch.setattr(migrate, "MIGRATIONS", place)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "10ms")
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0)
    return place


def test_a_migration_keeps_nobody_waiting_behind_a_session_that_does_not_let_go(
    empty_database_url: str, one_more: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as before:
        before.setattr(migrate, "MIGRATIONS", Path(migrate.__file__).parent / "migrations")
        migrate.migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as other:
        other.execute("SELECT FROM groups")
        with pytest.raises(DatabaseBusy, match="canceling statement due to lock timeout"):
            migrate.migrate(empty_database_url)
    assert len(caplog.records) == migrate.ATTEMPTS - 1
    assert migrate.migrate(empty_database_url) == ["9998.more"]
    migrate.check(empty_database_url)
    assert one_more.is_dir()


def test_who_migrates_waits_for_another_who_does_but_not_forever(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "GUARD_TIMEOUT", "10ms")
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (migrate.ADVISORY_LOCK,))
        with pytest.raises(DatabaseBusy, match="another process migrates it"):
            migrate.migrate(empty_database_url)


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


ORGANIZATION, USER, TYPE = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))
MADE = datetime(2027, 1, 4, 8, tzinfo=UTC)


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def test_a_location_that_a_whole_group_was_shown_goes_to_the_invitee_who_gave_it(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada said her number and Ben and Cid came to the same class; Ben moved away first, then Ada, then Cid to Ada's.

    Before 0011 all of them carried Ada's number along. Dan came alone.
    """
    for name in NAMES:
        if name < "0011":
            shutil.copy(next(migrate.MIGRATIONS.glob(f"{name}.*")), tmp_path)
    with monkeypatch.context() as older:
        older.setattr(migrate, "MIGRATIONS", tmp_path)
        migrate.migrate(empty_database_url)
    number = '{"type": "outbound_call", "location": "+390655500123"}'
    # event, seats, and who is there: name, chain, the event moved from
    story: list[tuple[str, int, list[tuple[str, str, str | None]]]] = [
        ("class", 5, [("ada", "ada", None), ("ben", "ben", None), ("cid", "cid", None)]),
        ("ben's", 5, [("ben again", "ben", "class")]),
        ("ada's", 5, [("ada again", "ada", "class"), ("cid again", "cid", "class")]),
        ("ben's next", 5, [("ben once more", "ben", "ben's")]),
        ("alone", 1, [("dan", "dan", None)]),
    ]
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")  # only what is read matters
        for event, seats, invitees in story:
            conn.execute(
                "INSERT INTO scheduled_events (organization_id, id, event_type_id, name, start_time, end_time,"
                " tzdata_version, location, invitees_total, invitees_active, invitees_limit, created_at, updated_at)"
                " VALUES (%s, %s, %s, 'Class', %s, %s, '2026a', %s, 1, 1, %s, %s, %s)",
                (ORGANIZATION, id_of(event), TYPE, MADE, MADE + timedelta(hours=1), number, seats, MADE, MADE),
            )
            for place, (name, chain, old) in enumerate(invitees):
                made = MADE + timedelta(minutes=place)
                conn.execute(
                    "INSERT INTO invitees (organization_id, id, scheduled_event_id, chain_id, email, name,"
                    " old_event_id, questions_and_answers, tracking, created_at, updated_at)"
                    " VALUES (%s, %s, %s, %s, 'x@example.org', %s, %s, '[]', '{}', %s, %s)",
                    (ORGANIZATION, id_of(name), id_of(event), id_of(chain), name, old and id_of(old), made, made),
                )
                event_json = f'{{"location": {number}, "uri": "https://x.example/scheduled_events/{id_of(event)}"}}'
                for kind, payload in [
                    ("invitee.created", f'{{"scheduled_event": {event_json}}}'),
                    ("invitee.rescheduled", f'{{"old": {{}}, "new": {{"scheduled_event": {event_json}}}}}'),
                ]:
                    conn.execute(
                        "INSERT INTO events (organization_id, id, name, occurred_at, correlation_id, chain_id,"
                        " user_ids, payload) VALUES (%s, %s, %s, %s, %s, %s, '{}', %s)",
                        (
                            ORGANIZATION, id_of(f"{name} {kind}"), kind, made, id_of(name), id_of(chain), payload,
                        ),
                    )  # fmt: skip

    assert migrate.migrate(empty_database_url) == [name for name in NAMES if name >= "0011"]

    with psycopg.connect(empty_database_url) as conn:
        of_events = conn.execute("SELECT id::text, location ->> 'location' FROM scheduled_events").fetchall()
        of_invitees = conn.execute("SELECT name, location ->> 'location' FROM invitees").fetchall()
        rows = conn.execute("SELECT chain_id::text, payload LIKE '%+39%' FROM events").fetchall()
    assert dict(of_events) == {id_of(event): "+390655500123" if event == "alone" else None for event, _, _ in story}
    assert dict(of_invitees) == {
        "ada": "+390655500123", "ada again": "+390655500123", "ben": None, "ben again": None, "ben once more": None,
        "cid": None, "cid again": None, "dan": None,
    }  # fmt: skip
    assert {chain for chain, has_location in rows if has_location} == {id_of("ada"), id_of("dan")}
    assert sum(has_location for _, has_location in rows) == 2 * 2 + 2
