"""The documents say what the code does."""

import json
import re
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from openslot.cli.flow import flow
from openslot.config import PREFIX, Settings
from openslot.wire import codec
from openslot.wire.invitees import InviteePayload
from openslot.wire.webhooks import WebhookPayload

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))


OF_THE_SERVER, OF_FLOWS = (ROOT / "docs/settings.md").read_text().split("\n## Of flows\n")


def settings_of(part: str) -> list[str]:
    return re.findall(r"^\| `(OPENSLOT_\w+)`", part, re.MULTILINE)


def test_every_setting_has_its_line_and_every_line_its_setting() -> None:
    assert settings_of(OF_THE_SERVER) == [PREFIX + one.name.upper() for one in fields(Settings)]


def test_so_has_every_setting_of_flows_and_the_help_of_the_command_names_it() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "src/openslot").rglob("*.py")]
    named = {name for source in sources for name in re.findall(r"\bOPENSLOT_FLOW_\w+", source)}
    help_text = CliRunner().invoke(flow, ["run", "--help"]).stdout

    assert sorted(settings_of(OF_FLOWS)) == sorted(named)
    assert [name for name in named if name not in help_text] == []


def test_the_documented_defaults_are_the_code_s() -> None:
    text = OF_THE_SERVER
    documented = dict(re.findall(r"^\| `OPENSLOT_(\w+)` \| `([^`{]+)` \|", text, re.MULTILINE))
    settings = Settings()
    actual = {name: getattr(settings, name.lower()) for name in documented}
    written = {
        name: ",".join(map(str, value)) if isinstance(value, tuple) else str(value) for name, value in actual.items()
    }
    assert documented == written


def test_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in ("README.md", "CONTRIBUTING.md")
        for target in re.findall(r"(?:^|`)make ([a-z]+)\b", (ROOT / document).read_text(), re.MULTILINE)
    }
    assert named <= targets


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "SECURITY.md", *(f"docs/{one.name}" for one in DOCUMENTS)])
def test_files_that_a_document_names_exist(document: str) -> None:
    named = re.findall(
        r"`((?:[\w.*-]+/)+[\w.*-]*\.(?:py|md|sql|json|html|yaml))`", (ROOT / document).read_text("utf-8")
    )
    roots = (ROOT, ROOT / "docs", ROOT / "src/openslot", ROOT / "src/openslot/connector")

    assert [one for one in named if not any(list(root.glob(one)) for root in roots)] == []


def test_the_readme_s_flow_greets_whoever_booked(capsys: pytest.CaptureFixture[str]) -> None:
    code = (ROOT / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    [handler] = names["flow"].handlers
    examples = json.loads((ROOT / "tests/contract/webhooks.json").read_text())
    [example] = [one for one in examples["deliveries"] if one["event"] == "invitee.created"]
    event = codec.convert(example, WebhookPayload[InviteePayload])
    requested: list[str] = []

    def get_event_type(uuid: str) -> SimpleNamespace:
        requested.append(uuid)
        return SimpleNamespace(name="Kiln tour")

    handler.function(event, SimpleNamespace(get_event_type=get_event_type))

    assert handler.events == {"invitee.created"}
    assert requested == [event.payload.scheduled_event.event_type]
    assert capsys.readouterr().out == "Thank you, Ada Example: Kiln tour, 10 April\n"
