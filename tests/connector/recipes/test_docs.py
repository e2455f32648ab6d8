"""docs/flows.md as it stands: every block loads and runs, every command is one, every filter and key is told."""

import re
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from openslot.cli import flow as cli_flow
from openslot.cli.flow_files import load
from openslot.client.testing import Reply, StandIn
from openslot.connector import Connection, InviteeEvent, Runner, recipes
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.recipes.actions import Action, Http, Letter, Slack
from openslot.connector.recipes.conditions import Condition
from openslot.connector.recipes.filters import FILTERS
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "flows.md").read_text("utf-8")
COMMANDS = re.findall(r"^openslot .+$", DOCUMENT, re.MULTILINE)
Json = dict[str, Any]


def block(language: str) -> str:
    """The one block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(found)


async def test_the_flow_in_python_runs(
    samples: Json, tmp_path: Path, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "documented.py"
    file.write_text(block("python"), "utf-8")
    sample = samples["deliveries"]["invitee.created"]
    sample["payload"]["text_reminder_number"] = "+39 02 1234"
    event = codec.convert(sample, InviteeEvent)
    at = event.payload.scheduled_event.start_time.timestamp() - 7200

    async with Runner(load(file), connection, SqliteStore(tmp_path / "state"), lambda: at) as runner:
        await runner.accept(event)
        await runner.settle()

    assert capsys.readouterr().out.endswith("2031-04-01T08:15:31.000000Z +39 02 1234 Kiln tour\n")


async def test_the_flow_in_yaml_runs(
    api: StandIn, samples: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "documented.yaml"
    file.write_text(block("yaml").replace("method: PUT", "method: POST"), "utf-8")  # the stand-in knows no PUT
    api.on("GET", "/event_types/0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33", Reply(json={"resource": samples["event_type"]}))
    monkeypatch.delenv("OPENSLOT_FLOW_SMTP_URL", raising=False)
    with StandIn() as others:
        monkeypatch.setenv("CRM_URL", others.url)
        monkeypatch.setenv("CRM_TOKEN", "made-up")
        monkeypatch.setenv("CHAT_URL", f"{others.url}/chat")
        others.on("POST", "/groups/ada%40example.org", Reply(204))
        others.on("POST", "/chat", Reply(200))
        async with (
            Connection(TOKEN, api.url) as connection,
            Runner(recipes.load(file), connection, SqliteStore(tmp_path / "state")) as runner,
        ):
            await runner.accept(codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent))
            await runner.settle()
            (run,) = await runner.store.runs()

    assert [one.json() for one in others.received] == [
        {"tour": "Kiln tour", "minutes": 30},
        {"text": "Ada Example brings a large group on 10 April"},
    ]
    assert "OPENSLOT_FLOW_SMTP_URL" in (run.error or "")  # it came as far as the mail


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    _, _, name, *words = command.split()
    found = cli_flow.flow.get_command(click.Context(cli_flow.flow), name)
    assert found is not None

    assert found.make_context(command, words).params


def test_every_subcommand_has_an_example() -> None:
    assert {command.split()[2] for command in COMMANDS} == set(cli_flow.flow.commands)


def test_every_filter_is_documented() -> None:
    table = DOCUMENT.partition("| filter | gives |")[2].partition("\n\n")[0]
    documented = [
        name for row in table.splitlines() for name in re.findall(r"`([a-z_]+)(?:\([^)]*\))?`", row.split(" | ")[0])
    ]

    assert sorted(documented) == sorted(FILTERS)


def test_every_key_is_documented() -> None:
    table = DOCUMENT.partition("| key | means |")[2].partition("\n\n")[0]
    documented = set(re.findall(r"`([a-z_]+)`", table))
    shapes: list[Any] = [Action, Http, Letter, Slack, Condition]
    keys = {field.encode_name for shape in shapes for field in msgspec.structs.fields(shape)}

    assert keys - documented == set()


def test_every_example_is_documented() -> None:
    files = {path.name for path in (ROOT / "examples").iterdir() if path.suffix in {".py", ".yaml"}}

    assert files - {"watch_bookings.py"} == set(re.findall(r"`examples/(\w+\.\w+)`", DOCUMENT))
