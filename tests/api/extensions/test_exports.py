"""Everything of one kind, as JSON lines. Source: ADR 0039."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.json import decode

from conftest import Clock, Statements
from factories import (
    URIS,
    Caller,
    Organization,
    make_booking,
    make_event_type,
    make_routing_form,
    make_submission,
    make_token,
)
from openslot.api.extensions import exports
from openslot.db.pool import Conn

KINDS = list(exports.KINDS)


def a_contact(address: str) -> dict[str, Any]:
    return {"name": address, "emails": [{"email": address, "is_primary": True}]}


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [decode(line) for line in answer.content.splitlines()]


async def listed(caller: Caller, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await caller.get(path)).json()["collection"]
    return sorted(rows, key=lambda one: str(one["uri"]))


@pytest.fixture
async def filled(conn: Conn, organization: Organization, clock: Clock) -> Organization:
    """An organization with five of each kind."""
    start = clock.now + timedelta(days=1)
    for number in range(5):
        await make_booking(conn, organization, start + timedelta(hours=number), now=clock.now)
        await make_event_type(conn, organization.member.user, now=clock.now, name=f"Type {number}")
        form = await make_routing_form(conn, organization, now=clock.now)
        await make_submission(conn, form, now=clock.now)
    return organization


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("event_types", "/event_types?organization={}&count=100"),
        ("organization_memberships", "/organization_memberships?organization={}"),
        ("routing_forms", "/routing_forms?organization={}"),
        ("contacts", "/contacts"),
    ],
)
async def test_a_line_is_a_resource_as_its_list_has_it_however_many_pages_it_takes(
    owner: Caller, filled: Organization, monkeypatch: pytest.MonkeyPatch, kind: str, path: str
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    for number in range(5):
        await owner.post("/contacts", a_contact(f"contact{number}@example.org"))
    exported = lines(await owner.get(f"/openslot/exports/{kind}"))

    assert exported == await listed(owner, path.format(URIS.organization(filled.id)))
    assert len(exported) >= 3


async def test_an_event_comes_with_its_invitees(owner: Caller, filled: Organization) -> None:
    exported = lines(await owner.get("/openslot/exports/scheduled_events"))
    events = await listed(owner, f"/scheduled_events?organization={URIS.organization(filled.id)}")
    expected = [
        event | {"invitees": await listed(owner, event["uri"].removeprefix(URIS.api) + "/invitees")} for event in events
    ]

    assert len(expected) == 5
    assert exported == expected


async def test_submissions_of_all_forms_are_exported_at_once(owner: Caller, filled: Organization) -> None:
    forms = await listed(owner, f"/routing_forms?organization={URIS.organization(filled.id)}")
    of_each = [await listed(owner, f"/routing_form_submissions?form={one['uri']}") for one in forms]
    exported = lines(await owner.get("/openslot/exports/routing_form_submissions"))

    assert exported == sorted((one for some in of_each for one in some), key=lambda one: str(one["uri"]))
    assert len(exported) == 5


@pytest.mark.usefixtures("filled")
async def test_who_names_the_last_line_gets_those_after_it(owner: Caller) -> None:
    every = lines(await owner.get("/openslot/exports/scheduled_events"))
    rest = lines(await owner.get(f"/openslot/exports/scheduled_events?after={every[2]['uri']}"))
    end = lines(await owner.get(f"/openslot/exports/scheduled_events?after={every[-1]['uri']}"))

    assert (rest, end) == (every[3:], [])


@pytest.mark.usefixtures("filled")
async def test_nobody_exports_what_is_another_organization_s(owner: Caller, elsewhere: Organization) -> None:
    far = Caller(owner.http, elsewhere.owner.headers)
    assert lines(await far.get("/openslot/exports/scheduled_events")) == []
    assert len(lines(await far.get("/openslot/exports/organization_memberships"))) == 3


async def test_a_member_exports_the_own_contacts_and_nothing_else(owner: Caller, member: Caller) -> None:
    await member.post("/contacts", a_contact("member.of@example.org"))
    await owner.post("/contacts", a_contact("owner.of@example.org"))
    answers = {kind: await member.get(f"/openslot/exports/{kind}") for kind in KINDS}

    assert {kind: one.status_code for kind, one in answers.items()} == dict.fromkeys(KINDS, 403) | {"contacts": 200}
    assert [one["name"] for one in lines(answers["contacts"])] == ["member.of@example.org"]


async def test_a_token_exports_the_kinds_of_its_scopes(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    narrow = await make_token(conn, organization.owner, now=clock.now, scopes=["event_types:read"])
    caller = Caller(owner.http, narrow.headers)
    refused = await caller.get("/openslot/exports/scheduled_events")

    assert (await caller.get("/openslot/exports/event_types")).status_code == 200
    assert (refused.status_code, refused.json()["required_scopes"]) == (403, ["scheduled_events:read"])


@pytest.mark.parametrize(
    ("path", "status"), [("users", 404), ("event_types?after=x", 400), ("event_types?before=x", 400)]
)
async def test_what_is_not_there_or_not_known_is_refused(owner: Caller, path: str, status: int) -> None:
    assert (await owner.get(f"/openslot/exports/{path}")).status_code == status


@pytest.mark.usefixtures("filled")
async def test_each_page_is_one_query_and_who_calls_is_looked_up_again(
    owner: Caller, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    with statements.counting() as sent:
        await owner.get("/openslot/exports/routing_forms")

    assert len(sent) == 6  # of five rows


async def test_an_export_breaks_off_when_its_token_is_revoked(
    conn: Conn, owner: Caller, filled: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    read = exports.KINDS["routing_forms"].read

    async def revoking(source: exports.Source, page: Any) -> exports.Batch:
        await conn.execute("UPDATE access_tokens SET revoked_at = now() WHERE user_id = %s", (filled.owner.id,))
        return await read(source, page)

    monkeypatch.setitem(exports.KINDS, "routing_forms", exports.KINDS["routing_forms"]._replace(read=revoking))
    answer = await owner.get("/openslot/exports/routing_forms")

    assert len(lines(answer)) == 2  # of five; the server ends the connection without an end of the body
