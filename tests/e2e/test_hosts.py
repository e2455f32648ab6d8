"""What the pages of docs/hosts offer, run as it stands on them, against a running OpenSlot."""

import asyncio
import fcntl
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from openslot.client.testing import Reply, StandIn
from running import OTHER_DATE, PATIENCE_SECONDS, Service, clean_environment, free_port, offer

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
KEY = "a-made-up-key-long-enough"
Json = dict[str, Any]


def blocks(page: str, language: str) -> list[str]:
    document = (ROOT / "docs" / "hosts" / f"{page}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.DOTALL | re.MULTILINE)


def environment(service: Service, home: Path, **more: str) -> dict[str, str]:
    """With our commands in the path, as in an environment in which openslot is installed."""
    path = f"{BIN}:/usr/bin:/bin"
    return clean_environment(
        OPENSLOT_TOKEN=service.token, OPENSLOT_BASE_URL=service.api_url, PATH=path, HOME=str(home), **more
    )


def run(command: list[str], env: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, check=False, timeout=PATIENCE_SECONDS, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def meeting(demo: Service) -> Iterator[Json]:
    """An invitee of an Intro call within the week, gone in the end."""
    place = offer(demo)
    with demo.api() as api:
        who = {"name": "Absent Person", "email": "absent@example.org", "timezone": "Europe/Rome"}
        body = {"event_type": place.uri, "start_time": place.starts[5], "invitee": who}
        answer = api.post("/invitees", json=body)
        assert answer.status_code == 201, answer.text
        invitee: Json = answer.json()["resource"]
        yield invitee | {"start_time": place.starts[5]}
        api.post(f"{invitee['event']}/cancellation")


class TestPython:
    def test_the_program_lists_the_week(self, demo: Service, meeting: Json, tmp_path: Path) -> None:
        [program] = blocks("python", "python")
        start = datetime.fromisoformat(meeting["start_time"]).astimezone(UTC)

        printed = run([sys.executable, "-W", "error", "-c", program], environment(demo, tmp_path), tmp_path)

        assert f"{start:%a %d %b %H:%M} UTC Intro call" in printed.splitlines()


class TestCron:
    @pytest.fixture
    def home(self, demo: Service, tmp_path: Path) -> Path:
        """Prepared as the page says, but for the token and the address."""
        [preparation] = blocks("cron", "sh")
        prepared = preparation.replace("OPENSLOT_TOKEN=...", f"OPENSLOT_TOKEN={demo.token}")
        prepared = prepared.replace("https://book.example/api/v2", demo.api_url)
        run(["/bin/sh", "-ec", prepared], {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, tmp_path)
        return tmp_path

    def commands(self) -> list[str]:
        """Those of the crontab, without their five fields of time."""
        [crontab] = blocks("cron", "crontab")
        lines = [line for line in crontab.splitlines() if re.match(r"[\d*]", line)]
        assert all("%" not in line for line in lines), "cron ends a command at a percent sign"
        return [line.split(maxsplit=5)[5] for line in lines]

    def run(self, command: str, home: Path) -> None:
        run(["/bin/sh", "-c", command], self.environment(home), home)

    def environment(self, home: Path) -> dict[str, str]:
        """That of cron."""
        return {"HOME": str(home), "PATH": f"{BIN}:/usr/bin:/bin", "SHELL": "/bin/sh", **OTHER_DATE}

    def test_only_the_owner_can_read_the_token(self, home: Path) -> None:
        assert (home / ".config/openslot/env").stat().st_mode & 0o777 == 0o600

    def test_absentees_are_marked_once(self, home: Path, meeting: Json) -> None:
        shutil.copy(ROOT / "examples" / "mark_no_shows.py", home)
        row = f"absent@example.org,{meeting['start_time']}"
        (home / "absentees.csv").write_text(f"email,start_time\n{row}\n", "utf-8")

        for _ in range(2):
            self.run(self.commands()[0], home)

        first, second = (home / "no-shows.log").read_text("utf-8").splitlines()
        assert first == "absent@example.org did not come to Intro call"
        assert second.startswith("absent@example.org was marked on ")

    @pytest.fixture
    def crm(self, home: Path) -> Iterator[StandIn]:
        """Where the page's flow puts people; known to the flow as the page says."""
        shutil.copy(ROOT / "examples" / "crm_upsert.yaml", home)
        with StandIn() as crm, (home / ".config/openslot/env").open("a", encoding="utf-8") as env:
            env.write(f"export CRM_URL={crm.url} CRM_TOKEN=made-up\n")
            env.flush()
            crm.on("POST", "/people/absent%40example.org", Reply(204))
            yield crm

    def test_a_flow_finds_what_has_happened_since_the_last_time(
        self, home: Path, crm: StandIn, request: pytest.FixtureRequest
    ) -> None:
        self.run(self.commands()[1], home)
        booked: Json = request.getfixturevalue("meeting")
        for _ in range(2):
            self.run(self.commands()[1], home)

        [sent] = [one.json() for one in crm.received]
        assert (sent["name"], sent["status"]) == ("Absent Person", "active")
        assert datetime.fromisoformat(sent["meeting_at"]) == datetime.fromisoformat(booked["start_time"])

    def test_a_flow_that_is_not_done_yet_is_let_be(self, home: Path, crm: StandIn) -> None:
        with (home / "flows.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                ["/bin/sh", "-c", self.commands()[1]], env=self.environment(home), capture_output=True, check=False
            )

        assert (done.returncode, done.stdout, done.stderr, crm.received) == (1, b"", b"", [])

    def test_event_types_are_written_whole(self, home: Path) -> None:
        self.run(self.commands()[2], home)

        written = json.loads((home / "event-types.json").read_text("utf-8"))
        assert "Intro call" in {row["name"] for row in written["collection"]}
        assert not (home / "event-types.new").exists()


class TestContainer:
    @contextmanager
    def started(self, number: int, port: int, env: dict[str, str], cwd: Path) -> Iterator[str]:
        """What a container's command says first, its port ours; ended as ``docker stop`` ends it."""
        command = json.loads(blocks("container", "dockerfile")[number].splitlines()[-1].removeprefix("CMD "))
        command[command.index("--port") + 1] = str(port)
        with subprocess.Popen(command, env=env, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                yield process.stderr.readline()
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_SECONDS) == 0
            finally:
                process.kill()

    def test_the_flow_listens(self, demo: Service, tmp_path: Path) -> None:
        shutil.copy(ROOT / "examples" / "watch_bookings.py", tmp_path / "flow.py")
        env = environment(demo, tmp_path, PYTHONUNBUFFERED="1", OPENSLOT_DATA_DIR=str(tmp_path))
        port = free_port()

        with self.started(0, port, env, tmp_path) as line:
            assert f"listening on http://0.0.0.0:{port}" in line

    def test_the_server_for_agents_listens(self, demo: Service, tmp_path: Path) -> None:
        env = environment(demo, tmp_path, OPENSLOT_MCP_KEY=KEY)

        with self.started(1, free_port(), env, tmp_path) as line:
            assert line == "listening on https://mcp.example.org/mcp. Ctrl-C stops.\n"


class TestMcpClient:
    def test_the_program_prints_event_types(self, demo: Service, tmp_path: Path) -> None:
        [program] = blocks("mcp-client", "python")

        printed = run([sys.executable, "-W", "error", "-c", program], environment(demo, tmp_path), tmp_path)

        assert "Intro call: 30 minutes, of Ada Lovelace - " in printed

    async def test_the_settings_of_clients_start_a_server(self, demo: Service, tmp_path: Path) -> None:
        [settings] = blocks("mcp-client", "json")
        [server] = json.loads(settings)["mcpServers"].values()
        own = {"OPENSLOT_TOKEN": demo.token, "OPENSLOT_BASE_URL": demo.api_url}
        env = environment(demo, tmp_path) | server["env"] | own
        parameters = StdioServerParameters(command=server["command"], args=server["args"], env=env)

        async with Client(parameters) as client:
            assert not (await client.call_tool("get_event_types", {"count": 1})).is_error

        assert server["env"].keys() == own.keys()

    async def test_the_command_serves_callers_with_tokens_of_their_own(self, demo: Service, tmp_path: Path) -> None:
        [commands, _] = blocks("mcp-client", "sh")
        command = commands.splitlines()[-1].split()
        port = str(free_port())
        command[command.index("--port") + 1] = port
        env = environment(demo, tmp_path) | {"OPENSLOT_TOKEN": ""}
        process = await asyncio.create_subprocess_exec(*command, env=env, stderr=asyncio.subprocess.PIPE)
        assert process.stderr is not None
        try:
            line = (await process.stderr.readline()).decode()
            assert line == "listening on https://mcp.example.org/mcp. Ctrl-C stops.\n"
            headers = {"Authorization": f"Bearer {demo.token}", "Host": "mcp.example.org"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)) as client,
            ):
                assert not (await client.call_tool("get_event_types", {"count": 1})).is_error
        finally:
            process.terminate()
            await process.communicate()

    async def test_the_command_serves_http(self, demo: Service, tmp_path: Path) -> None:
        [_, commands] = blocks("mcp-client", "sh")
        command = commands.splitlines()[-1].split()
        port = str(free_port())
        command[command.index("--port") + 1] = port
        process = await asyncio.create_subprocess_exec(
            *command, env=environment(demo, tmp_path, OPENSLOT_MCP_KEY=KEY), stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        try:
            line = (await process.stderr.readline()).decode()
            assert line == f"listening on http://127.0.0.1:{port}/mcp. Ctrl-C stops.\n"
            url = line.removeprefix("listening on ").partition(". ")[0]
            async with (
                httpx2.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                assert not (await client.call_tool("get_event_types", {"count": 1})).is_error
        finally:
            process.terminate()
            await process.communicate()  # unlike wait(), returns when its pipe is closed as well
