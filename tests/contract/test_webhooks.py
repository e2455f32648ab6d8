"""What webhooks carry: written by every business act, as a sample, and in the examples of the reference."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import Clock, Service
from contract.conftest import Scene
from contract.schemas import check_schema, contract
from factories import (
    API,
    URIS,
    Caller,
    Organization,
    make_booking,
    make_routing_form,
    make_submission,
    principal_of,
)
from openslot.db.pool import Conn
from openslot.presenters import webhooks as present
from openslot.services import recapping
from openslot.services.booking import cancellation, no_shows, rescheduling
from openslot.services.contacts import keeping
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.contacts import CreateContact, NewContactEmail
from openslot.wire.event_types import EventType
from openslot.wire.invitees import InviteePayload
from openslot.wire.meeting_recaps import (
    PutMeetingRecap,
    RecapCreatedPayload,
    RecapDeletedPayload,
    RecapUpdatedPayload,
    UpdateMeetingRecap,
)
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.webhooks import EVENT_SCOPES, WebhookPayload

MEMBERS = {
    "invitee.created": "InviteePayload",
    "invitee.canceled": "InviteePayload",
    "invitee_no_show.created": "InviteePayload",
    "invitee_no_show.deleted": "InviteePayload",
    "routing_form_submission.created": "RoutingFormSubmission",
    "event_type.created": "EventTypePayload",
    "event_type.updated": "EventTypePayload",
    "event_type.deleted": "EventTypePayload",
    "meeting_recap.created": "MeetingRecapCreatedPayload",
    "meeting_recap.updated": "MeetingRecapUpdatedPayload",
    "meeting_recap.deleted": "MeetingRecapDeletedPayload",
    "contact.created": "ContactChangedPayload",
    "contact.updated": "ContactChangedPayload",
    "contact.deleted": "ContactDeletedPayload",
}
"""The schema of each event's payload. Source: webhooks, section 6."""

TYPES: dict[str, Any] = {
    "invitee": WebhookPayload[InviteePayload],
    "invitee_no_show": WebhookPayload[InviteePayload],
    "routing_form_submission": WebhookPayload[RoutingFormSubmission],
    "event_type": WebhookPayload[EventType],
    "meeting_recap.created": WebhookPayload[RecapCreatedPayload],
    "meeting_recap.updated": WebhookPayload[RecapUpdatedPayload],
    "meeting_recap.deleted": WebhookPayload[RecapDeletedPayload],
}
"""The wire type of each family, or event of one, that has one."""

EXAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "webhooks.json").read_text())["deliveries"]


def check_delivery(body: dict[str, Any]) -> None:
    """See that a delivery is what the contract says of its event."""
    check_schema("WebhookPayload", body)
    check_schema(MEMBERS[body["event"]], body["payload"])


async def deliveries(conn: Conn, organization: Organization, *, contacts: bool = False) -> list[dict[str, Any]]:
    """The bodies of what happened in an organization, in order, as they would be sent for its owner.

    Without the contacts that invitees become, unless those are named.
    """
    about = "LIKE" if contacts else "NOT LIKE"
    cursor = await conn.execute(
        f"SELECT name, occurred_at, payload FROM events WHERE organization_id = %s AND name {about} 'contact.%%'"
        " ORDER BY sequence",
        (organization.id,),
    )
    return [
        {
            "event": name,
            "created_at": str(Timestamp.of(occurred_at)),
            "created_by": URIS.user(organization.owner.id),
            "payload": json.loads(payload),
        }
        for name, occurred_at, payload in await cursor.fetchall()
    ]


def test_every_event_has_its_schema() -> None:
    assert set(MEMBERS) == set(contract()["webhooks"]) == set(EVENT_SCOPES)


async def test_a_booking_writes_its_event(conn: Conn, organization: Organization, clock: Clock) -> None:
    start = datetime(2027, 1, 5, 10, tzinfo=UTC)
    booked = await make_booking(conn, organization, start, now=clock.now, guests=["guest@example.org"])

    (body,) = await deliveries(conn, organization)

    check_delivery(body)
    assert {name: value for name, value in body.items() if name != "payload"} == {
        "event": "invitee.created",
        "created_at": "2027-01-04T08:00:00.000000Z",
        "created_by": URIS.user(organization.owner.id),
    }
    event_uri = URIS.scheduled_event(booked.event.id)
    payload = body["payload"]
    event_type = await conn.execute("SELECT name FROM event_types WHERE id = %s", (organization.event_type_id,))
    assert payload == {
        "uri": URIS.invitee(booked.event.id, booked.invitee.id),
        "email": "ada@example.org",
        "first_name": None,
        "last_name": None,
        "name": "Ada Example",
        "status": "active",
        "questions_and_answers": [],
        "timezone": "Europe/Rome",
        "event": event_uri,
        "created_at": "2027-01-04T08:00:00.000000Z",
        "updated_at": "2027-01-04T08:00:00.000000Z",
        "tracking": dict.fromkeys(
            ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"]
        ),
        "text_reminder_number": None,
        "rescheduled": False,
        "old_invitee": None,
        "new_invitee": None,
        "cancel_url": f"https://book.example/cancellations/{booked.invitee.id}",
        "reschedule_url": f"https://book.example/reschedulings/{booked.invitee.id}",
        "routing_form_submission": None,
        "payment": None,
        "no_show": None,
        "reconfirmation": None,
        "scheduling_method": None,
        "invitee_scheduled_by": None,
        "canceled": False,
        "scheduled_event": {
            "uri": event_uri,
            "name": (await event_type.fetchone() or ("",))[0],
            "meeting_notes_plain": None,
            "meeting_notes_html": None,
            "status": "active",
            "start_time": "2027-01-05T10:00:00.000000Z",
            "end_time": "2027-01-05T10:30:00.000000Z",
            "event_type": URIS.event_type(organization.event_type_id),
            "location": {"type": "custom", "location": None},
            "invitees_counter": {"total": 1, "active": 1, "limit": 1},
            "created_at": "2027-01-04T08:00:00.000000Z",
            "updated_at": "2027-01-04T08:00:00.000000Z",
            "event_memberships": [
                {
                    "user": URIS.user(organization.owner.id),
                    "user_email": organization.owner.user.email,
                    "user_name": organization.owner.user.name,
                    "buffered_start_time": "2027-01-05T10:00:00.000000Z",
                    "buffered_end_time": "2027-01-05T10:30:00.000000Z",
                }
            ],
            "event_guests": [
                {
                    "email": "guest@example.org",
                    "created_at": "2027-01-04T08:00:00.000000Z",
                    "updated_at": "2027-01-04T08:00:00.000000Z",
                }
            ],
            "calendar_event": None,
        },
    }


async def test_a_cancellation_writes_its_event_with_the_reason_on_both_levels(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    clock.advance(minutes=5, microseconds=654321)
    await cancellation.cancel_as_invitee(conn, booked.invitee.id, reason="Caught a cold", uris=URIS, now=clock.now)

    created, canceled = await deliveries(conn, organization)

    check_delivery(canceled)
    cause = {
        "canceled_by": "Ada Example",
        "reason": "Caught a cold",
        "canceler_type": "invitee",
        "created_at": "2027-01-04T08:05:00.654321Z",
    }
    changed = {"status": "canceled", "updated_at": "2027-01-04T08:05:00.654321Z", "cancellation": cause}
    was = created["payload"]
    assert canceled["event"] == "invitee.canceled"
    assert canceled["payload"] == was | changed | {
        "canceled": True,
        "scheduled_event": was["scheduled_event"]
        | changed
        | {"invitees_counter": {"total": 1, "active": 0, "limit": 1}},
    }


async def test_a_no_show_writes_both_its_events(conn: Conn, organization: Organization, clock: Clock) -> None:
    booked = await make_booking(conn, organization, datetime(2027, 1, 4, 9, tzinfo=UTC), now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    clock.advance(hours=2)
    mark = await no_shows.mark(conn, principal, booked.invitee.id, before_start="accept", uris=URIS, now=clock.now)
    clock.advance(minutes=1)
    await no_shows.unmark(conn, principal, mark.id, uris=URIS, now=clock.now)

    created, marked, unmarked = await deliveries(conn, organization)

    check_delivery(marked)
    check_delivery(unmarked)
    was = created["payload"]
    assert marked["event"] == "invitee_no_show.created"
    assert marked["payload"] == was | {
        "no_show": {"uri": URIS.no_show(mark.id), "created_at": "2027-01-04T10:00:00.000000Z"},
        "updated_at": "2027-01-04T10:00:00.000000Z",
    }
    assert unmarked["event"] == "invitee_no_show.deleted"
    assert unmarked["payload"] == was | {"no_show": None, "updated_at": "2027-01-04T10:01:00.000000Z"}


async def test_a_reschedule_writes_both_halves_linked_to_each_other(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    old = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    clock.advance(minutes=1)
    async with conn.transaction():
        new = await rescheduling.reschedule(
            conn, old.invitee.id, datetime(2027, 1, 6, 12, tzinfo=UTC), uris=URIS, now=clock.now
        )

    _, canceled, created, both = await deliveries(conn, organization)

    check_delivery(canceled)
    check_delivery(created)
    assert both == {
        "event": "invitee.rescheduled", "created_at": created["created_at"], "created_by": created["created_by"],
        "payload": {"old": canceled["payload"], "new": created["payload"]},
    }  # fmt: skip
    old_uri = URIS.invitee(old.event.id, old.invitee.id)
    new_uri = URIS.invitee(new.event.id, new.invitee.id)
    linking = ["uri", "status", "rescheduled", "old_invitee", "new_invitee"]
    assert {name: canceled["payload"][name] for name in linking} == {
        "uri": old_uri, "status": "canceled", "rescheduled": True, "old_invitee": None, "new_invitee": new_uri,
    }  # fmt: skip
    assert canceled["payload"]["cancellation"]["canceler_type"] == "invitee"
    assert {name: created["payload"][name] for name in linking} == {
        "uri": new_uri, "status": "active", "rescheduled": False, "old_invitee": old_uri, "new_invitee": None,
    }  # fmt: skip
    assert "cancellation" not in created["payload"]
    assert created["payload"]["scheduled_event"]["start_time"] == "2027-01-06T12:00:00.000000Z"


async def test_contacts_write_their_events(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Of a change that changes nothing there is none."""
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        body = CreateContact(name="Ada Example", emails=[NewContactEmail("ada@example.org", is_primary=True)])
        changes = await keeping.read(conn, principal, body)
        contact = await keeping.create(conn, principal, changes, uris=URIS, now=clock.now)
    clock.advance(minutes=1)
    for city in ("Rome", "Rome"):
        await keeping.update(conn, principal, contact.id, {"city": city}, uris=URIS, now=clock.now)
    await keeping.delete(conn, principal, contact.id, uris=URIS, now=clock.now)

    created, updated, deleted = await deliveries(conn, organization, contacts=True)

    for one in (created, updated, deleted):
        check_delivery(one)
    assert [one["event"] for one in (created, updated, deleted)] == [
        "contact.created", "contact.updated", "contact.deleted",
    ]  # fmt: skip
    whose = {"user_uuid": str(organization.owner.id)}
    stamps = {"created_at": "2027-01-04T08:00:00Z", "updated_at": "2027-01-04T08:00:00Z"}
    shown = {
        "uri": URIS.contact(contact.id), "creation_source": "api", "name": "Ada Example",
        "emails": [{"email": "ada@example.org", "is_primary": True}], "phone_numbers": [], "timezone": None,
        "job_title": None, "company": None, "country": None, "state": None, "city": None, "linkedin": None,
        "custom_fields": [], **stamps, "next_meeting_date": None, "last_meeting_date": None,
        "last_interaction_date": None, "first_email_date": None, "last_email_date": None,
    }  # fmt: skip
    assert created["payload"] == whose | {"contact": shown}
    assert updated["payload"] == whose | {"contact": shown | {"city": "Rome", "updated_at": "2027-01-04T08:01:00Z"}}
    gone = {"uri": URIS.contact(contact.id), "deleted_at": "2027-01-04T08:01:00Z"}
    assert deleted["payload"] == whose | {"contact": gone}


async def test_recaps_write_their_events(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Of one that is not ready yet there is none, nor of a change that changes nothing."""
    booked = await make_booking(
        conn, organization, datetime(2027, 1, 4, 9, tzinfo=UTC), now=clock.now, guests=["guest@example.org"]
    )
    principal = await principal_of(conn, organization.owner, now=clock.now)
    waiting = PutMeetingRecap(event="", status="processing")
    recap = await recapping.put(conn, principal, booked.event.id, waiting, uris=URIS, now=clock.now)
    clock.advance(minutes=1)
    for words in (
        PutMeetingRecap(event="", summary_md="Two ovens", transcript="Ada: Two.", share_link="https://a.example/1"),
        PutMeetingRecap(event="", summary_md="Two ovens", transcript="Ada: 2.", share_link="https://a.example/1"),
    ):
        await recapping.put(conn, principal, booked.event.id, words, uris=URIS, now=clock.now)
        clock.advance(minutes=1)
    for _ in range(2):
        change = UpdateMeetingRecap(summary_md=None, discussion_md="Bricks")
        await recapping.update(conn, principal, recap.id, change, uris=URIS, now=clock.now)
    await recapping.delete(conn, principal, recap.id, uris=URIS, now=clock.now)

    _, created, updated, deleted = await deliveries(conn, organization)

    for one in (created, updated, deleted):
        check_delivery(one)
    assert [one["event"] for one in (created, updated, deleted)] == [
        "meeting_recap.created", "meeting_recap.updated", "meeting_recap.deleted",
    ]  # fmt: skip
    uri = URIS.meeting_recap(recap.id)
    shown = {
        "uri": uri, "summary_md": "Two ovens", "transcript": f"{uri}/transcript", "share_link": "https://a.example/1",
        "created_at": "2027-01-04T08:00:00.000000Z", "updated_at": "2027-01-04T08:01:00.000000Z",
    }  # fmt: skip
    host = organization.owner.user
    meeting = {
        "uri": URIS.scheduled_event(booked.event.id), "name": booked.event.name,
        "start_time": "2027-01-04T09:00:00.000000Z", "end_time": "2027-01-04T09:30:00.000000Z",
        "location": {"type": "custom", "location": None},
        "attendees": [
            {"host": True, "user_email": host.email, "user_name": host.name},
            {"host": False, "user_email": "ada@example.org", "user_name": "Ada Example"},
            {"host": False, "user_email": "guest@example.org", "user_name": "guest@example.org"},
        ],
    }  # fmt: skip
    assert created["payload"] == {"created_at": "2027-01-04T08:00:00.000000Z", "event": meeting, "recap": shown}
    changed = shown | {"discussion_md": "Bricks", "updated_at": "2027-01-04T08:03:00.000000Z"}
    del changed["summary_md"]
    assert updated["payload"] == {"event": meeting, "recap": changed}
    gone = {"uri": uri, "deleted_at": "2027-01-04T08:03:00.000000Z"}
    assert deleted["payload"] == {"event": {"uri": meeting["uri"]}, "recap": gone}


async def test_an_invitee_becomes_a_contact_of_the_host_once(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    for day in (5, 6):
        await make_booking(conn, organization, datetime(2027, 1, day, 10, tzinfo=UTC), now=clock.now)

    (created,) = await deliveries(conn, organization, contacts=True)

    check_delivery(created)
    known = created["payload"]["contact"]
    assert (known["creation_source"], known["emails"]) == (
        "booking",
        [{"email": "ada@example.org", "is_primary": True}],
    )


@pytest.mark.parametrize("need", ["Meeting", "Docs", "Job"])
async def test_a_routing_submission_writes_its_event(
    conn: Conn, organization: Organization, clock: Clock, need: str
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    sent = await make_submission(conn, form, now=clock.now, need=need)

    (body,) = await deliveries(conn, organization)

    check_delivery(body)
    results = {
        "Meeting": {"type": "event_type", "value": URIS.event_type(organization.event_type_id)},
        "Docs": {"type": "external_url", "value": "https://example.com/docs"},
        "Job": {"type": "custom_message", "value": {"headline": "Thank you", "body": "We will write to you."}},
    }
    answers = ["ada@example.org", need, None]
    assert body["payload"] == {
        "uri": URIS.routing_form_submission(sent.id),
        "routing_form": URIS.routing_form(form.id),
        "questions_and_answers": [
            {"question_uuid": question.uuid, "question": question.name, "answer": answer}
            for question, answer in zip(form.questions, answers, strict=True)
        ],
        "tracking": dict.fromkeys(
            ["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"]
        ),
        "result": results[need],
        "submitter": None,
        "submitter_type": None,
        "created_at": "2027-01-04T08:00:00.000000Z",
        "updated_at": "2027-01-04T08:00:00.000000Z",
    }


async def test_what_is_delivered_is_what_the_api_shows_at_that_moment(
    conn: Conn, organization: Organization, clock: Clock, service: Service
) -> None:
    service.clock = clock
    caller = Caller(service.client, organization.headers)
    booked = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)

    (body,) = await deliveries(conn, organization)

    event = await caller.get(f"/scheduled_events/{booked.event.id}")
    invitee = await caller.get(f"/scheduled_events/{booked.event.id}/invitees/{booked.invitee.id}")
    assert body["payload"] == invitee.json()["resource"] | {"scheduled_event": event.json()["resource"]}


@pytest.mark.parametrize("event", EVENT_SCOPES)
async def test_sample_of_an_event_is_what_a_delivery_looks_like(
    service: Service, standing_scene: Scene, event: str
) -> None:
    service.clock = standing_scene.clock
    owner = standing_scene.organization.owner
    scope = EVENT_SCOPES[event][0]
    query = {
        "event": event,
        "organization": URIS.organization(standing_scene.organization.id),
        "scope": scope,
    }
    query |= {"user": URIS.user(owner.id)} if scope == "user" else {}

    answer = await service.client.get(f"{API}/sample_webhook_data", params=query, headers=owner.headers)

    body = answer.json()
    check_delivery(body)
    assert (body["event"], body["created_by"]) == (event, URIS.user(owner.id))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["event"]))
def test_example_of_the_reference_meets_the_contract(example: dict[str, Any]) -> None:
    check_delivery(example)


@pytest.mark.parametrize(
    "example",
    [one for one in EXAMPLES if TYPES.keys() & {one["event"], one["event"].partition(".")[0]}],
    ids=lambda example: str(example["event"]),
)
def test_example_of_the_reference_comes_out_of_the_wire_types_as_it_went_in(example: dict[str, Any]) -> None:
    kind = TYPES.get(example["event"]) or TYPES[example["event"].partition(".")[0]]

    again = json.loads(codec.encode(codec.decode(json.dumps(example), kind)))

    if "scheduled_event" in again["payload"]:
        assert again["payload"]["scheduled_event"].pop("calendar_event") is None  # always written, optional in there
    assert again == example


def test_the_stored_payload_goes_out_byte_by_byte() -> None:
    payload = '{"name": "Zoë",  "b":1.0, "a":"\\u00e9"}'
    head = '{"event":"invitee.created","created_at":"2027-01-04T09:00:00.000001Z","created_by":null,"payload":'

    body = present.body(head, payload)

    assert body == head.encode() + payload.encode() + b"}"
    assert msgspec.json.decode(body)["payload"] == {"name": "Zoë", "b": 1.0, "a": "é"}


async def test_what_becomes_of_an_event_type_writes_its_events(
    conn: Conn, service: Service, organization: Organization, clock: Clock
) -> None:
    service.clock = clock
    owner = Caller(service.client, organization.headers)
    made = (await owner.post("/openslot/event_types", {"name": "Kiln tour", "duration": 30})).json()["resource"]
    path = f"/openslot/event_types/{made['uri'].rpartition('/')[2]}"
    clock.advance(minutes=1)
    await owner.patch(path, {"duration": 45})
    await owner.patch(path, {"duration": 45})  # nothing changes, so nothing is told
    clock.advance(minutes=1)
    await owner.delete(path)

    bodies = await deliveries(conn, organization)

    for body in bodies:
        check_delivery(body)
    assert [
        (body["event"], body["payload"]["uri"], body["payload"]["duration"], body["payload"]["deleted_at"])
        for body in bodies
    ] == [
        ("event_type.created", made["uri"], 30, None),
        ("event_type.updated", made["uri"], 45, None),
        ("event_type.deleted", made["uri"], 45, str(Timestamp.of(clock.now))),
    ]
