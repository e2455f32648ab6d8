"""docs/connector.md as it stands: every Python block runs, every command is one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from openslot.cli import INTERRUPTED, output
from openslot.cli import connector as cli_connector
from openslot.cli import flow as cli_flow
from openslot.cli.flow_files import load
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection, running

from .conftest import signed

TOKEN = "osl_made-up-token-of-the-tests"
DOCUMENT = (Path(__file__).parents[2] / "docs" / "connector.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
COMMANDS = re.findall(r"^openslot .+$", DOCUMENT, re.MULTILINE)
Json = dict[str, Any]


def block(mark: str) -> str:
    """The one Python block with ``mark`` in it."""
    (found,) = [text for text in BLOCKS if mark in text]
    return found


def run(text: str, api: StandIn, **env: str) -> list[str]:
    """What a block prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        env={**os.environ, "OPENSLOT_TOKEN": TOKEN, "OPENSLOT_BASE_URL": api.url, **env},
        capture_output=True,
        check=False,
        timeout=30,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def page(*rows: Json) -> Reply:
    pagination = {"count": len(rows), "next_page": None, "previous_page": None}
    return Reply(json={"collection": rows, "pagination": pagination})


def test_every_block_has_a_test() -> None:
    marks = [
        "AsyncConnector(connection)",
        "= Connector(connection)\n",
        "except Refused",
        "Flow(",
        "serve(",
        "def webhook",
    ]
    marks += ["ListScheduledEvents", "GetUserBySlug"]

    assert sorted(block(mark) for mark in marks) == sorted(BLOCKS)


@pytest.mark.parametrize("mark", ["= Connector(connection)\n", "AsyncConnector(connection)"])
def test_event_types_are_printed(api: StandIn, samples: Json, mark: str) -> None:
    api.on("GET", "/event_types", page(samples["event_type"]))

    assert run(block(mark), api) == ["Kiln tour 30 https://calendly.com/host-person/kiln-tour"]


def test_a_refusal_has_its_facts(api: StandIn) -> None:
    assert run(block("except Refused"), api) == [
        "404 Resource Not Found The server could not find the requested resource. () None"
    ]


async def test_the_flow_prints_a_line_for_every_booking(
    api: StandIn, deliver: Any, samples: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "crm.py"
    file.write_text(block("Flow("), "utf-8")
    booked = samples["deliveries"]["invitee.created"]
    uuid = booked["payload"]["scheduled_event"]["event_type"].rpartition("/")[2]
    api.on("GET", f"/event_types/{uuid}", Reply(json={"resource": {**samples["event_type"], "duration": 45}}))

    async with Connection(TOKEN, api.url) as connection, running(load(file), connection):
        assert await deliver(booked) == 200

    assert capsys.readouterr().out == "ada@example.org\tAda Example\tKiln tour\t45\t2031-04-10\n"


def test_a_trigger_is_subscribed_to_and_left(api: StandIn) -> None:
    assert run(block("serve("), api, LISTEN_SECONDS="0") == []
    assert api.calls() == ["GET /users/me", "POST /webhook_subscriptions", "DELETE /webhook_subscriptions/1"]
    assert api.received[1].json()["scope"] == "user"


def test_a_delivery_is_received_in_any_framework(
    monkeypatch: pytest.MonkeyPatch, api: StandIn, samples: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("OPENSLOT_TOKEN", TOKEN), ("OPENSLOT_BASE_URL", api.url), ("SIGNING_KEY", "made-up")):
        monkeypatch.setenv(name, value)
    names: Json = {}
    exec(block("def webhook"), names)
    body = json.dumps(samples["deliveries"]["invitee.created"]).encode()

    assert [names["webhook"](body, signed(body, key)) for key in ("made-up", "another")] == [200, 401]
    assert capsys.readouterr().out == "Ada Example booked Kiln tour\n"


def test_any_other_call_can_be_made(api: StandIn, samples: Json) -> None:
    meeting = samples["deliveries"]["invitee.created"]["payload"]["scheduled_event"]
    api.on("GET", "/scheduled_events", page(meeting))

    assert run(block("ListScheduledEvents"), api) == ["2031-04-10T13:00:00.000000Z Kiln tour"]


def test_an_operation_is_one_declaration(api: StandIn) -> None:
    assert run(block("GetUserBySlug"), api) == ["https://api.calendly.com/users/by_slug/host-person"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str) -> None:
    _, name, *rest = command.split()
    group: click.Command = {"connector": cli_connector.connector, "flow": cli_flow.flow}[name]
    while isinstance(group, click.Group):
        found = group.get_command(click.Context(group), rest.pop(0))
        assert found is not None
        group = found

    assert group.make_context(command, rest).params


def test_the_exit_codes_are_those_of_the_commands() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", DOCUMENT, re.MULTILINE)}

    assert documented == {0, 1, 2, *(code for _, code in output.EXIT_CODES), INTERRUPTED}


def test_no_token_is_sent_anywhere_but_in_the_header(api: StandIn, samples: Json) -> None:
    api.on("GET", "/event_types", page(samples["event_type"]))

    run(block("= Connector(connection)\n"), api)

    def seen(request: Received) -> list[str]:
        return [name for name, value in request.headers.items() if TOKEN in value]

    assert [seen(request) for request in api.received] == [["authorization"], ["authorization"]]
