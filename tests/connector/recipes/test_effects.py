"""What flows in YAML do, against real HTTP."""

import asyncio
import contextlib
import json
import logging
from typing import Any

import pytest

from openslot.client.testing import Reply, StandIn
from openslot.connector import InviteeEvent
from openslot.connector.recipes.http_client import MAX_BYTES

Json = dict[str, Any]
ONE = "{flow: x, trigger: invitee.created, actions: [ACTION]}"
MARK = "{connector: create_invitee_no_show, as: mark, with: {invitee: '{{ payload.uri }}'}}"
TWICE = ONE.replace("actions", "retries: {attempts: 2, first: 0s}, actions")


def path_of(event: InviteeEvent) -> str:
    return event.payload.uri.removeprefix("https://api.calendly.com")


def chat(url: str) -> str:
    return ONE.replace("ACTION", f"{{slack: {{url: '{url}', text: hi}}}}")


async def test_a_failure_is_recorded_without_the_secrets_of_its_url(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    text = chat(f"{crm.url}/secret")

    (run,) = await act(flow(text), booked)

    assert (run.state, "secret" in run.error, "answered 404" in run.error) == ("failed", False, True)


async def test_no_line_of_the_log_has_the_secrets_of_a_url(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    crm.on("POST", "/secret", Reply(200))

    await act(flow(chat(f"{crm.url}/secret?key=secret")), booked)

    messages = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert messages == ['HTTP Request: POST 127.0.0.1 "HTTP/1.1 200 OK"']
    assert "secret" not in caplog.text


async def test_what_is_no_url_is_a_dead_letter_without_its_secrets(flow: Any, act: Any, booked: InviteeEvent) -> None:
    (run,) = await act(flow(chat("hooks.example/secret")), booked)

    assert (run.state, run.attempts, run.error) == ("failed", 1, "GiveUp: the URL is not one of http or https")


async def test_a_header_is_one_line_of_whatever_letters(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent
) -> None:
    crm.on("POST", "/", Reply(200))
    booked.payload.name = "Zo\x00ë\r\nX-Admin: true"
    call = f"{{http: {{url: '{crm.url}/', headers: {{X-Name: '{{{{ payload.name }}}}'}}}}}}"

    (run,) = await act(flow(ONE.replace("ACTION", call)), booked)

    headers = crm.received[0].headers
    assert (run.error, headers["x-name"].encode("latin-1").decode(), "x-admin" in headers) == (
        None,
        "Zo ë X-Admin: true",
        False,
    )


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (
            "form: {old: '{{ payload.old_invitee }}', moved: '{{ payload.rescheduled }}', name: 'a b&c'}",
            b"old=&moved=false&name=a%20b%26c",
        ),
        ("body: '{{ payload.old_invitee }}'", b""),
        ("body: '{{ payload.scheduled_event.event_guests | pick(\"email\") }}'", b'["guest@example.org"]'),
        ("json: {old: '{{ payload.old_invitee }}', moved: '{{ payload.rescheduled }}'}", b'{"old":null,"moved":false}'),
    ],
)
async def test_what_is_not_there_is_sent_as_nothing(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, *, content: str, sent: bytes
) -> None:
    crm.on("POST", "/", Reply(200))

    await act(flow(ONE.replace("ACTION", f'{{http: {{url: "{crm.url}/", {content}}}}}')), booked)

    assert crm.received[0].body == sent


async def test_all_requests_of_a_runner_share_connections_and_no_cookies(
    flow: Any, act: Any, booked: InviteeEvent
) -> None:
    seen: list[bytes] = []
    callers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: who=ada\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        one = f"{{http: {{method: GET, url: '{url}'}}}}"
        await act(flow(f"{{flow: x, trigger: invitee.created, actions: [{one}, {one}, {one}]}}"), booked)
        await callers[0].wait_closed()  # the connection's end closed it

    assert (len(callers), len(seen)) == (1, 3)
    assert not any(b"ookie" in request for request in seen)


REFUSED = {"title": "Invalid Argument", "message": "The supplied parameters are invalid."}


@pytest.mark.parametrize("status", [400, 403, 409, 422])
async def test_whoever_is_marked_already_is_marked(
    api: StandIn, crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, samples: Json, *, status: int
) -> None:
    """OpenSlot says 400; Calendly documents an error and not which."""
    mark = {"uri": "https://api.calendly.com/invitee_no_shows/1", "created_at": "2031-04-10T14:05:01.000000Z"}
    invitee = samples["deliveries"]["invitee.created"]["payload"] | {"uri": booked.payload.uri, "no_show": mark}
    api.on("POST", "/invitee_no_shows", Reply(status, REFUSED))
    api.on("GET", path_of(booked), Reply(json={"resource": invitee}))
    crm.on("POST", "/", Reply(204))
    second = f"{{http: {{url: '{crm.url}/', json: '{{{{ steps.mark }}}}'}}}}"
    text = ONE.replace("ACTION", f"{MARK}, {second}")

    (run,) = await act(flow(text), booked)

    assert (run.state, run.error) == ("done", None)
    assert crm.received[0].json() == mark | {"invitee": booked.payload.uri}


@pytest.mark.parametrize("answer", [Reply(404, REFUSED), "unmarked"])
async def test_whoever_can_t_be_marked_is_a_dead_letter_at_once(
    api: StandIn, flow: Any, act: Any, booked: InviteeEvent, samples: Json, answer: Any
) -> None:
    unmarked = Reply(
        json={
            "resource": samples["deliveries"]["invitee.created"]["payload"]
            | {"uri": booked.payload.uri, "no_show": None}
        }
    )
    api.on("POST", "/invitee_no_shows", Reply(400, REFUSED))
    api.on("GET", path_of(booked), unmarked if answer == "unmarked" else answer)

    (run,) = await act(flow(ONE.replace("ACTION", MARK)), booked)

    assert (run.state, run.attempts, run.error.partition(":")[0]) == ("failed", 1, "EffectRefused")


async def test_a_mark_that_is_gone_is_taken_back(api: StandIn, flow: Any, act: Any, booked: InviteeEvent) -> None:
    call = "{connector: delete_invitee_no_show, with: {uuid: gone}}"

    (run,) = await act(flow(ONE.replace("ACTION", call)), booked)

    assert (run.state, run.error, api.calls()) == ("done", None, ["DELETE /invitee_no_shows/gone"])


@pytest.mark.parametrize(("status", "attempts"), [(400, 1), (403, 1), (404, 1), (422, 1), (401, 2), (409, 2)])
async def test_what_no_wait_will_mend_at_the_api_is_given_up_at_once(
    api: StandIn, flow: Any, act: Any, booked: InviteeEvent, status: int, attempts: int
) -> None:
    api.on("GET", "/event_types/1", Reply(status, REFUSED))
    call = "{connector: get_event_type, with: {uuid: '1'}}"
    text = TWICE.replace("ACTION", call)

    (run,) = await act(flow(text), booked)

    assert (run.state, run.attempts) == ("failed", attempts)


@pytest.mark.parametrize("uuid", ["{{ payload.scheduled_event.event_type }}", "no id at all"])
async def test_an_action_without_its_argument_is_a_dead_letter_at_once(
    api: StandIn, flow: Any, act: Any, booked: InviteeEvent, uuid: str
) -> None:
    booked.payload.scheduled_event.event_type = None
    call = f'{{connector: get_event_type, with: {{uuid: "{uuid}"}}}}'

    (run,) = await act(flow(ONE.replace("ACTION", call)), booked)

    assert (run.state, run.attempts, api.calls()) == ("failed", 1, [])


@pytest.mark.parametrize(
    ("more", "status", "state", "attempts"),
    [
        *[("", status, "failed", 1) for status in (400, 404, 405, 410, 422)],
        *[("", status, "failed", 2) for status in (301, 401, 403, 408, 409, 429, 500, 503)],
        (", success: [409]", 409, "done", 1),
        (", success: [404]", 404, "done", 1),
        (", give_up: [401]", 401, "failed", 1),
        (", give_up: []", 404, "failed", 2),
    ],
)
async def test_the_status_shows_whether_another_attempt_is_worth_it(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, *, more: str, status: int, state: str, attempts: int
) -> None:
    crm.on("POST", "/", Reply(status))
    call = f"{{http: {{url: '{crm.url}/'{more}}}}}"
    text = TWICE.replace("ACTION", call)

    (run,) = await act(flow(text), booked)

    assert (run.state, run.attempts) == (state, attempts)


async def test_a_request_has_so_much_time_and_no_more(flow: Any, act: Any, booked: InviteeEvent) -> None:
    hung_up = asyncio.Event()

    async def answer_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(answer_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        call = f"{{http: {{url: 'http://127.0.0.1:{port}/secret', timeout: 1s}}}}"
        text = ONE.replace("actions", "retries: {attempts: 1}, actions").replace("ACTION", call)
        (run,) = await act(flow(text), booked)
        await hung_up.wait()

    assert run.error == "EffectFailed: POST to 127.0.0.1 took longer than 1 s"


@pytest.fixture
def answered(crm: StandIn, flow: Any, act: Any, booked: InviteeEvent) -> Any:
    """What is kept of the body of an answer."""

    async def answered(body: bytes) -> Any:
        crm.on("POST", "/", Reply(200, body=body))
        (run,) = await act(flow(ONE.replace("ACTION", f"{{http: {{url: '{crm.url}/'}}, as: it}}")), booked)
        assert (run.state, len(crm.received)) == ("done", 1)
        return [one["body"] for one in json.loads(run.progress)["answers"].values()]

    return answered


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"", None),
        (b"ok", "ok"),
        (b'{"id": 7}', {"id": 7}),
        (b'\xef\xbb\xbf{"id": 7}', {"id": 7}),
        (b'"\\ud800"', '"\\ud800"'),
        (b"[" * 100_000, "[" * 100_000),
        (b'"%s"' % (b"x" * (MAX_BYTES - 2)), "x" * (MAX_BYTES - 2)),
        (b'"%s"' % (b"x" * (MAX_BYTES - 1)), None),
    ],
    ids=["nothing", "text", "json", "mark", "half a letter", "deep", "longest", "too long"],
)
async def test_an_answer_is_json_or_text_and_nothing_where_it_is_too_long(
    answered: Any, sent: bytes, body: object
) -> None:
    """Whatever it is, the call has been made and is not made again."""
    assert await answered(sent) == [body]


@pytest.mark.parametrize("charset", ["utf-7", "hex", "undefined", "idna", "punycode", "no-such", "rot13", "utf-16"])
async def test_whatever_charset_an_answer_names_the_call_is_made_once(
    crm: StandIn, flow: Any, act: Any, booked: InviteeEvent, charset: str
) -> None:
    kind = {"Content-Type": f"text/plain; charset={charset}"}
    crm.on("POST", "/", Reply(200, body=b"+2AA-" * 40_000, headers=kind))

    (run,) = await act(flow(chat(f"{crm.url}/")), booked)

    assert (run.state, run.attempts, crm.calls()) == ("done", 1, ["POST /"])


@pytest.mark.parametrize("status", [200, 503])
async def test_an_answer_without_an_end_is_not_read_to_its_end(
    flow: Any, act: Any, booked: InviteeEvent, status: int
) -> None:
    hung_up = asyncio.Event()

    async def go_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d So\r\nContent-Type: text/plain\r\n\r\n" % status)
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"no" * 4096)
                await writer.drain()
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(go_on, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        text = ONE.replace("actions", "retries: {attempts: 1}, actions")
        (run,) = await act(flow(text.replace("ACTION", f"{{http: {{url: 'http://127.0.0.1:{port}/'}}}}")), booked)
        await hung_up.wait()

    error = f"EffectFailed: POST to 127.0.0.1 was answered 503: {'no' * 150}"
    assert (run.state, run.error) == (("done", None) if status == 200 else ("failed", error))
