"""``openslot flow``: what became of runs, and how it is put right."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openslot.client.testing import Reply, StandIn
from openslot.connector import Connection, Flow, InviteeEvent, Runner, recipes, run_once
from openslot.connector.flows.sqlite import SqliteStore
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
SOON = "A running 'openslot flow run' begins within a second or so, or else the next one does.\n"
LATER = "They are forgotten in 30 days; 'rerun' has them until then.\n"
Json = dict[str, Any]

YAML = """
flow: two
trigger: invitee.created
retries: {attempts: 1}
actions:
  - {http: {url: "{{ env.CRM_URL }}/one"}, as: first}
  - {http: {url: "{{ env.CRM_URL }}/two"}}
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A flow of two actions."""
    file = tmp_path / "two.yaml"
    file.write_text(YAML, "utf-8")
    return file


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """What the flow calls; its second action fails."""
    with StandIn() as crm:
        monkeypatch.setenv("CRM_URL", crm.url)
        crm.on("POST", "/one", Reply(204))
        crm.on("POST", "/two", Reply(500, {"title": "away"}))
        yield crm


@pytest.fixture
def api(samples: Json) -> Iterator[StandIn]:
    """A service in which nothing happens."""
    with StandIn() as api:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        pagination = {"count": 0, "next_page": None, "previous_page": None}
        api.on("GET", "/scheduled_events", Reply(json={"collection": [], "pagination": pagination}))
        yield api


@pytest.fixture
def happen(two: Path, flow_state: Path, samples: Json) -> Callable[..., None]:
    """Lets invitees book, each with an address, and the flow run on it."""

    def happen(*emails: str) -> None:
        async def inside() -> None:
            async with (
                Connection(TOKEN) as connection,
                Runner(recipes.load(two), connection, SqliteStore(flow_state)) as runner,
            ):
                for number, email in enumerate(emails):
                    event = codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent)
                    event.payload.uri += f"{number}"
                    event.payload.email = email
                    await runner.accept(event)
                    await runner.settle()

        asyncio.run(inside())

    return happen


@pytest.fixture
def dead_letter(happen: Any, crm: StandIn) -> StandIn:
    """A run of the flow 'two' that was given up after its first action."""
    happen("ada@example.org")
    return crm


def requested(crm: StandIn) -> list[str]:
    return [request.path for request in crm.received]


@pytest.fixture
def states(openslot: Any) -> Callable[[], list[tuple[int, str]]]:
    """Number and state of each run, in their order."""

    def states() -> list[tuple[int, str]]:
        rows = json.loads(openslot("runs", "--json").stdout)["collection"]
        return [(row["id"], row["state"]) for row in reversed(rows)]

    return states


@pytest.mark.usefixtures("dead_letter")
class TestSeen:
    def test_dead_letters_are_listed(self, openslot: Any) -> None:
        table = openslot("runs", "--failed").stdout.splitlines()
        shown = json.loads(openslot("runs", "--json").stdout)["collection"]

        assert [line.split()[:6] for line in table] == [
            ["ID", "FLOW", "FUNCTION", "EVENT", "STATE", "ATTEMPTS"],
            ["1", "two", "actions", "invitee.created", "failed", "1"],
        ]
        assert [(one["id"], one["state"]) for one in shown] == [(1, "failed")]
        assert table[1].endswith(shown[0]["error"])
        assert openslot("runs", "--flow", "other").stdout.count("\n") == 1

    def test_one_is_shown_with_what_is_done_of_it(self, openslot: Any, samples: Json) -> None:
        shown = openslot("show", "1").stdout.splitlines()
        whole = json.loads(openslot("show", "1", "--json").stdout)

        facts = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in shown}
        assert list(facts) == [
            "Run", "Flow", "State", "Event", "Received", "Due", "Ended", "Attempts", "Done", "Error",
        ]  # fmt: skip
        assert [facts[name] for name in ("Run", "Flow", "State", "Attempts", "Done")] == [
            "1", "two: actions", "failed", "1, of which failed 1", "http POST as first",
        ]  # fmt: skip
        assert (facts["Event"], facts["Error"]) == (whole["event_id"], whole["error"])
        assert (whole["done"], whole["failures"]) == (["http POST as first"], 1)
        assert whole["delivery"]["payload"]["name"] == samples["deliveries"]["invitee.created"]["payload"]["name"]

    def test_one_that_is_not_there_is_reported(self, openslot: Any) -> None:
        result = openslot("show", "7")

        assert (result.exit_code, result.stderr) == (1, "Error: there is no run 7\n")


class TestHadAgain:
    @pytest.mark.parametrize(
        ("words", "message", "more"),
        [
            (("1",), "Run 1 goes on where it stopped, after what is done: http POST as first.\n", ["/two"]),
            (("1", "--from-start"), "Run 1 begins from the start.\n", ["/one", "/two"]),
            (("--all", "--flow", "two"), "Dead letters of 'two' that go on where they failed: 1.\n", ["/two"]),
            (
                ("--all", "--flow", "two", "--from-start"),
                "Dead letters of 'two' that begin from the start: 1.\n",
                ["/one", "/two"],
            ),
        ],
    )
    def test_a_dead_letter_goes_on_where_it_failed_unless_all_is_wanted(
        self,
        *,
        openslot: Any,
        two: Path,
        api: StandIn,
        dead_letter: StandIn,
        states: Any,
        words: tuple[str, ...],
        message: str,
        more: list[str],
    ) -> None:
        result = openslot("rerun", *words)
        waiting = states()
        dead_letter.on("POST", "/two", Reply(204))
        once = openslot("run", two, "--once", OPENSLOT_BASE_URL=api.url)

        assert (result.exit_code, result.stdout, waiting) == (0, message + SOON, [(1, "waiting")])
        assert (once.exit_code, requested(dead_letter), states()) == (0, ["/one", "/two", *more], [(1, "done")])

    def test_what_is_done_begins_from_the_start(self, openslot: Any, crm: StandIn, happen: Any) -> None:
        crm.on("POST", "/two", Reply(204))
        happen("ada@example.org")

        assert openslot("rerun", "1").stdout == f"Run 1 begins from the start.\n{SOON}"

    def test_several_are_had_and_those_that_are_not_there_are_reported(
        self, openslot: Any, crm: StandIn, happen: Any, states: Any
    ) -> None:
        happen("ada@example.org", "bob@example.org", "eve@example.org")

        result = openslot("rerun", "1", "7", "3", "8")

        assert (result.exit_code, result.stdout.count("goes on where it stopped"), result.stderr) == (
            1,
            2,
            "Error: there is no run 7; there is no run 8\n",
        )
        assert (states(), len(crm.received)) == ([(1, "waiting"), (2, "failed"), (3, "waiting")], 6)

    def test_one_that_was_cut_off_is_reported_to_begin_by_itself(
        self, openslot: Any, crm: StandIn, happen: Any, flow_state: Path, states: Any
    ) -> None:
        happen("ada@example.org")
        openslot("rerun", "1")
        asyncio.run(cut_off(flow_state, "two"))

        result = openslot("rerun", "1")

        assert (result.exit_code, result.stdout, states(), len(crm.received)) == (1, "", [(1, "running")], 2)
        assert result.stderr == (
            "Error: run 1 is under way, or was cut off and begins again with the next 'openslot flow run'\n"
        )


class TestDiscarded:
    def test_dead_letters_are(self, openslot: Any, crm: StandIn, happen: Any, states: Any) -> None:
        happen("ada@example.org", "bob@example.org", "eve@example.org")

        one = openslot("discard", "2")
        rest = openslot("discard", "--all", "--flow", "two")
        none = openslot("discard", "--all", "--flow", "two")
        again = openslot("discard", "2", "7")

        assert [result.stdout for result in (one, rest, none)] == [
            f"Run 2 is discarded.\n{LATER}",
            f"Runs of 'two' that are discarded: 2.\n{LATER}",
            "There are no such runs of 'two'.\n",
        ]
        assert (again.exit_code, again.stderr) == (
            1,
            "Error: there is nothing to discard: run 2 is canceled; there is no run 7\n",
        )
        assert (states(), len(crm.received)) == ([(1, "canceled"), (2, "canceled"), (3, "canceled")], 6)

    @pytest.mark.usefixtures("dead_letter")
    def test_what_waits_is_with_the_option_where_nobody_runs_the_flow(
        self, openslot: Any, flow_state: Path, states: Any
    ) -> None:
        openslot("rerun", "1")
        store = SqliteStore(flow_state)

        plain = openslot("discard", "1")
        asyncio.run(store.open(["two"]))
        running = [openslot("discard", "--waiting", *words) for words in (("1",), ("--all", "--flow", "two"))]
        asyncio.run(store.close())
        before = states()
        last = openslot("discard", "--waiting", "1")

        assert (plain.exit_code, plain.stderr) == (
            1,
            "Error: run 1 is waiting, no dead letter: --waiting discards it nevertheless\n",
        )
        assert [(result.exit_code, result.stderr) for result in running] == [
            (1, "Error: 'two' is running: what waits is its own to do, and a dead letter if it can't\n")
        ] * 2
        assert (before, last.exit_code, states()) == ([(1, "waiting")], 0, [(1, "canceled")])


@pytest.mark.parametrize("command", ["rerun", "discard"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name runs by their IDs, or all dead letters of a flow with --all --flow NAME"),
        (("1", "--all", "--flow", "two"), "name runs by their IDs, or all dead letters"),
        (("--all",), "--all and --flow NAME go together"),
        (("1", "--flow", "two"), "--all and --flow NAME go together"),
    ],
)
def test_the_runs_that_are_meant_have_to_be_named(
    openslot: Any, command: str, words: tuple[str, ...], message: str
) -> None:
    result = openslot(command, *words)

    assert (result.exit_code, message in result.stderr) == (2, True)


class TestLeftBehind:
    @pytest.fixture
    def start(self, openslot: Any, tmp_path: Path) -> Callable[..., str]:
        """What a start of another flow says, on a service that is away."""
        file = tmp_path / "other.yaml"
        file.write_text(YAML.replace("two", "other", 1), "utf-8")

        def start(*words: str) -> str:
            message: str = openslot("run", file, *words, OPENSLOT_BASE_URL="http://127.0.0.1:1").stderr
            return message

        return start

    @pytest.mark.usefixtures("dead_letter")
    def test_flows_that_nobody_runs_are_named_at_the_start(self, start: Any, flow_state: Path) -> None:
        store = SqliteStore(flow_state)

        message = start()
        asyncio.run(store.open(["two"]))
        while_run = start()
        asyncio.run(store.close())

        warning = (
            "Warning: nobody runs 'two' (waiting 0, dead letters 1)."
            " Where they are no more: openslot flow discard --all --waiting --flow NAME\n"
        )
        assert message.startswith(warning)
        assert "Warning" not in while_run

    @pytest.mark.usefixtures("dead_letter")
    def test_cron_does_not_hear_of_it_every_minute(self, start: Any) -> None:
        assert "Warning" not in start("--once")


class TestErased:
    def test_what_is_about_a_person_is_taken_out(self, openslot: Any, crm: StandIn, happen: Any, states: Any) -> None:
        happen("ada@example.org", "bob@example.org", "eve@example.org")

        result = openslot("erase", "ADA@example.org", "eve@example.org", "nobody@example.org")

        assert (result.exit_code, result.stdout) == (0, "Taken out: events 2, and their runs 2.\n")
        assert (states(), len(crm.received)) == ([(2, "failed")], 6)

    @pytest.mark.parametrize(
        "written", ["ada@example.org\u200b", "\u202aAda@example.org\u202c", "ada@exam\u00adple.org"]
    )
    def test_whoever_is_meant_is_taken_out_however_the_address_is_written(
        self, openslot: Any, happen: Any, written: str
    ) -> None:
        happen("ada@example.org", "bob@example.org", written)

        assert openslot("erase", written).stdout == "Taken out: events 2, and their runs 2.\n"

    @pytest.mark.usefixtures("dead_letter")
    def test_what_is_under_way_is_left_and_reported(self, openslot: Any, flow_state: Path, states: Any) -> None:
        openslot("rerun", "1")
        store = SqliteStore(flow_state)

        async def begin() -> None:
            await store.open(["two"])
            await store.claim("two", 4e9, 1)

        asyncio.run(begin())
        result = openslot("erase", "ada@example.org")
        asyncio.run(store.close())

        assert (result.exit_code, result.stdout, result.stderr) == (
            1,
            "Taken out: events 0, and their runs 0.\n",
            "Error: left, since runs of them are under way: events 1. Erase them once these have ended\n",
        )
        assert states() == [(1, "running")]

    def test_what_is_no_address_is_refused(self, openslot: Any) -> None:
        result = openslot("erase", "ada@example.org", "ada")

        assert (result.exit_code, "Error: no e-mail address: ada\n" in result.stderr) == (2, True)


async def cut_off(state: Path, flow: str) -> None:
    """As a process that is killed leaves what it has begun."""
    store = SqliteStore(state)
    await store.open([flow])
    await store.claim(flow, 4e9, 10)
    await store.close()


EVERY = [("run", "two.yaml"), ("run", "two.yaml", "--once"), ("runs",), ("rerun", "1"), ("show", "1"),
         ("discard", "1"), ("erase", "ada@example.org")]  # fmt: skip


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
class TestUnusable:
    @pytest.fixture(autouse=True)
    def _here(self, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(two.parent)
        monkeypatch.setenv("OPENSLOT_BASE_URL", "http://127.0.0.1:1")

    def test_a_file_of_another_kind_is_reported(self, openslot: Any, words: tuple[str, ...]) -> None:
        result = openslot(*words, "--state", "two.yaml")

        assert (result.exit_code, result.stderr) == (
            1,
            "Error: two.yaml can't hold the state of flows: file is not a database\n",
        )

    def test_a_folder_is_reported(self, openslot: Any, words: tuple[str, ...], tmp_path: Path) -> None:
        result = openslot(*words, OPENSLOT_FLOW_STATE=str(tmp_path))

        assert (result.exit_code, result.stderr) == (
            1,
            f"Error: {tmp_path} can't hold the state of flows: it is a folder\n",
        )

    def test_one_that_cannot_be_written_is_reported(self, openslot: Any, words: tuple[str, ...]) -> None:
        result = openslot(*words, "--state", "/dev/null/state")

        assert (result.exit_code, result.stderr) == (
            1,
            "Error: /dev/null/state can't hold the state of flows: File exists\n",
        )

    def test_a_database_that_is_away_is_reported_without_its_password(
        self, openslot: Any, words: tuple[str, ...]
    ) -> None:
        result = openslot(*words, OPENSLOT_FLOW_DATABASE_URL="postgresql://me:s3cret@127.0.0.1:1/x")

        refused = 'connection to server at "127.0.0.1", port 1 failed: Connection refused'
        assert (result.exit_code, result.stderr) == (
            1,
            f"Error: the database can't hold the state of flows: connection failed: {refused}\n",
        )

    def test_without_the_server_s_libraries_a_database_is_refused_plainly(
        self, openslot: Any, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "openslot.flow_store", None)

        result = openslot(*words, OPENSLOT_FLOW_DATABASE_URL="postgresql://x/y")

        assert (result.exit_code, result.stderr) == (
            1,
            "Error: OPENSLOT_FLOW_DATABASE_URL needs the server: pip install 'openslot[server]'\n",
        )


class TestPlaces:
    def test_one_setting_puts_the_state_into_a_database(self, openslot: Any, empty_database_url: str) -> None:
        result = openslot("runs", OPENSLOT_FLOW_DATABASE_URL=empty_database_url)

        assert (result.exit_code, result.stdout.split()[:2]) == (0, ["ID", "FLOW"])

    @pytest.mark.usefixtures("dead_letter")
    def test_the_option_of_the_command_wins_over_the_database(self, openslot: Any, flow_state: Path) -> None:
        result = openslot(
            "runs", "--state", flow_state, OPENSLOT_FLOW_DATABASE_URL="postgresql://me:s3cret@127.0.0.1:1/x"
        )

        assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)

    async def test_a_program_reads_how_to_give_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENSLOT_FLOW_DATABASE_URL", "postgresql://x/y")
        one = Flow("one")
        one.on("invitee.created")(print)

        with pytest.raises(ValueError, match="OPENSLOT_FLOW_DATABASE_URL is set: give state=PostgresStore"):
            await run_once([one], Connection(TOKEN, "http://127.0.0.1:1"))
