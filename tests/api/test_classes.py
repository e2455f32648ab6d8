"""Group events over the API as integrations meet them. Source: rules, section 10; ADR 0020."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization, booking_body, make_event_type, make_subscription
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.wire.event_types import LocationConfiguration

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
START = "2027-01-05T10:00:00Z"
DAY = {"start_time": "2027-01-05T00:00:00Z", "end_time": "2027-01-06T00:00:00Z"}
CALL, SUGGESTED = LocationConfiguration("outbound_call"), LocationConfiguration("ask_invitee")


async def book(owner: Caller, event_type: str, who: str, **values: Any) -> dict[str, Any]:
    invitee = {"name": who, "email": f"{who}@example.org", "timezone": "Europe/Rome"}
    answer = await owner.post("/invitees", booking_body(event_type, START, invitee=invitee, **values))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["resource"]
    return made


async def seats(owner: Caller, event_type: str) -> dict[str, int]:
    answer = await owner.get("/event_type_available_times", DAY | {"event_type": event_type})
    return {one["start_time"]: one["invitees_remaining"] for one in answer.json()["collection"]}


@pytest.mark.parametrize(
    ("where", "first", "second"),
    [(CALL, "+390655500123", "+442079460958"), (SUGGESTED, "Bar San Calisto", "The park")],
    ids=["call", "ask"],
)
async def test_each_webhook_has_the_place_of_its_invitee_and_the_event_that_of_none(
    conn: Conn,
    owner: Caller,
    organization: Organization,
    vault: Vault,
    where: LocationConfiguration,
    *,
    first: str,
    second: str,
) -> None:
    await make_subscription(conn, organization.owner, vault=vault, now=NOW)
    made = await make_event_type(conn, organization.owner.user, now=NOW, kind="group", seats=5, locations=[where])
    event_type = URIS.event_type(made)
    ann, ben = [
        await book(owner, event_type, who, location={"kind": where.kind, "location": text})
        for who, text in (("ann", first), ("ben", second))
    ]
    event = (await owner.get(ann["event"].removeprefix(API))).json()["resource"]
    listed = await owner.get("/scheduled_events", {"organization": URIS.organization(organization.id)})
    invitees = await owner.get(ann["event"].removeprefix(API) + "/invitees")
    log = (await owner.get("/openslot/events", {"sort": "sequence:asc"})).json()["collection"]

    assert ann["event"] == ben["event"]
    assert event["location"] == {"type": where.kind, "location": None}
    for answer in (listed, invitees):
        assert first not in answer.text
        assert second not in answer.text
    payloads = [one["payload"] for one in log if one["event"] == "invitee.created"]
    assert [(one["name"], one["scheduled_event"]["location"]) for one in payloads] == [
        ("ann", {"type": where.kind, "location": first}), ("ben", {"type": where.kind, "location": second}),
    ]  # fmt: skip


async def test_a_change_of_duration_strands_no_class(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=5)
    event_type = URIS.event_type(made)
    ann = await book(owner, event_type, "ann")
    await owner.patch(f"/openslot/event_types/{made}", {"duration": 60})
    listed = await seats(owner, event_type)
    why = await owner.get("/openslot/explanations", {"event_type": event_type, "start_time": START})
    ben = await book(owner, event_type, "ben")
    event = (await owner.get(ben["event"].removeprefix(API))).json()["resource"]

    assert (listed[START], listed["2027-01-05T11:00:00Z"]) == (4, 5)
    assert "2027-01-05T09:30:00Z" not in listed  # an hour would run into it
    assert why.json()["resource"]["offered"] is True
    assert ben["event"] == ann["event"]
    assert (event["start_time"], event["end_time"]) == ("2027-01-05T10:00:00.000000Z", "2027-01-05T10:30:00.000000Z")
    assert event["invitees_counter"] == {"total": 2, "active": 2, "limit": 5}


async def test_another_of_several_places_is_refused_to_who_joins(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    places = [LocationConfiguration("physical", location=name) for name in ("Studio", "Cellar")]
    made = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=5, locations=places)
    event_type = URIS.event_type(made)
    await book(owner, event_type, "ann", location={"kind": "physical", "location": "Cellar"})
    elsewhere = {"kind": "physical", "location": "Studio"}
    refused = await owner.post("/invitees", booking_body(event_type, START, location=elsewhere))
    ben = await book(owner, event_type, "ben")
    event = (await owner.get(ben["event"].removeprefix(API))).json()["resource"]

    assert (refused.status_code, refused.json()["message"], refused.json()["details"]) == (
        400,
        "Specified location kind is not configured for this event type.",
        [
            {
                "parameter": "event.location_configuration.location", "message": "invalid location choice",
                "code": "invalid_location_choice",
            }
        ],
    )  # fmt: skip
    assert event["location"] == {"type": "physical", "location": "Cellar"}
