"""Erasing persons over the API, and what pages and lists show of them afterwards. Source: ADR 0015; contract."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import SECRET_KEY, Clock
from factories import PAGES, URIS, Caller, Organization, make_booking, make_routing_form, make_submission, make_token
from openslot.db.pool import Conn
from openslot.security.form_tokens import FormTokens
from openslot.services.booking.command import Booked

START = datetime(2027, 1, 4, 9, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
async def booked(conn: Conn, organization: Organization, clock: Clock) -> list[Booked]:
    """A meeting that is over and one that is to come, each with a guest."""
    made = [
        await make_booking(conn, organization, START + timedelta(days=day), now=clock.now, guests=["bob@example.org"])
        for day in (0, 1)
    ]
    clock.now = START + timedelta(hours=1)
    return made


@pytest.mark.parametrize("path", ["/data_compliance/deletion/invitees", "/openslot/erasures"])
async def test_admins_and_owners_erase_and_members_do_not(
    conn: Conn, owner: Caller, admin: Caller, member: Caller, booked: list[Booked], path: str
) -> None:
    refused = await member.post(path, {"emails": [ADA]})
    kept = (await owner.get(f"/scheduled_events/{booked[0].event.id}/invitees")).json()["collection"][0]["email"]
    answers = [await caller.post(path, {"emails": [ADA]}) for caller in (admin, owner)]

    assert (refused.status_code, refused.json()) == (
        403, {"title": "Permission Denied", "message": "You must be an admin/owner to use this resource."},
    )  # fmt: skip
    assert kept == ADA
    assert {answer.status_code for answer in answers} <= {201, 202}
    cursor = await conn.execute(
        "SELECT count(*) FROM invitees WHERE id = %s AND email = %s", (booked[0].invitee.id, ADA)
    )
    assert await cursor.fetchone() == (0,)


async def test_calendly_s_call_answers_with_an_empty_object(owner: Caller, booked: list[Booked]) -> None:
    answer = await owner.post("/data_compliance/deletion/invitees", {"emails": [ADA.upper(), "nobody@example.org"]})

    assert (answer.status_code, answer.json()) == (202, {})
    (receipt,) = (await owner.get("/openslot/erasures")).json()["collection"]
    assert (receipt["addresses"], receipt["erased"]["invitees"], receipt["canceled"]) == (2, 2, 1)
    assert booked


async def test_calendly_s_call_erases_events_by_their_time_and_leaves_a_receipt(
    owner: Caller, organization: Organization, booked: list[Booked]
) -> None:
    over, ahead = (f"/scheduled_events/{one.event.id}" for one in booked)
    span = {"start_time": "2027-01-04T09:00:00Z", "end_time": "2027-01-04T10:59:59.5+01:00"}

    answer = await owner.post("/data_compliance/deletion/events", span)

    (receipt,) = (await owner.get("/openslot/erasures")).json()["collection"]
    assert (answer.status_code, answer.json()) == (202, {})
    assert receipt == {
        "uri": receipt["uri"],
        "addresses": 0,
        "erased": {
            "events": 1, "guests": 1, "invitees": 1, "mails": 3, "occupancy": 1, "scheduled_event_hosts": 1,
            "scheduled_events": 1,
        },
        "canceled": 0,
        "asked_by": URIS.user(organization.owner.id),
        "created_at": "2027-01-04T10:00:00.000000Z",
        "start_time": "2027-01-04T09:00:00.000000Z",
        "end_time": "2027-01-04T09:59:59.500000Z",
    }  # fmt: skip
    assert [(await owner.get(path)).status_code for path in (over, f"{over}/invitees", ahead)] == [404, 404, 200]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["start_time", "end_time"]),
        ({"start_time": "x", "end_time": 1}, ["start_time", "end_time"]),
        ({"start_time": "2027-01-04T09:00:00Z", "end_time": "2027-01-05T09:00:00Z"}, ["end_time"]),
        ({"start_time": "2020-01-04T09:00:00Z", "end_time": "2027-01-04T09:00:00Z"}, ["start_time"]),
    ],
)
async def test_a_time_that_can_not_be_erased_is_refused(
    owner: Caller, member: Caller, booked: list[Booked], body: Any, wrong: list[str]
) -> None:
    answer = await owner.post("/data_compliance/deletion/events", body)
    by_member = await member.post("/data_compliance/deletion/events", body)

    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, wrong)
    assert by_member.status_code in {400, 403}
    assert (await owner.get(f"/scheduled_events/{booked[0].event.id}")).status_code == 200


async def test_a_receipt_shows_how_much_was_erased_and_by_whom(
    owner: Caller, member: Caller, organization: Organization, booked: list[Booked]
) -> None:
    answer = await owner.post("/openslot/erasures", {"emails": [ADA]})
    receipt = answer.json()["resource"]
    path = receipt["uri"].removeprefix(URIS.api)

    assert answer.status_code == 201
    assert receipt == {
        "uri": receipt["uri"],
        "addresses": 1,
        "erased": {"contact_emails": 1, "contacts": 1, "events": 3, "guests": 2, "invitees": 2, "mails": 2},
        "canceled": 1,
        "asked_by": URIS.user(organization.owner.id),
        "created_at": "2027-01-04T10:00:00.000000Z",
    }
    assert path.startswith("/openslot/erasures/")
    assert (await owner.get(path)).json() == {"resource": receipt}
    assert (await owner.get("/openslot/erasures")).json()["collection"] == [receipt]
    assert [(await member.get(one)).status_code for one in (path, "/openslot/erasures")] == [403, 403]
    assert len(booked) == 2


async def test_receipts_of_another_organization_are_not_there(
    http: httpx.AsyncClient, owner: Caller, elsewhere: Organization, booked: list[Booked]
) -> None:
    stranger = Caller(http, elsewhere.headers)
    receipt = (await owner.post("/openslot/erasures", {"emails": [ADA]})).json()["resource"]

    assert (await stranger.get(receipt["uri"].removeprefix(URIS.api))).status_code == 404
    assert (await stranger.get("/openslot/erasures")).json()["collection"] == []
    assert (await owner.get("/openslot/erasures/nonsense")).status_code == 404
    assert booked


@pytest.mark.parametrize(
    ("body", "parameter", "message"),
    [
        ({}, "emails", "is missing"),
        ({"emails": None}, "emails", "must be filled"),
        ({"emails": ADA}, "emails", "invalid"),
        ({"emails": []}, "emails", "is too short (minimum is 1)"),
        ({"emails": [ADA] * 101}, "emails", "is too long (maximum is 100)"),
        ({"emails": [ADA, 1]}, "emails[1]", "invalid"),
        ({"emails": [ADA, "ada"]}, "emails[1]", "invalid"),
        ({"emails": [ADA, ""]}, "emails[1]", "invalid"),
        ({"emails": [ADA, "%@%"]}, "emails[1]", "invalid"),
    ],
)
@pytest.mark.parametrize("path", ["/data_compliance/deletion/invitees", "/openslot/erasures"])
async def test_what_can_not_be_read_erases_nobody(
    owner: Caller, booked: list[Booked], path: str, body: Any, parameter: str, message: str
) -> None:
    answer = await owner.post(path, body)

    assert (answer.status_code, answer.json()["details"]) == (400, [{"parameter": parameter, "message": message}])
    found = await owner.get(f"/scheduled_events/{booked[0].event.id}/invitees/{booked[0].invitee.id}")
    assert found.json()["resource"]["email"] == ADA


async def test_the_scope_is_that_of_data_compliance(
    conn: Conn, http: httpx.AsyncClient, organization: Organization, clock: Clock
) -> None:
    statuses = []
    for scope in ("scheduled_events:write", "data_compliance:write"):
        caller = Caller(http, (await make_token(conn, organization.owner, now=clock.now, scopes=[scope])).headers)
        answers = [
            await caller.post("/data_compliance/deletion/invitees", {"emails": [ADA]}),
            await caller.post("/openslot/erasures", {"emails": [ADA]}),
            await caller.get("/openslot/erasures"),
        ]
        statuses += [answer.status_code for answer in answers]

    assert statuses == [403, 403, 403, 202, 201, 200]


async def test_lists_show_the_erased_with_their_times_and_without_their_names(
    owner: Caller, organization: Organization, booked: list[Booked]
) -> None:
    over, ahead = booked
    before = (await owner.get(f"/scheduled_events/{over.event.id}/invitees/{over.invitee.id}")).json()["resource"]
    await owner.post("/openslot/erasures", {"emails": [ADA]})
    shown = (await owner.get(f"/scheduled_events/{over.event.id}/invitees")).json()["collection"]
    events = (await owner.get(f"/scheduled_events?organization={URIS.organization(organization.id)}")).json()
    by_address = f"/scheduled_events?organization={URIS.organization(organization.id)}&invitee_email="

    address = f"{over.invitee.id}@erased.invalid"
    assert shown == [before | {"name": "Erased", "email": address, "updated_at": "2027-01-04T10:00:00.000000Z"}]
    assert [
        (one["status"], one["event_guests"], one["invitees_counter"], one.get("cancellation", {}).get("reason"))
        for one in events["collection"]
    ] == [
        ("active", [], {"total": 1, "active": 1, "limit": 1}, None),
        ("canceled", [], {"total": 1, "active": 0, "limit": 1}, "Personal data erased"),
    ]
    assert (await owner.get(by_address + ADA)).json()["collection"] == []
    assert [one["uri"] for one in (await owner.get(by_address + address)).json()["collection"]] == [
        URIS.scheduled_event(over.event.id)
    ]
    assert ahead.event.id != over.event.id


async def test_the_links_that_an_erased_invitee_has_still_lead_somewhere(
    http: httpx.AsyncClient, owner: Caller, booked: list[Booked], clock: Clock
) -> None:
    await owner.post("/openslot/erasures", {"emails": [ADA]})
    for one in booked:
        event_type = (await owner.get(f"/event_types/{one.event.event_type_id}")).json()["resource"]
        for link in (
            URIS.cancel_page(one.invitee.id), URIS.reschedule_page(one.invitee.id),
            f"{PAGES}/reconfirmations/{one.invitee.id}", f"{event_type['scheduling_url']}/invitees/{one.invitee.id}",
        ):  # fmt: skip
            page = await http.get(link)
            assert page.status_code == 200, link
            assert ADA not in page.text
            assert "Ada Example" not in page.text
        for link in (URIS.cancel_page(one.invitee.id), f"{PAGES}/reconfirmations/{one.invitee.id}"):
            form = {"_csrf_token": FormTokens(SECRET_KEY).new(clock.now)}
            assert (await http.post(link, data=form)).status_code == 303, link


async def test_an_emptied_submission_is_still_listed(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    made = await make_submission(conn, form, now=clock.now)
    before = (await owner.get(f"/routing_form_submissions/{made.id}")).json()["resource"]
    await owner.post("/openslot/erasures", {"emails": [ADA]})

    assert before["questions_and_answers"]
    assert (await owner.get(f"/routing_form_submissions/{made.id}")).json()["resource"] == before | {
        "questions_and_answers": [],
        "updated_at": "2027-01-04T08:00:00.000000Z",
    }
