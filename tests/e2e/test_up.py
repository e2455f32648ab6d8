"""``openslot up`` and the commands beside it, as design section 2 promises them."""

import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

import openslot
from openslot.db import migrate
from running import (
    OPENSLOT,
    PATIENCE_SECONDS,
    Service,
    clean_environment,
    command_line,
    free_port,
    processes_below,
    run_command,
    run_openslot,
    serving,
)

MIGRATIONS = ", ".join(sorted(file.stem for file in Path(migrate.__file__).with_name("migrations").glob("[0-9]*")))
INIT = ["init", "--organization", "Kiln & Co", "--name", "Mario Rossi", "--email", "mario@example.com"]


def me(made: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{made['api_url']}/users/me", headers={"Authorization": f"Bearer {made['token']}"})


@dataclass(frozen=True)
class Life:
    """What was seen of one service that was started, stopped by Ctrl-C, started again, killed, and started again."""

    tokens: list[str]
    """The demo's token, as each start tells it."""
    answers: list[httpx.Response]
    """Of one member's own token, at each start."""
    documents: list[httpx.Response]
    """What is at the URL of the API's document that each greeting names."""
    demo_lines: list[list[str]]
    """What the greeting of each start says of the demo alone."""
    ready_after_seconds: tuple[float, float]
    """As the first greeting says it, and as it was seen."""
    names: set[str]
    """The parts of the commands of the processes that ran."""
    code: int
    alive: list[int]
    """Processes that were there after Ctrl-C."""
    left: list[str]
    """Files of the data directory after Ctrl-C."""
    locks: list[str]
    """The same in what PostgreSQL needs while it runs."""


@pytest.fixture(scope="module")
def life(open_tmp: Path) -> Life:
    data_dir, port = open_tmp / "life", free_port()
    tokens, answers, documents, demo_lines = [], [], [], []

    def look(service: Service) -> None:
        tokens.append(service.token)
        demo_lines.append([line for line in service.lines if "Demo only" in line])
        (docs,) = [line for line in service.lines if line.startswith("  Docs ")]
        documents.append(httpx.get(re.findall(r"https?://[^;\s]+", docs)[0], timeout=PATIENCE_SECONDS))
        answers.append(me(made))

    began = time.monotonic()
    with serving(data_dir, "--demo", port=port) as service:
        ready = service.ready_after_seconds, time.monotonic() - began
        made = json.loads(run_openslot(*INIT, "--data-dir", str(data_dir), "--json").stdout)
        look(service)
        running = processes_below(service.process.pid)
        names = {part for pid in running for part in command_line(pid)}
        code = service.stop()
    alive = [pid for pid in running if command_line(pid)]
    left = sorted(one.name for one in data_dir.iterdir())
    locks = [one.name for one in [*(data_dir / "run").iterdir(), *(data_dir / "postgres").glob("postmaster.pid")]]
    with serving(data_dir, "--demo", port=port, OPENSLOT_NO_SHOW_BEFORE_START="refuse") as service:
        look(service)
        service.process.kill()
        service.process.wait(PATIENCE_SECONDS)
    with serving(data_dir, "--demo", port=port) as service:
        look(service)
    return Life(tokens, answers, documents, demo_lines, ready, names, code, alive, left, locks)


def test_a_start_keeps_the_data_of_those_before_however_they_ended(life: Life) -> None:
    assert [one.status_code for one in life.answers] == [200] * 3
    assert [one.json() for one in life.answers] == [life.answers[0].json()] * 3
    assert life.tokens == [life.tokens[0]] * 3


def test_ctrl_c_ends_every_process_and_leaves_no_lock(life: Life) -> None:
    assert {"web", "worker"} <= life.names
    assert any(name.endswith("/postgres") for name in life.names)
    assert (life.code, life.alive, life.locks) == (0, [], [])
    assert life.left == [
            ".starting", "demo-token", "member-calls.counts", "postgres", "postgres.log", "run", "secret.key",
            "visitor-calls.counts",
        ]  # fmt: skip


def test_the_greeting_names_the_page_of_the_api(life: Life) -> None:
    kinds = [(one.status_code, one.headers["content-type"], "openapi.json" in one.text) for one in life.documents]
    assert kinds == [(200, "text/html; charset=utf-8", True)] * 3


def test_the_greeting_lists_what_holds_for_the_demo_alone(life: Life) -> None:
    both = ["  Demo only        webhooks may reach this machine, no-shows may be marked before the start"]
    assert life.demo_lines == [both, ["  Demo only        webhooks may reach this machine"], both]


def test_the_greeting_states_how_long_the_start_took(life: Life) -> None:
    """That it is under 5 s is for the bench and the eye: a busy machine must not fail the suite."""
    reported, seen = life.ready_after_seconds
    assert 0 < reported <= seen


def test_a_data_directory_may_have_any_name_and_sigterm_stops_it_as_well(new_data_dir: Callable[[str], Path]) -> None:
    with serving(new_data_dir('it\'s "my" data, really'), "--demo") as service:
        with service.api() as api:
            assert api.get("/users/me").status_code == 200
        running = processes_below(service.process.pid)
        code = service.stop(signal.SIGTERM)
    assert (code, [pid for pid in running if command_line(pid)]) == (0, [])


def test_a_taken_port_is_one_clear_line(open_tmp: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_command("up", "--port", str(port), "--data-dir", str(open_tmp / "port"))
    line = f"Error: port {port} is taken on 127.0.0.1: stop what listens there, or choose another with --port\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


@pytest.fixture(scope="module")
def running(new_data_dir: Callable[[str], Path]) -> Iterator[Service]:
    """A service without a demo, for tests of what else runs on its data directory."""
    with serving(new_data_dir("running"), OPENSLOT_LOG_LEVEL="info") as service:
        yield service


def test_a_second_up_on_the_same_data_is_one_clear_line(running: Service) -> None:
    data_dir = running.data_dir
    done = run_openslot("up", "--port", str(free_port()), "--data-dir", str(data_dir))
    taken = run_openslot("web", "--port", str(running.port), "--data-dir", str(data_dir))
    assert (done.returncode, done.stderr) == (1, f"Error: another 'openslot up' runs on {data_dir}\n")
    line = f"port {running.port} is taken on 127.0.0.1: stop what listens there, or choose another with --port"
    assert (taken.returncode, taken.stderr) == (1, f"Error: {line}\n")


def test_a_wrong_database_url_is_one_clear_line_without_the_password(open_tmp: Path) -> None:
    url = "postgresql://openslot:hunter2@127.0.0.1:1/openslot"
    done = run_openslot("up", "--data-dir", str(open_tmp / "wrong"), OPENSLOT_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: OPENSLOT_DATABASE_URL: no connection to the database: ")
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["not a url", "mysql://u:hunter2@h/x", "postgresql://u:pa%ss-hunter2@h/x"])
@pytest.mark.parametrize("command", ["up", "doctor"])
def test_a_malformed_database_url_is_reported_without_its_password(open_tmp: Path, url: str, command: str) -> None:
    done = run_openslot(command, "--data-dir", str(open_tmp / "wrong"), OPENSLOT_DATABASE_URL=url, OPENSLOT_PORT="0")
    line = "OPENSLOT_DATABASE_URL: is no connection string, such as postgresql://user:password@host/database\n"
    assert done.returncode == 1
    assert line in done.stdout + done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


WRONG_SETTINGS = {
    "OPENSLOT_PORT": ("70000", "must be from 0 to 65535"),
    "OPENSLOT_WEB_WORKERS": ("many", "must be a whole number"),
    "OPENSLOT_LOG_LEVEL": ("loud", "must be debug, info, warning, error or critical"),
    "OPENSLOT_WEBHOOK_RETRY_SECONDS": ("5,-5", "must be from 0 to 31536000"),
    "OPENSLOT_PUBLIC_URL": ("http://", "must be a URL such as https://book.example.org"),
    "OPENSLOT_OUTBOUND_ALLOW": ("10.0.0.0/40", "'10.0.0.0/40' does not appear to be an IPv4 or IPv6 network"),
}


@pytest.mark.parametrize("variable", WRONG_SETTINGS)
def test_a_setting_that_can_t_be_read_is_one_clear_line(open_tmp: Path, variable: str) -> None:
    value, reason = WRONG_SETTINGS[variable]
    done = run_command("up", "--data-dir", str(open_tmp / "unread"), **{variable: value})
    assert (done.returncode, done.stderr) == (1, f"Error: {variable}={value!r}: {reason}\n")


def test_a_damaged_secret_key_is_one_clear_line(open_tmp: Path) -> None:
    data_dir = open_tmp / "damaged"
    data_dir.mkdir()
    (data_dir / "secret.key").touch()
    done = run_openslot("up", "--port", str(free_port()), "--data-dir", str(data_dir))
    remedy = "put it back, or delete it: this database has no key yet, and a new one is made"
    line = f"Error: {data_dir}/secret.key holds no key: {remedy}\n"
    assert (done.returncode, done.stderr) == (1, line)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="others can't change owners")
def test_root_is_warned_of_a_data_directory_that_belongs_to_another_user(open_tmp: Path) -> None:
    data_dir = open_tmp / "mounted"
    data_dir.mkdir()
    (data_dir / "secret.key").touch()  # so that it ends by itself once the database is there
    nobody = pwd.getpwnam("nobody")
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)

    done = run_openslot("up", "--data-dir", str(data_dir), "--port", str(free_port()))

    warning, error = done.stderr.splitlines()
    assert warning == f"warning: {data_dir} belongs to nobody, who can read and change all data"
    assert error.startswith(f"Error: {data_dir / 'secret.key'} holds no key")


def test_a_lost_secret_key_keeps_up_from_starting_and_is_not_made_anew(new_data_dir: Callable[[str], Path]) -> None:
    data_dir = new_data_dir("lost")
    key = data_dir / "secret.key"
    with serving(data_dir) as service:
        service.stop()
    kept = key.read_text()
    key.unlink()
    refused = run_openslot("up", "--port", str(free_port()), "--data-dir", str(data_dir))
    is_made = key.exists()
    doctor = json.loads(run_openslot("doctor", "--data-dir", str(data_dir), "--json").stdout)
    key.write_text(kept)
    key.chmod(0o600)
    with serving(data_dir) as again:
        assert again.stop() == 0
    message = f"{key} is missing, and this database was set up with a secret key"
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {message}: put it back from a backup, or set OPENSLOT_SECRET_KEY.")
    assert not is_made
    assert ["problem", message] in [[one["state"], one["message"]] for one in doctor]


@pytest.mark.parametrize("command", [["up"], ["web"], ["worker"], ["migrate"]])
def test_a_database_newer_than_the_code_is_one_clear_line(own_database_url: str, command: list[str]) -> None:
    with psycopg.connect(own_database_url, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO _yoyo_migration (migration_hash, migration_id, applied_at_utc)"
            " VALUES ('x', '9999.from-the-future', now())"
        )
    done = run_openslot(*command, OPENSLOT_DATABASE_URL=own_database_url, OPENSLOT_PORT=str(free_port()))
    line = (
        "Error: the database has migrations that this version does not know: 9999.from-the-future."
        " Run the newer version of OpenSlot that made them.\n"
    )
    assert (done.returncode, done.stderr) == (1, line)


@pytest.mark.parametrize("command", ["web", "worker"])
def test_web_and_worker_refuse_a_database_that_is_not_migrated(empty_database_url: str, command: str) -> None:
    done = run_openslot(command, OPENSLOT_DATABASE_URL=empty_database_url, OPENSLOT_PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr == (f"Error: the database lacks migrations: {MIGRATIONS}. Run 'openslot migrate'.\n")


def test_migrate_reports_what_it_did(empty_database_url: str) -> None:
    first = run_command("migrate", OPENSLOT_DATABASE_URL=empty_database_url)
    second = run_command("migrate", OPENSLOT_DATABASE_URL=empty_database_url)
    assert (first.returncode, first.stdout) == (0, f"applied {MIGRATIONS}\n")
    assert (second.returncode, second.stdout) == (0, "nothing to do: the schema is up to date\n")


def test_init_and_token_create_work_beside_a_running_up(running: Service) -> None:
    data_dir = str(running.data_dir)
    made = json.loads(run_openslot(*INIT, "--data-dir", data_dir, "--json").stdout)
    another = json.loads(
        run_openslot("token", "create", "--email", "mario@example.com", "--data-dir", data_dir, "--json").stdout
    )
    answers = [me(made), me(another)]
    with httpx.Client(base_url=running.api_url, headers={"Authorization": f"Bearer {made['token']}"}) as api:
        types = api.get("/event_types", params={"user": made["user"]}).json()["collection"]
    assert [one.status_code for one in answers] == [200, 200]
    assert made["api_url"] == running.api_url
    assert made["organization"] == answers[0].json()["resource"]["current_organization"]
    assert [(one["name"], one["duration"], one["active"]) for one in types] == [("30 Minute Meeting", 30, True)]


def test_init_works_without_a_running_service_and_on_an_external_database(
    open_tmp: Path, empty_database_url: str
) -> None:
    alone = run_command(*INIT, "--data-dir", str(open_tmp / "alone"), "--json")
    external = run_command(*INIT, "--json", OPENSLOT_DATABASE_URL=empty_database_url)
    token = run_command(
        "token", "create", "--email", "mario@example.com", "--json", OPENSLOT_DATABASE_URL=empty_database_url
    )
    assert [one.returncode for one in (alone, external, token)] == [0, 0, 0]
    assert json.loads(token.stdout)["user"] == json.loads(external.stdout)["user"]
    assert not (open_tmp / "alone" / "postgres" / "postmaster.pid").exists()


def test_init_refuses_what_it_cannot_use_in_one_line(empty_database_url: str) -> None:
    bad = run_command(
        "init", "--organization", "X", "--name", "Y", "--email", "nobody", "--timezone", "Mars/Base",
        OPENSLOT_DATABASE_URL=empty_database_url,
    )  # fmt: skip
    run_command(*INIT, OPENSLOT_DATABASE_URL=empty_database_url)
    twice = run_command(*INIT, OPENSLOT_DATABASE_URL=empty_database_url)
    assert (bad.returncode, bad.stderr) == (
        1,
        "Error: email is not an e-mail address; timezone is not an IANA time zone, such as Europe/Rome\n",
    )
    assert (twice.returncode, twice.stderr) == (
        1, "Error: a user with the address mario@example.com exists already\n",
    )  # fmt: skip


def test_doctor_is_content_with_a_running_service_and_names_what_is_missing(
    running: Service, new_data_dir: Callable[[str], Path]
) -> None:
    running.wait_for_line("worker ready")
    well = run_openslot("doctor", "--data-dir", str(running.data_dir), "--json")
    stopped = run_openslot("doctor", "--data-dir", str(new_data_dir("stopped")), "--json")
    found = {one["check"]: one["state"] for one in json.loads(well.stdout)}
    ill = {one["check"]: (one["state"], one["remedy"]) for one in json.loads(stopped.stdout)}
    assert well.returncode == 0
    assert {check: state for check, state in found.items() if state != "ok"} == {"mail": "warning"}  # none is set up
    assert ill["database"] == ("warning", "openslot up")


def test_web_and_worker_serve_an_external_database(own_database_url: str, open_tmp: Path) -> None:
    port = free_port()
    environment = {
        "OPENSLOT_DATABASE_URL": own_database_url,
        "OPENSLOT_SECRET_KEY": "shared",
        "OPENSLOT_PORT": str(port),
        "OPENSLOT_DATA_DIR": str(open_tmp / "external"),
        "OPENSLOT_LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }
    worker, web = [
        subprocess.Popen([*OPENSLOT, name], env=clean_environment(**environment), stderr=subprocess.PIPE, text=True)
        for name in ("worker", "web")
    ]
    try:
        assert worker.stderr is not None
        assert web.stderr is not None
        messages = (json.loads(line)["message"] for line in worker.stderr)
        assert next(message for message in messages if not message.startswith("created ")) == "worker ready"
        transport = httpx.HTTPTransport(retries=8)  # waits a little longer each time for the port to open
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
            ready = client.get("/health/ready")
            page = client.get("/nobody?token=hunter2")
        logged = json.loads(web.stderr.readline())
    finally:
        for process in (web, worker):
            process.terminate()
        codes = [process.wait(PATIENCE_SECONDS) for process in (web, worker)]
        for process in (web, worker):
            if process.stderr is not None:
                process.stderr.close()
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "database": "ok", "worker": "ok"})
    assert {name: logged[name] for name in ("level", "path", "status", "correlation_id")} == {
        "level": "info",
        "path": "/nobody",
        "status": 404,
        "correlation_id": page.headers["x-request-id"],
    }
    assert codes == [0, 0]


@pytest.fixture
def nobody() -> Iterator[dict[str, Any]]:
    """Arguments that make a subprocess run without root's powers, where the suite has them."""
    if os.geteuid() != 0:
        yield {}
        return
    entry = pwd.getpwnam("nobody")
    closed = {
        folder: folder.stat().st_mode
        for program in (Path(sys.executable), Path(sys.executable).resolve(), Path(openslot.__file__))
        for folder in program.parents
        if not folder.stat().st_mode & 0o001
    }
    for folder, mode in closed.items():  # the interpreter itself may lie in root's home
        folder.chmod(mode | 0o001)
    yield {"user": entry.pw_uid, "group": entry.pw_gid}
    for folder, mode in closed.items():
        folder.chmod(mode)


def own(place: Path, user: dict[str, Any]) -> None:
    if user:
        os.chown(place, user["user"], user["group"])


class TestAsAnotherUser:
    """The suite often runs as root; these see that nothing needs it."""

    def test_up_works_without_root(self, open_tmp: Path, nobody: dict[str, Any]) -> None:
        place = open_tmp / "unprivileged"
        place.mkdir()
        own(place, nobody)
        command = [*OPENSLOT, "up", "--port", str(free_port()), "--data-dir", str(place / "data"), "--demo"]
        environment = clean_environment(PYTHONUNBUFFERED="1", HOME=str(place))
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **nobody
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C stops"):
                break
        running = processes_below(process.pid)
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE_SECONDS)
        process.stdout.close()
        assert lines[-1:] == ["Ctrl-C stops everything.\n"], lines
        assert (code, [pid for pid in running if command_line(pid)]) == (0, [])

    def test_a_data_directory_that_is_not_writable_is_one_clear_line(
        self, open_tmp: Path, nobody: dict[str, Any]
    ) -> None:
        place = open_tmp / "closed"
        place.mkdir(mode=0o755 if nobody else 0o555)
        done = subprocess.run(
            [*OPENSLOT, "up", "--port", str(free_port()), "--data-dir", str(place / "data")],
            env=clean_environment(HOME=str(place)),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            **nobody,
        )
        line = f"Error: data directory {place / 'data'} is not writable: Permission denied\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", line)
