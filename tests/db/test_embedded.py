"""The PostgreSQL we bring along. Source: ADR 0002."""

import os
import pwd
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openslot.db import data_directory, embedded, postmaster
from openslot.db.data_directory import DataDirectoryError
from openslot.db.embedded import EmbeddedPostgres, PostgresError

FAST = {"fsync": "off", "synchronous_commit": "off"}
IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of all tests."""
    place = tmp_path_factory.mktemp("home")
    server = embedded.start(place, options=FAST)
    run(server, "CREATE TABLE kept (word text)")
    server.stop()
    yield place
    assert embedded.find(place) is None


@pytest.fixture
def home(kept_home: Path) -> Path:
    """A data directory whose server each test starts, and leaves stopped; one that was killed leaves its lock."""
    (kept_home / "postgres" / "postmaster.pid").unlink(missing_ok=True)
    return kept_home


def run(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.conninfo, autocommit=True) as conn:
        conn.execute(statement)


def words(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.conninfo) as conn:
        return [word for (word,) in conn.execute("SELECT word FROM kept ORDER BY word")]


def test_the_data_is_there_when_it_starts_again(home: Path) -> None:
    first = embedded.start(home, options=FAST)
    run(first, "INSERT INTO kept VALUES ('again')")
    first.stop()
    second = embedded.start(home, options=FAST)
    try:
        assert "again" in words(second)
        assert second.postmaster_pid != first.postmaster_pid
    finally:
        second.stop()


def test_stopping_leaves_no_process_and_no_lock(home: Path) -> None:
    server = embedded.start(home, options=FAST)

    server.stop()

    assert not postmaster.is_alive(server.postmaster_pid)
    assert not (home / "postgres" / "postmaster.pid").exists()
    assert embedded.find(home) is None


def test_who_starts_it_a_second_time_finds_it_running(home: Path) -> None:
    first = embedded.start(home, options=FAST)
    try:
        second = embedded.start(home, options=FAST)
        found = embedded.find(home)
        with embedded.serving(home) as third:
            assert third.postmaster_pid == first.postmaster_pid

        assert second == found == EmbeddedPostgres(first.conninfo, first.postmaster_pid, home / "postgres", None)
        assert words(first) is not None  # who only found it did not stop it
    finally:
        first.stop()


def test_of_four_who_start_it_at_once_one_does_and_the_others_find_it(home: Path) -> None:
    with ThreadPoolExecutor(4) as threads:  # within, since a server ends with the thread that started it
        servers = list(threads.map(lambda place: embedded.start(place, options=FAST), [home] * 4))
        (started,) = [server for server in servers if server.process is not None]
        started.stop()

    assert {server.postmaster_pid for server in servers} == {started.postmaster_pid}


def test_who_found_it_can_stop_it(home: Path) -> None:
    first = embedded.start(home, options=FAST)
    found = embedded.find(home)
    assert found is not None
    assert first.process is not None
    os.kill(first.postmaster_pid, signal.SIGINT)
    first.process.wait()

    found.stop()

    assert embedded.find(home) is None


def test_after_a_crash_it_recovers(home: Path) -> None:
    crashed = embedded.start(home)
    run(crashed, "INSERT INTO kept VALUES ('crash')")
    assert crashed.process is not None
    crashed.process.kill()
    crashed.process.wait()
    assert (home / "postgres" / "postmaster.pid").exists()

    server = embedded.start(home, options=FAST)
    try:
        assert "crash" in words(server)
    finally:
        server.stop()


@pytest.mark.parametrize("state", ["ready   ", "starting", "stopping"])
def test_a_lock_file_that_names_another_program_is_stale(home: Path, state: str) -> None:
    """After a power cut, or in a new container, the number belongs to somebody else: here to this process."""
    lock = home / "postgres" / "postmaster.pid"
    lines = [str(os.getpid()), str(home / "postgres"), "1", "5432", str(home / "run"), "", "1 1", state]
    lock.write_text("\n".join(lines) + "\n")
    if IS_ROOT:
        owner = pwd.getpwnam(data_directory.SYSTEM_USER)
        os.chown(lock, owner.pw_uid, owner.pw_gid)
    lock.chmod(0o600)

    assert embedded.find(home) is None
    server = embedded.start(home, options=FAST)
    try:
        assert server.process is not None
        assert words(server) is not None
    finally:
        server.stop()


@pytest.mark.parametrize("content", ["", "\n", "garbage\n", "99999999\n", "-1\n"])
def test_a_lock_file_that_names_nobody_is_stale(tmp_path: Path, content: str) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postmaster.pid").write_text(content)

    assert embedded.find(tmp_path) is None


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert embedded.find(tmp_path / "nowhere") is None
    (tmp_path / "file").touch()
    assert embedded.find(tmp_path / "file") is None


def test_a_first_start_that_was_killed_does_not_spoil_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """initdb writes PG_VERSION first of all: half a database must not be taken for one."""
    tmp_path.chmod(0o755)
    whole = subprocess.run

    def killed(command: list[str], **keywords: Any) -> Any:
        if "initdb" in command[0]:
            place = Path(command[command.index("--pgdata") + 1])
            (place / "PG_VERSION").write_text("18\n")
            raise KeyboardInterrupt
        return whole(command, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            embedded.start(tmp_path)

    server = embedded.start(tmp_path, options=FAST)
    server.stop()


def test_a_server_that_does_not_start_raises_the_end_of_its_log(home: Path) -> None:
    with pytest.raises(PostgresError, match="shared_buffers"):
        embedded.start(home, options={"shared_buffers": "nonsense"})


def test_a_path_too_long_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20)

    tmp_path.chmod(0o755)
    server = embedded.start(deep, options=FAST)
    try:
        run(server, "SELECT 1")
        assert str(deep) not in server.conninfo
    finally:
        server.stop()
    folder = Path(server.conninfo.partition("host=")[2].split()[0])
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_nobody_else_can_enter_the_folder_of_the_socket(home: Path) -> None:
    server = embedded.start(home, options=FAST)
    try:
        folder = Path(server.conninfo.partition("host=")[2].split()[0])
        assert folder.stat().st_mode & 0o077 == 0
        assert (home / "postgres").stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DataDirectoryError, match="is not writable: File exists"):
        embedded.start(tmp_path / "file")


@pytest.mark.parametrize("name", ["run", "postgres", "postgres.new", "postgres.log", ".starting"])
def test_a_link_in_the_data_directory_leads_nowhere(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, what it leads to would change its owner, or be written to."""
    monkeypatch.setattr(embedded, "MAX_SOCKET_PATH_LENGTH", 1000)  # the socket's folder is not elsewhere
    tmp_path.chmod(0o755)
    data_dir, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data_dir.mkdir()
    if name.startswith((".", "postgres.log")):
        elsewhere.write_text("somebody's")
    else:
        elsewhere.mkdir(mode=0o711)
    before = elsewhere.stat()
    (data_dir / name).symlink_to(elsewhere)

    with pytest.raises(DataDirectoryError, match=f"{name} is a symbolic link"):
        embedded.start(data_dir, options=FAST)

    after = elsewhere.stat()
    assert (after.st_uid, after.st_mode, after.st_size) == (before.st_uid, before.st_mode, before.st_size)


def test_a_lock_file_that_is_a_link_is_replaced_and_what_it_leads_to_is_left_alone(home: Path, tmp_path: Path) -> None:
    """PostgreSQL's own user may put one there, and root would write a number into it."""
    (tmp_path / "secrets").write_text("1234\n")
    (home / "postgres" / "postmaster.pid").symlink_to(tmp_path / "secrets")

    server = embedded.start(home, options=FAST)
    server.stop()

    assert (tmp_path / "secrets").read_text() == "1234\n"


def test_a_link_in_the_place_of_the_database_s_folder_leads_to_nobody_s_lock_file_or_server(
    home: Path, tmp_path: Path
) -> None:
    """As who owns the data directory may swap it while root works."""
    (tmp_path / "postgres").symlink_to(home / "postgres")
    server = embedded.start(home, options=FAST)
    try:
        before = (home / "postgres" / "postmaster.pid").read_text()
        with pytest.raises(DataDirectoryError, match="postgres is a symbolic link"):
            postmaster.free_stale_lock(tmp_path / "postgres")
        postmaster.end_leftovers(tmp_path / "postgres")

        assert embedded.find(tmp_path) is None
        assert not server.has_ended()
        assert (home / "postgres" / "postmaster.pid").read_text() == before
    finally:
        server.stop()


def test_a_data_directory_may_be_named_from_where_one_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root PostgreSQL runs in another folder."""
    monkeypatch.chdir(home.parent)

    server = embedded.start(Path(home.name), options=FAST)
    try:
        assert words(server) is not None
        assert embedded.find(Path(home.name)) is not None
    finally:
        server.stop()


@contextmanager
def standing_still(server: EmbeddedPostgres) -> Iterator[int]:
    """A process of the server that does nothing that it is asked for, as one that hangs."""
    with closing(psycopg.connect(server.conninfo)) as conn:
        backend = conn.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        yield backend


def runs(pid: int) -> bool:
    """Whether a process does anything; one that has ended and that its parent took no note of does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def test_a_left_over_process_of_a_killed_server_keeps_no_other_from_starting(home: Path) -> None:
    killed = embedded.start(home, options=FAST)
    assert killed.process is not None
    with standing_still(killed) as backend:
        killed.process.kill()
        killed.process.wait()
        assert runs(backend)
        server = embedded.start(home, options=FAST)
        try:
            assert not runs(backend)
            assert words(server) is not None
        finally:
            server.stop()


def test_a_server_that_does_not_stop_is_ended_to_the_last_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmaster, "STOP_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(postmaster, "LEAVE_TIMEOUT_SECONDS", 0.5)
    server = embedded.start(home, options=FAST)
    with standing_still(server) as backend:
        server.stop()

        assert server.has_ended()
        assert not runs(backend)


def test_the_server_of_another_directory_is_not_taken_for_ours(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "postgres"
    other.mkdir()
    server = embedded.start(home, options=FAST)
    try:
        (other / "postmaster.pid").write_text((home / "postgres" / "postmaster.pid").read_text())

        assert embedded.find(tmp_path) is None
    finally:
        server.stop()


def test_a_start_that_nobody_waits_for_any_more_leaves_nothing(home: Path) -> None:
    crashed = embedded.start(home)
    assert crashed.process is not None
    crashed.process.kill()
    crashed.process.wait()

    with pytest.raises(embedded.StartCanceled):
        embedded.start(home, is_canceled=lambda: True)

    assert embedded.find(home) is None  # its lock may be left, by one that ended before it minded signals


def test_a_server_is_waited_for_as_long_as_something_moves(tmp_path: Path) -> None:
    """Recovery after a crash may take many minutes."""
    (tmp_path / "global").mkdir()
    control = tmp_path / "global" / "pg_control"
    control.touch()
    now = 0.0
    progress = postmaster.Progress(tmp_path, os.getpid(), clock=lambda: now)
    found = []
    for moment, moves in [(0, False), (50, True), (100, True), (150, True), (205, False), (211, False)]:
        now = moment
        if moves:
            os.utime(control, (moment, moment))
        found.append(progress.has_stalled())

    assert found == [False, False, False, False, False, True]


def as_nobody(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python as a user without rights; as oneself where one is no root."""
    if IS_ROOT:  # whose home, and a checkout in it, is closed to others
        for reached in (Path(sys.executable), Path(sys.prefix, "lib"), Path(embedded.__file__)):
            data_directory.allow_traversal(reached.resolve().parent)
    other: dict[str, Any] = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []} if IS_ROOT else {}
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        **other,
    )
    return done


def test_a_data_directory_that_can_t_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    code = """
        import sys
        from pathlib import Path
        from openslot.db import data_directory, embedded, postmaster
        for place in (Path(sys.argv[1]), Path(sys.argv[1]) / "inner"):
            try:
                embedded.start(place)
            except embedded.DataDirectoryError as exc:
                print(exc)
    """

    done = as_nobody(code, closed)

    assert done.stdout.splitlines() == [
        f"data directory {closed} is not writable: Permission denied",
        f"data directory {closed / 'inner'} is not writable: Permission denied",
    ], done.stderr


def test_it_runs_for_a_user_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    place = tmp_path / "theirs"
    place.mkdir()
    if IS_ROOT:
        os.chown(place, NOBODY.pw_uid, NOBODY.pw_gid)
    code = """
        import sys
        from pathlib import Path
        import psycopg
        from openslot.db import data_directory, embedded, postmaster
        with embedded.serving(Path(sys.argv[1])) as server, psycopg.connect(server.conninfo) as conn:
            print(conn.execute("SELECT 1").fetchone())
    """

    done = as_nobody(code, place)

    assert done.stdout == "(1,)\n", done.stderr
