"""``openslot connector serve`` and ``export``; what the gateway does is in ``tests/connector`` and ``tests/e2e``."""

import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from openslot.cli.connector import connector
from openslot.client.testing import Received, Reply, StandIn
from running import OPENSLOT, PATIENCE_SECONDS, clean_environment, rest_of

DOCUMENT = (Path(__file__).parents[2] / "docs" / "power-platform.md").read_text("utf-8")
COMMANDS = re.findall(r"^openslot .+$", DOCUMENT, re.MULTILINE)


def test_export_lists_what_it_wrote(tmp_path: Path) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path), "--host", "example.org", "--language", "it"])

    names = ["apiDefinition.swagger.json", "apiProperties.json", "settings.json", "icon.png", "readme.md"]
    assert (result.exit_code, result.stdout.splitlines()) == (0, [str(tmp_path / name) for name in names])
    properties = json.loads((tmp_path / "apiProperties.json").read_text("utf-8"))["properties"]
    assert properties["connectionParameters"]["api_key"]["uiDefinition"]["displayName"] == "Token di accesso personale"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--host", "http://example.org"], "the platform calls by https only"),
        (["--host", "example.org", "--language", "de"], "'de' is not one of"),
        ([], "Missing option '--host'"),
    ],
)
def test_export_refuses_what_it_can_t_understand(tmp_path: Path, words: list[str], message: str) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path / "new"), *words])

    assert (result.exit_code, message in result.stderr) == (2, True)
    assert not (tmp_path / "new").exists()


def test_export_names_the_place_where_it_can_t_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(connector, ["export", str(tmp_path / "file" / "below"), "--host", "example.org"])

    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: can't write to {tmp_path}/file/below: Not a directory\n",
    )


def test_export_leaves_a_folder_of_others_alone_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("precious")
    words = ["export", str(tmp_path), "--host", "example.org"]
    refused = CliRunner().invoke(connector, words)
    after = [path.name for path in tmp_path.iterdir()]
    forced = CliRunner().invoke(connector, [*words, "--force"])

    assert (refused.exit_code, refused.stderr, after) == (
        1,
        f"Error: no export made README.md in {tmp_path}; choose another folder, or --force\n",
        ["README.md"],
    )
    assert (forced.exit_code, (tmp_path / "README.md").read_text()) == (0, "precious")


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("localhost:8300", "note: the platform calls from the internet and can't reach localhost:8300\n"),
        ("connector.example.org", ""),
    ],
)
def test_export_notes_a_host_that_the_platform_can_t_reach(tmp_path: Path, host: str, message: str) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path), "--host", host])

    assert (result.exit_code, result.stderr) == (0, message)


def test_serve_names_the_address_where_it_can_t_listen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(connector, ["serve", "--port", str(port)])

    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: can't listen on 127.0.0.1 port {port}: Address already in use\n",
    )


def test_serve_refuses_a_backend_that_can_t_be_one() -> None:
    result = CliRunner().invoke(connector, ["serve"], env={"OPENSLOT_BASE_URL": "api.calendly.com"})

    assert (result.exit_code, "a base URL looks like" in result.stderr) == (2, True)


def test_serve_names_the_host_that_it_does_not_know() -> None:
    result = CliRunner().invoke(connector, ["serve", "--host", "nosuch.invalid", "--port", "0"])

    message = re.escape("Error: can't listen on nosuch.invalid port 0: ") + r"(?!Unknown error)[A-Z].+\n"
    assert (result.exit_code, bool(re.fullmatch(message, result.stderr))) == (1, True), result.stderr


@pytest.mark.parametrize("url", ["ftp://connector.example.org", "https://example.org/?a=b"])
def test_serve_refuses_a_public_url_that_can_t_be_one(url: str) -> None:
    result = CliRunner().invoke(connector, ["serve", "--public-url", url])

    assert (result.exit_code, "a public URL looks like https://connector.example.org" in result.stderr) == (2, True)


@contextmanager
def serving(backend: str, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """``openslot connector serve``, once it listens: the process and its URL."""
    command = [*OPENSLOT, "connector", "serve", "--port", "0", "--backend", backend, *words]
    with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True) as process:
        try:
            greeting = line(process)
            assert greeting.endswith(f" in front of {backend}. Ctrl-C stops.\n")
            yield process, greeting.split()[3]
        finally:
            process.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.fixture
def api() -> Iterator[StandIn]:
    """One that is there, and refuses calls without a token."""

    def me(request: Received) -> Reply:
        samples = json.loads((Path(__file__).parents[1] / "client" / "samples.json").read_text("utf-8"))
        return Reply(json={"resource": samples["user"]}) if "authorization" in request.headers else Reply(401, {})

    with StandIn() as api:
        api.on("GET", "/users/me", me)
        yield api


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_logs_every_call_if_wanted_and_stops_on_a_signal(api: StandIn, how: signal.Signals) -> None:
    with serving(api.url, "--verbose") as (process, url):
        checks = [httpx.get(f"{url}/{path}").json() for path in ("health", "ready")]
        refused = httpx.get(f"{url}/event_types/secret?token=secret")
        process.send_signal(how)
        _, rest = rest_of(process)

    assert (checks, refused.status_code) == ([{"status": "ok"}] * 2, 401)
    assert process.returncode == 0
    assert re.fullmatch(r"INFO GetEventType: 401 in \d+ ms\n", rest)


def test_serve_in_front_of_something_else_warns(api: StandIn) -> None:
    with serving(f"{api.url}/nowhere") as (process, url):
        message = line(process)
        ready = httpx.get(f"{url}/ready")

    assert message.startswith(f"WARNING {api.url}/nowhere is not the API: it answers a call without a token by 404 ")
    assert ready.status_code == 503


def test_serve_stops_once_it_has_answered_the_calls_under_way(api: StandIn) -> None:
    began, over = threading.Event(), threading.Event()

    def dawdle(_: Received) -> Reply:
        began.set()
        over.wait(PATIENCE_SECONDS)
        return Reply(404, {"title": "Resource Not Found", "message": "at last"})

    api.on("GET", "/event_types/1", dawdle)
    with serving(api.url) as (process, url), ThreadPoolExecutor() as pool:
        call = pool.submit(
            httpx.get, f"{url}/event_types/1", headers={"Authorization": "made-up"}, timeout=PATIENCE_SECONDS
        )
        began.wait(PATIENCE_SECONDS)
        process.terminate()
        message = line(process)
        over.set()
        answer = call.result()
        _, rest = rest_of(process)

    assert message == "connector: stops once it has answered the calls under way: 1\n"
    assert (answer.status_code, answer.json()["message"]) == (404, "at last")
    assert (process.returncode, rest) == (0, "")


def test_the_headers_of_a_proxy_show_how_the_platform_reaches_us(api: StandIn) -> None:
    samples = json.loads((Path(__file__).parents[1] / "client" / "samples.json").read_text("utf-8"))
    forwarded = {"Host": "connector.example.org", "X-Forwarded-Proto": "https", "Authorization": "Bearer made-up"}
    api.on("POST", "/webhook_subscriptions", Reply(201, {"resource": samples["webhook_subscription"]}))
    with serving(api.url) as (process, url):
        made = httpx.post(f"{url}/webhook_subscriptions", json={"url": "https://example.org"}, headers=forwarded)
        process.terminate()
        _, message = rest_of(process)

    subscription = samples["webhook_subscription"]["uri"].rpartition("/")[2]
    assert made.headers["location"] == f"https://connector.example.org/webhook_subscriptions/{subscription}"
    assert message == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_document_is_one(command: str) -> None:
    _, group, name, *words = command.split()
    found = connector.get_command(click.Context(connector), name)

    assert (group, found is not None) == ("connector", True)
    assert found is not None
    assert found.make_context(command, words).params
