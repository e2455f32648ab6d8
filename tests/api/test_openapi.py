"""The OpenAPI document: as it is given out, against the code that it is made of, the contract, and the running app.

That answers and bodies are as it says is in tests/e2e/test_client.py, which sends every operation.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import msgspec
import pytest
from scripts.openapi import document
from scripts.openapi.failures import FAILURES

from conftest import Clock
from contract import schemas as contract
from contract.test_operations import NEVER_THERE
from described import JSON, committed
from factories import API, URIS, Caller, Organization, booking_of, make_event_type, make_token
from openslot import edges
from openslot.api.openapi import FILE, addresses
from openslot.api.pagination import PageQuery
from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.booking import approvals
from openslot.wire.codec import parse_instant

DESCRIBED = committed()
OPERATIONS = DESCRIBED.operations()
CALENDLY_S = {key: one for key, one in OPERATIONS.items() if not key[1].startswith("/openslot/")}
CONTRACT = contract.described()
ALL_SCOPES = {scope for one in OPERATIONS.values() for need in one["security"] for scope in need["token"]}


def test_the_committed_file_is_what_make_openapi_writes() -> None:
    assert FILE.read_text("utf-8") == document.text()


def test_the_document_is_valid() -> None:
    validator = Path(sys.executable).with_name("openapi-generator-cli")

    done = subprocess.run([validator, "validate", "-i", FILE], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No validation issues detected.")


def test_every_operation_has_a_name_a_summary_and_a_tag() -> None:
    described = OPERATIONS.values()
    tags = [tag["name"] for tag in DESCRIBED.document["tags"]]

    assert len({one["operationId"] for one in described}) == len(OPERATIONS)
    assert len(OPERATIONS) == len(document.declared()) + len(document.ALIASES)
    assert [one["summary"] for one in described if not re.fullmatch(r"[A-Z][^\n]{7,100}[^.]", one["summary"])] == []
    assert {tag for one in described for tag in one["tags"]} == set(tags)
    assert {len(one["tags"]) for one in described} == {1}


def test_no_text_needs_knowledge_of_the_code() -> None:
    text = FILE.read_text("utf-8")

    assert re.findall(r"Source\b|behaviours|ADR|docs/|``|\bNone\b|UNSET|_\w+\[", text) == []


async def test_everybody_gets_the_document_with_the_address_of_the_service(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{API}/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == DESCRIBED.document | {"servers": [{"url": API}]}


async def test_a_client_that_has_the_document_gets_304(http: httpx.AsyncClient) -> None:
    tag = (await http.get(f"{API}/openapi.json")).headers["etag"]
    tags = [tag, f"W/{tag}", f'"another", {tag}', "*", '"another"']
    answers = [await http.get(f"{API}/openapi.json", headers={"If-None-Match": known}) for known in tags]

    assert [answer.status_code for answer in answers] == [304, 304, 304, 304, 200]
    assert [(answer.headers["etag"], answer.content) for answer in answers[:4]] == [(tag, b"")] * 4


@pytest.mark.parametrize(
    ("public_url", "api_host", "wanted"),
    [
        ("https://book.example", "", ["https://book.example/api/v2"]),
        ("https://example.com/book", "", ["https://example.com/book/api/v2"]),
        ("https://book.example", "api.book.example", ["https://book.example/api/v2", "https://api.book.example"]),
        ("http://localhost:8000", "api.localhost", ["http://localhost:8000/api/v2", "http://api.localhost:8000"]),
        ("http://localhost:8000", "api.test:9000", ["http://localhost:8000/api/v2", "http://api.test:9000"]),
    ],
)
def test_the_servers_are_where_the_api_answers(
    settings: Settings, public_url: str, api_host: str, wanted: list[str]
) -> None:
    assert addresses(replace(settings, public_url=public_url, api_host=api_host)) == wanted


# Against the contract


def test_calendly_s_operations_have_the_parameters_of_the_contract() -> None:
    def parameters(one: dict[str, Any], of: Any) -> dict[str, tuple[str, bool]]:
        entries = [of.resolved(entry) for entry in one.get("parameters", [])]
        return {
            entry["name"]: (entry["in"], entry.get("required", False)) for entry in entries if entry["in"] != "header"
        }

    documented = CONTRACT.operations()

    assert {key: parameters(one, DESCRIBED) for key, one in CALENDLY_S.items()} == {
        key: parameters(documented[key], CONTRACT) for key in CALENDLY_S
    }


def test_calendly_s_operations_need_what_the_contract_needs_in_a_body() -> None:
    def needed(one: dict[str, Any], of: Any) -> tuple[bool, set[str]] | None:
        if "requestBody" not in one:
            return None
        body = of.resolved(one["requestBody"])
        schema = of.resolved(body["content"]["application/json"]["schema"])
        keys = set(schema.get("required", []))
        return body.get("required", False) and bool(keys), keys  # no body is as good as an empty object

    documented = CONTRACT.operations()

    assert {key: needed(one, DESCRIBED) for key, one in CALENDLY_S.items()} == {
        key: needed(documented[key], CONTRACT) for key in CALENDLY_S
    }


def test_calendly_s_operations_succeed_with_the_status_of_the_contract() -> None:
    def successes(one: dict[str, Any]) -> list[str]:
        return [status for status in one["responses"] if status.startswith("2")]

    documented = CONTRACT.operations()

    assert {key: successes(one) for key, one in CALENDLY_S.items()} == {
        key: successes(documented[key]) for key in CALENDLY_S
    }


# Against the running app


def path_and_query(path: str, query: dict[str, str]) -> str:
    """The address of a call about something that is not there."""
    filled = re.sub(r"\{\w+\}", str(new_id()), path)
    return f"{API}{filled}?{urlencode(query)}"


def stand_ins(operation: dict[str, Any]) -> dict[str, str]:
    """A value for every parameter that the query must have."""
    kinds = {"integer": "2027", "date-time": "2027-01-05T10:00:00Z"}
    named = {"organization": f"{API}/organizations/{new_id()}", "form": f"{API}/routing_forms/{new_id()}"}
    named |= {
        "user": f"{API}/users/{new_id()}",
        "event_type": f"{API}/event_types/{new_id()}",
        "end_time": "2027-01-06T10:00:00Z",
    }
    needed = [one for one in operation["parameters"] if one["in"] == "query" and one["required"]]
    found = {one["name"]: kinds.get(one["schema"].get("format", one["schema"]["type"]), "x") for one in needed}
    choices = {one["name"]: one["schema"]["enum"][0] for one in needed if "enum" in one["schema"]}
    return found | choices | {name: value for name, value in named.items() if name in found}


def is_more_than_text(schema: dict[str, Any]) -> bool:
    return "enum" in schema or schema["type"] != "string" or schema.get("format") == "date-time"


async def refused(caller: Caller, method: str, path: str, query: dict[str, str]) -> list[tuple[str, str]]:
    """Which parameters a call with this query is refused for."""
    answer = await caller.http.request(method, path_and_query(path, query), headers=dict(caller.headers))
    details = answer.json().get("details", []) if answer.content else []
    return [(one["parameter"], one["message"]) for one in details]


async def test_every_scope_is_the_one_that_the_app_requires(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock
) -> None:
    """A token with all scopes but those that are named is refused, and one with any of those is not."""
    answers_by_scope = {}
    for (method, path), operation in OPERATIONS.items():
        named = [need["token"][0] for need in operation["security"]]
        enough = {*named, *(scope.replace(":read", ":write") for scope in named)}
        others = ALL_SCOPES - enough
        titles = []
        for scopes in (others, *[{scope} for scope in named]):
            token = await make_token(conn, organization.owner, now=clock.now, scopes=sorted(scopes))
            address = path_and_query(path, stand_ins(operation))
            answer = await http.request(method, address, headers=token.headers)
            body = answer.json() if answer.content else {}
            titles.append(body["required_scopes"] if body.get("title") == "Insufficient scope" else None)
        answers_by_scope[method, path] = (named[0], titles)

    assert answers_by_scope == {
        key: (named, [[named], *[None] * (len(titles) - 1)]) for key, (named, titles) in answers_by_scope.items()
    }


HOOKS = ("GET", "/webhook_subscriptions")
SCOPE = ("scope", "must be one of: organization, user")
NOT_OURS = ("organization", "invalid")
DELIVERIES = ("GET", "/openslot/webhook_subscriptions/{uuid}/deliveries")
SAMPLE = ("GET", "/sample_webhook_data")
KEPT = ("GET", "/openslot/sandbox/webhooks")
IN_OTHER_WORDS = {
    (DELIVERIES, "event"): [("event", "is not a known event")],
    (KEPT, "event"): [("event", "is not a known event")],
    (HOOKS, "organization"): [NOT_OURS],
    (HOOKS, "scope"): [SCOPE],
}
"""The messages of the service about them. Source: since-september, section 7."""


def content_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The content of the body, by its type; a file has another than JSON."""
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return content


def needed_in_body(operation: dict[str, Any]) -> list[str]:
    content = content_of(operation)
    if JSON not in content:
        return []
    schema = DESCRIBED.resolved(content[JSON]["schema"])
    needed: list[str] = schema.get("required", [])
    return needed


async def test_what_the_query_must_have_is_missed_and_nothing_else(owner: Caller) -> None:
    missed, wanted = {}, {}
    for key, operation in OPERATIONS.items():
        full = stand_ins(operation)
        for name in full:
            without = {other: value for other, value in full.items() if other != name}
            found = await refused(owner, *key, without)
            missed[key, name] = [one for one in found if one[0] not in needed_in_body(operation)]
            wanted[key, name] = IN_OTHER_WORDS.get((key, name), [(name, "is missing")])
        if operation["parameters"] and "requestBody" not in operation:
            found = await refused(owner, *key, full)
            missed[key, ""] = [one for one in found if one[1] == "is missing"]
            wanted[key, ""] = []

    assert missed == wanted


async def test_what_is_not_of_the_described_type_is_refused(owner: Caller) -> None:
    found, wanted = {}, {}
    for key, operation in OPERATIONS.items():
        for one in operation["parameters"]:
            if is_more_than_text(one["schema"]) and one["in"] == "query":
                query = stand_ins(operation) | {one["name"]: "nonsense"}
                found[key, one["name"]] = await refused(owner, *key, query)
                wanted[key, one["name"]] = IN_OTHER_WORDS.get((key, one["name"]), [(one["name"], "invalid")])
    wanted[SAMPLE, "event"] = []  # the organization of the test is not there, which is said first

    assert found == wanted
    assert len(found) >= 38


def test_pages_have_the_bounds_that_the_app_holds() -> None:
    read = msgspec.json.schema(PageQuery)["$defs"]["PageQuery"]["properties"]["count"]
    described = [
        one["schema"] for listing in OPERATIONS.values() for one in listing["parameters"] if one["name"] == "count"
    ]
    described.remove(read | {"maximum": 1000})  # the activity log alone. Source: behaviours, section 3

    assert [schema for schema in described if schema != read] == []
    assert len(described) >= 16


async def test_a_body_that_lacks_what_it_needs_is_refused(owner: Caller) -> None:
    accepted = []
    for (method, path), operation in OPERATIONS.items():
        if "requestBody" not in operation:
            continue
        needed = needed_in_body(operation)
        address = path_and_query(path, stand_ins(operation))
        answer = await owner.http.request(method, address, json={}, headers=dict(owner.headers))
        details = answer.json().get("details", []) if answer.content else []
        missed = [one["parameter"] for one in details if one["message"] == "is missing"]
        if not (set(missed) <= set(needed) and bool(missed) == bool(needed)):
            accepted.append((method, path, missed))

    assert accepted == []


async def test_requests_are_answered_as_described(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    """These two are not in tests/e2e/test_client.py, since the page alone makes requests."""
    careful: UUID = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    for start in ("2027-01-05T10:00:00Z", "2027-01-05T11:00:00Z"):
        async with conn.transaction():
            wanted = booking_of(organization, parse_instant(start), event_type_id=careful)
            await approvals.request(conn, wanted, uris=URIS, now=clock.now)
    listed = await owner.get("/openslot/booking_requests")
    first, second = [one["uri"].removeprefix(API) for one in listed.json()["collection"]]
    approved, declined = await owner.post(f"{first}/approval"), await owner.post(f"{second}/refusal")

    DESCRIBED.check_answer("get", "/openslot/booking_requests", listed.status_code, listed.json())
    DESCRIBED.check_answer("post", "/openslot/booking_requests/{uuid}/approval", 201, approved.json())
    assert (approved.status_code, declined.status_code, declined.content) == (201, 204, b"")
    assert "204" in OPERATIONS["POST", "/openslot/booking_requests/{uuid}/refusal"]["responses"]


def test_where_an_event_is_is_never_null() -> None:
    """Clients read ``location.type`` without a guard."""
    location = msgspec.json.decode(FILE.read_bytes())["components"]["schemas"]["ScheduledEvent"]["properties"][
        "location"
    ]
    assert location == {"$ref": "#/components/schemas/Location"}


# What is refused


def test_every_write_takes_a_key_and_names_its_refusals() -> None:
    """Calendly has no such header, so it is one of ours on its operations too (ADR 0037)."""
    keyed = {key for key, one in OPERATIONS.items() if [p["name"] for p in one["parameters"] if p["in"] == "header"]}

    assert keyed == {key for key in OPERATIONS if key[0] != "GET"}
    assert keyed == {key for key, one in OPERATIONS.items() if "422" in one["responses"]}
    assert {name for key in keyed for name in {"400"} - OPERATIONS[key]["responses"].keys()} == set()


def test_every_operation_names_its_refusals() -> None:
    """Those of everybody, and by what an operation reads and names."""
    everybody_s = {"401", "403", "429", "500", "503"}
    named = {key: {status for status in one["responses"] if status >= "300"} for key, one in OPERATIONS.items()}

    assert {key for key, statuses in named.items() if not everybody_s <= statuses or "default" in statuses} == set()
    assert {key for key, one in OPERATIONS.items() if "requestBody" in one} == {
        key for key, statuses in named.items() if {"408", "413"} <= statuses
    }
    assert {key for key in OPERATIONS if "{" in key[1]} <= {key for key, one in named.items() if "404" in one}
    assert named["GET", "/users/me"] == everybody_s
    assert named["POST", "/openslot/groups"] == {*everybody_s, "400", "404", "408", "409", "413", "422"}


def test_every_kind_of_error_is_described() -> None:
    responses = DESCRIBED.document["components"]["responses"]

    assert {str(status) for status in edges.STATUS.values()} <= set(FAILURES)
    assert {one.name for one in FAILURES.values()} == set(responses)
    assert {name for name, one in responses.items() if "Retry-After" in one.get("headers", {})} == {
        "TooManyRequests",
        "ServiceUnavailable",
    }


def test_calendly_s_operations_name_the_statuses_of_the_contract() -> None:
    documented = CONTRACT.operations()

    missing = {
        (method.lower(), path, int(status))
        for (method, path), one in CALENDLY_S.items()
        for status in set(documented[method, path]["responses"]) - set(one["responses"])
    }

    assert missing <= set(NEVER_THERE)


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    """The schemas of objects that a schema holds or refers to."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects_in(one)
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield from objects_in(DESCRIBED.resolved(schema))
        elif schema.get("type") == "object" and "properties" in schema:
            yield schema
        for key, one in schema.items():
            if key in {"anyOf", "items"}:
                yield from objects_in(one)
            if key == "properties":
                yield from objects_in(list(one.values()))


def test_bodies_of_ours_have_no_other_keys_and_calendly_s_may() -> None:
    bodies = {key: one["requestBody"] for key, one in OPERATIONS.items() if JSON in content_of(one)}
    closed = {
        key: {schema.get("additionalProperties", True) for schema in objects_in(body["content"][JSON]["schema"])}
        for key, body in bodies.items()
    }

    refuse = {("PATCH", "/contacts/{uuid}"), ("POST", "/contacts/custom_field_definitions")}
    wanted = {key: {not (key in refuse or key[1].startswith("/openslot/"))} for key in bodies}
    wanted["PATCH", "/contacts/{uuid}"] = {False, True}  # only its own keys, not those of what it holds
    assert closed == wanted
