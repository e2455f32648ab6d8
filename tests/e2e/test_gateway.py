"""The gateway as the Power Platform calls it: by a client that OpenAPI Generator made from the exported Swagger.

Host, base path, scheme and security are those of the exported files; a proxy with a certificate stands in front.
"""

import importlib
import json
import queue
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
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
from tls import make_certificate, terminated

# bravado-core lives on what jsonschema is about to drop, from its import to every check of an answer
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
def gateway(backend: str, certificate: Path) -> Iterator[str]:
    """``openslot connector serve`` in a process of its own, behind TLS: the host and port that the platform calls."""
    port = free_port()
    with terminated(port, certificate) as public_port:
        host = f"127.0.0.1:{public_port}"
        public = ["--public-url", f"https://{host}"]
        command = [*OPENSLOT, "connector", "serve", "--port", str(port), "--backend", backend, *public]
        with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                first = process.stderr.readline()
                assert (
                    first == f"connector: listening on http://127.0.0.1:{port} in front of {backend}. Ctrl-C stops.\n"
                )
                yield host
            finally:
                process.terminate()
                printed = process.stderr.read()
            assert process.wait(PATIENCE_SECONDS) == 0
            # nothing but that a registration comes from where the platform could not unsubscribe
            assert [line for line in printed.splitlines() if "a trigger is to be removed at" not in line] == []


@dataclass
class Exported:
    """An export, and the package of the client that was generated from it."""

    document: Json
    properties: Json
    package: ModuleType
    certificate: Path

    def api(self, token: str, *, policies: bool = True) -> Any:
        """The client's operations, for one connection.

        As in the Power Platform, the policies of the properties are applied to each call; in Logic Apps, which has
        none, the token is sent as the security of the Swagger says.
        """
        configuration = self.package.Configuration(ssl_ca_cert=str(self.certificate))
        client = self.package.ApiClient(configuration)
        (key,) = self.properties["connectionParameters"]
        if not policies:
            configuration.api_key[key] = token
        for policy in self.properties["policyTemplateInstances"] if policies else []:
            assert policy["templateId"] == "setheader"
            values = {name.rpartition(".")[2]: value for name, value in policy["parameters"].items()}
            client.set_default_header(values["name"], values["value"].replace(f"@connectionParameters('{key}')", token))
        return self.package.DefaultApi(client)


def export(host: str, folder: Path, name: str, certificate: Path) -> Exported:
    """Export, and have a client generated, a package by that name."""
    run_openslot("connector", "export", str(folder / "export"), "--host", host).check_returncode()
    read = {path.name: path.read_text("utf-8") for path in (folder / "export").glob("*.json")}
    generator = Path(sys.executable).with_name("openapi-generator-cli")
    swagger = folder / "export" / "apiDefinition.swagger.json"
    made = ["-i", str(swagger), "-g", "python", "-o", str(folder), "-p", f"packageName={name}"]
    subprocess.run([generator, "generate", *made], check=True, capture_output=True)
    importlib.invalidate_caches()
    return Exported(
        json.loads(read["apiDefinition.swagger.json"]),
        json.loads(read["apiProperties.json"])["properties"],
        importlib.import_module(name),
        certificate,
    )


@pytest.fixture(scope="module")
def exports(demo: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Exported, Exported]]:
    """Those of two gateways in front of one service."""
    folder = tmp_path_factory.mktemp("gateways")
    certificate = make_certificate(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder / "one")
        patch.syspath_prepend(folder / "other")
        with gateway(demo.api_url, certificate) as one, gateway(demo.api_url, certificate) as other:
            yield (
                export(one, folder / "one", "generated_one", certificate),
                export(other, folder / "other", "generated_other", certificate),
            )


@pytest.fixture
def exported(exports: tuple[Exported, Exported]) -> Exported:
    return exports[0]


@pytest.fixture
def document(exported: Exported) -> Json:
    return exported.document


@pytest.fixture
def platform(exported: Exported, demo: Service) -> Any:
    return exported.api(demo.token)


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


def check(document: Json, schema: Json, delivery: Json) -> None:
    """Raise if a delivery is not what the Swagger promises."""
    from bravado_core.formatter import SwaggerFormat  # noqa: PLC0415 -- it warns, see above
    from bravado_core.spec import Spec  # noqa: PLC0415
    from bravado_core.validate import validate_schema_object  # noqa: PLC0415

    texts = [
        SwaggerFormat(name, to_wire=as_it_is, to_python=as_it_is, validate=lambda _: None, description=name)
        for name in ("uri", "email")
    ]
    untyped: Any = Spec
    validate_schema_object(untyped.from_dict(document, config={"formats": texts}), schema, delivery)


def as_it_is(value: Any) -> Any:
    return value


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


def test_the_four_actions(demo: Service, exported: Exported, platform: Any) -> None:
    place = offer(demo, "workshop-visit")
    invitee = book(demo, -2)["uri"]
    absent = exported.package.CreateInviteeNoShowRequest(invitee=invitee)

    me = platform.current_user_info().resource
    listed = platform.get_event_types(active=True, count=100, admin_managed=False).collection
    chosen = next(one for one in listed if one.uri == place.uri)
    shown = platform.get_event_type(chosen.uri).resource
    marked = platform.create_invitee_no_show(absent).resource
    with demo.api() as api:
        there = api.get(invitee.removeprefix(demo.api_url)).json()["resource"]["no_show"]["uri"]
    taken_back = platform.delete_invitee_no_show_with_http_info(marked.uri.rpartition("/")[2])
    with demo.api() as api:
        after = api.get(invitee.removeprefix(demo.api_url)).json()["resource"]["no_show"]

    assert me.uri.startswith(f"{demo.api_url}/users/")
    assert (shown.uri, shown.name, shown.duration) == (place.uri, chosen.name, chosen.duration)
    assert (marked.invitee, there, after) == (invitee, marked.uri, None)
    assert (taken_back.data, taken_back.status_code) == (None, 204)


def test_the_client_calls_as_the_files_describe(demo: Service, exported: Exported) -> None:
    """Without the policies, as in Logic Apps, the token arrives as it is."""
    bare = exported.api(demo.token, policies=False)

    assert bare.api_client.configuration.host == f"https://{exported.document['host']}"
    assert bare.current_user_info().resource.uri == exported.api(demo.token).current_user_info().resource.uri


def test_pages_follow_one_another_by_their_token(platform: Any) -> None:
    first = platform.get_event_types(count=1)
    second = platform.get_event_types(count=1, page_token=first.pagination.next_page_token)

    assert second.pagination.previous_page_token is not None
    assert first.collection[0].uri != second.collection[0].uri


def test_a_booking_starts_the_flow_until_its_trigger_is_removed_at_another_gateway(
    demo: Service, exports: tuple[Exported, Exported], platform: Any, receiver: Receiver
) -> None:
    here, there = exports
    url = f"{receiver.url}/flow"
    request = here.package.CreateWebhookSubscriptionRequest
    wanted = request(url=url, events=["invitee.created", "invitee.canceled"], scope="organization")
    made = platform.create_webhook_subscription_with_http_info(wanted)
    location = httpx.Headers(made.headers)["Location"]
    booked = book(demo, -3)
    delivery = receiver.next()
    with demo.api() as api:
        api.post(f"{booked['event'].removeprefix(demo.api_url)}/cancellation", json={"reason": "Seen"})
    canceled = receiver.next()

    assert (made.status_code, made.data.resource.scope) == (201, "organization")
    assert location == (
        f"https://{here.document['host']}/webhook_subscriptions/{made.data.resource.uri.rpartition('/')[2]}"
    )
    delivered = (delivery["event"], delivery["payload"]["uri"], canceled["event"], canceled["payload"]["uri"])
    assert delivered == ("invitee.created", booked["uri"], "invitee.canceled", booked["uri"])
    schema = promise(here.document, "/webhook_subscriptions")
    for one in (delivery, canceled):
        check(here.document, schema, one)
        assert unpromised(here.document, schema, one) == []
    assert len(subscriptions(demo, url)) == 1

    removed = there.api(demo.token).delete_trigger_with_http_info(location.rpartition("/")[2])
    assert (removed.status_code, subscriptions(demo, url)) == (204, [])


def test_a_routing_form_starts_the_flow_until_the_platform_deletes_its_location(
    demo: Service, exported: Exported, platform: Any, receiver: Receiver
) -> None:
    url, document = f"{receiver.url}/flow", exported.document
    request = exported.package.CreateWebhookSubscriptionRoutingFormSubmissionRequest
    wanted = request(url=url, events=["routing_form_submission.created"], scope="organization")
    made = platform.create_webhook_subscription_routing_form_submission_with_http_info(wanted)
    with demo.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        form = api.get("/routing_forms", params={"organization": organization}).json()["collection"][0]
    send_routing_form(demo, form)
    delivery = receiver.next()

    assert (delivery["event"], delivery["payload"]["routing_form"]) == ("routing_form_submission.created", form["uri"])
    schema = promise(document, "/webhook_subscriptions/routing_form_submission")
    check(document, schema, delivery)
    assert unpromised(document, schema, delivery) == []

    location = httpx.Headers(made.headers)["Location"]
    assert location.startswith(f"https://{document['host']}/webhook_subscriptions/")
    trusted = ssl.create_default_context(cafile=exported.certificate)
    removed = httpx.delete(location, headers={"Authorization": f"Bearer {demo.token}"}, verify=trusted)
    assert (removed.status_code, subscriptions(demo, url)) == (204, [])


def test_a_delivery_that_breaks_the_promise_is_found_out(document: Json) -> None:
    from jsonschema import ValidationError  # noqa: PLC0415 -- beside those that warn

    schema = promise(document, "/webhook_subscriptions")

    with pytest.raises(ValidationError, match="created_at"):
        check(document, schema, {"event": "invitee.created", "created_by": None, "payload": {}})
    assert unpromised(document, schema, {"payload": {"tracking": {"gclid": "1"}}}) == ["payload.tracking.gclid"]


def test_refusals_reach_the_caller_with_the_api_s_words(exported: Exported, platform: Any) -> None:
    exceptions = importlib.import_module(f"{exported.package.__name__}.exceptions")
    with pytest.raises(exceptions.NotFoundException) as missing:
        platform.get_event_type("no-such-id")
    with pytest.raises(exceptions.UnauthorizedException) as unknown:
        exported.api("osl_nobody-s").get_event_types()

    answers: list[Any] = [missing.value, unknown.value]
    assert [json.loads(answer.body)["title"] for answer in answers] == ["Resource Not Found", "Unauthenticated"]
