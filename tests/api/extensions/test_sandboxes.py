"""Sandboxes over the API: whose they are, how their clock moves, and what goes by it. Source: ADR 0041."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock, Statements
from factories import (
    API,
    URIS,
    Caller,
    Member,
    Organization,
    make_event_type,
    make_routing_form,
    make_submission,
    make_token,
)
from openslot.core.ids import new_id
from openslot.db import event_types, kept_mails, sandbox_reset, sandboxes
from openslot.db.kept_mails import KeptMail
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

BACK = (
    "The clock goes back only while nothing is booked: what has happened can't be undone."
    " Reset the sandbox first: POST /openslot/sandbox/reset"
)


@pytest.fixture
async def sandbox(conn: Conn, organization: Organization, clock: Clock) -> Organization:
    """The organization, as a sandbox with the real time: Monday, 4 January 2027, 08:00 UTC."""
    await sandboxes.insert(conn, organization.id, now=clock.now)
    return organization


async def set_clock(caller: Caller, now: str) -> dict[str, Any]:
    answer = await caller.post("/openslot/sandbox/clock", {"now": now})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["resource"]
    return shown


async def first_start(caller: Caller, event_type: str, *, after: str = "00:00") -> str | None:
    """The first start on 5 January 2027."""
    window = {"start_time": f"2027-01-05T{after}:00Z", "end_time": "2027-01-05T23:59:59Z"}
    found = await caller.get("/event_type_available_times", {"event_type": event_type, **window})
    assert found.status_code == 200, found.text
    return next((one["start_time"] for one in found.json()["collection"]), None)


async def book(caller: Caller, organization: Organization, start: str) -> dict[str, Any]:
    who = {"email": "ada@example.org", "name": "Ada Example", "timezone": "Europe/Rome"}
    made = await caller.post(
        "/invitees",
        {"event_type": URIS.event_type(organization.event_type_id), "start_time": start, "invitee": who},
    )
    assert made.status_code == 201, made.text
    invitee: dict[str, Any] = made.json()["resource"]
    return invitee


async def test_a_new_sandbox_has_the_real_time_keeps_everything_and_refuses_nothing_for_a_plan(
    member: Caller, sandbox: Organization
) -> None:
    assert (await member.get("/openslot/sandbox")).json() == {
        "resource": {
            "organization": URIS.organization(sandbox.id),
            "now": "2027-01-04T08:00:00.000000Z",
            "clock_ahead_seconds": 0.0,
            "mail": "kept",
            "webhooks": "kept",
            "plan": None,
        }
    }


async def test_its_clock_is_set_goes_on_by_itself_and_is_advanced(
    owner: Caller, member: Caller, sandbox: Organization, clock: Clock
) -> None:
    del sandbox
    shown = await set_clock(owner, "2031-03-03T10:00:00Z")
    clock.advance(seconds=5)
    went_on = (await member.get("/openslot/sandbox")).json()["resource"]
    advanced = await owner.post("/openslot/sandbox/clock", {"advance_seconds": 3600})

    assert shown["now"] == "2031-03-03T10:00:00.000000Z"
    assert went_on["now"] == "2031-03-03T10:00:05.000000Z"
    assert advanced.json()["resource"]["now"] == "2031-03-03T11:00:05.000000Z"
    assert (
        advanced.json()["resource"]["clock_ahead_seconds"]
        == (datetime(2031, 3, 3, 11, 0, 5, tzinfo=UTC) - clock.now).total_seconds()
    )


async def test_a_plain_member_neither_moves_the_clock_nor_changes_the_sandbox(
    member: Caller, owner: Caller, sandbox: Organization
) -> None:
    del sandbox
    moved = await member.post("/openslot/sandbox/clock", {"advance_seconds": 60})
    changed = await member.patch("/openslot/sandbox", {"mail": "sent"})

    assert (moved.status_code, changed.status_code) == (403, 403)
    assert (await owner.get("/openslot/sandbox")).json()["resource"]["clock_ahead_seconds"] == 0


async def test_an_organization_that_is_no_sandbox_has_none(owner: Caller) -> None:
    answers = [
        await owner.get("/openslot/sandbox"),
        await owner.patch("/openslot/sandbox", {"mail": "sent"}),
        await owner.post("/openslot/sandbox/clock", {"advance_seconds": 60}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["now", "advance_seconds"]),
        ({"now": "2027-02-01T00:00:00Z", "advance_seconds": 1}, ["now", "advance_seconds"]),
        ({"now": "1999-12-31T23:59:59Z"}, ["now"]),
        ({"now": "2100-01-01T00:00:00Z"}, ["now"]),
        ({"advance_seconds": -1}, ["advance_seconds"]),
        ({"advance_seconds": 316224001}, ["advance_seconds"]),
        ({"hours": 1}, ["hours"]),
    ],
)
async def test_a_move_names_one_time_that_is_within_reach(
    owner: Caller, sandbox: Organization, body: dict[str, Any], wrong: list[str]
) -> None:
    del sandbox
    refused = await owner.post("/openslot/sandbox/clock", body)

    assert refused.status_code == 400
    assert [one["parameter"] for one in refused.json()["details"]] == wrong


async def test_what_it_sends_is_changed_one_by_one(owner: Caller, sandbox: Organization) -> None:
    del sandbox
    first = (await owner.patch("/openslot/sandbox", {"webhooks": "sent", "plan": "teams"})).json()["resource"]
    second = (await owner.patch("/openslot/sandbox", {"mail": "sent"})).json()["resource"]
    third = (await owner.patch("/openslot/sandbox", {"plan": None, "webhooks": "kept"})).json()["resource"]

    names = ("mail", "webhooks", "plan")
    assert [tuple(shown[name] for name in names) for shown in (first, second, third)] == [
        ("kept", "sent", "teams"), ("sent", "sent", "teams"), ("sent", "kept", None),
    ]  # fmt: skip


async def test_the_clock_goes_back_while_nothing_is_booked_and_not_after(owner: Caller, sandbox: Organization) -> None:
    await set_clock(owner, "2031-03-03T10:00:00Z")
    shown = await set_clock(owner, "2020-03-02T07:00:00Z")
    await book(owner, sandbox, "2020-03-03T10:00:00Z")
    refused = await owner.post("/openslot/sandbox/clock", {"now": "2020-03-01T07:00:00Z"})

    assert shown["now"] == "2020-03-02T07:00:00.000000Z"
    assert (refused.status_code, refused.json()["message"]) == (409, BACK)


async def test_notice_is_reckoned_from_its_clock(
    conn: Conn, owner: Caller, sandbox: Organization, clock: Clock
) -> None:
    made = await make_event_type(conn, sandbox.owner.user, now=clock.now, notice_minutes=240)
    event_type = URIS.event_type(made)

    await set_clock(owner, "2027-01-05T07:59:00Z")
    early = await first_start(owner, event_type, after="08:00")
    await set_clock(owner, "2027-01-05T10:01:00Z")
    late = await first_start(owner, event_type, after="10:30")
    await set_clock(owner, "2027-01-05T16:00:00Z")

    assert (early, late) == ("2027-01-05T12:00:00Z", "2027-01-05T14:30:00Z")
    assert await first_start(owner, event_type, after="16:30") is None


async def test_what_is_booked_bears_the_time_of_its_clock(owner: Caller, sandbox: Organization) -> None:
    await set_clock(owner, "2020-03-02T07:00:00Z")
    invitee = await book(owner, sandbox, "2020-03-03T10:00:00Z")

    assert invitee["created_at"] == "2020-03-02T07:00:00.000000Z"


async def test_what_becomes_due_has_no_actor_whoever_moves_the_clock(
    conn: Conn, owner: Caller, sandbox: Organization, clock: Clock
) -> None:
    made = await make_event_type(conn, sandbox.owner.user, now=clock.now, reconfirm_minutes=1440)
    await book(owner, replace(sandbox, event_type_id=made), "2027-01-06T10:00:00Z")
    await set_clock(owner, "2027-01-05T10:00:00Z")

    cursor = await conn.execute(
        "SELECT name, actor_id FROM events WHERE organization_id = %s AND name LIKE 'invitee.%%' ORDER BY sequence",
        (sandbox.id,),
    )
    assert await cursor.fetchall() == [
        ("invitee.created", sandbox.owner.id),
        ("invitee.reconfirmation_requested", None),
    ]


async def test_a_hold_ends_on_its_clock(owner: Caller, sandbox: Organization) -> None:
    start = "2027-01-05T08:00:00Z"
    event_type = URIS.event_type(sandbox.event_type_id)
    await owner.post("/openslot/holds", {"event_type": event_type, "start_time": start, "minutes": 30})
    held = await first_start(owner, event_type)
    await owner.post("/openslot/sandbox/clock", {"advance_seconds": 29 * 60})
    still_held = await first_start(owner, event_type)
    await owner.post("/openslot/sandbox/clock", {"advance_seconds": 60})

    assert (held, still_held) == ("2027-01-05T08:30:00Z", "2027-01-05T08:30:00Z")
    assert await first_start(owner, event_type) == start
    assert (await owner.get("/openslot/holds")).json()["collection"] == []


async def test_tokens_expire_on_its_clock(conn: Conn, owner: Caller, sandbox: Organization, clock: Clock) -> None:
    expiring = await make_token(conn, sandbox.owner, now=clock.now, expires_at=clock.now + timedelta(days=30))
    caller = Caller(owner.http, Member(expiring.user, expiring.token).headers)
    before = await caller.get("/users/me")
    await owner.post("/openslot/sandbox/clock", {"advance_seconds": 30 * 24 * 3600})

    assert (before.status_code, (await caller.get("/users/me")).status_code) == (200, 401)


async def test_pages_go_by_its_clock(conn: Conn, owner: Caller, sandbox: Organization) -> None:
    found = await event_types.get(conn, sandbox.id, sandbox.event_type_id)
    assert found is not None
    browser = PlainBrowser(owner.http)
    await set_clock(owner, "2020-03-02T07:00:00Z")

    await browser.open(f"/{found.owner_slug}/{found.slug}?date=2020-03-03")
    await browser.follow(label="10:00\u202fAM, Tuesday, March 3, 2020, Central European Time")
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})

    assert (browser.status, browser.heading) == (200, "You are scheduled")
    confirmation = browser.url
    await set_clock(owner, "2020-03-03T09:31:00Z")
    page = await browser.open(str(confirmation))
    assert "cancellations" not in page.text


async def test_a_link_ends_on_its_clock(conn: Conn, owner: Caller, sandbox: Organization) -> None:
    found = await event_types.get(conn, sandbox.id, sandbox.event_type_id)
    assert found is not None
    made = await owner.post(
        "/openslot/scheduling_links",
        {"event_type": URIS.event_type(found.id), "expires_at": "2027-02-01T00:00:00Z"},
    )
    assert made.status_code == 201, made.text
    address = made.json()["resource"]["booking_url"].removeprefix("https://book.example")
    browser = PlainBrowser(owner.http)
    await browser.open(address)
    before = browser.status
    await set_clock(owner, "2027-02-01T00:00:00Z")
    await browser.open(address)

    assert (before, browser.status, browser.heading) == (200, 404, "This link has ended")


async def test_other_organizations_keep_the_real_time(
    owner: Caller, sandbox: Organization, elsewhere: Organization
) -> None:
    del sandbox
    await set_clock(owner, "2031-03-03T10:00:00Z")
    other = Caller(owner.http, elsewhere.headers)

    invitee = await book(other, elsewhere, "2027-01-05T10:00:00Z")

    assert invitee["created_at"] == "2027-01-04T08:00:00.000000Z"
    assert (await other.get("/openslot/sandbox")).status_code == 404


async def test_webhooks_that_are_kept_are_read_with_their_bodies(owner: Caller, sandbox: Organization) -> None:
    scope = {"organization": URIS.organization(sandbox.id), "scope": "organization"}
    made = await owner.post(
        "/webhook_subscriptions",
        {"url": "https://hooks.example/receiver", "events": ["invitee.created", "invitee.canceled"], **scope},
    )
    invitee = await book(owner, sandbox, "2027-01-05T10:00:00Z")
    await owner.post(invitee["event"].removeprefix(API) + "/cancellation", {})
    kept = (await owner.get("/openslot/sandbox/webhooks")).json()["collection"]
    canceled = (await owner.get("/openslot/sandbox/webhooks", {"event": "invitee.canceled"})).json()["collection"]

    first, second = kept
    assert canceled == [second]
    assert [one["event"] for one in kept] == ["invitee.created", "invitee.canceled"]
    assert (first["webhook_subscription"], first["callback_url"]) == (
        made.json()["resource"]["uri"], "https://hooks.example/receiver",
    )  # fmt: skip
    assert (first["state"], first["occurred_at"]) == ("pending", "2027-01-04T08:00:00.000000Z")
    assert first["body"]["event"] == "invitee.created"
    assert first["body"]["payload"]["uri"] == invitee["uri"]
    assert (await owner.get(first["uri"].removeprefix(API))).json()["resource"]["event"] == "invitee.created"


async def test_mail_that_was_kept_is_read_by_recipient(
    conn: Conn, owner: Caller, sandbox: Organization, clock: Clock
) -> None:
    for number, to in enumerate(("Ada@example.org", "bo@example.org")):
        sent_at = clock.now + number * timedelta(minutes=1)
        assert await kept_mails.keep(conn, KeptMail(new_id(), sandbox.id, to, "Hello", f"To {to}\n", sent_at))

    everything = (await owner.get("/openslot/sandbox/mails")).json()
    of_one = (await owner.get("/openslot/sandbox/mails", {"to": "ada@example.org"})).json()["collection"]

    assert [one["to"] for one in everything["collection"]] == ["Ada@example.org", "bo@example.org"]
    assert of_one == everything["collection"][:1]
    assert {name: value for name, value in of_one[0].items() if name != "id"} == {
        "to": "Ada@example.org",
        "subject": "Hello",
        "text": "To Ada@example.org\n",
        "created_at": "2027-01-04T08:00:00.000000Z",
    }


async def test_what_is_kept_is_for_admins_with_the_scopes_of_what_they_read(
    conn: Conn, owner: Caller, member: Caller, sandbox: Organization, clock: Clock
) -> None:
    narrow = await make_token(conn, sandbox.owner, now=clock.now, scopes=["webhooks:read"])
    caller = Caller(owner.http, narrow.headers)
    paths = ("/openslot/sandbox/mails", "/openslot/sandbox/webhooks")

    assert [(await member.get(path)).status_code for path in paths] == [403, 403]
    assert [(await caller.get(path)).status_code for path in paths] == [403, 403]
    assert (await owner.get("/openslot/sandbox/webhooks", {"event": "nothing"})).status_code == 400


async def test_an_organization_that_is_no_sandbox_has_no_outbox(owner: Caller) -> None:
    paths = ("/openslot/sandbox/mails", "/openslot/sandbox/webhooks")

    assert [(await owner.get(path)).status_code for path in paths] == [404, 404]


async def test_a_plan_that_is_imitated_refuses_what_calendly_refuses_on_it(
    owner: Caller, sandbox: Organization
) -> None:
    organization = URIS.organization(sandbox.id)
    gated = [
        ("GET", f"/routing_forms?organization={organization}", None),
        ("GET", f"/activity_log_entries?organization={organization}", None),
        ("GET", f"/outgoing_communications?organization={organization}", None),
        ("POST", "/data_compliance/deletion/invitees", {"emails": ["nobody@example.org"]}),
        (
            "POST",
            "/webhook_subscriptions",
            {
                "url": "https://hooks.example/forms",
                "events": ["routing_form_submission.created"],
                "organization": organization,
                "scope": "organization",
            },
        ),
    ]
    answers = {}
    for plan in ("free", "teams", None):
        await owner.patch("/openslot/sandbox", {"plan": plan})
        sent = [
            await owner.http.request(one, API + path, json=body, headers=owner.headers) for one, path, body in gated
        ]
        answers[plan] = [answer.status_code for answer in sent]
    await owner.patch("/openslot/sandbox", {"plan": "free"})
    refused = (await owner.get(gated[1][1])).json()

    assert answers == {
        "free": [403, 403, 403, 403, 403],
        "teams": [200, 403, 403, 403, 201],
        None: [200, 200, 200, 202, 409],
    }
    assert refused == {
        "title": "Permission Denied",
        "message": "Please upgrade your Calendly account to Enterprise.",
    }


async def test_a_reset_takes_what_happened_and_leaves_what_is_set_up(
    conn: Conn, owner: Caller, member: Caller, sandbox: Organization, clock: Clock
) -> None:
    scope = {"organization": URIS.organization(sandbox.id), "scope": "organization"}
    await owner.post(
        "/webhook_subscriptions", {"url": "https://hooks.example/", "events": ["invitee.created"], **scope}
    )
    event_type = URIS.event_type(sandbox.event_type_id)
    form = await make_routing_form(conn, sandbox, now=clock.now)
    await make_submission(conn, form, now=clock.now)
    await set_clock(owner, "2020-03-02T07:00:00Z")
    await book(owner, sandbox, "2020-03-03T10:00:00Z")
    await owner.post("/openslot/holds", {"event_type": event_type, "start_time": "2020-03-03T11:00:00Z"})
    assert await kept_mails.keep(conn, KeptMail(new_id(), sandbox.id, "a@example.org", "Hello", "", clock.now))

    assert (await member.post("/openslot/sandbox/reset")).status_code == 403
    shown = (await owner.post("/openslot/sandbox/reset")).json()["resource"]

    assert (shown["now"], shown["clock_ahead_seconds"]) == ("2027-01-04T08:00:00.000000Z", 0)
    counts = {}
    for table in sandbox_reset.EMPTIED:
        cursor = await conn.execute(f"SELECT count(*) FROM {table} WHERE organization_id = %s", (sandbox.id,))
        counts[table] = (await cursor.fetchone() or (None,))[0]
    assert counts == dict.fromkeys(sandbox_reset.EMPTIED, 0)
    kept = ["/users/me", f"/event_types/{sandbox.event_type_id}", f"/routing_forms/{form.id}"]
    assert [(await owner.get(path)).status_code for path in kept] == [200, 200, 200]
    hooks = (await owner.get("/webhook_subscriptions", scope)).json()["collection"]
    assert [one["callback_url"] for one in hooks] == ["https://hooks.example/"]
    assert (await book(owner, sandbox, "2027-01-05T10:00:00Z"))["status"] == "active"


async def test_a_pool_starts_over_with_a_reset(conn: Conn, owner: Caller, sandbox: Organization, clock: Clock) -> None:
    made = await make_event_type(
        conn, sandbox.owner.user, now=clock.now, pooling_type="round_robin",
        hosts=[sandbox.owner.id, sandbox.admin.id],
    )  # fmt: skip
    who = {"email": "ada@example.org", "name": "Ada Example", "timezone": "Europe/Rome"}
    wanted = {"event_type": URIS.event_type(made), "start_time": "2027-01-05T10:00:00Z", "invitee": who}
    path = f"/openslot/event_types/{made}/standings"
    before = (await owner.get(path)).json()
    assert (await owner.post("/invitees", wanted)).status_code == 201
    between = (await owner.get(path)).json()
    await owner.post("/openslot/sandbox/reset")

    assert between != before
    assert (await owner.get(path)).json() == before


async def test_an_organization_that_is_no_sandbox_is_not_reset(owner: Caller, organization: Organization) -> None:
    await book(owner, organization, "2027-01-05T10:00:00Z")

    assert (await owner.post("/openslot/sandbox/reset")).status_code == 404
    listed = await owner.get("/scheduled_events", {"organization": URIS.organization(organization.id)})
    assert len(listed.json()["collection"]) == 1


async def test_a_sandbox_costs_no_statement_more(
    owner: Caller, sandbox: Organization, elsewhere: Organization, statements: Statements
) -> None:
    await set_clock(owner, "2031-03-03T10:00:00Z")
    other = Caller(owner.http, elsewhere.headers)
    window = {"start_time": "2031-03-04T00:00:00Z", "end_time": "2031-03-05T00:00:00Z"}
    counts = []
    for caller, organization in ((owner, sandbox), (other, elsewhere)):
        event_type = URIS.event_type(organization.event_type_id)
        with statements.counting() as sent:
            found = await caller.get("/event_type_available_times", {"event_type": event_type, **window})
        assert found.status_code == 200
        counts.append(len(sent))

    assert counts == [3, 3]
