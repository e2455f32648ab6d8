"""How docs/power-platform.md and docs/hosts/container.md run the gateway, as far as that goes without their hosts."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from openslot.client.testing import Received, Reply, StandIn
from openslot.connector.gateway import Gateway, app, callers, upstream
from running import PATIENCE_SECONDS, clean_environment, free_port

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "power-platform.md").read_text("utf-8")
CONTAINER = (DOCS / "hosts" / "container.md").read_text("utf-8")
BIN = Path(sys.executable).parent


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.DOTALL | re.MULTILINE)


def instruction(name: str) -> list[str]:
    """What the gateway's image runs."""
    [dockerfile] = [text for text in blocks(CONTAINER, "dockerfile") if '"connector", "serve"' in text]
    [words] = re.findall(rf"^{name} (\[.+\])$", dockerfile, re.MULTILINE)
    command: list[str] = json.loads(words)
    return command


@pytest.fixture
def api() -> Iterator[StandIn]:
    samples = json.loads((Path(__file__).parents[1] / "client" / "samples.json").read_text("utf-8"))

    def whose(request: Received) -> Reply:
        """The gateway asks without a token whether the API is there, whenever it gets round to it."""
        is_known = request.headers.get("authorization") == "Bearer made-up"
        return Reply(json={"resource": samples["user"]}) if is_known else Reply(401, {})

    with StandIn() as api:
        api.on("GET", "/users/me", whose)
        api.on("POST", "/webhook_subscriptions", Reply(201, {"resource": samples["webhook_subscription"]}))
        yield api


@contextmanager
def started(command: list[str], **environment: str) -> Iterator[str]:
    """What a command says first, with our commands in the path; it is ended as services and containers are."""
    env = clean_environment(PATH=f"{BIN}:/usr/bin:/bin", **environment)
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()


def location(url: str, headers: dict[str, str]) -> str:
    """Where the platform is told to unsubscribe."""
    authorization = {"Authorization": "Bearer made-up"}
    made = httpx.post(
        f"{url}/webhook_subscriptions", json={"url": "https://example.org"}, headers=headers | authorization
    )
    return made.raise_for_status().headers["location"].rpartition("/")[0]


def test_the_container_s_command_serves_and_its_check_finds_it_healthy(api: StandIn) -> None:
    port = str(free_port())
    command = [port if word == "8300" else word for word in instruction("CMD")]
    check = [sys.executable, *(word.replace("8300", port) for word in instruction("HEALTHCHECK CMD")[1:])]

    with started(command, OPENSLOT_BASE_URL=api.url) as greeting:
        subprocess.run(check, check=True, timeout=PATIENCE_SECONDS)
        found = location(f"http://127.0.0.1:{port}", {})

    assert greeting == f"connector: listening on http://0.0.0.0:{port} in front of {api.url}. Ctrl-C stops.\n"
    assert found == "https://connector.example.org/webhook_subscriptions"
    assert subprocess.run(check, check=False, stderr=subprocess.DEVNULL, timeout=PATIENCE_SECONDS).returncode == 1


def test_the_service_s_command_serves(api: StandIn) -> None:
    [unit] = blocks(PAGE, "ini")
    [line] = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    _, *words = shlex.split(line)
    words[words.index("--backend") + 1] = api.url

    with started([str(BIN / "openslot"), *words, "--port", "0"]) as greeting:
        assert greeting.endswith(f" in front of {api.url}. Ctrl-C stops.\n")


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("10.0.0.1", "http")])
def test_the_headers_that_nginx_sets_lead_to_the_location(api: StandIn, trusted: str, scheme: str) -> None:
    server = blocks(PAGE, "nginx")[0]
    [name] = re.findall(r"^ *server_name (\S+);$", server, re.MULTILINE)
    values = {"$host": name, "$scheme": "https"}
    headers = {
        key: values[value] for key, value in re.findall(r"^ *proxy_set_header (\S+) (\S+);$", server, re.MULTILINE)
    }

    command = ["openslot", "connector", "serve", "--port", "0", "--backend", api.url]
    with started(command, FORWARDED_ALLOW_IPS=trusted) as greeting:
        assert location(greeting.split()[3], headers) == f"{scheme}://connector.example.org/webhook_subscriptions"


def test_the_page_s_limits_are_the_gateway_s() -> None:
    mebibyte = 1024 * 1024

    assert f"{Gateway().grace_seconds} s at most" in PAGE
    assert f"more than {app.BODY_LIMIT // mebibyte} MiB |" in PAGE
    assert f"more than {upstream.ANSWER_LIMIT // mebibyte} MiB |" in PAGE
    assert f"{callers.REMEMBERED:,} other connections" in PAGE
