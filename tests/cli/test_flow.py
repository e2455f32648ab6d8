"""``openslot flow``: what is run, what became of it, and what would be done."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from openslot.client.testing import StandIn
from openslot.connector.flows.sqlite import SqliteStore

TOKEN = "osl_made-up-token-of-the-tests"
EXAMPLES = Path(__file__).parents[2] / "examples"
Json = dict[str, Any]

PYTHON = """
from openslot.connector import Connector, Flow, InviteeEvent

flow = Flow("one")


@flow.on("invitee.created")
def note(event: InviteeEvent, connector: Connector) -> None:
    print("noted", event.payload.name)
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / "note.py"
    file.write_text(PYTHON, "utf-8")
    return file


def test_flows_are_listed_with_what_they_run_on(openslot: Any, note: Path) -> None:
    result = openslot("list", note, EXAMPLES / "follow_up.yaml", EXAMPLES / "follow_up.py")

    assert result.stdout == (
        "FLOW       FUNCTION  RUNS ON          WHEN                   ATTEMPTS\n"
        "one        note      invitee.created  at once                14\n"
        "follow-up  actions   invitee.created  1:00:00 after the end  14\n"
        "follow-up  thank     invitee.created  1:00:00 after the end  14\n"
    )


class TestTrying:
    def test_it_shows_what_would_be_done_and_does_nothing(self, openslot: Any) -> None:
        result = openslot("test", EXAMPLES / "follow_up.yaml")

        heading, call, mail = result.stdout.splitlines()
        assert heading == "follow-up: actions on invitee.created, 1:00:00 after the end"
        uuid = "https://api.calendly.com/event_types/0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33"
        assert json.loads(call) == {"connector": "get_event_type", "with": {"uuid": uuid}}
        assert json.loads(mail) == {
            "mail": {
                "from": "tours@example.com",
                "to": "ada@example.org",
                "subject": "Thank you for coming to Kiln tour",
                "text": "Dear Ada Example,\n\nit was a pleasure. Come again: {steps.type.scheduling_url}\n",
            }
        }

    def test_functions_are_called_only_really(self, openslot: Any, note: Path, flow_state: Path) -> None:
        before = openslot("test", note)
        after = openslot("test", note, "--event", "invitee.created", "--really")

        assert before.stdout.splitlines()[1:] == ["  would call the function; --really does"]
        assert (after.exit_code, after.stdout) == (0, "noted Ada Example\n")
        assert not flow_state.exists()

    def test_a_delivery_of_one_s_own_may_be_tried(
        self, openslot: Any, note: Path, tmp_path: Path, samples: Json
    ) -> None:
        delivery = samples["deliveries"]["invitee.created"]
        delivery["payload"]["name"] = "Zoë"
        (tmp_path / "delivery.json").write_text(json.dumps(delivery), "utf-8")

        assert openslot("test", note, "--payload", tmp_path / "delivery.json", "--really").stdout == "noted Zoë\n"

    def test_requests_are_shown_with_their_body(self, openslot: Any) -> None:
        words = ("test", EXAMPLES / "crm_upsert.yaml", "--event", "invitee.canceled")
        result = openslot(*words, CRM_URL="https://crm.example", CRM_TOKEN="made-up")

        shown = json.loads(result.stdout.splitlines()[1])["http"]
        assert (shown["url"], json.loads(shown["body"])["status"], "made-up" in result.stdout) == (
            "{env.CRM_URL}/people/ada%40example.org",
            "canceled",
            False,
        )

    def test_each_event_of_a_flow_is_shown(self, openslot: Any) -> None:
        result = openslot("test", EXAMPLES / "crm_upsert.yaml", CRM_URL="https://crm.example", CRM_TOKEN="made-up")

        heading, canceled, second_heading, created = result.stdout.splitlines()
        assert (result.exit_code, result.stderr) == (0, "")
        assert [heading, second_heading] == [
            f"CRM: actions on invitee.{name}, at once" for name in ("canceled", "created")
        ]
        shown = [json.loads(json.loads(one)["http"]["body"])["status"] for one in (canceled, created)]
        assert shown == ["canceled", "active"]

    def test_what_is_not_set_is_reported(self, openslot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CRM_URL", raising=False)
        result = openslot("test", EXAMPLES / "crm_upsert.yaml", "--event", "invitee.created", CRM_TOKEN="")

        assert result.exit_code == 0
        shown = json.loads(result.stdout.splitlines()[1])["http"]
        assert shown["url"] == "{env.CRM_URL}/people/ada%40example.org"
        assert result.stderr.splitlines() == ["  CRM_TOKEN is empty", "  CRM_URL is not set"]

    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (("crm_upsert.yaml", "--really"), 2, "--event is one of invitee.canceled, invitee.created"),
            (("crm_upsert.yaml", "--event", "invitee.teleported"), 2, "there is no event"),
            (("crm_upsert.yaml", "--event", "invitee_no_show.created"), 1, "no function of these flows runs on"),
        ],
    )
    def test_what_cannot_be_tried_is_reported(
        self, openslot: Any, words: tuple[str, ...], code: int, message: str
    ) -> None:
        result = openslot("test", EXAMPLES / words[0], *words[1:])

        assert (result.exit_code, message in result.stderr) == (code, True)


def test_a_file_that_is_no_flow_is_reported(openslot: Any, tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text("flow: x", "utf-8")

    result = openslot("list", file)

    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {file}: Object missing required field `trigger`\n",
    )


def test_a_flow_that_runs_already_is_reported(openslot: Any, note: Path, flow_state: Path) -> None:
    store = SqliteStore(flow_state)
    asyncio.run(store.open(["one"]))
    with StandIn() as api:
        results = [openslot("run", note, *words, OPENSLOT_BASE_URL=api.url) for words in ((), ("--once",))]
    asyncio.run(store.close())

    assert [(one.exit_code, "'one' runs already on" in one.stderr) for one in results] == [(1, True)] * 2


@pytest.mark.parametrize(
    "options",
    [
        ["--once", "--poll", "5"],
        ["--poll", "60", "--public-url", "https://x.example"],
        ["--once", "--port", "8100"],
        ["--poll", "60", "--unsubscribe"],
    ],
)
def test_polling_and_listening_exclude_each_other(
    openslot: Callable[..., Result], tmp_path: Path, options: list[str]
) -> None:
    file = tmp_path / "flow.py"
    file.write_text(PYTHON, "utf-8")

    result = openslot("run", str(file), *options)

    assert (result.exit_code, "asks" in result.output) == (2, True)


def test_a_number_that_no_run_has_is_reported(openslot: Callable[..., Result], tmp_path: Path) -> None:
    result = openslot("rerun", "99999999999999999999", "--state", str(tmp_path / "state"))

    assert (result.exit_code, "is not in the range" in result.output) == (2, True)
