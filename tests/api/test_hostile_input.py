"""Whatever is sent, the answer is one of the contract's, nothing is stored by halves, and nothing is ever executed."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from conftest import Clock
from contract.schemas import check_answer
from factories import (
    API,
    URIS,
    Caller,
    Organization,
    booking_body,
    make_booking,
    make_group,
    make_routing_form,
    make_submission,
    make_subscription,
    principal_of,
)
from openslot.api import decoding
from openslot.core.errors import Invalid
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import no_shows
from openslot.wire.characters import one_line
from openslot.wire.event_types import CustomQuestion, LocationConfiguration

GROWING = (
    "scheduled_events", "scheduled_event_hosts", "occupancy", "invitees", "guests", "invitee_no_shows",
    "webhook_subscriptions", "events", "deliveries", "routing_form_submissions",
)  # fmt: skip


async def stored(conn: Conn, organization: Organization) -> dict[str, int]:
    """How many rows an organization has."""
    parts = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table} WHERE organization_id = %(id)s" for table in GROWING
    )
    cursor = await conn.execute(parts, {"id": organization.id})
    return dict(await cursor.fetchall())


@pytest.fixture
async def open_type(conn: Conn, organization: Organization) -> str:
    """The URI of an event type with a location and a question that take any text."""
    await conn.execute(
        "UPDATE event_types SET locations = %s, custom_questions = %s WHERE id = %s",
        (
            Jsonb([LocationConfiguration("ask_invitee")]),
            Jsonb([CustomQuestion("What?", "text", 0, True, False, [], False)]),
            organization.event_type_id,
        ),
    )
    return URIS.event_type(organization.event_type_id)


def booking(event_type: str, text: str = "x") -> dict[str, Any]:
    """A body of POST /invitees with every key there is."""
    return booking_body(
        event_type,
        "2027-01-05T10:00:00Z",
        invitee={
            "name": text,
            "first_name": text,
            "last_name": text,
            "email": "ada@example.org",
            "timezone": "Europe/Rome",
            "text_reminder_number": "+390655500123",
        },
        location={"kind": "ask_invitee", "location": text},
        questions_and_answers=[{"question": "What?", "answer": text, "position": 0}],
        tracking={
            "utm_campaign": text, "utm_source": text, "utm_medium": text, "utm_content": text, "utm_term": text,
            "salesforce_uuid": text,
        },
        event_guests=["zoe@example.org"],
    )  # fmt: skip


def subscription(organization: Organization, text: str = "x") -> dict[str, Any]:
    return {
        "url": f"https://hooks.example/{text}",
        "events": ["invitee.created"],
        "organization": URIS.organization(organization.id),
        "scope": "user",
        "user": URIS.user(organization.owner.id),
        "group": "x",
        "signing_key": text,
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a body."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


HOSTILE: list[Any] = [
    None, True, 0, -1, 10**30, -(10**400), 1.5, 1e308, "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e",
    "🎉",
    "a" * 100_000, [], [[]], [None], {}, {"a": {}}, ["x"] * 2000, "null", "-1", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-23:59", "-2027-01-05T10:00:00Z", "2027-02-30T10:00:00Z", "2027-01-05T25:00:00Z",
    "'; DROP TABLE invitees; --", "%s %(id)s {0}", "../../../etc/passwd",
]  # fmt: skip


async def check_refused_or_made(
    conn: Conn, organization: Organization, answer: httpx.Response, path: str, before: dict[str, int]
) -> dict[str, int]:
    """See that the answer is one of the contract's, and that only a 201 left something behind."""
    check_answer("post", path, answer.status_code, answer.json())
    assert answer.status_code in {201, 400, 403, 404, 409}
    after = await stored(conn, organization)
    assert (after == before) == (answer.status_code != 201)
    return after


PLACES = list(places(booking("x")))


@pytest.mark.parametrize("path", PLACES, ids=str)
async def test_any_value_anywhere_in_a_booking_is_refused_or_booked(
    conn: Conn, owner: Caller, organization: Organization, open_type: str, path: tuple[Any, ...]
) -> None:
    before = await stored(conn, organization)
    for value in HOSTILE:
        content = json.dumps(with_value(booking(open_type), path, value))

        answer = await owner.http.post(f"{API}/invitees", content=content, headers=owner.headers)

        before = await check_refused_or_made(conn, organization, answer, "/invitees", before)


async def test_any_value_anywhere_in_a_subscription_is_refused_or_stored(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    body = subscription(organization)
    before = await stored(conn, organization)
    for path in places(body):
        for value in HOSTILE:
            content = json.dumps(with_value(body, path, value))

            answer = await owner.http.post(f"{API}/webhook_subscriptions", content=content, headers=owner.headers)

            before = await check_refused_or_made(conn, organization, answer, "/webhook_subscriptions", before)


async def test_any_invitee_of_a_no_show_and_any_reason_of_a_cancellation_is_refused_or_taken(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    cancellation = f"/scheduled_events/{made.event.id}/cancellation"
    for value in HOSTILE:
        no_show = await owner.http.post(
            f"{API}/invitee_no_shows", content=json.dumps({"invitee": value}), headers=owner.headers
        )
        canceled = await owner.http.post(
            API + cancellation, content=json.dumps({"reason": value}), headers=owner.headers
        )

        assert no_show.status_code == 400
        check_answer("post", "/invitee_no_shows", 400, no_show.json())
        assert canceled.status_code in {201, 400, 403}
        check_answer("post", "/scheduled_events/{uuid}/cancellation", canceled.status_code, canceled.json())


TEXTS = [
    "'; DROP TABLE invitees; --",
    "' OR '1'='1",
    "%s %(id)s %% {0} {name}",
    "$1; SELECT pg_sleep(10)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; \"quoted\" 'single' \\back\\slash",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "\u202eright to left\u202c \u200bzero width",
    "Zoë ก็ 日本語 🎉",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_text_in_a_booking_is_kept_as_it_is(owner: Caller, open_type: str, text: str) -> None:
    answer = await owner.post("/invitees", booking(open_type, text))

    assert answer.status_code == 201, answer.text
    shown = answer.json()["resource"]
    event = (await owner.get(shown["event"].removeprefix(URIS.api))).json()["resource"]
    again = (await owner.get(shown["uri"].removeprefix(URIS.api))).json()["resource"]
    assert shown == again
    assert (shown["name"], shown["first_name"], shown["last_name"]) == (one_line(text),) * 3
    assert shown["questions_and_answers"] == [{"question": "What?", "answer": text, "position": 0}]
    assert set(shown["tracking"].values()) == {text}
    assert event["location"] == {"type": "ask_invitee", "location": text}


@pytest.mark.parametrize("text", TEXTS)
async def test_a_reason_is_kept_as_it_is(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, text: str
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)

    await owner.post(f"/scheduled_events/{made.event.id}/cancellation", {"reason": text})

    shown = (await owner.get(f"/scheduled_events/{made.event.id}")).json()["resource"]
    assert shown["cancellation"]["reason"] == text


@pytest.mark.parametrize("text", TEXTS)
async def test_a_callback_url_and_its_key_are_kept_as_they_are(
    conn: Conn, owner: Caller, organization: Organization, vault: Vault, text: str
) -> None:
    url = "https://hooks.example/?q=" + quote(text, safe="'\"<>;%$(){}=&")

    answer = await owner.post("/webhook_subscriptions", subscription(organization, text) | {"url": url})

    assert answer.status_code == 201, answer.text
    assert answer.json()["resource"]["callback_url"] == url
    cursor = await conn.execute(
        "SELECT sealed_signing_key FROM webhook_subscriptions WHERE callback_url = %s AND organization_id = %s",
        (url, organization.id),
    )
    (sealed,) = await cursor.fetchone() or (b"",)
    assert vault.open(bytes(sealed)) == text


async def test_ten_thousand_guests_are_refused_by_their_number(owner: Caller, open_type: str) -> None:
    crowd = [f"guest{number}@example.org" for number in range(10_000)]

    answer = await owner.post("/invitees", booking(open_type) | {"event_guests": crowd})

    assert (answer.status_code, answer.json()["details"]) == (
        400, [{"parameter": "event_guests", "message": "is too long (maximum is 100)"}],
    )  # fmt: skip


RESOURCES = {
    "/users/{}": "user",
    "/event_types/{}": "event type",
    "/scheduled_events/{}": "event",
    "/scheduled_events/{}/invitees": "event",
    "/invitee_no_shows/{}": "no-show",
    "/routing_forms/{}": "form",
    "/routing_form_submissions/{}": "submission",
    "/webhook_subscriptions/{}": "hook",
    "/groups/{}": "group",
}
NO_IDS = [
    "me2", "0", "-1", "null", "undefined", "%00", "%ff%fe", "%F0%9F%8E%89", "..%2f..", "'", "1;DROP", "*",
    "00000000-0000-0000-0000-000000000000", "{8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f}",
    "8a2f9f430b0f4d2c9c1d6f3f1f1f1f1f",
    "urn:uuid:8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f", "8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f%0a", "a" * 5000,
]  # fmt: skip


async def test_ids_of_another_kind_and_what_is_no_id_are_not_found(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, vault: Vault
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    mark = await no_shows.mark(conn, principal, made.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    form = await make_routing_form(conn, organization, now=clock.now)
    ids = {
        "organization": organization.id,
        "user": organization.owner.id,
        "event type": organization.event_type_id,
        "event": made.event.id,
        "invitee": made.invitee.id,
        "no-show": mark.id,
        "form": form.id,
        "submission": (await make_submission(conn, form, now=clock.now)).id,
        "hook": (await make_subscription(conn, organization.owner, vault=vault, now=clock.now)).id,
        "group": await make_group(conn, organization, now=clock.now),
        "nothing": new_id(),
    }
    for path, kind in RESOURCES.items():
        for ident in [str(value) for name, value in ids.items() if name != kind] + NO_IDS:
            answer = await owner.get(path.format(ident))
            assert (answer.status_code, answer.json()["title"]) == (404, "Resource Not Found"), path.format(ident)
        assert (await owner.get(path.format(ids[kind]))).status_code == 200


QUERIES = {
    "/event_types": ["user", "organization", "active", "admin_managed", "user_availability_schedule", "count",
                     "page_token", "sort"],
    "/event_type_available_times": ["event_type", "start_time", "end_time"],
    "/scheduled_events": ["user", "organization", "group", "invitee_email", "status", "min_start_time",
                          "max_start_time", "count", "page_token", "sort"],
    "/routing_forms": ["organization", "count", "page_token", "sort"],
    "/routing_form_submissions": ["form", "count", "page_token", "sort"],
    "/webhook_subscriptions": ["organization", "scope", "user", "group", "count", "page_token", "sort"],
    "/sample_webhook_data": ["event", "organization", "scope", "user", "group"],
    "/groups": ["organization", "count", "page_token", "sort"],
    "/group_relationships": ["organization", "owner", "group", "count", "page_token", "sort"],
}  # fmt: skip
RAW = [
    "%00", "a%00b", "%ff", "%c3%28", "%ed%a0%80", "%", "%zz", "%F0%9F%8E%89", "a" * 20_000, "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-23:59", "-1", "1e999", "99999999999999999999999", "NaN",
    "'%3B%20DROP%20TABLE%20users%3B--", "%25s", "name:asc'", "[]", "{}", "true", "null", "..%2F..%2Fetc",
]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
async def test_any_value_in_a_query_is_refused_or_answered(
    owner: Caller, organization: Organization, path: str
) -> None:
    valid = {
        "organization": URIS.organization(organization.id),
        "user": URIS.user(organization.owner.id),
        "event_type": URIS.event_type(organization.event_type_id),
        "start_time": "2027-01-05T00:00:00Z",
        "end_time": "2027-01-06T00:00:00Z",
        "form": URIS.routing_form(new_id()),
        "scope": "organization",
        "event": "invitee.created",
    }
    known = {name: quote(value) for name, value in valid.items() if name in QUERIES[path]}
    for name in QUERIES[path]:
        for value in RAW:
            query = "&".join(f"{key}={text}" for key, text in (known | {name: value}).items())

            answer = await owner.http.get(f"{API}{path}?{query}", headers=owner.headers)

            assert answer.status_code in {200, 400, 403, 404}, (name, value[:50], answer.text)
            if answer.status_code != 200:
                check_answer("get", path, answer.status_code, answer.json())


@pytest.mark.parametrize(
    "query",
    ["=", "&&&", "a" * 30_000, "organization", "%", "organization=%ff%fe", "a[]=1&a[]=2", "count=1&count=2", ";"],
)
async def test_a_broken_query_is_refused_or_answered(owner: Caller, query: str) -> None:
    answer = await owner.http.get(f"{API}/event_types?{query}", headers=owner.headers)

    assert answer.status_code == 400
    check_answer("get", "/event_types", 400, answer.json())


def is_read(content: bytes) -> bool:
    """Whether a body is read rather than refused."""
    try:
        decoding._json(content)
    except Invalid:
        return False
    return True


def test_json_of_any_depth_is_read_or_refused() -> None:
    """Reading it and looking through it have limits of their own; between the two lay an error of ours."""
    assert {is_read(b'{"a":' * depth + b"1" + b"}" * depth) for depth in range(600, 1100)} == {True, False}


def test_json_of_any_width_is_looked_through() -> None:
    wide = {f"key {number}": ["text"] * 10 for number in range(10_000)}

    assert decoding._json(json.dumps(wide).encode()) == wide


def test_a_number_of_five_thousand_digits_is_read_or_refused() -> None:
    assert is_read(b'{"a":' + b"9" * 5000 + b"}") in {True, False}


@pytest.mark.parametrize(
    ("content", "parameter"),
    [
        (rb'{"event_type": "\u0000"}', "event_type"),
        (rb'{"event_type": "\ud800"}', "event_type"),
        (rb'{"invitee": {"name": "a\u0000b"}}', "invitee.name"),
        (rb'{"event_guests": ["a", "b\u0000"]}', "event_guests[1]"),
        (rb'{"questions_and_answers": [{"question": "a", "answer": "\u0000"}]}', "questions_and_answers[0].answer"),
        (rb'{"\u0000": 1}', "body"),
    ],
)
async def test_a_character_that_can_t_be_stored_is_named(owner: Caller, content: bytes, parameter: str) -> None:
    answer = await owner.http.post(f"{API}/invitees", content=content, headers=owner.headers)

    assert answer.status_code == 400
    body = answer.json()
    if "details" in body:
        assert body["details"] == [{"message": "contains a character that can't be stored", "parameter": parameter}]
    else:
        assert body["message"] == "The request body is not valid JSON."


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\udfffa"])
def test_no_value_with_half_a_character_or_none_gets_through(text: str) -> None:
    """However it came in: JSON and queries are read by libraries that may change their minds."""
    with pytest.raises(Invalid, match=r"a\[1\]\.b contains a character that can't be stored"):
        decoding._refuse_nul({"a": ["fine", {"b": text}]})


KEYS = st.sampled_from(
    ["event_type", "start_time", "invitee", "name", "email", "timezone", "location", "kind", "tracking", "event_guests",
     "questions_and_answers", "question", "answer", "url", "events", "organization", "scope", "user", "signing_key"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)
FUZZ = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("path", ["/invitees", "/invitee_no_shows", "/webhook_subscriptions"])
@FUZZ
@given(body=JSON)
async def test_any_json_is_refused(owner: Caller, path: str, body: Any) -> None:
    answer = await owner.post(path, body)

    assert answer.status_code == 400
    check_answer("post", path, 400, answer.json())


@pytest.mark.parametrize("path", ["/invitees", "/webhook_subscriptions"])
@FUZZ
@given(content=st.binary(max_size=200))
async def test_any_bytes_are_refused(owner: Caller, path: str, content: bytes) -> None:
    answer = await owner.http.post(API + path, content=content, headers=owner.headers)

    assert answer.status_code == 400
    check_answer("post", path, 400, answer.json())


@pytest.mark.parametrize("path", ["/event_types", "/scheduled_events", "/event_type_available_times"])
@FUZZ
@given(
    query=st.dictionaries(
        st.sampled_from(sorted({name for names in QUERIES.values() for name in names})) | st.text(max_size=5),
        st.text(max_size=40),
        max_size=5,
    )
)
async def test_any_query_is_refused_or_answered(owner: Caller, path: str, query: dict[str, str]) -> None:
    encoded = "&".join(
        f"{quote(key, errors='surrogatepass')}={quote(value, errors='surrogatepass')}" for key, value in query.items()
    )

    answer = await owner.http.get(f"{API}{path}?{encoded}", headers=owner.headers)

    assert answer.status_code in {400, 403, 404}
    check_answer("get", path, answer.status_code, answer.json())
