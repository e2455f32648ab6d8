"""The gateway in front of a running OpenSlot: triggers of owners and of plain members, registered once and again."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from openslot.client.testing import Reply, StandIn
from running import OPENSLOT, Service, clean_environment, rest_of, run_openslot

Json = dict[str, Any]
PUBLIC_URL = "https://connector.example.org"


@pytest.fixture(scope="module")
def url(demo: Service) -> Iterator[str]:
    command = [*OPENSLOT, "connector", "serve", "--port", "0", "--backend", demo.api_url, "--public-url", PUBLIC_URL]
    with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().split()[3]
            process.terminate()
            _, message = rest_of(process)
            assert (process.returncode, message) == (0, "")
        finally:
            process.kill()


@pytest.fixture
def owner(url: str, demo: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {demo.token}"}, timeout=30) as client:
        yield client


@pytest.fixture
def member(url: str, demo: Service) -> Iterator[httpx.Client]:
    """Somebody who may do nothing for the organization, with a token that nobody used before."""
    words = ["token", "create", "--email", "somchai@demo.example", "--data-dir", str(demo.data_dir), "--json"]
    token = json.loads(run_openslot(*words).stdout)["token"]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


@pytest.fixture
def flow() -> Iterator[StandIn]:
    """Where the platform has deliveries sent to."""
    with StandIn() as flow:
        flow.on("POST", "/flow", Reply(202))
        yield flow


def register(client: httpx.Client, url: str, *events: str) -> httpx.Response:
    body = {"url": url, "events": list(events or ["invitee.created"]), "scope": "organization"}
    return client.post("/webhook_subscriptions", json=body)


def path(registered: httpx.Response) -> str:
    """Where the platform sends its DELETE."""
    location = registered.headers["location"]
    assert location.startswith(f"{PUBLIC_URL}/webhook_subscriptions/")
    return location.removeprefix(PUBLIC_URL)


def at(demo: Service, url: str, scope: str = "organization") -> list[Json]:
    with demo.api() as api:
        me = api.get("/users/me").json()["resource"]
        query = {"organization": me["current_organization"], "scope": scope, "count": "100"}
        if scope == "user":
            query["user"] = me["uri"]
        rows: list[Json] = api.get("/webhook_subscriptions", params=query).json()["collection"]
    return [one for one in rows if one["callback_url"] == url]


def test_the_gateway_is_ready(url: str) -> None:
    assert httpx.get(f"{url}/ready").json() == {"status": "ok"}


def test_a_callback_that_is_registered_again_has_one_subscription(
    demo: Service, owner: httpx.Client, flow: StandIn
) -> None:
    callback = f"{flow.url}/flow?sig=made-up"

    first = register(owner, callback)
    again = register(owner, callback)
    other = register(owner, callback, "invitee.canceled", "invitee.created")

    assert [one.status_code for one in (first, again, other)] == [201, 201, 201]
    assert (again.json(), path(again)) == (first.json(), path(first))
    assert path(other) == path(first)
    assert [one["events"] for one in at(demo, callback)] == [["invitee.canceled", "invitee.created"]]

    assert [owner.delete(path(other)).status_code for _ in range(2)] == [204, 204]
    assert at(demo, callback) == []


def test_a_callback_has_one_subscription_in_whatever_scope(demo: Service, owner: httpx.Client, flow: StandIn) -> None:
    callback = f"{flow.url}/flow?sig=scopes"
    body = {"url": callback, "events": ["invitee.created"]}

    registered, there = [], []
    for scope in ("user", "organization", "user"):
        registered.append(owner.post("/webhook_subscriptions", json={**body, "scope": scope}))
        there.append([one["scope"] for one in (*at(demo, callback), *at(demo, callback, "user"))])

    assert there == [["user"], ["organization"], ["user"]]
    assert owner.delete(path(registered[-1])).status_code == 204


def test_a_plain_member_subscribes_to_their_own_meetings(member: httpx.Client, flow: StandIn) -> None:
    registered = register(member, f"{flow.url}/flow")

    me = member.get("/users/me").json()["resource"]
    made = registered.json()["resource"]
    assert (registered.status_code, made["scope"], made["user"]) == (201, "user", me["uri"])
    assert {one["profile"]["owner"] for one in member.get("/event_types").json()["collection"]} == {me["uri"]}
    assert member.delete(path(registered)).status_code == 204


def test_a_plain_member_learns_why_routing_forms_are_refused(member: httpx.Client, flow: StandIn) -> None:
    body = {"url": f"{flow.url}/flow", "events": ["routing_form_submission.created"], "scope": "organization"}
    answer = member.post("/webhook_subscriptions/routing_form_submission", json=body)

    why = "Only an owner or admin may listen to this: it is about the whole organization."
    message = f"You do not have permission to access this resource. {why}"
    assert (answer.status_code, answer.json()) == (403, {"title": "Permission Denied", "message": message})


def test_a_hundred_calls_in_a_minute_and_no_more(member: httpx.Client, owner: httpx.Client) -> None:
    statuses = [member.get("/users/me").status_code for _ in range(101)]

    assert statuses == [200] * 100 + [429]
    assert owner.get("/users/me").status_code == 200
