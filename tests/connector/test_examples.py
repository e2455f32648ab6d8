"""The examples, each in Python and in YAML, on real deliveries: both do the same."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from openslot.cli.flow_files import load
from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection, Event, InviteeEvent, RoutingFormSubmissionEvent, Runner
from openslot.connector.flows.sqlite import SqliteStore
from openslot.wire import codec

from .conftest import Mailbox

TOKEN = "osl_made-up-token-of-the-tests"
EXAMPLES = Path(__file__).parents[2] / "examples"
BOTH = pytest.mark.parametrize("suffix", ["py", "yaml"])
Json = dict[str, Any]


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The CRM and the chat."""
    with StandIn() as others:
        monkeypatch.setenv("CRM_URL", others.url)
        monkeypatch.setenv("CRM_TOKEN", "made-up")
        monkeypatch.setenv("CHAT_URL", f"{others.url}/chat")
        others.on("POST", "/people/ada%40example.org", Reply(200, {"id": 1}))
        others.on("POST", "/chat", Reply(200, body=b"ok"))
        yield others


@pytest.fixture
def running(api: StandIn, tmp_path: Path) -> Any:
    """An example at work, at a time that can be moved."""

    @asynccontextmanager
    async def running(file: Path) -> AsyncIterator[tuple[Runner, list[float]]]:
        now = [0.0]
        store = SqliteStore(tmp_path / "state")
        async with (
            Connection(TOKEN, api.url) as connection,
            Runner(load(file), connection, store, lambda: now[0]) as runner,
        ):
            yield runner, now

    return running


@pytest.fixture
def events(samples: Json) -> dict[str, Event]:
    deliveries = samples["deliveries"]
    form = "routing_form_submission.created"
    invitees = {name: codec.convert(deliveries[name], InviteeEvent) for name in ("invitee.created", "invitee.canceled")}
    return {**invitees, form: codec.convert(deliveries[form], RoutingFormSubmissionEvent)}


async def done(runner: Runner) -> list[str]:
    await runner.settle()
    return [run.error or run.state for run in reversed(await runner.store.runs())]


@BOTH
async def test_whoever_books_is_in_the_crm(running: Any, others: StandIn, events: Any, suffix: str) -> None:
    async with running(EXAMPLES / f"crm_upsert.{suffix}") as (runner, _):
        await runner.accept_all([events["invitee.created"], events["invitee.canceled"]])
        assert await done(runner) == ["done"] * 2

    person = {
        "name": "Ada Example",
        "meeting": "Kiln tour",
        "meeting_at": "2031-04-10T13:00:00.000000Z",
        "status": "active",
        "source": "flyer",
    }
    assert [one.json() for one in others.received] == [person, person | {"status": "canceled"}]
    assert {one.headers["authorization"] for one in others.received} == {"Bearer made-up"}
    assert len({one.headers["idempotency-key"] for one in others.received}) == 2


@BOTH
async def test_whoever_moved_is_in_the_crm_with_the_new_meeting(
    running: Any, others: StandIn, samples: Json, suffix: str
) -> None:
    """A reschedule is two events of two invitees, which are handled in any order: the cancellation says nothing."""
    first, moved = (copy.deepcopy(samples["deliveries"][f"invitee.{name}"]) for name in ("created", "canceled"))
    second = copy.deepcopy(first)
    second["payload"] |= {"uri": "https://api.calendly.com/x/invitees/2", "old_invitee": first["payload"]["uri"]}
    second["payload"]["scheduled_event"]["start_time"] = "2031-04-17T13:00:00.000000Z"
    moved["payload"] |= {"rescheduled": True, "new_invitee": second["payload"]["uri"]}
    crm: dict[str, Json] = {}

    def upsert(request: Received) -> Reply:
        crm[request.path] = request.json()
        return Reply(200)

    others.on("POST", "/people/ada%40example.org", upsert)
    async with running(EXAMPLES / f"crm_upsert.{suffix}") as (runner, _):
        for delivery in (first, second, moved):
            await runner.accept(codec.convert(delivery, InviteeEvent))
            assert set(await done(runner)) == {"done"}

    assert crm == {
        "/people/ada%40example.org": {
            "name": "Ada Example",
            "meeting": "Kiln tour",
            "meeting_at": "2031-04-17T13:00:00.000000Z",
            "status": "active",
            "source": "flyer",
        }
    }


@BOTH
async def test_forms_are_posted_to_the_chat(running: Any, others: StandIn, samples: Json, suffix: str) -> None:
    form = "routing_form_submission.created"
    large = copy.deepcopy(samples["deliveries"][form])
    large["payload"]["uri"] += "2"
    large["payload"]["questions_and_answers"][0]["answer"] = "<!channel>"
    large["payload"]["questions_and_answers"][1]["answer"] = "More than 5"

    async with running(EXAMPLES / f"route_to_chat.{suffix}") as (runner, _):
        for sample in (samples["deliveries"][form], large):
            await runner.accept(codec.convert(sample, RoutingFormSubmissionEvent))
            assert set(await done(runner)) == {"done"}

    assert [one.json()["text"] for one in others.received] == [
        "*New request*\nWork e-mail: ada@example.org\nSize of the group: 1 to 5",
        "*New request for a large group*\nWork e-mail: &lt;!channel&gt;\nSize of the group: More than 5",
    ]


@pytest.fixture
def mail_server(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSLOT_FLOW_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", str(mailbox.port))


@BOTH
@pytest.mark.usefixtures("mail_server")
async def test_whoever_came_is_thanked_and_who_canceled_is_not(
    running: Any, api: StandIn, mailbox: Mailbox, events: Any, samples: Json, suffix: str
) -> None:
    offer = samples["event_type"] | {"scheduling_url": "https://calendly.com/host/kiln-tour"}
    api.on("GET", "/event_types/0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33", Reply(json={"resource": offer}))
    other = copy.deepcopy(samples["deliveries"]["invitee.created"])
    other["payload"] |= {"uri": "https://api.calendly.com/x", "email": "bob@example.org"}

    async with running(EXAMPLES / f"follow_up.{suffix}") as (runner, now):
        await runner.accept_all([events["invitee.created"], codec.convert(other, InviteeEvent)])
        assert await done(runner) == ["waiting"] * 2
        await runner.accept(events["invitee.canceled"])
        now[0] = events["invitee.created"].payload.scheduled_event.end_time.timestamp() + 3600
        await runner.accept(events["invitee.canceled"])
        assert await done(runner) == ["canceled", "done"]

    (mail,) = mailbox.mails
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert (mail["From"], mail["To"], mail["Subject"], text.decode().splitlines()) == (
        "tours@example.com",
        "bob@example.org",
        "Thank you for coming to Kiln tour",
        ["Dear Ada Example,", "", "it was a pleasure. Come again: https://calendly.com/host/kiln-tour"],
    )


ABSENTEES = "email,start_time\nada@example.org,2031-04-10T13:00Z\n"


async def test_absentees_are_marked_from_the_spreadsheet(
    running: Any, api: StandIn, events: Any, samples: Json, tmp_path: Path
) -> None:
    """``mark_no_shows.py`` is a script that takes the same file, see tests/cli."""
    file = tmp_path / "mark_no_shows.yaml"
    file.write_text((EXAMPLES / "mark_no_shows.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "absentees.csv").write_text(ABSENTEES, "utf-8")
    other = copy.deepcopy(samples["deliveries"]["invitee.created"])
    other["payload"] |= {"uri": "https://api.calendly.com/x", "email": "bob@example.org"}
    api.on("POST", "/invitee_no_shows", Reply(201, {"resource": samples["no_show"]}))

    async with running(file) as (runner, now):
        now[0] = events["invitee.created"].payload.scheduled_event.end_time.timestamp() + 86400
        await runner.accept_all([events["invitee.created"], codec.convert(other, InviteeEvent)])
        assert await done(runner) == ["done"] * 2

    assert [one.json() for one in api.received] == [{"invitee": events["invitee.created"].payload.uri}]
