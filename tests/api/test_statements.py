"""How many statements a request costs: pinned, and the same for one row and for three.

``auth`` is the one that finds out who calls. Opening and ending a transaction is not counted.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock, Statements
from factories import (
    API,
    PAGES,
    URIS,
    Organization,
    booking_body,
    make_booking,
    make_event_type,
    make_group,
    make_member,
    make_routing_form,
    make_submission,
    make_subscription,
    principal_of,
)
from openslot.core.ids import new_id
from openslot.db import event_types, meeting_limits
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services import inviting, recapping, teaming
from openslot.services.booking import no_shows
from openslot.services.contacts import listing
from openslot.wire.meeting_recaps import PutMeetingRecap

STATEMENTS = {
    "GET /users/me": 1,  # auth
    "GET /users/{owner}": 2,  # auth, user
    "GET /event_types?user={owner_uri}": 2,  # auth, page
    "GET /event_types?user={member_uri}": 3,  # auth, user, page
    "GET /event_types?organization={organization}": 2,  # auth, page
    "GET /event_types/{type}": 2,  # auth, event type
    "GET /event_type_available_times?event_type={type_uri}&{day}": 3,  # auth, event type with hosts, busy times
    "GET /scheduled_events?organization={organization}": 2,  # auth, page
    "GET /scheduled_events/{event}": 2,  # auth, event
    "GET /scheduled_events/{event}/invitees": 3,  # auth, event, page
    "GET /scheduled_events/{event}/invitees/{invitee}": 3,  # auth, event, invitee
    "POST /invitees": 9,  # auth, event type, lock, busy times, event, invitee, event written, known contact, mails
    "POST /scheduled_events/{event}/cancellation": 16,
    "POST /invitee_no_shows": 7,  # auth, invitee, event, mark, both again, event written
    "GET /invitee_no_shows/{mark}": 4,  # auth, mark, invitee, event
    "DELETE /invitee_no_shows/{mark}": 8,  # auth, mark, invitee, event, delete, both again, event written
    "GET /routing_forms?organization={organization}": 2,  # auth, page
    "GET /routing_forms/{form}": 2,  # auth, form
    "GET /routing_form_submissions?form={form_uri}": 3,  # auth, form, page
    "GET /routing_form_submissions/{submission}": 2,  # auth, submission
    "POST /webhook_subscriptions": 2,  # auth, insert
    "GET /webhook_subscriptions?organization={organization}&scope=organization": 2,  # auth, page
    "GET /webhook_subscriptions/{hook}": 2,  # auth, subscription
    "DELETE /webhook_subscriptions/{hook}": 3,  # auth, subscription, delete
    "GET /sample_webhook_data?event=invitee.created&organization={organization}&scope=organization": 1,  # auth
    "GET /groups?organization={organization}": 2,  # auth, page
    "GET /groups/{group}": 2,  # auth, group
    "GET /group_relationships?group={group_uri}": 3,  # auth, group, page
    "GET /scheduled_events?organization={organization}&group={group_uri}": 3,  # auth, group, page
    "GET /contacts": 2,  # auth, page
    "GET /contacts?contact_list={list_uri}&exclude=custom_fields": 3,  # auth, list, page
    "GET /contacts/{contact}": 2,  # auth, contact
    "PATCH /contacts/{contact}": 7,  # auth, contact, update, addresses removed and set, contact again, event written
    "DELETE /contacts/{contact}": 4,  # auth, contact, delete, event written
    "GET /contact_lists": 2,  # auth, lists
    "POST /contact_lists/{list}/memberships": 4,  # auth, list, contacts, members
    "GET /notes?contact={contact_uri}": 3,  # auth, contacts, page
    "GET /teams": 2,  # auth, page
    "GET /teams?user={member_uri}": 3,  # auth, user, page
    "GET /teams/{team}": 2,  # auth, team
    "GET /meeting_recaps": 2,  # auth, page
    "GET /meeting_recaps?event={event_uri}": 3,  # auth, event, page
    "GET /meeting_recaps/{recap}": 2,  # auth, recap
    "GET /meeting_recaps/{recap}/transcript": 3,  # auth, recap, words
    "PATCH /meeting_recaps/{recap}": 4,  # auth, recap, update, event written
    "DELETE /meeting_recaps/{recap}": 4,  # auth, recap, delete, event written
    "PUT /openslot/meeting_recaps": 7,  # auth, lock, event, recap, put, again, event written
    "GET /event_type_availability_schedules?event_type={type_uri}": 2,  # auth, event type with hosts
    "GET /locations?user={owner_uri}": 1,  # auth
    "GET {organization_path}/invitations": 2,  # auth, page
    # auth, user in two spellings, pending one, insert, event written, organization's name, mail
    "POST {organization_path}/invitations": 8,
    "GET {organization_path}/invitations/{invitation}": 2,  # auth, invitation
    "DELETE {organization_path}/invitations/{invitation}": 4,  # auth, lock, delete, event written
    "GET /activity_log_entries?organization={organization}": 4,  # auth, more time, page, count
    "GET /outgoing_communications?organization={organization}": 3,  # auth, page, total
    "GET /nothing": 0,
}


@pytest.fixture
async def names(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> dict[str, Any]:
    """What paths and bodies name. A subscription hears of everything, so that every change has its jobs."""
    now = clock.now
    events = ["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]
    hook = await make_subscription(conn, organization.owner, vault=vault, now=now, events=events)
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=now)
    unmarked = await make_booking(conn, organization, datetime(2027, 1, 5, 11, tzinfo=UTC), now=now)
    mark = await no_shows.mark(
        conn,
        await principal_of(conn, organization.owner, now=now),
        made.invitee.id,
        before_start="accept",
        uris=URIS,
        now=now,
    )
    form = await make_routing_form(conn, organization, now=now)
    group_id = await make_group(conn, organization, now=now, members=[organization.member])
    principal = await principal_of(conn, organization.owner, now=now)
    listed, _ = await listing.create(conn, principal, "Potters", [], now=now)
    invited = await inviting.invite(conn, principal, "bea@new.example", uris=URIS, now=now)
    cursor = await conn.execute("SELECT id FROM contacts WHERE organization_id = %s", (organization.id,))
    (contact_id,) = await cursor.fetchone() or (None,)
    recap = await recapping.put(
        conn, principal, made.event.id, PutMeetingRecap(event="", transcript="Ada: Two."), uris=URIS, now=now
    )
    return {
        "recap": recap.id,
        "team": (await teaming.create(conn, principal, "Masters", None, [], now=now)).id,
        "event_uri": URIS.scheduled_event(made.event.id),
        "organization_path": f"/organizations/{organization.id}",
        "invitation": invited.invitation.id,
        "contact": contact_id,
        "contact_uri": f"{API}/contacts/{contact_id}",
        "list": listed.id,
        "list_uri": URIS.contact_list(listed.id),
        "owner": organization.owner.id,
        "group": group_id,
        "group_uri": URIS.group(group_id),
        "owner_uri": URIS.user(organization.owner.id),
        "member_uri": URIS.user(organization.member.id),
        "organization": URIS.organization(organization.id),
        "type": organization.event_type_id,
        "type_uri": URIS.event_type(organization.event_type_id),
        "day": "start_time=2027-01-06T00:00:00Z&end_time=2027-01-07T00:00:00Z",
        "event": made.event.id,
        "invitee": made.invitee.id,
        "unmarked": URIS.invitee(unmarked.event.id, unmarked.invitee.id),
        "mark": mark.id,
        "form": form.id,
        "form_uri": URIS.routing_form(form.id),
        "submission": (await make_submission(conn, form, now=now)).id,
        "hook": hook.id,
    }


@pytest.mark.parametrize("request_line", STATEMENTS)
async def test_a_request_costs_as_many_statements_as_the_table_lists(
    http: Any,
    organization: Organization,
    names: dict[str, Any],
    statements: Statements,
    clock: Clock,
    request_line: str,
) -> None:
    bodies = {
        "/invitees": booking_body(names["type_uri"], "2027-01-06T10:00:00Z", event_guests=["a@example.org"]),
        "/invitee_no_shows": {"invitee": names["unmarked"]},
        "/webhook_subscriptions": {
            "url": "https://hooks.example/new",
            "events": ["invitee.created"],
            "organization": names["organization"],
            "scope": "organization",
        },
    }
    bodies |= {
        "{organization_path}/invitations": {"email": "ada@new.example"},
        "/contacts/{contact}": {"city": "Rome"},
        "/meeting_recaps/{recap}": {"summary_md": "Two ovens"},
        "/openslot/meeting_recaps": {"event": names["event_uri"], "summary_md": "Two ovens"},
        "/contact_lists/{list}/memberships": {"contacts": [names["contact_uri"]]},
    }
    method, _, path = request_line.partition(" ")
    body = bodies.get(path) if method in {"POST", "PATCH", "PUT"} else None

    if path == "/invitee_no_shows":
        clock.now = datetime(2027, 1, 5, 11, tzinfo=UTC)  # the meeting has begun

    with statements.counting() as sent:
        answer = await http.request(method, API + path.format_map(names), json=body, headers=organization.owner.headers)

    assert answer.status_code < 300 or request_line == "GET /nothing", answer.text
    assert len(sent) == STATEMENTS[request_line], [" ".join(one.split())[:70] for one in sent]


async def three_more(conn: Conn, organization: Organization, clock: Clock, vault: Vault, form: Any) -> None:
    for number in range(3):
        start = datetime(2027, 1, 6, 10 + number, tzinfo=UTC)
        await make_booking(conn, organization, start, now=clock.now, guests=[f"g{n}@example.org" for n in range(3)])
        await make_event_type(conn, organization.owner.user, now=clock.now)
        await make_routing_form(conn, organization, now=clock.now + timedelta(minutes=number))
        await make_submission(conn, form, now=clock.now)
        await make_group(conn, organization, now=clock.now, admins=[organization.admin])
        await make_subscription(
            conn, organization.owner, vault=vault, now=clock.now, url=f"https://hooks.example/{number}"
        )


async def test_a_list_costs_the_same_for_one_row_and_for_more(
    conn: Conn,
    http: Any,
    organization: Organization,
    clock: Clock,
    vault: Vault,
    statements: Statements,
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    await make_submission(conn, form, now=clock.now)
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    await make_group(conn, organization, now=clock.now, admins=[organization.admin])
    uri = URIS.organization(organization.id)
    lists = [
        f"/event_types?organization={uri}",
        f"/scheduled_events?organization={uri}",
        f"/routing_forms?organization={uri}",
        f"/routing_form_submissions?form={URIS.routing_form(form.id)}",
        f"/webhook_subscriptions?organization={uri}&scope=organization",
        f"/groups?organization={uri}",
        f"/group_relationships?organization={uri}",
    ]

    async def costs() -> dict[str, tuple[int, int]]:
        found = {}
        for path in lists:
            with statements.counting() as sent:
                answer = await http.get(API + path, headers=organization.owner.headers)
            found[path] = (answer.json()["pagination"]["count"], len(sent))
        return found

    before = await costs()
    await three_more(conn, organization, clock, vault, form)
    after = await costs()

    assert [rows for rows, _ in before.values()] == [1] * 7
    assert [rows for rows, _ in after.values()] == [4] * 7
    assert [cost for _, cost in before.values()] == [cost for _, cost in after.values()]


@pytest.mark.parametrize("subscriptions", [0, 1, 4])
async def test_a_booking_costs_the_same_whoever_listens(
    conn: Conn,
    http: Any,
    organization: Organization,
    clock: Clock,
    vault: Vault,
    statements: Statements,
    *,
    subscriptions: int,
) -> None:
    for number in range(subscriptions):
        await make_subscription(
            conn, organization.owner, vault=vault, now=clock.now, url=f"https://hooks.example/{number}"
        )
    body = booking_body(URIS.event_type(organization.event_type_id), "2027-01-06T10:00:00Z")

    with statements.counting() as sent:
        answer = await http.post(f"{API}/invitees", json=body, headers=organization.headers)

    assert answer.status_code == 201
    assert len(sent) == STATEMENTS["POST /invitees"] + 1  # the contact is new, which is written as an event


# Limits and hosts, however many


MONTH = "start_time=2027-01-06T00:00:00Z&end_time=2027-02-05T00:00:00Z"


@pytest.fixture(params=[1, 3, 20])
async def limited(request: pytest.FixtureRequest, conn: Conn, organization: Organization, clock: Clock) -> EventType:
    """A round robin of so many hosts, with limits per day, week and month: its own, of every host, of everybody."""
    now = clock.now
    hosts = [await make_member(conn, organization.id, role="user", now=now) for _ in range(request.param)]
    event_type_id = await make_event_type(
        conn, organization.owner.user, now=now, pooling_type="round_robin", hosts=[host.id for host in hosts]
    )
    owners: list[dict[str, UUID]] = [{}, {"event_type_id": event_type_id}, *({"user_id": host.id} for host in hosts)]
    for period in ("day", "week", "month"):
        for owner in owners:
            await meeting_limits.put(conn, organization.id, id=new_id(), period=period, maximum=50, now=now, **owner)
    found = await event_types.get(conn, organization.id, event_type_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "count"),
    [
        # auth, event type with hosts and limits, busy times, what the limits have taken
        (f"/api/v2/event_type_available_times?event_type={{uri}}&{MONTH}", 4),
        (f"/api/v2/openslot/available_times?event_type={{uri}}&{MONTH}", 4),
        # event type, host names, the same with hosts and limits, busy times, what limits have taken, who may frame
        ("/{owner}/{slug}?month=2027-01", 6),
    ],
)
async def test_times_cost_as_many_statements_however_many_hosts_and_limits(
    http: Any, organization: Organization, limited: EventType, statements: Statements, path: str, count: int
) -> None:
    url = PAGES + path.format(uri=URIS.event_type(limited.id), owner=limited.owner_slug, slug=limited.slug)

    with statements.counting() as sent:
        answer = await http.get(url, headers=organization.headers)

    assert answer.status_code == 200, answer.text
    assert "2027-01-06" in answer.text  # there are times
    assert len(sent) == count, [" ".join(one.split())[:70] for one in sent]


async def test_a_booking_costs_the_same_however_many_hosts_and_limits(
    http: Any, organization: Organization, limited: EventType, statements: Statements
) -> None:
    """Auth, event type, locks of organization, event type and hosts, the event type again, busy times, what the limits
    have taken, event, ledger, invitee, event written, contact, event written."""
    body = booking_body(URIS.event_type(limited.id), "2027-01-06T10:00:00Z")

    with statements.counting() as sent:
        answer = await http.post(f"{API}/invitees", json=body, headers=organization.headers)

    assert answer.status_code == 201, answer.text
    assert len(sent) == 15, [" ".join(one.split())[:70] for one in sent]
