"""Pages. Source: behaviours, section 3."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Clock
from contract import schemas as contract
from factories import API, URIS, Caller, Organization, make_event_type
from openslot.core import page_tokens
from openslot.core.errors import Invalid
from openslot.core.ids import new_id
from openslot.db.pool import Conn


@pytest.fixture
async def seven(conn: Conn, organization: Organization, clock: Clock) -> list[str]:
    """The names of seven event types, ascending; two pairs share a position and a time."""
    await conn.execute("DELETE FROM assignments WHERE event_type_id = %s", (organization.event_type_id,))
    await conn.execute("DELETE FROM event_type_hosts WHERE event_type_id = %s", (organization.event_type_id,))
    await conn.execute("DELETE FROM event_types WHERE id = %s", (organization.event_type_id,))
    names = [f"Type {letter}" for letter in "ABCDEFG"]
    for index, name in enumerate(names):
        at = clock.now + timedelta(minutes=index // 2)
        await make_event_type(conn, organization.owner.user, now=at, name=name, position=10 - index // 2)
    return names


def query(organization: Organization, **more: Any) -> dict[str, Any]:
    return {"organization": URIS.organization(organization.id)} | more


def names_in(page: dict[str, Any]) -> list[str]:
    return [row["name"] for row in page["collection"]]


async def walk(caller: Caller, url: str | None, direction: str) -> list[list[str]]:
    """The names on every page from ``url`` on, following the links as they are."""
    pages = []
    while url is not None:
        page = (await caller.http.get(url, headers=caller.headers)).json()
        pages.append(names_in(page))
        url = page["pagination"][direction]
    return pages


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 8, 100])
async def test_the_pages_are_the_list_in_both_directions(
    owner: Caller, organization: Organization, seven: list[str], count: int
) -> None:
    chunks = [seven[start : start + count] for start in range(0, 7, count)]
    first = (await owner.get("/event_types", query(organization, count=count))).json()

    assert names_in(first) == chunks[0]
    assert await walk(owner, first["pagination"]["next_page"], "next_page") == chunks[1:]
    token = first["pagination"]["next_page_token"]
    while token is not None:
        last = (await owner.get("/event_types", query(organization, count=count, page_token=token))).json()
        token = last["pagination"]["next_page_token"]
        backwards = await walk(owner, last["pagination"]["previous_page"], "previous_page")
        assert backwards[::-1] == chunks[: chunks.index(names_in(last))]


async def test_a_page_holds_its_rows_and_names_its_neighbours(
    owner: Caller, organization: Organization, seven: list[str]
) -> None:
    first = (await owner.get("/event_types", query(organization, count=3))).json()["pagination"]
    middle = (await owner.get("/event_types", query(organization, count=3, page_token=first["next_page_token"]))).json()
    middle = middle["pagination"]
    last = (await owner.get("/event_types", query(organization, count=3, page_token=middle["next_page_token"]))).json()
    last = last["pagination"]

    assert (first["count"], middle["count"], last["count"]) == (3, 3, 1)
    assert (first["previous_page"], first["previous_page_token"]) == (None, None)
    assert (last["next_page"], last["next_page_token"]) == (None, None)
    for page, direction in ((first, "next"), (middle, "next"), (middle, "previous"), (last, "previous")):
        assert (
            dict(parse_qsl(urlsplit(page[f"{direction}_page"]).query))["page_token"] == page[f"{direction}_page_token"]
        )
    assert seven == sorted(seven)


async def test_a_full_page_that_is_the_last_has_no_next(
    owner: Caller, organization: Organization, seven: list[str]
) -> None:
    page = (await owner.get("/event_types", query(organization, count=7))).json()

    assert page["pagination"] == {
        "count": len(seven),
        "next_page": None,
        "previous_page": None,
        "next_page_token": None,
        "previous_page_token": None,
    }


async def test_a_page_has_twenty_rows_by_default(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    for _ in range(20):
        await make_event_type(conn, organization.owner.user, now=clock.now)

    page = (await owner.get("/event_types", query(organization))).json()

    assert page["pagination"]["count"] == 20
    assert page["pagination"]["next_page"] is not None


async def test_links_are_full_with_every_parameter_in_alphabetical_order_and_percent_encoded(
    owner: Caller, organization: Organization, seven: list[str]
) -> None:
    parameters = query(organization, sort="name:asc", count=2, active="true", utm="a b&c", Zeta="é")

    page = (await owner.get("/event_types", parameters)).json()["pagination"]

    uri = URIS.organization(organization.id).replace(":", "%3A").replace("/", "%2F")
    assert page["next_page"] == (
        f"{API}/event_types?Zeta=%C3%A9&active=true&count=2&organization={uri}"
        f"&page_token={page['next_page_token']}&sort=name%3Aasc&utm=a%20b%26c"
    )
    assert len(seven) == 7


async def test_a_link_keeps_filters_that_came_as_a_json_body(
    owner: Caller, organization: Organization, seven: list[str]
) -> None:
    body = {"organization": URIS.organization(organization.id), "count": 2, "active": True}
    first = await owner.http.request("GET", f"{API}/event_types", json=body, headers=owner.headers)

    pages = await walk(owner, first.json()["pagination"]["next_page"], "next_page")

    assert pages == [seven[2:4], seven[4:6], seven[6:]]


async def test_tokens_are_letters_and_digits(owner: Caller, organization: Organization, seven: list[str]) -> None:
    for sort in ("name", "position:desc", "created_at", "updated_at:desc,name"):
        page = (await owner.get("/event_types", query(organization, count=1, sort=sort))).json()["pagination"]
        assert re.fullmatch(r"[A-Za-z0-9]+", page["next_page_token"])
    assert len(seven) == 7


async def test_rows_added_meanwhile_shift_nothing(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, seven: list[str]
) -> None:
    first = (await owner.get("/event_types", query(organization, count=3))).json()
    for name in ("Type A0", "Type C0", "Type Z"):
        await make_event_type(conn, organization.owner.user, now=clock.now, name=name)

    rest = await walk(owner, first["pagination"]["next_page"], "next_page")

    assert names_in(first) == seven[:3]
    assert rest == [["Type C0", "Type D", "Type E"], ["Type F", "Type G", "Type Z"]]


async def test_ties_are_broken_the_same_way_on_every_page(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    for _ in range(6):
        await make_event_type(conn, organization.owner.user, now=clock.now, name="Same", position=3)
    whole = (await owner.get("/event_types", query(organization, sort="position:desc", count=100))).json()
    pages = []
    url: str | None = f"{API}/event_types?organization={URIS.organization(organization.id)}&sort=position:desc&count=1"
    while url is not None:
        page = (await owner.http.get(url, headers=owner.headers)).json()
        pages += page["collection"]
        url = page["pagination"]["next_page"]

    assert pages == whole["collection"]
    assert len(pages) == 7


SORTS = {
    "name": "ABCDEFG",
    "name:asc": "ABCDEFG",
    "name:desc": "GFEDCBA",
    "position,name": "GEFCDAB",
    "position:desc,name:desc": "BADCFEG",
    "created_at,name:desc": "BADCFEG",
    "created_at:desc,name": "GEFCDAB",
    "updated_at:desc,name:desc": "GFEDCBA",
    "updated_at,name": "ABCDEFG",
    "name,name": "ABCDEFG",
    " name , position": "ABCDEFG",
}


@pytest.mark.parametrize("sort", SORTS)
async def test_a_list_is_sorted_as_requested_and_pages_agree(
    owner: Caller, organization: Organization, seven: list[str], sort: str
) -> None:
    wanted = [f"Type {letter}" for letter in SORTS[sort]]
    whole = (await owner.get("/event_types", query(organization, sort=sort))).json()
    first = (await owner.get("/event_types", query(organization, sort=sort, count=2))).json()
    pages = await walk(owner, first["pagination"]["next_page"], "next_page")

    assert names_in(whole) == wanted
    assert [name for page in [names_in(first), *pages] for name in page] == wanted
    assert len(seven) == 7


BAD_SORTS = [
    "color",
    "name:up",
    "name:",
    "name:asc:desc",
    ",",
    "name,",
    "id",
    "NAME",
    "event_types.name",
    "name;drop",
    "name " * 3,
]


@pytest.mark.parametrize("sort", BAD_SORTS)
async def test_an_unknown_sort_is_refused(owner: Caller, organization: Organization, sort: str) -> None:
    answer = await owner.get("/event_types", query(organization, sort=sort))

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": "invalid", "parameter": "sort"}])


def lists_without_order() -> set[str]:
    """Paths of the contract with pages and no ``sort``."""
    described = contract.described()
    names = {
        path: {described.resolved(one)["name"] for one in operation.get("parameters", [])}
        for (method, path), operation in described.operations().items()
        if method == "GET"
    }
    return {path for path, found in names.items() if "count" in found and "sort" not in found}


async def test_a_list_that_can_not_be_sorted_ignores_sort(owner: Caller, organization: Organization) -> None:
    """As any key that it does not know. Airbyte's connector sorts memberships by updated_at, and Calendly answers."""
    of_type = {"event_type": URIS.event_type(organization.event_type_id)}
    of = {"/event_type_memberships": of_type, "/meeting_recaps": {}, "/teams": {}}
    found, wanted = {}, {}
    for path in lists_without_order() - {"/notes"}:  # which refuses unknown keys by contract
        parameters = of.get(path, query(organization))
        plain = (await owner.get(path, parameters)).json()
        answer = await owner.get(path, parameters | {"sort": "updated_at:desc"})
        found[path], wanted[path] = (answer.status_code, answer.json()), (200, plain)

    assert found == wanted
    assert len(found) == 7


async def test_a_field_named_over_and_over_sorts_once(
    owner: Caller, organization: Organization, seven: list[str]
) -> None:
    """PostgreSQL compares rows of 1664 columns at most."""
    parameters = query(organization, sort="name," * 1700 + "name:desc", count=4)

    first = (await owner.get("/event_types", parameters)).json()

    assert names_in(first) == seven[:4]
    assert len(first["pagination"]["next_page_token"]) < 200
    assert await walk(owner, first["pagination"]["next_page"], "next_page") == [seven[4:]]


@pytest.mark.parametrize("count", ["0", "-1", "101", "1000", "abc", "1.5", "0x10", "99999999999999999999", "true"])
async def test_a_count_below_1_or_above_100_is_refused(owner: Caller, organization: Organization, count: str) -> None:
    answer = await owner.get("/event_types", query(organization, count=count))

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "title": "Invalid Argument",
            "message": "The supplied parameters are invalid.",
            "details": [{"message": "invalid", "parameter": "count"}],
        },
    )


@pytest.mark.parametrize("count", ["1", "100"])
async def test_a_count_from_1_to_100_is_taken(owner: Caller, organization: Organization, count: str) -> None:
    assert (await owner.get("/event_types", query(organization, count=count))).status_code == 200


KINDS: list[type] = [str, UUID]
VALID = page_tokens.write(("Type A", new_id()), backward=False)
BAD_TOKENS = {
    "no base 32": "!!!",
    "punctuation": "a-b_c",
    "too short": "A",
    "truncated": VALID[:-8],
    "with more behind it": VALID + VALID,
    "lower case": VALID.lower(),
    "of another sort": page_tokens.write((datetime(2027, 1, 4, tzinfo=UTC), new_id()), backward=False),
    "with too few values": page_tokens.write(("Type A",), backward=False),
    "with too many values": page_tokens.write(("Type A", new_id(), 1), backward=False),
    "with no id": page_tokens.write(("Type A", "nobody"), backward=False),
    "with nothing": page_tokens.write((None, None), backward=False),
    "deeply nested": base64.b32encode(b"\x91" * 5000).decode().rstrip("="),
    "not ASCII": "Ä" * 8,
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_a_bad_token_is_refused(owner: Caller, organization: Organization, kind: str) -> None:
    answer = await owner.get("/event_types", query(organization, page_token=BAD_TOKENS[kind]))

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": "invalid", "parameter": "page_token"}])


async def test_a_token_shows_nothing_of_another_organization(
    owner: Caller, organization: Organization, elsewhere: Organization
) -> None:
    foreign = Caller(owner.http, elsewhere.owner.headers)
    token = page_tokens.write(("", UUID(int=0)), backward=False)

    ours = (await owner.get("/event_types", query(organization, page_token=token))).json()
    theirs = (await foreign.get("/event_types", query(elsewhere, page_token=token))).json()

    assert len(ours["collection"]) == len(theirs["collection"]) == 1
    assert ours["collection"] != theirs["collection"]


@given(st.text() | st.from_regex(r"[A-Z2-7]{0,64}", fullmatch=True))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_a_token_or_refused(text: str) -> None:
    try:
        backward, cursor = page_tokens.read(text, KINDS)
    except Invalid:
        return
    assert isinstance(backward, bool)
    assert len(cursor) == 2


@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    number=st.integers(-(2**63), 2**63 - 1),
    at=st.datetimes(timezones=st.just(UTC)),
    ident=st.uuids(),
    backward=st.booleans(),
)
def test_a_token_brings_back_what_it_was_made_of(
    text: str, number: int, at: datetime, ident: UUID, *, backward: bool
) -> None:
    token = page_tokens.write((text, number, at, ident), backward=backward)

    assert page_tokens.read(token, [str, int, datetime, UUID]) == (backward, (text, number, at, ident))


LISTS = [
    ("/event_types", {"user": "user"}),
    ("/scheduled_events", {"user": "user"}),
    ("/routing_forms", {"organization": "organization"}),
    ("/webhook_subscriptions", {"organization": "organization", "scope": "organization"}),
]


@pytest.mark.parametrize(("path", "parameters"), LISTS)
async def test_an_empty_list_is_an_empty_page(
    admin: Caller, organization: Organization, path: str, parameters: dict[str, str]
) -> None:
    values = {
        "user": URIS.user(organization.admin.id),
        "organization": URIS.organization(organization.id),
        "scope": "organization",
    }

    answer = await admin.get(path, {name: values[name] for name in parameters})

    assert answer.json() == {
        "collection": [],
        "pagination": {
            "count": 0,
            "next_page": None,
            "previous_page": None,
            "next_page_token": None,
            "previous_page_token": None,
        },
    }
