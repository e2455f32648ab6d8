"""``openslot connector serve`` and ``export``; what the gateway does is in ``tests/connector`` and ``tests/e2e``."""

import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from openslot.cli.connector import connector
from openslot.client.testing import Reply, StandIn
from running import OPENSLOT, PATIENCE_SECONDS, clean_environment

DOCUMENT = (Path(__file__).parents[2] / "docs" / "power-platform.md").read_text("utf-8")
COMMANDS = re.findall(r"^openslot .+$", DOCUMENT, re.MULTILINE)


def test_export_says_what_it_wrote(tmp_path: Path) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path), "--host", "example.org", "--language", "it"])

    names = ["apiDefinition.swagger.json", "apiProperties.json", "settings.json", "icon.png", "readme.md"]
    assert (result.exit_code, result.stdout.splitlines()) == (0, [str(tmp_path / name) for name in names])
    properties = json.loads((tmp_path / "apiProperties.json").read_text("utf-8"))["properties"]
    assert properties["connectionParameters"]["api_key"]["uiDefinition"]["displayName"] == "Token di accesso personale"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "http://example.org"], "the platform calls by https only"),
        (["--host", "example.org", "--language", "de"], "'de' is not one of"),
        ([], "Missing option '--host'"),
    ],
)
def test_export_refuses_what_it_can_t_understand(tmp_path: Path, words: list[str], said: str) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path / "new"), *words])

    assert (result.exit_code, said in result.stderr) == (2, True)
    assert not (tmp_path / "new").exists()


def test_export_says_where_it_can_t_write(tmp_path: Path) -> None:
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
    ("host", "said"),
    [
        ("localhost:8300", "note: the platform calls from the internet and can't reach localhost:8300\n"),
        ("connector.example.org", ""),
    ],
)
def test_export_notes_a_host_that_the_platform_can_t_reach(tmp_path: Path, host: str, said: str) -> None:
    result = CliRunner().invoke(connector, ["export", str(tmp_path), "--host", host])

    assert (result.exit_code, result.stderr) == (0, said)


def test_serve_says_where_it_can_t_listen() -> None:
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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_tells_of_every_call_if_asked_and_stops_when_asked(how: signal.Signals) -> None:
    command = [*OPENSLOT, "connector", "serve", "--port", "0", "--verbose"]
    process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr as said:
        greeting = said.readline()
        url = greeting.split()[3]
        health, refused = httpx.get(f"{url}/health"), httpx.get(f"{url}/event_types/secret?token=secret")
        process.send_signal(how)
        rest = said.read()

    assert (health.json(), refused.status_code) == ({"status": "ok"}, 401)
    assert greeting.endswith(" in front of https://api.calendly.com. Ctrl-C stops.\n")
    assert process.wait(PATIENCE_SECONDS) == 0
    assert re.fullmatch(r"INFO GetEventType: 401 in \d+ ms\n", rest)


def test_a_proxy_in_front_says_how_the_platform_reaches_us() -> None:
    samples = json.loads((Path(__file__).parents[1] / "client" / "samples.json").read_text("utf-8"))
    forwarded = {"Host": "connector.example.org", "X-Forwarded-Proto": "https", "Authorization": "Bearer made-up"}
    with StandIn() as api:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        api.on("POST", "/webhook_subscriptions", Reply(201, {"resource": samples["webhook_subscription"]}))
        command = [*OPENSLOT, "connector", "serve", "--port", "0", "--backend", api.url]
        process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        with process.stderr as said:
            url = said.readline().split()[3]
            made = httpx.post(f"{url}/webhook_subscriptions", json={"url": "https://example.org"}, headers=forwarded)
            process.terminate()
            process.wait(PATIENCE_SECONDS)

    subscription = samples["webhook_subscription"]["uri"].rpartition("/")[2]
    assert made.headers["location"] == f"https://connector.example.org/webhook_subscriptions/{subscription}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_document_is_one(command: str) -> None:
    _, group, name, *words = command.split()
    found = connector.get_command(click.Context(connector), name)

    assert (group, found is not None) == ("connector", True)
    assert found is not None
    assert found.make_context(command, words).params
