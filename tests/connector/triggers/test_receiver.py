import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from openslot.connector import Connection, Event, InviteeTrigger, Receiver, RoutingFormSubmissionTrigger, serve
from openslot.connector.triggers.receiver import BODY_LIMIT

from ..conftest import signed

KEY = "made-up-signing-key"
Json = dict[str, Any]


class Handling:
    """Keeps what it gets; raises or waits where it is told to."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.error: Exception | None = None
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.began = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        self.began.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        self.events.append(event.event)


@pytest.fixture
async def handling() -> Handling:
    return Handling()


@pytest.fixture
async def server(connection: Connection, handling: Handling) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a receiver with both triggers."""
    invitees = InviteeTrigger(connection, signing_key=KEY)
    submissions = RoutingFormSubmissionTrigger(connection, signing_key=KEY)
    async with (
        serve(Receiver(handling, invitees, submissions), "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield http


async def post(http: httpx.AsyncClient, sample: Json, path: str = "/invitee", key: str = KEY) -> tuple[int, str]:
    body = json.dumps(sample).encode()
    answer = await http.post(path, content=body, headers=signed(body, key))
    return answer.status_code, answer.text


async def test_an_event_is_handled_and_then_answered(
    server: httpx.AsyncClient, handling: Handling, samples: Json
) -> None:
    answer = await post(server, samples["deliveries"]["invitee.created"])

    assert (answer, handling.events) == ((200, '{"message":"handled"}'), ["invitee.created"])


async def test_there_is_no_answer_before_the_handler_is_done(
    server: httpx.AsyncClient, handling: Handling, samples: Json
) -> None:
    handling.may_end.clear()
    answer = asyncio.create_task(post(server, samples["deliveries"]["invitee.created"]))
    await handling.began.wait()
    other = await server.get("/invitee")

    assert (other.status_code, answer.done()) == (405, False)
    handling.may_end.set()
    assert (await answer)[0] == 200


async def test_a_handler_that_raises_makes_the_sender_try_again(
    server: httpx.AsyncClient, handling: Handling, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    handling.error = RuntimeError("the disk is full")

    assert await post(server, samples["deliveries"]["invitee.created"]) == (500, '{"message":"the handler failed"}')
    assert "the disk is full" in caplog.text


async def test_each_trigger_has_its_path(server: httpx.AsyncClient, handling: Handling, samples: Json) -> None:
    submission = samples["deliveries"]["routing_form_submission.created"]

    assert (await post(server, submission, "/routing_form_submission"))[0] == 200
    assert (await post(server, submission, "/below/routing_form_submission/"))[0] == 200
    assert (await post(server, submission, "/elsewhere"))[0] == 404
    assert handling.events == ["routing_form_submission.created"] * 2


async def test_a_trigger_alone_listens_at_any_path(connection: Connection, handling: Handling, samples: Json) -> None:
    receiver = Receiver(handling, InviteeTrigger(connection, signing_key=KEY))
    async with serve(receiver, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await post(http, samples["deliveries"]["invitee.created"], "/any/where"))[0] == 200


async def test_what_is_not_signed_with_our_key_is_refused(
    server: httpx.AsyncClient, handling: Handling, samples: Json
) -> None:
    sample = samples["deliveries"]["invitee.created"]

    assert await post(server, sample, key="another") == (401, '{"message":"the signature does not match"}')
    assert (await server.post("/invitee", json=sample)).status_code == 401
    assert handling.events == []


async def test_what_comes_before_there_is_a_key_is_to_come_again(
    connection: Connection, handling: Handling, samples: Json
) -> None:
    receiver = Receiver(handling, InviteeTrigger(connection))
    async with serve(receiver, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as http:
        answer = await post(http, samples["deliveries"]["invitee.created"])

    assert (answer, handling.events) == ((503, '{"message":"not listening yet"}'), [])


async def test_unknown_events_are_taken_and_logged(
    server: httpx.AsyncClient, handling: Handling, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    assert await post(server, {"event": "invitee.teleported", "payload": {}}) == (204, "")
    assert (handling.events, "invitee.teleported" in caplog.text) == ([], True)


@pytest.mark.parametrize(
    "place",
    [
        {"type": "zoom", "status": "pushed", "join_url": "https://z", "data": {"id": 1}},
        {
            "type": "microsoft_teams_conference",
            "status": "pushed",
            "join_url": "https://t",
            "data": {"a": {"b": [None]}},
        },
        "the yard",
        None,
    ],
)
async def test_an_event_is_handled_whatever_its_place_is(
    server: httpx.AsyncClient, handling: Handling, samples: Json, place: Any
) -> None:
    sample = samples["deliveries"]["invitee.created"]
    sample["payload"]["scheduled_event"]["location"] = place

    assert (await post(server, sample))[0] == 200
    assert handling.events == ["invitee.created"]


UNREADABLE = [
    b"", b"{", b"[1]", b"7", b"\xff", b"[" * 100_000, b'{"event":7}', b'{"payload":{"uri":"x"}}',
    b'{"event":"invitee.created"}', b'{"event":"invitee.created","payload":{}}',
    b'{"event":"invitee.created","payload":{"uri":7}}',
]  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:50]))
async def test_a_signed_body_that_is_no_event_is_in_the_log_and_ends_no_subscription(
    server: httpx.AsyncClient, handling: Handling, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    answer = await server.post("/invitee", content=body, headers=signed(body, KEY))

    assert (answer.status_code, handling.events) == (200, [])
    assert answer.json() == {"message": "kept, though it can't be read"}
    assert repr(body) in caplog.text


async def test_what_could_not_be_kept_is_to_come_again(connection: Connection, handling: Handling) -> None:
    async def fail(*_: object) -> None:
        raise OSError("the disk is full")

    receiver = Receiver(handling, InviteeTrigger(connection, signing_key=KEY), handle_unreadable=fail)
    async with serve(receiver, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await post(http, {"event": "invitee.created"}))[0] == 500


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_listened_to(server: httpx.AsyncClient, method: str) -> None:
    answer = await server.request(method, "/invitee")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_body_is_read_up_to_a_mebibyte(server: httpx.AsyncClient, handling: Handling, samples: Json) -> None:
    sample = samples["deliveries"]["invitee.created"]
    room = BODY_LIMIT - len(json.dumps(sample).encode()) + len(sample["payload"]["name"])
    sample["payload"]["name"] = "x" * room

    assert (await post(server, sample))[0] == 200
    sample["payload"]["name"] += "x"
    assert (await post(server, sample))[0] == 413
    assert handling.events == ["invitee.created"]


async def test_a_sender_that_hangs_up_is_forgotten(
    server: httpx.AsyncClient, handling: Handling, samples: Json, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection((server.base_url.host, server.base_url.port or 0)) as sender:
        sender.sendall(b"POST /invitee HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")

    assert (await post(server, samples["deliveries"]["invitee.created"]))[0] == 200
    assert handling.events == ["invitee.created"]
    assert "refused" not in caplog.text


async def test_leaving_waits_for_a_delivery_under_way(
    connection: Connection, handling: Handling, samples: Json
) -> None:
    handling.may_end.clear()
    receiver = Receiver(handling, InviteeTrigger(connection, signing_key=KEY))
    async with httpx.AsyncClient() as http, contextlib.AsyncExitStack() as stack:
        http.base_url = httpx.URL(await stack.enter_async_context(serve(receiver, "127.0.0.1", 0)))
        answer = asyncio.create_task(post(http, samples["deliveries"]["invitee.created"]))
        await handling.began.wait()
        leaving = asyncio.create_task(stack.aclose())
        await asyncio.sleep(0)
        handling.may_end.set()

        assert (await answer)[0] == 200
        await leaving


async def test_a_port_that_is_taken_is_an_error() -> None:
    async def app(_: object, __: object, ___: object) -> None:
        raise AssertionError

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serve(app, "127.0.0.1", taken.getsockname()[1]):
            pass


async def test_an_address_of_version_6_is_written_in_brackets() -> None:
    async def app(_: object, __: object, ___: object) -> None:
        raise AssertionError

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    async with serve(app, "::1", 0) as url:
        assert url.startswith("http://[::1]:")


async def test_a_mounting_application_may_run_its_lifespan(connection: Connection, handling: Handling) -> None:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await Receiver(handling, InviteeTrigger(connection))({"type": "lifespan"}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
