import asyncio
import copy
import email
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email import policy
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest

from openslot.client.testing import Received, Reply, StandIn
from openslot.connector import Connection, Event, Flow, InviteeEvent, Runner, recipes
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import Run
from openslot.wire import codec

TOKEN = "osl_made-up-token-of-the-tests"
Json = dict[str, Any]


@pytest.fixture
def samples() -> Json:
    path = Path(__file__).parents[1] / "client" / "samples.json"
    samples: Json = json.loads(path.read_text("utf-8"))
    return samples


@pytest.fixture
def api(samples: Json, subscription_made: Callable[[Received], Reply]) -> Iterator[StandIn]:
    """The API of an owner: users/me answers, and subscriptions can be made and removed."""
    with StandIn("/api/v2") as api:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        api.on("GET", "/webhook_subscriptions", page())
        api.on("POST", "/webhook_subscriptions", subscription_made)
        api.on("DELETE", "/webhook_subscriptions/1", Reply(204))
        yield api


@pytest.fixture
def subscription_made(samples: Json) -> Callable[[Received], Reply]:
    """Answers as POST /webhook_subscriptions does."""

    def subscribe(request: Received) -> Reply:
        wanted = request.json()
        uri = "https://api.calendly.com/webhook_subscriptions/1"
        made = {
            **samples["webhook_subscription"],
            "uri": uri,
            "callback_url": wanted["url"],
            "events": wanted["events"],
            "scope": wanted["scope"],
            "user": wanted.get("user"),
        }
        return Reply(201, {"resource": made}, {"Location": uri})

    return subscribe


@pytest.fixture
def connection(api: StandIn) -> Iterator[Connection]:
    with Connection(TOKEN, api.url) as connection:
        yield connection


@pytest.fixture(params=["blocking", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls a function, or its async twin, with a connection of its own to close."""

    def blocking(connection: Connection, function: Callable[[], Any], _: Callable[[], Any]) -> Any:
        with connection:
            return function()

    def awaiting(connection: Connection, _: Callable[[], Any], function: Callable[[], Any]) -> Any:
        async def inside() -> Any:
            async with connection:
                return await function()

        return asyncio.run(inside())

    return blocking if request.param == "blocking" else awaiting


def page(*rows: Json) -> Reply:
    """The answer of a list."""
    pagination = {"count": len(rows), "next_page": None, "previous_page": None}
    return Reply(json={"collection": rows, "pagination": pagination})


def signed(body: bytes, key: str, at: float | None = None) -> dict[str, str]:
    """The headers of a delivery, written down anew from the contract rather than taken from our code."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Calendly-Webhook-Signature": f"t={stamp},v1={mac}", "Content-Type": "application/json"}


@pytest.fixture
def deliver(api: StandIn) -> Callable[..., Any]:
    """Posts a delivery to the subscription that asked for its event, as the service would, and gives the status."""

    async def deliver(delivery: Json) -> int:
        wanted = [
            request.json()
            for request in api.received
            if (request.method, request.path) == ("POST", "/webhook_subscriptions")
        ]
        subscription = next(entry for entry in wanted if delivery["event"] in entry["events"])
        body = json.dumps(delivery, ensure_ascii=False).encode()
        async with httpx.AsyncClient(timeout=None) as http:
            answer = await http.post(
                subscription["url"], content=body, headers=signed(body, subscription["signing_key"])
            )
        return answer.status_code

    return deliver


class Subscriptions:
    """The service's side, which keeps what it is asked for."""

    def __init__(self, api: StandIn, samples: Json) -> None:
        self.api = api
        self.there: dict[str, Json] = {}
        self.keys: dict[str, str] = {}
        self.made = 0
        self._sample = samples["webhook_subscription"]
        api.on("POST", "/webhook_subscriptions", self.create)
        api.on("GET", "/webhook_subscriptions", self.list)

    def create(self, request: Received) -> Reply:
        wanted = request.json()
        self.made += 1
        uri = f"https://api.calendly.com/webhook_subscriptions/{self.made}"
        fields = {name: wanted.get(name) for name in ("events", "scope", "user", "group")}
        stamp = f"2031-04-01T08:00:{self.made:02}.000000Z"
        self.there[uri] = {**self._sample, **fields, "uri": uri, "callback_url": wanted["url"], "created_at": stamp}
        self.keys[uri] = wanted["signing_key"]
        self.api.on("DELETE", f"/webhook_subscriptions/{self.made}", lambda _: self._delete(uri))
        return Reply(201, {"resource": self.there[uri]}, {"Location": uri})

    def list(self, request: Received) -> Reply:
        """Those of a scope and its owner."""
        owner = {name: request.query.get(name) for name in ("scope", "user", "group")}
        return page(*(one for one in self.there.values() if {name: one[name] for name in owner} == owner))

    def _delete(self, uri: str) -> Reply:
        return Reply(204 if self.there.pop(uri, None) else 404)


@pytest.fixture
def there(api: StandIn, samples: Json) -> Subscriptions:
    return Subscriptions(api, samples)


class Mailbox:
    """An SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.recipients: list[str] = []
        """Of all mails, in order, as the conversation names them."""
        self.port = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            verb = line[:4].upper().strip()
            if verb == b"RCPT":
                self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(email.message_from_bytes(text[:-3], policy=policy.default))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            if verb == b"QUIT":
                break
        writer.close()


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    async with _server(box) as port:
        box.port = port
        yield box


@asynccontextmanager
async def _server(box: Mailbox) -> AsyncIterator[int]:
    server = await asyncio.start_server(box.converse, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
def flow(tmp_path: Path) -> Callable[[str], Flow]:
    """The flow that a text describes."""

    def flow(text: str) -> Flow:
        file = tmp_path / "flow.yaml"
        file.write_text(text, "utf-8")
        (one,) = recipes.load(file)
        return one

    return flow


@pytest.fixture
def act(api: StandIn, tmp_path: Path) -> Any:
    """Lets a flow run on an event, and gives what became of it."""

    async def act(flow: Flow, event: Event, at: float | None = None) -> list[Run]:
        store = SqliteStore(tmp_path / "state")
        now = time.time if at is None else lambda: at
        async with Connection(TOKEN, api.url) as connection, Runner([flow], connection, store, now) as runner:
            await runner.accept(event)
            await runner.settle()
            return await store.runs()

    return act


@pytest.fixture
def booked(samples: Json) -> InviteeEvent:
    sample = copy.deepcopy(samples["deliveries"]["invitee.created"])
    sample["payload"]["name"] = "Zoë <!here>"
    return codec.convert(sample, InviteeEvent)


@pytest.fixture
def crm() -> Any:
    with StandIn() as crm:
        yield crm
