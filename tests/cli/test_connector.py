"""The commands of the connector against the API's stand-in: in this process where they end, in another where not."""

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from openslot.cli.connector import connector
from openslot.cli.flow import flow
from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector import InviteeEvent
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
EXAMPLES = Path(__file__).parents[2] / "examples"
Json = dict[str, Any]


@pytest.fixture
def samples() -> Json:
    path = Path(__file__).parents[1] / "client" / "samples.json"
    samples: Json = json.loads(path.read_text("utf-8"))
    return samples


@pytest.fixture
def api(samples: Json) -> Iterator[StandIn]:
    with StandIn("/api/v2") as api:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        yield api


@pytest.fixture
def openslot(api: StandIn) -> Callable[..., Result]:
    """Runs ``openslot connector`` with these words."""

    def openslot(*words: str, token: str | None = TOKEN, **options: Any) -> Result:
        env = {"OPENSLOT_TOKEN": token, "OPENSLOT_BASE_URL": api.url}
        return CliRunner().invoke(connector, words, env=env, **options)

    return openslot


def page(*rows: Json, token: str | None = None) -> Reply:
    pagination = {
        "count": len(rows),
        "next_page": f"http://x/?page_token={token}" if token else None,
        "previous_page": None,
        "next_page_token": token,
        "previous_page_token": None,
    }
    return Reply(json={"collection": rows, "pagination": pagination})


class TestEventTypes:
    def test_a_terminal_gets_a_table(self, api: StandIn, openslot: Any, samples: Json) -> None:
        row = samples["event_type"]
        rounds = {**row, "name": "นวดไทย 茶", "active": True, "pooling_type": "round_robin", "duration": 120}
        api.on("GET", "/event_types", page(row, rounds, token="second"))

        result = openslot("event-types", "--active", "--count", "2", "--not-admin-managed")

        same = "0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33  https://calendly.com/host-person/kiln-tour"
        assert result.stdout.splitlines() == [
            "NAME       MINUTES  ACTIVE  KIND         ID                                    PAGE",
            f"Kiln tour  30       no      solo         {same}",
            f"นวดไทย 茶  120      yes     round_robin  {same}",
        ]
        assert result.stderr == "\nMore: --page-token second, or --all\n"
        assert api.received[-1].query == {
            "active": "true",
            "admin_managed": "false",
            "count": "2",
            "organization": samples["user"]["current_organization"],
        }

    def test_programs_get_the_page_as_the_api_sent_it(self, api: StandIn, openslot: Any, samples: Json) -> None:
        api.on("GET", "/event_types", page(samples["event_type"], token="second"))

        result = openslot("event-types", "--json")

        answer = json.loads(result.stdout)
        assert (answer["collection"], answer["pagination"]["next_page_token"]) == ([samples["event_type"]], "second")

    def test_all_pages_come_as_one_collection(self, api: StandIn, openslot: Any, samples: Json) -> None:
        api.on("GET", "/event_types", page(samples["event_type"], token="second"), page(samples["event_type"]))

        assert json.loads(openslot("event-types", "--all", "--json").stdout) == {
            "collection": [samples["event_type"]] * 2
        }

    def test_programs_get_what_we_do_not_know_yet(self, api: StandIn, openslot: Any, samples: Json) -> None:
        later = {**samples["event_type"], "kind": "quantum", "spin": {"up": 1}}
        api.on("GET", "/event_types", page(later))

        for words in (["--json"], ["--all", "--json"]):
            assert json.loads(openslot("event-types", *words).stdout)["collection"] == [later]

    def test_all_goes_with_no_page(self, openslot: Any) -> None:
        assert openslot("event-types", "--all", "--count", "2").exit_code == 2

    def test_a_name_cannot_command_the_terminal(self, api: StandIn, openslot: Any, samples: Json) -> None:
        api.on("GET", "/event_types", page({**samples["event_type"], "name": "a\x1b[2J\nb\u202ec"}))

        assert "a [2J b c  30" in openslot("event-types").stdout

    def test_what_a_row_lacks_is_a_dash(self, openslot: Callable[..., Result], api: StandIn) -> None:
        api.on("GET", "/event_types", Reply(json={"collection": [{"uri": "https://x/event_types/1"}, {"name": "A"}]}))

        result = openslot("event-types")

        assert (result.exit_code, [line.split() for line in result.stdout.splitlines()[1:]]) == (
            0,
            [["-", "-", "no", "-", "1", "-"], ["A", "-", "no", "-", "-", "-"]],
        )

    @pytest.mark.parametrize("uuid", ["0f4c2b9e", "https://api.calendly.com/event_types/0f4c2b9e"])
    def test_one_is_shown_by_id_or_uri(self, api: StandIn, openslot: Any, samples: Json, uuid: str) -> None:
        api.on("GET", "/event_types/0f4c2b9e", Reply(json={"resource": samples["event_type"]}))

        lines = openslot("event-type", uuid).stdout.splitlines()

        assert {"name               Kiln tour", "duration           30", "pooling type       -"} <= set(lines)
        assert json.loads(openslot("event-type", uuid, "--json").stdout) == samples["event_type"]


class TestNoShows:
    def test_one_is_made_and_its_uri_printed(self, api: StandIn, openslot: Any, samples: Json) -> None:
        mark = samples["no_show"]
        api.on("POST", "/invitee_no_shows", Reply(201, {"resource": mark}))

        assert openslot("no-show", "create", mark["invitee"]).stdout == f"{mark['uri']}\n"
        assert json.loads(openslot("no-show", "create", mark["invitee"], "--json").stdout) == mark
        assert api.received[0].json() == {"invitee": mark["invitee"]}

    def test_one_is_taken_back_by_the_uri_that_was_printed(self, api: StandIn, openslot: Any, samples: Json) -> None:
        uri = samples["no_show"]["uri"]
        api.on("DELETE", f"/invitee_no_shows/{uri.rpartition('/')[2]}", Reply(204))

        assert openslot("no-show", "delete", uri).stdout == "No longer a no-show.\n"
        assert openslot("no-show", "delete", uri, "--json").stdout == '{"deleted":true}\n'


class TestErrors:
    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (Reply(400), 3),
            (Reply(401), 4),
            (Reply(403), 5),
            (Reply(404), 6),
            (Reply(409), 7),
            (Reply(429, headers={"Retry-After": "3600"}), 8),
            (Reply(424), 9),
            (Reply(302), 1),
            (Reply(200, body=b"<html>"), 1),
        ],
    )
    def test_the_exit_code_shows_the_kind(self, api: StandIn, openslot: Any, answer: Reply, code: int) -> None:
        api.on("GET", "/event_types/1", answer)

        result = openslot("event-type", "1")

        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (code, "", 1)

    def test_no_answer_has_its_code(self, api: StandIn, openslot: Any) -> None:
        api.on("POST", "/invitee_no_shows", HangUp())

        assert openslot("no-show", "create", "x").exit_code == 9

    def test_one_line_has_all(self, api: StandIn, openslot: Any) -> None:
        body = {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"parameter": "invitee", "message": "invalid"}],
        }
        api.on("POST", "/invitee_no_shows", Reply(400, body, {"X-Request-Id": "made-up"}))

        assert openslot("no-show", "create", "x").stderr == (
            "Error: 400 Invalid Argument: The supplied parameters are invalid.; invitee: invalid "
            f"[POST {api.url}/invitee_no_shows, request made-up]\n"
        )

    @pytest.mark.parametrize(
        "words",
        [
            ("event-type", "not an id"),
            ("event-types", "--base-url", "api.calendly.com"),
            ("listen", "--events", "invitee.teleported"),
            ("listen", "--events", "routing_form_submission.created", "--scope", "user"),
        ],
    )
    def test_what_cannot_be_requested_is_reported_before_any_call(
        self, api: StandIn, openslot: Any, words: tuple[str, ...]
    ) -> None:
        result = openslot(*words)

        assert (result.exit_code, result.stderr.startswith("Error: "), api.received) == (2, True, [])

    def test_a_port_that_is_taken_is_reported(self, openslot: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            result = openslot("listen", "--port", port)

        assert (result.exit_code, result.stderr) == (
            1,
            f"Error: can't listen on 127.0.0.1 port {port}: Address already in use\n",
        )

    def test_a_plain_member_reads_how_to_listen(self, api: StandIn, openslot: Any) -> None:
        api.on("GET", "/webhook_subscriptions", Reply(403, {"title": "Permission Denied", "message": "M"}))

        result = openslot("listen")

        assert (result.exit_code, "with scope 'user' anybody may" in result.stderr) == (5, True)


class TestCtrlC:
    def test_it_ends_a_call_without_a_word(self, openslot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("openslot.cli.connector.Connector.get_event_type", interrupted)

        result = openslot("event-type", "x")

        assert (result.exit_code, result.output) == (130, "")

    def test_it_ends_a_start_without_a_word(self, openslot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("openslot.cli.calling.Connection", interrupted)

        result = openslot("listen")

        assert (result.exit_code, result.output) == (130, "")

    def test_it_ends_the_reading_of_a_flow_without_a_word(self, tmp_path: Path) -> None:
        file = tmp_path / "made_up_flow.py"
        file.write_text("raise KeyboardInterrupt", "utf-8")

        result = CliRunner().invoke(flow, ["run", str(file)], env={"OPENSLOT_TOKEN": TOKEN})

        assert (result.exit_code, result.output) == (130, "")

    def test_it_ends_the_question_for_a_token_without_an_error(
        self, openslot: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def prompt(*_: Any, **__: Any) -> None:  # as click's own, which CliRunner replaces in its depth
            try:
                interrupted()
            except KeyboardInterrupt:
                raise click.Abort from None

        monkeypatch.setattr("click.prompt", prompt)

        result = openslot("event-type", "x", token="")

        assert (result.exit_code, "Error" in result.output) == (130, False)


def interrupted(*_: Any, **__: Any) -> None:
    """What Ctrl-C does to whatever runs."""
    raise KeyboardInterrupt


class TestToken:
    def test_it_is_prompted_for_and_not_shown(self, api: StandIn, openslot: Any, samples: Json) -> None:
        api.on("GET", "/event_types/1", Reply(json={"resource": samples["event_type"]}))

        result = openslot("event-type", "1", "--json", token=None, input=f"{TOKEN}\n")

        assert api.received[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert (json.loads(result.stdout), TOKEN in result.output) == (samples["event_type"], False)

    def test_without_one_nothing_is_called(self, api: StandIn, openslot: Any) -> None:
        result = openslot("event-type", "1", token="", input="")

        assert (result.exit_code, "no token: set OPENSLOT_TOKEN" in result.stderr, api.received) == (2, True, [])

    def test_one_that_no_header_can_carry_is_not_shown(self, openslot: Any) -> None:
        result = openslot("event-type", "1", token="two words")

        assert (result.exit_code, "two" in result.output) == (2, False)


class Service:
    """The API's side of a flow: takes subscriptions, and delivers to them."""

    def __init__(self, api: StandIn, samples: Json) -> None:
        self._samples = samples
        self._subscriptions: list[Json] = []
        api.on("GET", "/webhook_subscriptions", page())
        api.on("POST", "/webhook_subscriptions", self._subscribe)
        api.on("DELETE", "/webhook_subscriptions/1", Reply(204))

    def _subscribe(self, request: Received) -> Reply:
        received = request.json()
        self._subscriptions.append(received)
        uri = "https://api.calendly.com/webhook_subscriptions/1"
        return Reply(201, {"resource": {**self._samples["webhook_subscription"], "uri": uri}}, {"Location": uri})

    def deliver(self, event: str, **changed: Any) -> int:
        sample = self._samples["deliveries"][event]
        body = json.dumps({**sample, "payload": {**sample["payload"], **changed}}).encode()
        to = next(entry for entry in self._subscriptions if event in entry["events"])
        stamp = str(int(time.time()))
        mac = hmac.new(to["signing_key"].encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Calendly-Webhook-Signature": f"t={stamp},v1={mac}"}
        return httpx.post(to["url"], content=body, headers=headers).status_code


@pytest.fixture
def service(api: StandIn, samples: Json) -> Service:
    return Service(api, samples)


@contextmanager
def running(api: StandIn, *words: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """``openslot`` in a process of its own, once it says that it listens; killed in the end if it still runs."""
    env = {**os.environ, "OPENSLOT_TOKEN": TOKEN, "OPENSLOT_BASE_URL": api.url}
    command = [sys.executable, "-m", "openslot.cli", *words]
    with subprocess.Popen(
        command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            output = [process.stderr.readline()]
            while output[-1] and "listening on http://127.0.0.1:" not in output[-1]:
                output.append(process.stderr.readline())
            assert output[-1], output
            yield process, process.stdout
        finally:
            process.kill()


@contextmanager
def started(api: StandIn, *words: str) -> Iterator[IO[str]]:
    """What such a process prints; Ctrl-C stops it, without a word and without an error."""
    with running(api, *words) as (process, stdout):
        yield stdout
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        output = process.stderr.read()
        assert (process.wait(20), output) == (0, "")


def test_listening_prints_a_line_for_every_event(api: StandIn, service: Service, samples: Json) -> None:
    with started(api, "connector", "listen") as stdout:
        assert service.deliver("invitee.created") == 200
        line = stdout.readline()
        assert service.deliver("routing_form_submission.created") == 200
        other = stdout.readline()

    invitee, submission = (
        samples["deliveries"][event]["payload"]["uri"]
        for event in ("invitee.created", "routing_form_submission.created")
    )
    assert (line, other) == (
        f"2031-04-01 08:15:31  {'invitee.created':<31}  Ada Example  Kiln tour  2031-04-10 13:00 UTC  {invitee}\n",
        f"2031-04-03 10:00:01  routing_form_submission.created  {submission}\n",
    )
    assert api.calls()[-2:] == ["DELETE /webhook_subscriptions/1"] * 2


def test_listening_prints_json_for_programs(api: StandIn, service: Service, samples: Json) -> None:
    words = ("connector", "listen", "--json", "--events", "invitee.created, invitee.canceled", "--scope", "user")
    with started(api, *words) as stdout:
        service.deliver("invitee.canceled")
        event = json.loads(stdout.readline())

    assert codec.convert(event, InviteeEvent) == codec.convert(samples["deliveries"]["invitee.canceled"], InviteeEvent)


@pytest.mark.parametrize(
    ("words", "times"),
    [
        (("connector", "listen"), 2),  # whose key is gone with it
        (("flow", "run", str(EXAMPLES / "watch_bookings.py"), "--unsubscribe"), 1),
    ],
    ids=["listen", "flow run"],
)
def test_what_was_killed_leaves_no_subscription_once_it_starts_again(
    api: StandIn, samples: Json, words: tuple[str, ...], times: int
) -> None:
    left: dict[str, Json] = {}

    def subscribe(request: Received) -> Reply:
        url = request.json()["url"]
        if url in [one["callback_url"] for one in left.values()]:
            return Reply(409, {"title": "Already Exists", "message": "Hook with this url already exists"})
        uri = f"https://api.calendly.com/webhook_subscriptions/{len(made)}"
        made.append(url)
        events = request.json()["events"]
        left[uri] = {**samples["webhook_subscription"], "uri": uri, "callback_url": url, "events": events}
        api.on("DELETE", f"/webhook_subscriptions/{len(made) - 1}", lambda _: (left.pop(uri), Reply(204))[1])
        return Reply(201, {"resource": left[uri]}, {"Location": uri})

    made: list[str] = []
    api.on("POST", "/webhook_subscriptions", subscribe)

    def listed(request: Received) -> Reply:
        return page(*(left.values() if request.query["scope"] == "organization" else []))

    api.on("GET", "/webhook_subscriptions", listed)
    with running(api, *words) as (process, _):
        process.kill()
        process.wait()
    assert len(left) == 2
    with started(api, *words):
        assert len(left) == 2

    assert (made, left) == ([*made[:2]] * times, {})


@pytest.mark.usefixtures("service")
def test_a_second_ctrl_c_does_not_wait_for_a_service_that_hangs(api: StandIn) -> None:
    release, received = threading.Event(), threading.Event()

    def hang(_: Received) -> Reply:
        received.set()
        release.wait(20)
        return Reply(204)

    api.on("DELETE", "/webhook_subscriptions/1", hang)
    with running(api, "connector", "listen") as (process, _):
        process.send_signal(signal.SIGINT)
        assert received.wait(20)
        process.send_signal(signal.SIGINT)

        assert process.stderr is not None
        output = process.stderr.read()
        assert (process.wait(20), "Aborted" in output, "Traceback" in output) == (130, False, False)
    release.set()


def test_the_example_prints_what_happens(api: StandIn, service: Service) -> None:
    with started(api, "flow", "run", str(EXAMPLES / "watch_bookings.py")) as stdout:
        for event in ("invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"):
            assert service.deliver(event) == 200
        assert service.deliver("invitee.canceled", uri="old", rescheduled=True) == 200
        assert service.deliver("invitee.created", uri="new", old_invitee="old", name="A\x1b[2Jda") == 200
        assert service.deliver("invitee_no_show.created", uri="new", old_invitee="old") == 200
        assert service.deliver("invitee.canceled", uri="new", old_invitee="old") == 200
        assert service.deliver("routing_form_submission.created") == 200
        lines = [stdout.readline() for _ in range(9)]

    meeting = "<ada@example.org>  Kiln tour, Thu 10 Apr 13:00 UTC\n"
    assert lines == [
        f"booked          Ada Example {meeting}",
        f"canceled        Ada Example {meeting}",
        f"did not come    Ada Example {meeting}",
        f"came after all  Ada Example {meeting}",
        f"moved from      Ada Example {meeting}",
        f"moved to        A [2Jda {meeting}",
        f"did not come    Ada Example {meeting}",
        f"canceled        Ada Example {meeting}",
        "form sent       Work e-mail: ada@example.org; Size of the group: 1 to 5\n",
    ]


class Meetings:
    """The API's side of a list of absentees: one meeting with one invitee, who can be marked once."""

    def __init__(self, api: StandIn, samples: Json) -> None:
        payload = samples["deliveries"]["invitee.created"]["payload"]
        self.meeting = payload["scheduled_event"]
        self.invitee = {key: value for key, value in payload.items() if key != "scheduled_event"}
        self._mark = samples["no_show"]
        api.on("GET", "/scheduled_events", self._list)
        path = self.meeting["uri"].removeprefix("https://api.calendly.com")
        api.on("GET", f"{path}/invitees", lambda _: page(self.invitee))
        api.on("POST", "/invitee_no_shows", self._create)

    def _list(self, request: Received) -> Reply:
        received = request.query
        is_meant = received["min_start_time"] <= self.meeting["start_time"] < received["max_start_time"]
        return page(*[self.meeting] * (is_meant and received["invitee_email"] == self.invitee["email"]))

    def _create(self, request: Received) -> Reply:
        if request.json() != {"invitee": self.invitee["uri"]} or self.invitee["no_show"]:
            return Reply(400, {"title": "Invalid Argument", "message": "The supplied parameters are invalid."})
        self.invitee["no_show"] = {"uri": self._mark["uri"], "created_at": self._mark["created_at"]}
        return Reply(201, {"resource": self._mark})


def test_the_example_marks_the_absentees_of_a_list_once(api: StandIn, samples: Json, tmp_path: Path) -> None:
    meetings = Meetings(api, samples)
    absentees = tmp_path / "absentees.csv"
    absentees.write_text(
        "email,start_time\nada@example.org,2031-04-10T15:00+02:00\nada@example.org,2031-04-10T14:00Z\n"
        "eve@example.org,2031-04-10T13:00Z\n",
        "utf-8-sig",
    )

    def run() -> list[str]:
        command = [sys.executable, "-W", "error", str(EXAMPLES / "mark_no_shows.py"), str(absentees)]
        env = {**os.environ, "OPENSLOT_TOKEN": TOKEN, "OPENSLOT_BASE_URL": api.url}
        done = subprocess.run(command, env=env, capture_output=True, check=True, encoding="utf-8")
        return done.stdout.splitlines()

    others = [
        "ada@example.org has no meeting at 14:00 on 10 April",
        "eve@example.org has no meeting at 13:00 on 10 April",
    ]
    assert run() == ["ada@example.org did not come to Kiln tour", *others]
    assert meetings.invitee["no_show"]["uri"] == samples["no_show"]["uri"]
    marked = datetime.fromisoformat(samples["no_show"]["created_at"])
    assert run() == [f"ada@example.org was marked on {marked:%d %B}", *others]


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (None, "OPENSLOT_TOKEN=... python mark_no_shows.py absentees.csv"),
        ("", "[Errno 2] No such file or directory: 'absentees.csv'"),
        ("email,day\nada@example.org,2031-04-10\n", "absentees.csv has no column start_time"),
        ("\n", "absentees.csv has no column email, start_time"),
        (
            "email,start_time\na@x.org,2031-04-10T13:00Z\nb@x.org,soon\n",
            "absentees.csv, line 3: Invalid isoformat string: 'soon'",
        ),
        ("email,start_time\na@x.org\n", "absentees.csv, line 2: Invalid isoformat string: ''"),
    ],
)
def test_what_is_no_list_of_absentees_is_reported_in_a_sentence(
    tmp_path: Path, api: StandIn, text: str | None, output: str
) -> None:
    if text:
        (tmp_path / "absentees.csv").write_text(text, "utf-8")
    words = [] if text is None else ["absentees.csv"]
    command = [sys.executable, str(EXAMPLES / "mark_no_shows.py"), *words]
    env = {**os.environ, "OPENSLOT_TOKEN": TOKEN, "OPENSLOT_BASE_URL": api.url}

    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=False, encoding="utf-8")

    assert (done.returncode, done.stdout, done.stderr, api.received) == (2, "", f"{output}\n", [])


class TestFlowFiles:
    @pytest.fixture
    def run(self, tmp_path: Path) -> Callable[[str], Result]:
        def run(text: str) -> Result:
            file = tmp_path / "made_up_flow.py"
            file.write_text(text, "utf-8")
            return CliRunner().invoke(flow, ["run", str(file)], env={"OPENSLOT_TOKEN": TOKEN})

        return run

    @pytest.mark.parametrize(
        ("text", "output"),
        [
            ("1 +", "can't be run: SyntaxError"),
            ("import nothing_of_the_kind", "can't be run: ModuleNotFoundError"),
            ("x = 1", "makes no flow"),
        ],
    )
    def test_a_file_without_flows_is_reported(self, run: Any, text: str, output: str) -> None:
        result = run(text)

        assert (result.exit_code, output in result.stderr) == (1, True)

    def test_a_flow_without_functions_is_reported(self, run: Any) -> None:
        result = run("from openslot.connector import Flow\nflow = Flow('idle')")

        assert (result.exit_code, "listen to nothing" in result.stderr) == (2, True)

    def test_a_file_that_is_not_there_is_reported(self) -> None:
        result = CliRunner().invoke(flow, ["run", "/nowhere/flow.py"])

        assert (result.exit_code, "does not exist" in result.stderr) == (2, True)
