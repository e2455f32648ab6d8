"""Around every request: its id, its line in the log, its count."""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar.types import Message, Scope

from openslot.telemetry import correlation
from openslot.telemetry.requests import RequestTally, observing, without_secrets

NAME = "openslot.telemetry.requests"
GIVEN = UUID("6f1f7f3e-0c5d-4f57-9d4e-3e0f0a6a2c11")
ADDRESSES = {"/api/v2/users/me": 401, "/api/v2/nothing": 404, "/": 200, "/nobody": 404, "/health/live": 200}


@pytest.mark.parametrize("path", ADDRESSES)
async def test_every_answer_has_the_request_s_id(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"X-Request-Id": str(GIVEN)})

    assert (answer.status_code, answer.headers.get_list("x-request-id")) == (ADDRESSES[path], [str(GIVEN)])


@pytest.mark.parametrize("given", [None, "", "7", "x" * 36, "\xe9" * 36])
async def test_a_request_without_a_usable_id_gets_a_new_one(http: httpx.AsyncClient, given: str | None) -> None:
    headers = [] if given is None else [(b"X-Request-Id", given.encode("latin-1"))]
    one, other = [(await http.get("/api/v2/nothing", headers=headers)).headers["x-request-id"] for _ in range(2)]

    assert UUID(one).version == UUID(other).version == 4
    assert one != other


async def test_the_id_of_a_proxy_that_writes_no_dashes_is_taken(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/live", headers={"X-Request-Id": GIVEN.hex})

    assert answer.headers["x-request-id"] == str(GIVEN)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[Any]]]:
    """The records of requests so far."""
    with caplog.at_level(logging.INFO, NAME):
        yield lambda: [record for record in caplog.records if record.name == NAME]


async def test_a_request_is_one_line_without_its_query(
    http: httpx.AsyncClient, logged: Callable[[], list[Any]]
) -> None:
    answer = await http.get("/nobody/nothing?token=hunter2")

    [record] = logged()
    milliseconds = record.fields["duration_ms"]
    assert record.fields == {
        "method": "GET", "path": "/nobody/nothing", "status": answer.status_code, "duration_ms": milliseconds,
    }  # fmt: skip
    assert record.getMessage() == f"GET /nobody/nothing 404 {milliseconds} ms"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/assets/page.css"])
async def test_probes_and_assets_are_not_logged(
    http: httpx.AsyncClient, logged: Callable[[], list[Any]], path: str
) -> None:
    answer = await http.get(path)

    assert (answer.status_code, logged()) == (200, [])


PATHS = {
    "/d/sesame/kiln-tour": "/d/***/kiln-tour",
    "/d/sesame/kiln-tour/2027-01-05T10:00:00Z/requested": "/d/***/kiln-tour/2027-01-05T10:00:00Z/requested",
    "/d/sesame": "/d/***",
    "/cancellations/sesame": "/cancellations/***",
    "/reschedulings/sesame/2027-01-05T10:00:00Z": "/reschedulings/***/2027-01-05T10:00:00Z",
    "/reconfirmations/sesame": "/reconfirmations/***",
    "/app/invitations/sesame": "/app/invitations/***",
    "/app/invitations/sesame/decline": "/app/invitations/***/decline",
    "/ada/kiln-tour/invitees/sesame": "/ada/kiln-tour/invitees/***",
    "/api/v2/scheduled_events/7/invitees/sesame": "/api/v2/scheduled_events/7/invitees/***",
    "/api/v2/openslot/invitees/sesame/cancellation": "/api/v2/openslot/invitees/***/cancellation",
    "/api/v2/scheduled_events/7/invitees": "/api/v2/scheduled_events/7/invitees",
    "/ada/d": "/ada/d",
    "/": "/",
}


@pytest.mark.parametrize("path", PATHS)
def test_what_grants_something_is_not_logged(path: str) -> None:
    assert without_secrets(path) == PATHS[path]


async def send_request(app: Any, tally: RequestTally, method: str = "GET", path: str = "/") -> list[Message]:
    """One request to an application; what was sent of an answer."""
    sent: list[Message] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": method, "path": path, "headers": []}
    await observing(app, tally, is_quiet=lambda path: path == "/quiet")(scope, receive, send)
    return sent


def answering(status: int) -> Any:
    async def app(_: Scope, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    return app


async def test_requests_are_counted_by_method_and_class_of_status() -> None:
    tally = RequestTally()
    for method, path, status in [("GET", "/", 200), ("GET", "/", 204), ("POST", "/", 404), ("BREW", "/", 404)]:
        await send_request(answering(status), tally, method, path)
    await send_request(answering(200), tally, path="/quiet")

    assert tally.answers == {("GET", "2xx"): 2, ("POST", "4xx"): 1, ("other", "4xx"): 1}
    assert {method: sum(seconds.as_dict()["counts"]) for method, seconds in tally.seconds.items()} == {
        "GET": 2, "POST": 1, "other": 1,
    }  # fmt: skip


async def test_what_leaves_without_an_answer_counts_as_an_error_and_leaves_no_id_behind() -> None:
    tally = RequestTally()

    async def failing(*_: Any) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await send_request(failing, tally)

    assert tally.answers == {("GET", "5xx"): 1}
    assert correlation.known() is None
