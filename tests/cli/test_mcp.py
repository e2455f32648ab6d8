"""``openslot mcp``: what it refuses to start with, and who it lets in over HTTP."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import httpx2
import pytest
from click.testing import CliRunner, Result
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from openslot.cli.mcp import mcp
from openslot.client.testing import StandIn
from running import PATIENCE_SECONDS, clean_environment, free_port

TOKEN = "osl_made-up-token-of-the-tests"
KEY = "a-made-up-key-long-enough"
NO_SDK = "import sys; sys.modules['mcp'] = None; from openslot.cli import main; main(['mcp'])"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn("/api/v2") as api:
        yield api


def refused(*words: str, key: str = "", token: str = TOKEN) -> Result:
    return CliRunner().invoke(mcp, words, env={"OPENSLOT_TOKEN": token, "OPENSLOT_MCP_KEY": key})


@contextmanager
def listening(api: StandIn, *words: str, key: str = "") -> Iterator[str]:
    """The URL of ``openslot mcp --http`` in a process of its own, stopped by Ctrl-C in the end."""
    env = clean_environment(OPENSLOT_TOKEN=TOKEN, OPENSLOT_BASE_URL=api.url, OPENSLOT_MCP_KEY=key)
    command = [sys.executable, "-W", "error", "-m", "openslot.cli", "mcp", "--http", "--port", "0", *words]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            message = process.stderr.readline()
            assert message.startswith("listening on http"), message + process.stderr.read()
            yield message.removeprefix("listening on ").removesuffix(". Ctrl-C stops.\n")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()


def status(url: str, **headers: str) -> int:
    return httpx.post(url, json=PING, headers=HEADERS | headers).status_code


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--base-url", "nonsense"), "a base URL looks like"),
            (("--http", "--host", "0.0.0.0"), "0.0.0.0 is no address that callers know us by: say --public-url"),
            (("--http", "--host", "10.0.0.1"), "set OPENSLOT_MCP_KEY to let others than this machine in"),
            (("--http", "--host", "mcp.example.org"), "set OPENSLOT_MCP_KEY to let others than this machine in"),
            (("--http", "--public-url", "https://mcp.example.org"), "set OPENSLOT_MCP_KEY"),
            (("--http", "--public-url", "mcp.example.org"), "a public URL looks like https://mcp.example.org"),
        ],
    )
    def test_what_would_let_others_in_needs_a_key(self, words: tuple[str, ...], message: str) -> None:
        result = refused(*words)

        assert (result.exit_code, message in result.stderr) == (2, True)

    def test_a_short_key_is_none_and_not_shown(self) -> None:
        result = refused("--http", key="hunter2")

        assert (result.exit_code, "is too short" in result.stderr, "hunter2" in result.output) == (2, True, False)

    def test_without_a_token_nothing_starts(self) -> None:
        result = refused(token=" ")

        assert (result.exit_code, "no token: set OPENSLOT_TOKEN" in result.stderr) == (2, True)

    @pytest.mark.parametrize(
        ("words", "key", "message"),
        [
            (("--http", "--host", "0.0.0.0"), "", "0.0.0.0 is no address that callers know us by"),
            (("--http", "--host", "10.0.0.1"), "", "tokens must not cross a network in the clear"),
            (("--http", "--public-url", "http://mcp.example.org"), "", "tokens must not cross a network in the clear"),
            (("--http",), KEY, "OPENSLOT_MCP_KEY guards OPENSLOT_TOKEN, and there is none"),
            (("--http", "--allow-origin", "https://agent.example/"), "", "an origin looks like https://agent.example"),
            (("--http", "--allow-origin", "*"), "", "an origin looks like https://agent.example"),
        ],
    )
    def test_callers_with_tokens_of_their_own_are_not_let_in_anyhow(
        self, words: tuple[str, ...], key: str, message: str
    ) -> None:
        result = refused(*words, key=key, token="")

        assert (result.exit_code, message in result.stderr) == (2, True)

    def test_pages_may_not_act_with_the_servers_own_token(self) -> None:
        result = refused("--http", "--allow-origin", "https://agent.example")

        assert (result.exit_code, "leave OPENSLOT_TOKEN out" in result.stderr) == (2, True)

    def test_a_port_that_is_taken_is_reported(self, api: StandIn) -> None:
        port = api.url.rpartition(":")[2].partition("/")[0]

        result = refused("--http", "--port", port)

        assert (
            result.exit_code,
            f"can't listen on 127.0.0.1 port {port}: Address already in use" in result.stderr,
        ) == (
            1,
            True,
        )

    def test_without_the_sdk_it_names_what_to_install(self) -> None:
        env = {**os.environ, "OPENSLOT_TOKEN": TOKEN}
        done = subprocess.run([sys.executable, "-c", NO_SDK], env=env, capture_output=True, check=False, text=True)

        message = "Error: 'openslot mcp' needs the protocol's SDK: pip install 'openslot[mcp]'\n"
        assert (done.returncode, done.stderr) == (1, message)


class TestHttp:
    def test_web_pages_can_t_reach_it(self, api: StandIn) -> None:
        with listening(api) as url:
            statuses = [
                status(url),
                status(url, Origin="http://localhost:3000"),
                status(url, Host="rebound.example:8765"),
                status(url, Origin="https://rebound.example"),
            ]

        assert statuses == [200, 200, 421, 403]

    def test_with_a_key_only_who_knows_it_gets_in(self, api: StandIn) -> None:
        with listening(api, key=KEY) as url:
            statuses = [
                status(url),
                status(url, Authorization=f"Bearer {KEY}!"),
                status(url, Authorization=f"Bearer {TOKEN}"),
                status(url, Authorization=f"Basic {KEY}"),
                status(url, Authorization=f"Bearer {KEY}"),
                status(url, Authorization=f"bearer {KEY}"),
            ]

        assert statuses == [401, 401, 401, 401, 200, 200]

    def test_behind_a_proxy_the_public_name_is_known(self, api: StandIn) -> None:
        words = ("--host", "0.0.0.0", "--public-url", "https://mcp.example.org/agents/")
        port = str(free_port())
        with listening(api, *words, "--port", port, key=KEY) as url:
            key = {"Authorization": f"Bearer {KEY}"}
            local = f"http://127.0.0.1:{port}/mcp"
            statuses = [
                status(local, **key, Host="mcp.example.org", Origin="https://mcp.example.org"),
                status(local, **key, Host="other.example.org"),
            ]

        assert (url, statuses) == ("https://mcp.example.org/agents/mcp", [200, 421])

    async def test_the_protocol_s_client_gets_in_with_the_key(self, api: StandIn) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        with listening(api, key=KEY) as url:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                tools = (await client.list_tools()).tools

        assert [tool.name for tool in tools][:2] == ["create_invitee_no_show", "delete_invitee_no_show"]


def test_ctrl_c_ends_it_on_a_terminal_too(api: StandIn) -> None:
    env = clean_environment(OPENSLOT_TOKEN=TOKEN, OPENSLOT_BASE_URL=api.url)
    command = [sys.executable, "-m", "openslot.cli", "mcp"]
    with subprocess.Popen(
        command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        assert '"id":1' in process.stdout.readline()  # it reads its input, which stays open
        process.send_signal(signal.SIGINT)

        assert process.wait(PATIENCE_SECONDS) == -signal.SIGINT
