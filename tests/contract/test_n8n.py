"""What n8n's Calendly Trigger sends is answered as it expects, and so is the workflow of docs/hosts/n8n.md.

The shapes are those of the node's two versions. Source: github.com/n8n-io/n8n, packages/nodes-base/nodes/Calendly
(CalendlyTriggerV1.node.ts, CalendlyTriggerV2.node.ts, GenericFunctions.ts, CalendlyTriggerHelpers.ts), November 2026.
"""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from conftest import BASE_URL, Service
from contract.conftest import Scene
from contract.schemas import check_answer
from factories import API
from openslot.security.signatures import HEADER, signature_header

Json = dict[str, Any]
URL = "https://n8n.example/webhook/6f0c3a52/webhook"
EVENTS = ["invitee.created", "invitee.canceled"]
KEY = "5f" * 32
OLDEST_SECONDS = 300


class Node:
    """The trigger's lifecycle: is there a subscription, make one, take it away."""

    def __init__(self, service: Service, scene: Scene, *, scope: str, sends_empty_bodies: bool) -> None:
        service.clock = scene.clock
        self._http = service.client
        self._token = scene.tokens["owner"]
        self._scope = scope
        self._sends_empty_bodies = sends_empty_bodies
        self.kept: Json = {}
        """What the node keeps with the workflow."""

    async def send(self, method: str, uri: str, query: Json | None = None, body: Json | None = None) -> httpx.Response:
        if body is None and self._sends_empty_bodies:
            body = {}
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        content = None if body is None else json.dumps(body)
        return await self._http.request(method, uri, params=query, content=content, headers=headers)

    async def exists(self) -> bool:
        me = (await self.send("GET", f"{API}/users/me")).json()["resource"]
        query = {"scope": self._scope, "organization": me["current_organization"]}
        if self._scope == "user":
            query["user"] = me["uri"]
        answer = await self.send("GET", f"{API}/webhook_subscriptions", query)
        check_answer("get", "/webhook_subscriptions", answer.status_code, answer.json())
        for hook in answer.json()["collection"]:
            if hook["callback_url"] == URL and sorted(hook["events"]) == sorted(EVENTS):
                self.kept["webhookURI"] = hook["uri"]
                return True
        return False

    async def create(self) -> None:
        me = (await self.send("GET", f"{API}/users/me")).json()["resource"]
        body = {
            "url": URL,
            "events": EVENTS,
            "organization": me["current_organization"],
            "scope": self._scope,
            "signing_key": KEY,
        }
        if self._scope == "user":
            body["user"] = me["uri"]
        answer = await self.send("POST", f"{API}/webhook_subscriptions", body=body)
        assert answer.status_code == 201, answer.text
        check_answer("post", "/webhook_subscriptions", 201, answer.json())
        self.kept["webhookURI"] = answer.json()["resource"]["uri"]

    async def delete(self) -> int:
        return (await self.send("DELETE", self.kept.pop("webhookURI"))).status_code


@pytest.mark.parametrize("sends_empty_bodies", [False, True], ids=["no body", "empty object"])
@pytest.mark.parametrize("scope", ["user", "organization"])
async def test_the_trigger_finds_makes_and_removes_its_subscription(
    service: Service, scene: Scene, *, scope: str, sends_empty_bodies: bool
) -> None:
    node = Node(service, scene, scope=scope, sends_empty_bodies=sends_empty_bodies)

    assert not await node.exists()
    await node.create()
    made = node.kept["webhookURI"]
    assert await node.exists()
    assert node.kept["webhookURI"] == made
    assert await node.delete() == 204
    assert not await node.exists()


def verifies(header: str, raw_body: bytes, now_seconds: float) -> bool:
    """As the node does, which reads the header part by part and keeps the last of each kind."""
    parts = dict(part.strip().split("=", 1) for part in header.split(","))
    expected = hmac.new(KEY.encode(), f"{parts['t']}.".encode() + raw_body, hashlib.sha256).hexdigest()
    return parts["v1"] == expected and abs(int(now_seconds) - int(parts["t"])) <= OLDEST_SECONDS


def test_the_trigger_takes_our_signature() -> None:
    body = '{"event":"invitee.created","payload":{"name":"Zoë"}}'.encode()
    now = time.time()
    header = signature_header(KEY, body, datetime.fromtimestamp(now, UTC))

    assert HEADER.lower() == "calendly-webhook-signature"
    assert verifies(header, body, now)
    assert not verifies(header, body + b" ", now)
    assert not verifies(header, body, now + OLDEST_SECONDS + 2)


class TestTheDocumentedWorkflow:
    """The requests of the workflow that docs/hosts/n8n.md offers, each made as n8n would make it."""

    @pytest.fixture
    def workflow(self) -> Json:
        document = (Path(__file__).parents[2] / "docs" / "hosts" / "n8n.md").read_text("utf-8")
        workflow: Json = json.loads(document.partition("```json\n")[2].partition("```")[0])
        return workflow

    def test_its_connections_join_its_nodes(self, workflow: Json) -> None:
        names = [node["name"] for node in workflow["nodes"]]
        joined = [
            (source, target["node"])
            for source, outputs in workflow["connections"].items()
            for output in outputs["main"]
            for target in output
        ]

        assert joined == [("Subscribe", "Who am I"), ("Who am I", "Subscription"), ("Delivery", "Event type")]
        assert {name for pair in joined for name in pair} == set(names)

    def test_it_listens_where_it_subscribes(self, workflow: Json) -> None:
        nodes = {node["name"]: node["parameters"] for node in workflow["nodes"]}

        assert f"/webhook/{nodes['Delivery']['path']}" in nodes["Subscription"]["jsonBody"]

    async def test_its_requests_are_answered(self, service: Service, scene: Scene, workflow: Json) -> None:
        service.clock = scene.clock
        nodes = {node["name"]: node["parameters"] for node in workflow["nodes"]}
        event_type = scene.fill(f"{API}/event_types/{{event_type}}")
        delivered = {"body": {"payload": {"scheduled_event": {"event_type": event_type}}}}

        me = await self.make(service, scene, nodes["Who am I"], {})
        made = await self.make(service, scene, nodes["Subscription"], me)
        found = await self.make(service, scene, nodes["Event type"], delivered)

        assert sorted(made["resource"]["events"]) == sorted(EVENTS)
        assert (made["resource"]["scope"], made["resource"]["user"]) == ("user", me["resource"]["uri"])
        assert found["resource"]["uri"] == event_type

    async def make(self, service: Service, scene: Scene, node: Json, item: Json) -> Json:
        url = filled(node["url"], item).replace("https://book.example", BASE_URL)
        body = filled(node["jsonBody"], item) if node.get("sendBody") else None
        headers = {"Authorization": f"Bearer {scene.tokens['owner']}", "Content-Type": "application/json"}
        answer = await service.client.request(node.get("method", "GET"), url, content=body, headers=headers)
        assert answer.is_success, answer.text
        result: Json = answer.json()
        return result


def filled(text: str, item: Json) -> str:
    """A parameter as n8n reads it: an expression behind ``=``, with paths into the item in double braces."""
    if not text.startswith("="):
        return text

    def value(found: re.Match[str]) -> str:
        at: Any = item
        for key in found[1].split("."):
            at = at[key]
        return str(at)

    return re.sub(r"\{\{ \$json\.([\w.]+) \}\}", value, text[1:])
