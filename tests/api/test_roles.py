"""Who may do what. Source: behaviours, section 7; webhooks, section 2.

A member hosts an event type. Who calls: the organization's owner, its admin, the hosting member, another member, and
the owner of another organization.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.conftest import House
from conftest import Clock
from factories import (
    URIS,
    Caller,
    Organization,
    make_booking,
    make_event_type,
    make_member,
    make_routing_form,
    make_submission,
    make_subscription,
    principal_of,
)
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import no_shows

WHO = ("owner", "admin", "host", "peer", "stranger")


@pytest.fixture
async def house(
    conn: Conn,
    http: httpx.AsyncClient,
    organization: Organization,
    elsewhere: Organization,
    clock: Clock,
    vault: Vault,
) -> House:
    now, host = clock.now, organization.member
    event_type_id = await make_event_type(conn, host.user, now=now)
    hosted = replace(organization, event_type_id=event_type_id)
    missed = await make_booking(conn, hosted, datetime(2027, 1, 4, 9, tzinfo=UTC), now=now)
    unmarked = await make_booking(conn, hosted, datetime(2027, 1, 4, 9, 30, tzinfo=UTC), now=now)
    ahead = await make_booking(conn, hosted, datetime(2027, 1, 5, 10, tzinfo=UTC), now=now)
    clock.advance(hours=2)
    mark = await no_shows.mark(
        conn,
        await principal_of(conn, host, now=now),
        missed.invitee.id,
        before_start="accept",
        uris=URIS,
        now=clock.now,
    )
    form = await make_routing_form(conn, organization, now=now)
    submission = await make_submission(conn, form, now=now)
    hook = await make_subscription(conn, host, vault=vault, now=now, scope="user")
    organization_hook = await make_subscription(conn, organization.owner, vault=vault, now=now)
    peer = await make_member(conn, organization.id, role="user", now=now)

    def text(**ids: UUID) -> dict[str, str]:
        return {name: str(value) for name, value in ids.items()}

    return House(
        {
            "owner": Caller(http, organization.owner.headers),
            "admin": Caller(http, organization.admin.headers),
            "host": Caller(http, host.headers),
            "peer": Caller(http, peer.headers),
            "stranger": Caller(http, elsewhere.owner.headers),
        },
        {
            "organization": URIS.organization(organization.id),
            "host": URIS.user(host.id),
            "type": URIS.event_type(event_type_id),
            "unmarked": URIS.invitee(unmarked.event.id, unmarked.invitee.id),
            "form": URIS.routing_form(form.id),
        }
        | text(
            host_id=host.id,
            type_id=event_type_id,
            ahead_id=ahead.event.id,
            invitee_id=ahead.invitee.id,
            mark_id=mark.id,
            form_id=form.id,
            submission_id=submission.id,
            hook_id=hook.id,
            organization_hook_id=organization_hook.id,
        ),
    )


TIMES = "start_time=2027-01-06T00:00:00Z&end_time=2027-01-07T00:00:00Z"
READS = {
    # path: owner, admin, host, peer, stranger
    "/users/{host_id}": (200, 200, 200, 200, 404),
    "/event_types?user={host}": (200, 200, 200, 403, 403),
    "/event_types?organization={organization}": (200, 200, 403, 403, 403),
    "/event_types?organization={organization}&user={host}": (200, 200, 200, 403, 403),
    "/event_types/{type_id}": (200, 200, 200, 403, 404),
    "/event_type_available_times?event_type={type}&" + TIMES: (200, 200, 200, 200, 404),
    "/scheduled_events?user={host}": (403, 403, 200, 403, 403),
    "/scheduled_events?organization={organization}": (200, 200, 403, 403, 403),
    "/scheduled_events?organization={organization}&user={host}": (200, 200, 200, 403, 403),
    "/scheduled_events/{ahead_id}": (200, 200, 200, 403, 404),
    "/scheduled_events/{ahead_id}/invitees": (200, 200, 200, 403, 404),
    "/scheduled_events/{ahead_id}/invitees/{invitee_id}": (200, 200, 200, 403, 404),
    "/invitee_no_shows/{mark_id}": (200, 200, 200, 403, 404),
    "/routing_forms?organization={organization}": (200, 200, 403, 403, 403),
    "/routing_forms/{form_id}": (200, 200, 403, 403, 404),
    "/routing_form_submissions?form={form}": (200, 200, 403, 403, 404),
    "/routing_form_submissions/{submission_id}": (200, 200, 403, 403, 404),
    "/webhook_subscriptions?organization={organization}&scope=organization": (200, 200, 403, 403, 403),
    "/webhook_subscriptions?organization={organization}&scope=user&user={host}": (200, 200, 200, 403, 403),
    "/webhook_subscriptions/{organization_hook_id}": (200, 200, 403, 403, 404),
    "/webhook_subscriptions/{hook_id}": (200, 200, 200, 403, 404),
    "/sample_webhook_data?event=invitee.created&organization={organization}&scope=organization": (
        200, 200, 403, 403, 403,
    ),
    "/sample_webhook_data?event=invitee.created&organization={organization}&scope=user&user={host}": (
        200, 200, 200, 403, 403,
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", READS)
async def test_who_may_read(house: House, path: str) -> None:
    answers = {who: await house.call(who, "GET", path) for who in WHO}

    assert {who: answer.status_code for who, answer in answers.items()} == dict(zip(WHO, READS[path], strict=True))


HOOK = {"url": "https://hooks.example/new", "events": ["invitee.created"], "organization": "{organization}"}
CHANGES: dict[str, tuple[str, str, Any, tuple[int, ...]]] = {
    # what: method, path, body; owner, admin, host, peer, stranger
    "cancel": ("POST", "/scheduled_events/{ahead_id}/cancellation", {}, (201, 201, 201, 403, 404)),
    "mark a no-show": ("POST", "/invitee_no_shows", {"invitee": "{unmarked}"}, (201, 201, 201, 403, 404)),
    "take back a no-show": ("DELETE", "/invitee_no_shows/{mark_id}", None, (204, 204, 204, 403, 404)),
    "subscribe for all": (
        "POST", "/webhook_subscriptions", HOOK | {"scope": "organization"}, (201, 201, 403, 403, 403),
    ),
    "subscribe for the host": (
        "POST", "/webhook_subscriptions", HOOK | {"scope": "user", "user": "{host}"}, (201, 201, 201, 403, 403),
    ),
    "end the host's subscription": ("DELETE", "/webhook_subscriptions/{hook_id}", None, (204, 204, 204, 403, 404)),
    "end the organization's subscription": (
        "DELETE", "/webhook_subscriptions/{organization_hook_id}", None, (204, 204, 403, 403, 404),
    ),
    "book": (
        "POST",
        "/invitees",
        {
            "event_type": "{type}",
            "start_time": "2027-01-06T10:00:00Z",
            "invitee": {"name": "Ada", "email": "ada@example.org", "timezone": "Europe/Rome"},
        },
        (201, 201, 201, 201, 404),
    ),
}  # fmt: skip


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("what", CHANGES)
async def test_who_may_change(house: House, what: str, who: str) -> None:
    method, path, body, statuses = CHANGES[what]

    answer = await house.call(who, method, path, body)

    assert answer.status_code == dict(zip(WHO, statuses, strict=True))[who], answer.text


MESSAGES = [
    ("admin", "/scheduled_events?user={host}",
     "Please also specify organization when requesting events for a user within your organization."),
    ("stranger", "/scheduled_events?user={host}", "This user is not in your organization"),
    ("stranger", "/event_types?user={host}", "This user is not in your organization"),
    ("host", "/scheduled_events?group={organization}",
     "Please also specify organization when requesting events for a group within your organization."),
    ("host", "/event_types?organization={organization}", "You do not have permission"),
    ("stranger", "/event_types?organization={organization}",
     "You do not have permission to access this resource."),
    ("peer", "/scheduled_events/{ahead_id}", "You are not allowed to view this event"),
    ("peer", "/scheduled_events/{ahead_id}/invitees/{invitee_id}", "You do not have permission to view this event"),
    ("host", "/webhook_subscriptions?organization={organization}&scope=organization",
     "You do not have permission to access this resource."),
]  # fmt: skip


@pytest.mark.parametrize(("who", "path", "message"), MESSAGES)
async def test_clients_match_the_words_of_a_refusal(house: House, who: str, path: str, message: str) -> None:
    answer = await house.call(who, "GET", path)

    assert (answer.status_code, answer.json()) == (403, {"title": "Permission Denied", "message": message})


async def test_a_refused_cancellation_has_its_own_message(house: House) -> None:
    answer = await house.call("peer", "POST", "/scheduled_events/{ahead_id}/cancellation")

    assert answer.json() == {"title": "Permission Denied", "message": "You are not allowed to cancel this event"}


async def test_a_refused_change_leaves_everything_as_it_was(house: House) -> None:
    for who in ("peer", "stranger"):
        for method, path, body, _ in list(CHANGES.values())[:-1]:
            await house.call(who, method, path, body)

    still_there = [
        "/scheduled_events/{ahead_id}", "/invitee_no_shows/{mark_id}", "/webhook_subscriptions/{hook_id}",
        "/webhook_subscriptions/{organization_hook_id}",
    ]  # fmt: skip
    assert [(await house.call("owner", "GET", path)).status_code for path in still_there] == [200] * 4
    event = await house.call("owner", "GET", "/scheduled_events/{ahead_id}")
    assert event.json()["resource"]["status"] == "active"
    hooks = await house.call("owner", "GET", "/webhook_subscriptions?organization={organization}&scope=organization")
    assert hooks.json()["pagination"]["count"] == 1
