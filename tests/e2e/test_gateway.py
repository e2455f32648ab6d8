"""The gateway as the Power Platform calls it: by a client that a generator made from the exported Swagger."""

import json
import queue
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from openslot.client.testing import Received, Reply, StandIn
from running import (
    OPENSLOT,
    PATIENCE_SECONDS,
    Service,
    clean_environment,
    free_port,
    offer,
    run_openslot,
    send_routing_form,
)

# bravado lives on what jsonschema is about to drop, from its import to every check of an answer
pytestmark = pytest.mark.filterwarnings("ignore:(jsonschema|Accessing Validator).*:DeprecationWarning")

Json = dict[str, Any]


class Receiver(StandIn):
    """Where the platform has deliveries sent to."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: queue.Queue[Json] = queue.Queue()
        self.on("POST", "/flow", self._keep)

    def _keep(self, request: Received) -> Reply:
        self.deliveries.put(request.json())
        return Reply(202)

    def next(self) -> Json:
        return self.deliveries.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@contextmanager
def gateway(backend: str) -> Iterator[str]:
    """``openslot connector serve`` in a process of its own: its host and port."""
    host = f"127.0.0.1:{free_port()}"
    command = [*OPENSLOT, "connector", "serve", "--port", host.partition(":")[2], "--backend", backend]
    process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == (
        f"connector: listening on http://{host} in front of {backend}. Ctrl-C stops.\n"
    )
    try:
        yield host
    finally:
        process.terminate()
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(PATIENCE_SECONDS), said) == (0, "")


@pytest.fixture(scope="module")
def gateways(demo: Service) -> Iterator[tuple[str, str]]:
    """Two of them in front of one service."""
    with gateway(demo.api_url) as one, gateway(demo.api_url) as other:
        yield one, other


def exported(host: str, folder: Path) -> Json:
    """The Swagger of an export. Nobody terminates TLS before a gateway of the tests, so it is called without."""
    run_openslot("connector", "export", str(folder), "--host", host).check_returncode()
    document: Json = json.loads((folder / "apiDefinition.swagger.json").read_text("utf-8"))
    return {**document, "schemes": ["http"]}


def generated(document: Json, token: str) -> Any:
    """A client of what the document says. Answers are held against it, too."""
    from bravado.client import SwaggerClient  # noqa: PLC0415 -- it warns, see above
    from bravado.requests_client import RequestsClient  # noqa: PLC0415
    from bravado_core.formatter import SwaggerFormat  # noqa: PLC0415

    texts = [
        SwaggerFormat(name, to_wire=as_it_is, to_python=as_it_is, validate=lambda _: None, description=name)
        for name in ("uri", "email")
    ]
    factory: Any = SwaggerClient  # not typed itself
    http = RequestsClient()
    http.set_api_key(document["host"], f"Bearer {token}", param_name="Authorization", param_in="header")
    return factory.from_spec(document, http_client=http, config={"formats": texts, "also_return_response": True})


def as_it_is(value: Any) -> Any:
    return value


@pytest.fixture
def document(gateways: tuple[str, str], tmp_path: Path) -> Json:
    return exported(gateways[0], tmp_path)


@pytest.fixture
def platform(document: Json, demo: Service) -> Any:
    return generated(document, demo.token)


def subscriptions(demo: Service, url: str) -> list[str]:
    with demo.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        query = {"organization": organization, "scope": "organization", "count": "100"}
        every = api.get("/webhook_subscriptions", params=query).json()["collection"]
    return [one["uri"] for one in every if one["callback_url"] == url]


def book(demo: Service, start: int) -> Json:
    place = offer(demo, "workshop-visit")
    body = {
        "event_type": place.uri,
        "start_time": place.starts[start],
        "invitee": {"name": "Flow Starter", "email": "flow@example.org", "timezone": "Europe/Rome"},
        "questions_and_answers": [{"question": "How many visitors?", "answer": "3", "position": 0}],
        "event_guests": ["guest@example.org"],
    }
    with demo.api() as api:
        made: Json = api.post("/invitees", json=body).raise_for_status().json()["resource"]
    return made


def promise(document: Json, path: str) -> Json:
    schema: Json = document["paths"][path]["x-ms-notification-content"]["schema"]
    return schema


def check(platform: Any, schema: Json, delivery: Json) -> None:
    """Raise if a delivery is not what the Swagger promises."""
    from bravado_core.validate import validate_schema_object  # noqa: PLC0415 -- it warns, see above

    validate_schema_object(platform.swagger_spec, schema, delivery)


def unpromised(document: Json, schema: Json, value: Any, path: str = "") -> list[str]:
    """What a delivery has and its schema does not tell of."""
    if "$ref" in schema:
        schema = document["definitions"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [found for entry in value for found in unpromised(document, schema["items"], entry, path)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    return [f"{path}{name}" for name in value if name not in known] + [
        found for name in known if name in value
        for found in unpromised(document, known[name], value[name], f"{path}{name}.")
    ]  # fmt: skip


def test_the_four_actions(demo: Service, platform: Any) -> None:
    place = offer(demo, "workshop-visit")
    invitee = book(demo, -2)["uri"]

    me = platform.users.CurrentUserInfo().response().result["resource"]
    listed = platform.event_types.GetEventTypes(active=True, count=100, admin_managed=False).response().result
    chosen = next(one for one in listed["collection"] if one.uri == place.uri)
    shown = platform.event_types.GetEventType(uuid=chosen.uri).response().result["resource"]
    marked = platform.invitee_no_shows.CreateInviteeNoShow(body={"invitee": invitee}).response().result["resource"]
    with demo.api() as api:
        there = api.get(invitee.removeprefix(demo.api_url)).json()["resource"]["no_show"]["uri"]
    uuid = marked["uri"].rpartition("/")[2]
    taken_back = platform.invitee_no_shows.DeleteInviteeNoShow(uuid=uuid).response()
    with demo.api() as api:
        after = api.get(invitee.removeprefix(demo.api_url)).json()["resource"]["no_show"]

    assert me["uri"].startswith(f"{demo.api_url}/users/")
    assert (shown.uri, shown.name, shown.duration) == (place.uri, chosen.name, chosen.duration)
    assert (marked["invitee"], there, after) == (invitee, marked["uri"], None)
    assert (taken_back.result, taken_back.metadata.status_code) == (None, 204)


def test_pages_follow_one_another_by_their_token(platform: Any) -> None:
    first = platform.event_types.GetEventTypes(count=1).response().result
    token = first["pagination"]["next_page_token"]
    second = platform.event_types.GetEventTypes(count=1, page_token=token).response().result

    assert second["pagination"]["previous_page_token"] is not None
    assert first["collection"][0].uri != second["collection"][0].uri


def test_a_booking_starts_the_flow_until_its_trigger_is_removed_at_another_gateway(
    demo: Service, document: Json, platform: Any, receiver: Receiver, gateways: tuple[str, str], tmp_path: Path
) -> None:
    url = f"{receiver.url}/flow"
    asked = {"url": url, "events": ["invitee.created", "invitee.canceled"], "scope": "organization"}
    made = platform.webhook_subscriptions.CreateWebhookSubscription(body=asked).response()
    location = made.incoming_response.headers["Location"]
    booked = book(demo, -3)
    delivery = receiver.next()
    with demo.api() as api:
        api.post(f"{booked['event'].removeprefix(demo.api_url)}/cancellation", json={"reason": "Seen"})
    canceled = receiver.next()

    assert made.metadata.status_code == 201
    assert location == f"http://{gateways[0]}/webhook_subscriptions/{made.result['resource']['uri'].rpartition('/')[2]}"
    told = (delivery["event"], delivery["payload"]["uri"], canceled["event"], canceled["payload"]["uri"])
    assert told == ("invitee.created", booked["uri"], "invitee.canceled", booked["uri"])
    schema = promise(document, "/webhook_subscriptions")
    for one in (delivery, canceled):
        check(platform, schema, one)
        assert unpromised(document, schema, one) == []
    assert len(subscriptions(demo, url)) == 1

    elsewhere = generated(exported(gateways[1], tmp_path / "elsewhere"), demo.token)
    removed = elsewhere.webhook_subscriptions.DeleteTrigger(uuid=location.rpartition("/")[2]).response()
    assert (removed.metadata.status_code, subscriptions(demo, url)) == (204, [])


def test_a_routing_form_starts_the_flow_until_the_platform_deletes_its_location(
    demo: Service, document: Json, platform: Any, receiver: Receiver
) -> None:
    url = f"{receiver.url}/flow"
    asked = {"url": url, "events": ["routing_form_submission.created"], "scope": "organization"}
    register = platform.webhook_subscriptions.CreateWebhookSubscriptionRoutingFormSubmission
    made = register(body=asked).response()
    with demo.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        form = api.get("/routing_forms", params={"organization": organization}).json()["collection"][0]
    send_routing_form(demo, form)
    delivery = receiver.next()

    assert (delivery["event"], delivery["payload"]["routing_form"]) == ("routing_form_submission.created", form["uri"])
    schema = promise(document, "/webhook_subscriptions/routing_form_submission")
    check(platform, schema, delivery)
    assert unpromised(document, schema, delivery) == []

    location = made.incoming_response.headers["Location"]
    assert location.startswith(f"http://{document['host']}/webhook_subscriptions/")
    removed = httpx.delete(location, headers={"Authorization": f"Bearer {demo.token}"})
    assert (removed.status_code, subscriptions(demo, url)) == (204, [])


def test_a_delivery_that_breaks_the_promise_is_found_out(platform: Any, document: Json) -> None:
    from jsonschema import ValidationError  # noqa: PLC0415 -- beside those that warn

    schema = promise(document, "/webhook_subscriptions")

    with pytest.raises(ValidationError, match="created_at"):
        check(platform, schema, {"event": "invitee.created", "created_by": None, "payload": {}})
    assert unpromised(document, schema, {"payload": {"tracking": {"gclid": "1"}}}) == ["payload.tracking.gclid"]


def test_refusals_reach_the_caller_with_the_api_s_words(document: Json, platform: Any) -> None:
    from bravado.exception import HTTPNotFound, HTTPUnauthorized  # noqa: PLC0415 -- it warns, see above

    with pytest.raises(HTTPNotFound) as missing:
        platform.event_types.GetEventType(uuid="no-such-id").response()
    with pytest.raises(HTTPUnauthorized) as unknown:
        generated(document, "osl_nobody-s").event_types.GetEventTypes().response()

    answers: list[Any] = [missing.value.response, unknown.value.response]
    assert [answer.json()["title"] for answer in answers] == ["Resource Not Found", "Unauthenticated"]
