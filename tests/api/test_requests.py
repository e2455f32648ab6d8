"""What holds for every request: the error envelope, unknown paths, how bodies and queries arrive.

Source: behaviours, sections 1, 2 and 6.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from conftest import Clock, in_one_task, serving
from factories import API, PAGES, URIS, Caller, Organization, booking_body
from openslot.config import Settings

NOT_FOUND = {"title": "Resource Not Found", "message": "The server could not find the requested resource."}
INVALID = {"title": "Invalid Argument", "message": "The supplied parameters are invalid."}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/"),
        ("GET", "/users"),
        ("GET", "/users/me/more"),
        ("GET", "/users/a%2Fb"),
        ("GET", "/users/%00"),
        ("POST", "/users/me"),
        ("DELETE", "/event_types/8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f"),
        ("PUT", "/event_types"),
        ("PATCH", "/invitees"),
        ("GET", "/invitees"),
        ("GET", "/invitee_no_shows"),
        ("PUT", "/webhook_subscriptions"),
        ("GET", "/scheduled_events/x/cancellation"),
    ],
)
async def test_unknown_paths_and_wrong_methods_are_not_found(owner: Caller, method: str, path: str) -> None:
    answer = await owner.http.request(method, API + path, headers=owner.headers)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


async def test_a_slash_at_the_end_changes_nothing(owner: Caller) -> None:
    assert (await owner.get("/users/me/")).json() == (await owner.get("/users/me")).json()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "The request body is not valid JSON."),
        (b"{'a': 1}", "The request body is not valid JSON."),
        (b"not json", "The request body is not valid JSON."),
        (b"{}{}", "The request body is not valid JSON."),
        (b'{"a": "\xff"}', "The request body is not valid JSON."),
        (b"\xef\xbb\xbf{}", "The request body is not valid JSON."),
        (b'{"a": NaN}', "The request body is not valid JSON."),
        (b"[" * 100_000, "The request body is nested too deeply."),
        (b'{"a":' * 100_000, "The request body is nested too deeply."),
    ],
)
async def test_what_is_not_json_is_refused_in_words(owner: Caller, content: bytes, message: str) -> None:
    answer = await owner.http.post(f"{API}/invitees", content=content, headers=owner.headers)

    assert (answer.status_code, answer.json()) == (400, {"title": "Invalid Argument", "message": message})


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"1", b"null", b"true"])
async def test_a_body_that_is_no_object_is_refused(owner: Caller, content: bytes) -> None:
    answer = await owner.http.post(f"{API}/invitees", content=content, headers=owner.headers)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["parameter"] == "body"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_json_body_is_read_whatever_its_type_is_called(
    owner: Caller, organization: Organization, content_type: str
) -> None:
    body = httpx.Request("POST", API, json=booking_body(URIS.event_type(organization.event_type_id), "x")).content

    answer = await owner.http.post(
        f"{API}/invitees", content=body, headers={**owner.headers, "Content-Type": content_type}
    )

    assert answer.json() == INVALID | {"details": [{"message": "invalid", "parameter": "start_time"}]}


async def test_a_body_over_one_megabyte_is_refused(owner: Caller) -> None:
    answer = await owner.http.post(f"{API}/invitees", content=b" " * 10_000_000, headers=owner.headers)

    assert (answer.status_code, answer.json()) == (
        413,
        {"title": "Content Too Large", "message": "The request body is too large."},
    )


async def test_a_body_of_unknown_length_is_cut_off_too(owner: Caller) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 65_536
            yield b" " * 65_536

    answer = await owner.http.post(f"{API}/invitees", content=endless(), headers=owner.headers)

    assert (answer.status_code, answer.json()["message"]) == (413, "The request body is too large.")
    assert answer.headers["connection"] == "close"


async def test_a_slow_sender_holds_no_connection_to_the_database(
    settings: Settings, clock: Clock, organization: Organization
) -> None:
    arrived, finish = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        arrived.set()
        await finish.wait()
        yield b"{}"

    async with in_one_task(serving(replace(settings, database_pool=1), clock)) as http:
        slow = asyncio.create_task(http.post(f"{API}/invitees", content=slowly(), headers=organization.headers))
        await arrived.wait()
        async with asyncio.timeout(5):
            answer = await http.get(f"{API}/users/me", headers=organization.headers)
        finish.set()

        assert answer.status_code == 200
        assert (await slow).status_code == 400


async def test_unknown_query_parameters_and_body_keys_are_ignored(owner: Caller, organization: Organization) -> None:
    uri = URIS.event_type(organization.event_type_id)

    listed = await owner.get("/event_types", {"organization": URIS.organization(organization.id), "color": "red"})
    booked = await owner.post("/invitees", booking_body(uri, "2027-01-05T10:00:00Z", colour="red"))

    assert (listed.status_code, booked.status_code) == (200, 201)


async def test_colons_and_slashes_may_come_raw_or_encoded(owner: Caller, organization: Organization) -> None:
    uri = URIS.organization(organization.id)
    encoded = uri.replace(":", "%3A").replace("/", "%2F")

    answers = [
        await owner.http.get(f"{API}/event_types?organization={text}&count=20", headers=owner.headers)
        for text in (uri, encoded)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(answers[0].json()["collection"]) == 1


async def test_filters_may_come_as_a_json_body(owner: Caller, organization: Organization) -> None:
    body = {"organization": URIS.organization(organization.id), "count": 1}

    answer = await owner.http.request("GET", f"{API}/event_types", json=body, headers=owner.headers)

    assert answer.status_code == 200
    assert answer.json()["pagination"]["count"] == 1


async def test_the_query_beats_the_body(owner: Caller, organization: Organization) -> None:
    body = {"organization": "nonsense"}
    query = {"organization": URIS.organization(organization.id)}

    answer = await owner.http.request("GET", f"{API}/event_types", json=body, params=query, headers=owner.headers)

    assert answer.status_code == 200


async def test_empty_filters_count_as_left_out(owner: Caller, organization: Organization) -> None:
    query = {"organization": URIS.organization(organization.id), "user": "", "active": "", "count": "", "sort": ""}

    answer = await owner.get("/event_types", query)

    assert (answer.status_code, answer.json()["pagination"]["count"]) == (200, 1)


async def test_references_may_come_with_any_host_and_prefix(owner: Caller, organization: Organization) -> None:
    for base in ("https://api.calendly.com", "http://localhost:8000/prefix/api/v2", ""):
        answer = await owner.get("/event_types", {"organization": f"{base}/organizations/{organization.id}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        "me",
        "{id}",
        "https://book.example/api/v2/users/{id}",
        "/organizations/",
        "/organizations/{id}/x",
        "{id}/organizations",
    ],
)
async def test_a_reference_must_be_the_uri_of_its_resource(owner: Caller, organization: Organization, uri: str) -> None:
    answer = await owner.get("/event_types", {"organization": uri.replace("{id}", str(organization.id))})

    assert (answer.status_code, answer.json()) == (
        400,
        INVALID | {"details": [{"message": "invalid", "parameter": "organization"}]},
    )


async def test_the_api_answers_below_its_path_only(http: httpx.AsyncClient, organization: Organization) -> None:
    answer = await http.get(f"{PAGES}/users/me", headers=organization.headers)

    assert answer.status_code == 404
    assert not answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("/scheduled_events", {"user": "me", "organization": "ours", "status": "gone"},
         ["organization", "status", "user"]),
        ("/scheduled_events", {"user": "me", "organization": "ours"}, ["organization", "user"]),
        ("/event_types", {"user": "me", "organization": "ours", "count": "0"}, ["count", "organization", "user"]),
        ("/event_type_available_times", {"event_type": "x", "start_time": "soon", "end_time": "2027-01-01T00:00:00Z"},
         ["event_type", "start_time"]),
        ("/event_type_available_times", {"event_type": "x", "start_time": "later", "end_time": "soon"},
         ["end_time", "event_type", "start_time"]),
        ("/routing_form_submissions", {"form": "x", "count": "0"}, ["count", "form"]),
        ("/group_relationships", {"organization": "x", "group": "y"}, ["group", "organization"]),
        ("/openslot/limits", {"event_type": "x", "user": "me"}, ["event_type", "user"]),
    ],
)  # fmt: skip
async def test_every_wrong_parameter_of_a_query_is_named_at_once(
    owner: Caller, path: str, query: dict[str, str], wrong: list[str]
) -> None:
    answer = await owner.get(path, query)
    assert answer.status_code == 400
    assert sorted((one["parameter"], one["message"]) for one in answer.json()["details"]) == [
        (name, "invalid") for name in wrong
    ]


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/scheduling_links", {"max_event_count": 3, "owner": "x", "owner_type": "User"},
         ["max_event_count", "owner", "owner_type"]),
        ("/shares", {"event_type": "x", "name": 1}, ["event_type", "name"]),
        ("/one_off_event_types", {"host": "x", "name": 1, "duration": "z", "date_setting": {"type": "days"}},
         ["date_setting", "duration", "host", "name"]),
        ("/openslot/event_types", {"name": 1, "duration": 30, "owner": "x", "availability_schedule": "y"},
         ["availability_schedule", "name", "owner"]),
    ],
)  # fmt: skip
async def test_a_wrong_uri_in_a_body_is_named_with_the_rest(
    owner: Caller, path: str, body: dict[str, object], wrong: list[str]
) -> None:
    answer = await owner.post(path, body)
    assert answer.status_code == 400
    assert sorted((one["parameter"], one["message"]) for one in answer.json()["details"]) == [
        (name, "invalid") for name in wrong
    ]
