"""Flows in YAML, against real HTTP and a real SMTP conversation."""

import copy
import csv
import json
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openslot.client import answers
from openslot.client.testing import Reply, StandIn
from openslot.connector import Connection, Flow, InviteeEvent, Runner, recipes
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.recipes import Preview, Recipe
from openslot.connector.recipes.durations import duration
from openslot.connector.recipes.errors import RecipeError
from openslot.connector.recipes.placeholders import TemplateError
from openslot.connector.recipes.recipe import UNNAMED_BYTES
from openslot.connector.triggers import read_event

TOKEN = "osl_made-up-token-of-the-tests"
Json = dict[str, Any]
GOOD = "{flow: x, trigger: invitee.created, actions: [slack: {url: 'http://x', text: hi}]}"


def action(text: str) -> str:
    return GOOD.replace("slack: {url: 'http://x', text: hi}", text)


def recipe_of(flow: Flow) -> Recipe:
    recipe = flow.handlers[0].performer
    assert isinstance(recipe, Recipe)
    return recipe


HTTP = """
flow: CRM
trigger: invitee.created
retries: {attempts: 4, first: 0s}
actions:
  - http:
      method: PUT
      url: "{{ env.CRM_URL }}/people/{{ payload.email }}"
      headers: {Authorization: "Bearer {{ env.CRM_TOKEN }}"}
      json: {name: "{{ payload.name }}", guests: "{{ payload.scheduled_event.event_guests | length }}"}
    as: person
  - slack: {url: "{{ env.CRM_URL }}/chat", text: "*New* {{ payload.name }}: {{ steps.person.body.id }}"}
"""


async def test_requests_and_messages_are_sent_with_what_earlier_ones_answered(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_URL", crm.url)
    monkeypatch.setenv("CRM_TOKEN", "made-up")
    # http.server has no PUT: the stand-in answers POST
    crm.on("POST", "/people/ada%40example.org", Reply(201, {"id": 7}))
    crm.on("POST", "/chat", Reply(200, body=b"ok"))

    (run,) = await act(flow(HTTP.replace("method: PUT", "method: POST")), booked)

    put, posted = crm.received
    assert (run.state, put.json(), put.headers["authorization"]) == (
        "done",
        {"name": "Zoë <!here>", "guests": 1},
        "Bearer made-up",
    )
    assert posted.json() == {"text": "*New* Zoë &lt;!here&gt;: 7"}
    assert len({put.headers["idempotency-key"], posted.headers["idempotency-key"]}) == 2


async def test_fields_that_have_no_name_here_are_kept_too(crm: StandIn, flow: Any, act: Any, samples: Json) -> None:
    crm.on("POST", "/chat", Reply(200))
    delivery = copy.deepcopy(samples["deliveries"]["invitee.created"])
    delivery["payload"]["scheduled_event"]["room"] = {"floor": 2}
    text = "{{ payload.scheduled_event.room.floor }}"

    await act(
        flow(GOOD.replace("http://x", f"{crm.url}/chat").replace("hi", f"'{text}'")),
        read_event(json.dumps(delivery).encode()),
    )

    assert crm.received[0].json() == {"text": "2"}


async def test_an_attempt_goes_on_where_the_one_before_has_stopped(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_URL", crm.url)
    monkeypatch.setenv("CRM_TOKEN", "made-up")
    crm.on("POST", "/people/ada%40example.org", Reply(201, {"id": 7}))
    crm.on("POST", "/chat", Reply(503, body=b"later"), Reply(429), Reply(200, body=b"ok"))

    (run,) = await act(flow(HTTP.replace("method: PUT", "method: POST")), booked)

    assert crm.calls() == ["POST /people/ada%40example.org", *["POST /chat"] * 3]
    assert (run.state, run.attempts) == ("done", 3)
    assert len({one.headers["idempotency-key"] for one in crm.received[1:]}) == 1


async def test_a_file_may_be_mended_between_two_attempts_and_nothing_that_is_done_is_done_again(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    """Actions are known by what they do, not by where they stand, what their answer is called or when they hold."""

    def text(*actions: str) -> str:
        lines = "\n".join(f"  - {action}" for action in actions)
        return f"flow: CRM\ntrigger: invitee.created\nretries: {{first: 1s}}\nactions:\n{lines}\n"

    def post(path: str, more: str = "") -> str:
        return f'{{http: {{url: "{crm.url}/{path}"}}{more}}}'

    crm.on("POST", "/crm", Reply(503), Reply(200, {"id": 7}))
    for path in ("/mail", "/new", "/twice", "/7"):
        crm.on("POST", path, Reply(200, {"id": 7}))
    before = text(post("mail", ", as: mail"), post("twice"), post("twice"), post("crm"))
    after = text(
        post("new"),
        post("crm"),
        post("twice"),
        post("mail", ", as: letter, conditions: [{value: x, equals: x}]"),
        post("twice"),
        post("twice"),
        post("{{ steps.letter.body.id }}"),
    )

    await act(flow(before), booked, at=0)
    (run,) = await act(flow(after), booked, at=10)

    keys: dict[str, set[str]] = {}
    for one in crm.received:
        keys.setdefault(one.path, set()).add(one.headers["idempotency-key"])
    assert (run.state, crm.calls()) == (
        "done",
        ["POST /mail", "POST /twice", "POST /twice", "POST /crm", "POST /new", "POST /crm", "POST /twice", "POST /7"],
    )
    assert {path: len(sent) for path, sent in keys.items()} == {
        "/mail": 1,
        "/twice": 3,
        "/crm": 1,
        "/new": 1,
        "/7": 1,
    }


def posts(url: str, *more: str) -> str:
    """A flow that posts to /a, /b and so on, each as ``more`` says."""
    lines = "\n".join(f'  - {{http: {{url: "{url}/{path}"}}{one}}}' for path, one in zip("abcdef", more, strict=False))
    return f"flow: CRM\ntrigger: invitee.created\nretries: {{first: 1s}}\nactions:\n{lines}\n"


async def test_a_name_that_is_given_later_finds_what_was_answered_before(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    crm.on("POST", "/a", Reply(200, {"id": 7}))
    crm.on("POST", "/b", Reply(503), Reply(200))
    crm.on("POST", "/7", Reply(200))

    await act(flow(posts(crm.url, "", "")), booked, at=0)
    mended = posts(crm.url, ", as: made", "") + f'  - {{http: {{url: "{crm.url}/{{{{ steps.made.body.id }}}}"}}}}\n'
    (run,) = await act(flow(mended), booked, at=10)

    assert (run.state, run.error, crm.calls()) == ("done", None, ["POST /a", "POST /b", "POST /b", "POST /7"])


async def test_of_a_long_answer_that_has_no_name_the_status_alone_is_kept(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    """Where it has one, it is kept whole."""
    answer = {"text": "x" * UNNAMED_BYTES}
    crm.on("POST", "/a", Reply(201, answer))
    crm.on("POST", "/b", Reply(202, answer))

    (run,) = await act(flow(posts(crm.url, "", ", as: made")), booked)

    kept = json.loads(run.progress)["answers"].values()
    assert list(kept) == [{"status": 201, "body": None}, {"status": 202, "body": answer}]


async def test_two_flows_do_the_same_and_each_under_a_key_of_its_own(
    crm: StandIn, flow: Any, api: StandIn, tmp_path: Path, booked: InviteeEvent
) -> None:
    crm.on("POST", "/chat", Reply(200))
    flows = [flow(GOOD.replace("http://x", f"{crm.url}/chat").replace("flow: x", f"flow: {name}")) for name in "ab"]

    async with (
        Connection(TOKEN, api.url) as connection,
        Runner(flows, connection, SqliteStore(tmp_path / "state")) as runner,
    ):
        await runner.accept(booked)
        await runner.settle()

    assert len({one.headers["idempotency-key"] for one in crm.received}) == 2


async def test_a_misspelled_path_is_a_dead_letter_at_once(flow: Any, act: Any, booked: InviteeEvent) -> None:
    text = '{flow: x, trigger: invitee.created, actions: [slack: {url: "http://x", text: "{{ payload.nmae }}"}]}'

    (run,) = await act(flow(text), booked)

    assert (run.state, run.attempts, run.error) == (
        "failed",
        1,
        "TemplateError: there is no payload.nmae: payload has no nmae",
    )


async def test_the_connector_s_actions_are_called_and_answer(
    api: StandIn, crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, samples: Json
) -> None:
    uuid = "0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33"
    api.on("GET", f"/event_types/{uuid}", Reply(json={"resource": samples["event_type"]}))
    api.on("POST", "/invitee_no_shows", Reply(201, {"resource": samples["no_show"]}))
    crm.on("POST", "/", Reply(204))
    text = f"""
flow: x
trigger: invitee.created
actions:
  - connector: get_event_type
    with: {{uuid: "{{{{ payload.scheduled_event.event_type }}}}"}}
    as: type
  - connector: create_invitee_no_show
    with: {{invitee: "{{{{ payload.uri }}}}"}}
    conditions: [{{value: "{{{{ steps.type.duration }}}}", equals: 30}}]
  - connector: delete_invitee_no_show
    with: {{uuid: never}}
    conditions: [{{value: "{{{{ steps.type.duration }}}}", is_not: 30}}]
  - http: {{url: "{crm.url}/", form: {{name: "{{{{ steps.type.name }}}} & co"}}}}
"""

    (run,) = await act(flow(text), booked)

    assert (run.state, run.error) == ("done", None)
    assert api.calls() == [f"GET /event_types/{uuid}", "POST /invitee_no_shows"]
    assert crm.received[0].body == b"name=Kiln%20tour%20%26%20co"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{value: '{{ payload.email }}', ends_with: '@Example.org'}", True),
        ("{value: '{{ payload.email }}', ends_with: '@example.com'}", False),
        ("{value: '{{ payload.email }}', starts_with: ada, contains: '@'}", True),
        ("{value: '{{ payload.email }}', starts_with: ada, contains: '%'}", False),
        ("{value: '{{ payload.tracking.utm_source }}', one_of: [mail, Flyer]}", True),
        ("{value: '{{ payload.rescheduled }}', equals: true}", False),
        ("{value: '{{ payload.old_invitee }}', is_empty: true}", True),
        ("{value: '{{ payload.old_invitee }}', is_empty: false}", False),
        ("{value: '{{ payload.cancellation.reason | default(0) }}', equals: 0}", True),
        ("{value: '{{ payload.scheduled_event.event_guests | pick(\"email\") }}', contains: guest@example.org}", True),
        ('{csv: people.csv, has: {e-mail: "{{ payload.email }}", day: "2031-04-10"}}', True),
        ('{csv: people.csv, has: {e-mail: "{{ payload.email }}", day: "2031-04-11"}}', False),
    ],
)
async def test_conditions(flow: Any, booked: InviteeEvent, tmp_path: Path, condition: str, *, holds: bool) -> None:
    (tmp_path / "people.csv").write_text(
        "\ufeffday,e-mail\n2031-04-10, ADA@example.org \n2031-04-11,b@x.org\n", "utf-8"
    )
    recipe = recipe_of(flow(GOOD.replace("actions", f"conditions: [{condition}], actions")))

    assert (await recipe.preview(booked)).effects == ([{"slack": {"text": "hi"}}] if holds else [])


async def test_lists_and_objects_that_are_null_are_empty_ones(flow: Any, samples: Json) -> None:
    delivery = samples["deliveries"]["invitee.created"]
    meeting = {**delivery["payload"]["scheduled_event"], "event_guests": None}
    payload = {**delivery["payload"], "scheduled_event": meeting, "questions_and_answers": None, "tracking": None}
    event = answers.convert({**delivery, "payload": payload}, InviteeEvent)
    text = (
        "{{ payload.tracking.utm_source }}/{{ payload.questions_and_answers | answers }}/"
        "{{ payload.scheduled_event.event_guests | pick('email') | join }}"
    )

    recipe = recipe_of(flow(GOOD.replace("hi", f'"{text}"')))

    assert (await recipe.preview(event)).effects == [{"slack": {"text": "//"}}]


TABLE = GOOD.replace("actions", 'conditions: [{csv: people.csv, has: {e-mail: "{{ payload.email }}"}}], actions')


async def test_a_table_is_read_beside_the_event_loop_and_again_only_when_it_has_changed(
    flow: Any, booked: InviteeEvent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def reader(lines: Any) -> Any:
        threads.append(threading.get_ident())
        return csv.DictReader(lines)

    monkeypatch.setattr("openslot.connector.recipes.conditions.csv", SimpleNamespace(DictReader=reader))
    table = tmp_path / "people.csv"
    recipe = recipe_of(flow(TABLE))

    table.write_text("e-mail\nbob@example.org\n", "utf-8")
    before = [(await recipe.preview(booked)).effects for _ in range(2)]
    table.write_text("e-mail\nbob@example.org\nada@example.org\n", "utf-8")
    after = (await recipe.preview(booked)).effects

    assert (before, after, len(threads)) == ([[], []], [{"slack": {"text": "hi"}}], 2)
    assert threading.get_ident() not in threads


async def test_a_table_without_the_column_is_a_dead_letter_with_the_reason(
    flow: Any, act: Any, booked: InviteeEvent, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("mail\n", "utf-8")

    (run,) = await act(flow(TABLE), booked)

    assert (run.state, run.error) == ("failed", "TableError: people.csv has no column e-mail")


def test_a_flow_may_run_after_the_meeting(flow: Any) -> None:
    handler = flow(GOOD.replace("actions", "after: end_time, delay: 1h, actions")).handlers[0]

    assert (handler.after, handler.delay, handler.events) == ("end_time", timedelta(hours=1), {"invitee.created"})


SHOWN = """
flow: CRM
trigger: invitee.created
conditions: [{value: "{{ env.MODE }}", equals: live}]
actions:
  - http:
      url: "{{ env.CRM_URL }}/people/{{ payload.email }}?key={{ env.CRM_KEY | lower }}"
      headers: {Authorization: "Bearer {{ env.CRM_KEY }}"}
      json: {name: "{{ payload.name }}", key: "{{ env.CRM_KEY }}", nobody: "{{ env.NOBODY | default('-') }}"}
    as: person
  - http: {method: GET, url: "{{ env.CRM_URL }}/{{ steps.person.body.id }}"}
    conditions: [{value: "{{ steps.person.status }}", equals: 201}]
  - slack: {url: "{{ env.CRM_URL }}", text: "{{ payload.name }} {{ env.CRM_KEY }}"}
    conditions: [{value: "{{ env.MODE }}", is_not: live}]
  - slack: {url: "{{ env.CRM_URL }}", text: "{{ payload.name }} {{ steps.person.body.id | default('new') }}"}
  - mail: {to: "{{ env.TEAM }}, Ada <{{ steps.person.body.email }}>", subject: "{{ env.MODE }}", text: Hi}
  - connector: get_event_type
    with: {uuid: "{{ env.EVENT_TYPE }}"}
"""


async def test_what_would_be_done_is_shown_without_doing_it_and_without_secrets(
    flow: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CRM_URL", "CRM_KEY", "TEAM", "EVENT_TYPE", "OPENSLOT_FLOW_MAIL_FROM"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("MODE", "live")
    monkeypatch.setenv("NOBODY", "")
    body = {"name": "Zoë <!here>", "key": "{env.CRM_KEY}", "nobody": "-"}

    preview = await recipe_of(flow(SHOWN)).preview(booked)

    assert preview.lacking == []
    assert preview.effects == [
        {
            "http": {
                "method": "POST",
                "url": "{env.CRM_URL}/people/ada%40example.org?key={env.CRM_KEY}",
                "headers": ["Authorization", "Content-Type"],
                "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
            }
        },
        {
            "http": {"method": "GET", "url": "{env.CRM_URL}/{steps.person.body.id}", "headers": [], "body": None},
            "if": "what an earlier action answers meets the conditions",
        },
        {"slack": {"text": "Zoë &lt;!here&gt; {steps.person.body.id}"}},
        {
            "mail": {
                "from": "{env.OPENSLOT_FLOW_MAIL_FROM}",
                "to": "{env.TEAM}, Ada <{steps.person.body.email}>",
                "subject": "{env.MODE}",
                "text": "Hi",
            }
        },
        {"connector": "get_event_type", "with": {"uuid": "{env.EVENT_TYPE}"}},
    ]


async def test_a_mail_to_nobody_is_shown_as_nothing_to_do(flow: Any, booked: InviteeEvent) -> None:
    booked.payload.scheduled_event.event_guests = []
    mail = "{mail: {to: \"{{ payload.scheduled_event.event_guests | pick('email') }}\", subject: Hi, text: Hi}}"

    preview = await recipe_of(flow(action(mail))).preview(booked)

    assert preview.effects == [{"nothing": "mail: there is nobody to go to"}]


LACKING = """
flow: CRM
trigger: invitee.created
conditions: [{value: "{{ env.MODE }}", equals: live}]
actions:
  - http:
      url: "{{ env.CRM_URL }}/{{ payload.name | replace('Zoë', env.ZOE) }}"
      headers: {Authorization: "Bearer {{ env.CRM_KEY }}"}
      body: "{{ env.NOTE | default('-') }}{{ env.NOTE | lower | default('-') }}"
    conditions: [{value: "{{ env.NOTE | default('') }}", is_empty: true}]
"""


async def test_what_is_not_set_is_shown_as_its_path_and_reported(
    flow: Any, booked: InviteeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MODE", "CRM_URL", "ZOE", "NOTE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRM_KEY", "")

    preview = await recipe_of(flow(LACKING)).preview(booked)

    url = "{env.CRM_URL}/{env.ZOE}"
    http = {"method": "POST", "url": url, "headers": ["Authorization"], "body": "-{env.NOTE}"}
    assert preview == Preview(
        [{"http": http, "if": "env.MODE meets the conditions"}], ["CRM_KEY", "CRM_URL", "MODE", "NOTE", "ZOE"]
    )


async def test_what_is_misspelled_shows_before_anything_happens(flow: Any, booked: InviteeEvent) -> None:
    with pytest.raises(TemplateError, match=r"there is no steps\.persn\.body: steps has no persn"):
        await recipe_of(flow(GOOD.replace("hi", "'{{ steps.persn.body }}'"))).preview(booked)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "no YAML"),
        ("- 1", "Expected `object`"),
        (GOOD.replace("flow: x, ", ""), "missing required field `flow`"),
        (
            GOOD.replace("flow: x", "flow: x, shell: rm"),
            "unknown field `shell`; there are flow, trigger, actions, after, ",
        ),
        (GOOD.replace("invitee.created", "invitee.teleported"), "not to invitee.teleported"),
        (GOOD.replace("slack: {url: 'http://x', text: hi}", ""), "needs actions"),
        (
            GOOD.replace("slack", "slak"),
            r"field `slak` - at `\$.actions\[0\]`; there are connector, with, http, mail, slack, as, conditions$",
        ),
        (action("{http: {url: x, bdy: x}}"), "; there are url, method, headers, json, form, body, success, give_up, "),
        (action("{mail: {of: x}}"), "; there are to, subject, text, from$"),
        (GOOD.replace("actions", "conditions: [{is: x}], actions"), "; there are value, equals, is_not, one_of, "),
        (GOOD.replace("actions", "retries: {tries: 1}, actions"), "; there are attempts, first, longest$"),
        (
            GOOD.replace("[slack: {url: 'http://x', text: hi}]", "[{with: {a: b}, slack: {url: x, text: x}}]"),
            "'with' belongs",
        ),
        (GOOD.replace("hi", "'{{ payload.name '"), "braces"),
        (GOOD.replace("actions", "delay: soon, actions"), "'soon' is no duration"),
        (GOOD.replace("actions", "after: lunch, actions"), "Invalid enum value"),
        (GOOD.replace("actions", "conditions: [{value: x}], actions"), "tests its value"),
        (GOOD.replace("actions", "conditions: [{equals: x}], actions"), "a condition has"),
        (
            GOOD.replace("[slack: {url: 'http://x', text: hi}]", "[{connector: delete_everything}]"),
            "Invalid enum value",
        ),
        (
            GOOD.replace("[slack: {url: 'http://x', text: hi}]", "[{http: {url: x, json: 1, body: x}}]"),
            r"actions\[0\]: an http action has one of json",
        ),
        ("", "holds no flow: it is empty"),
        ("---\n---\n", "holds no flow: it is empty"),
        (GOOD.replace("'http://x'", "{{ env.X }}"), "stands in quotes"),
        (GOOD.replace("flow: x", "flow: ''"), "length >= 1"),
        (GOOD.replace("actions", "retries: {attempts: 0}, actions"), r"`int` >= 1 - at `\$.retries.attempts`"),
        (GOOD.replace("actions", "retries: {first: -5s}, actions"), "retries: 'first' is a wait"),
        (GOOD.replace("actions", "retries: {longest: 9s}, actions"), "retries: 'longest' is shorter"),
        (GOOD.replace("actions", "retries: {longest: often}, actions"), "retries: 'often' is no duration"),
        (GOOD.replace("actions", "at_once: 0, actions"), r"`int` >= 1 - at `\$.at_once`"),
        (GOOD.replace("actions", "delay: -1h, actions"), "delay: nothing runs before its event"),
        (GOOD.replace("actions", "delay: 1h, after: 1h, actions"), "Invalid enum value"),
        (GOOD.replace("actions", "conditions: [{value: x, equals: '{{'}], actions"), r"conditions\[0\]: braces"),
        (action("{http: {url: x, timeout: 0s}}"), r"actions\[0\]: a timeout is longer"),
        (action("{http: {url: x, success: [200]}}"), r"`int` >= 300 - at `\$.actions\[0\].http.success"),
        (action("{connector: get_event_type, with: {id: abc}}"), "get_event_type takes uuid, and no id"),
        (action("{connector: get_event_type}"), "get_event_type needs uuid"),
        (action("{connector: get_event_types, with: {activ: true}}"), "takes active, count, page_token, admin_managed"),
        (action("{connector: create_invitee_no_show, with: {uuid: x}}"), "takes invitee, and no uuid"),
    ],
)
def test_what_is_no_flow_is_reported_with_its_place(flow: Any, tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(RecipeError, match=reason) as raised:
        flow(text)

    assert str(raised.value).startswith(str(tmp_path / "flow.yaml"))


def test_of_several_flows_the_one_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "flows.yaml"
    file.write_text("\n---\n".join([GOOD, GOOD.replace("hi", "'{{'")]), "utf-8")

    with pytest.raises(RecipeError, match=r"flows\.yaml, flow 2: actions\[0\]: braces"):
        recipes.load(file)


@pytest.mark.parametrize("nothing", ["---", "...\n---\n# a comment\n"])
def test_a_file_may_end_with_nothing(flow: Any, nothing: str) -> None:
    assert flow(f"---\n{GOOD}\n{nothing}").name == "x"


def test_a_flow_sets_how_many_runs_are_under_way_at_once(flow: Any) -> None:
    assert [flow(text).at_once for text in (GOOD, GOOD.replace("actions", "at_once: 1, actions"))] == [10, 1]


def test_a_file_may_hold_several_flows(tmp_path: Path) -> None:
    file = tmp_path / "flows.yml"
    file.write_text(f"{GOOD}\n---\n{GOOD.replace('x,', 'y,', 1)}\n", "utf-8")

    assert [one.name for one in recipes.load(file)] == ["x", "y"]


@pytest.mark.parametrize("text", ["3651d", "9999999999999d", "-3651d"])
def test_a_duration_is_no_longer_than_ten_years(text: str) -> None:
    with pytest.raises(ValueError, match=r"ten years|no duration"):
        duration(text)


def test_durations() -> None:
    texts = ("90s", "15m", "2 h", "-1d")
    assert [duration(text) for text in texts] == [
        timedelta(seconds=90),
        timedelta(minutes=15),
        timedelta(hours=2),
        timedelta(days=-1),
    ]
