"""Meeting recaps over the API. Source: contract, meeting recaps; ADR 0008."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization, make_booking, make_event_type
from openslot.core.ids import new_id
from openslot.db.pool import Conn

START = datetime(2027, 1, 4, 9, tzinfo=UTC)
NOT_YOURS = {"title": "Permission Denied", "message": "You do not have permission to access this resource"}


@pytest.fixture
async def event(conn: Conn, organization: Organization, clock: Clock) -> str:
    """The URI of a meeting from nine to half past, of the owner with Ada and a guest."""
    guests = ["guest@example.org"]
    return URIS.scheduled_event((await make_booking(conn, organization, START, now=clock.now, guests=guests)).event.id)


async def put(caller: Caller, event: str, **body: Any) -> dict[str, Any]:
    answer = await caller.put("/openslot/meeting_recaps", {"event": event} | body)
    assert answer.status_code == 200, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


async def listed(caller: Caller, query: str = "") -> list[str]:
    answer = await caller.get(f"/meeting_recaps?{query}")
    assert answer.status_code == 200, answer.text
    return [one["uri"] for one in answer.json()["collection"]]


def path(recap: dict[str, Any]) -> str:
    uri: str = recap["uri"]
    return uri.removeprefix(API)


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(one["parameter"], one["message"]) for one in answer.json()["details"]]


async def test_a_recap_is_answered_as_it_was_put_in(owner: Caller, organization: Organization, event: str) -> None:
    texts = {
        "summary_md": "Two ovens", "action_items_md": "- Send prices", "discussion_md": "Bricks",
        "share_link": "https://recaps.example/1",
    }  # fmt: skip
    recap = await put(owner, event, transcript="Ada: Two.\nHost: Yes.", **texts)

    id_ = recap["uri"].rpartition("/")[2]
    host = organization.owner.user
    shared = {
        "uri": f"{API}/meeting_recaps/{id_}", "app_url": f"https://book.example/app/meeting_recaps/{id_}",
        "event": event, "status": "Available", "name": recap["name"], "location": {"type": "custom", "location": None},
        "start_time": "2027-01-04T09:00:00.000000Z", "end_time": "2027-01-04T09:30:00.000000Z",
        "created_at": "2027-01-04T08:00:00.000000Z", "updated_at": "2027-01-04T08:00:00.000000Z",
        "attendees": [
            {"host": True, "user_email": host.email, "user_name": host.name},
            {"host": False, "user_email": "ada@example.org", "user_name": "Ada Example"},
            {"host": False, "user_email": "guest@example.org", "user_name": "guest@example.org"},
        ],
        "transcript": f"{API}/meeting_recaps/{id_}/transcript",
    }  # fmt: skip
    assert recap == shared | texts
    assert (await owner.get(path(recap))).json() == {"resource": recap}
    assert (await owner.get("/meeting_recaps")).json()["collection"] == [shared]
    assert (await owner.get(f"{path(recap)}/transcript")).json() == {
        "resource": {"uri": recap["transcript"], "text": "Ada: Two.\nHost: Yes."}
    }


async def test_a_recap_without_words_has_no_transcript(owner: Caller, event: str) -> None:
    recap = await put(owner, event, summary_md="Two ovens")

    assert recap["transcript"] is None
    assert (await owner.get(f"{path(recap)}/transcript")).status_code == 404


async def test_another_recap_of_the_meeting_takes_the_place_of_the_first(owner: Caller, event: str) -> None:
    first = await put(owner, event, status="processing")
    second = await put(owner, event, summary_md="Two ovens")

    assert (first["status"], second["status"], second["uri"]) == ("Processing", "Available", first["uri"])
    assert await listed(owner) == [first["uri"]]
    assert await listed(owner, "status=processing") == []


async def test_who_canceled_was_not_there(conn: Conn, owner: Caller, organization: Organization, clock: Clock) -> None:
    class_ = await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=5)
    booked = [
        await make_booking(
            conn, organization, START, now=clock.now, event_type_id=class_, name=name, email=f"{name}@example.org"
        )
        for name in ("ada", "bob")
    ]
    recap = await put(owner, URIS.scheduled_event(booked[0].event.id))
    await owner.post(f"/openslot/invitees/{booked[0].invitee.id}/cancellation", {})

    there = (await owner.get(path(recap))).json()["resource"]["attendees"]
    assert [one["user_name"] for one in there if not one["host"]] == ["bob"]
    assert await listed(owner, "attendee=ada@example.org") == []


async def test_highlights_change_one_by_one(owner: Caller, event: str, clock: Clock) -> None:
    recap = await put(owner, event, summary_md="Two ovens", discussion_md="Bricks", share_link="https://a.example")
    clock.advance(minutes=1)

    same = await owner.patch(path(recap), {"share_link": "https://b.example", "status": "processing"})
    changed = await owner.patch(path(recap), {"summary_md": None, "action_items_md": "- Call"})

    assert same.json()["resource"] == recap
    change = {"summary_md": None, "action_items_md": "- Call", "updated_at": "2027-01-04T08:01:00.000000Z"}
    assert changed.json()["resource"] == recap | change
    assert (await owner.get(path(recap))).json()["resource"] == recap | change


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("start_time=2027-01-04T09:30:00Z", True),
        ("start_time=2027-01-04T09:30:01Z", False),
        ("end_time=2027-01-04T09:00:00Z", True),
        ("end_time=2027-01-04T08:59:59Z", False),
        ("start_time=2027-01-04T09:10:00Z&end_time=2027-01-04T09:20:00Z", True),
        ("status=available", True),
        ("status=processing", False),
        ("status=unavailable", False),
        ("attendee=ADA@example.org", True),
        ("attendee=guest@example.org", True),
        ("attendee=a+da@example.org", False),
        ("attendee=nobody@example.org", False),
        ("event={event}", True),
        ("event={event}&attendee=nobody@example.org", False),
        ("user=x", True),
    ],
)  # fmt: skip
async def test_recaps_are_found_by_time_status_and_who_was_there(
    owner: Caller, event: str, query: str, *, is_found: bool
) -> None:
    recap = await put(owner, event)

    assert await listed(owner, query.replace("{event}", event)) == [recap["uri"]] * is_found


async def test_a_host_is_found_by_the_address(owner: Caller, organization: Organization, event: str) -> None:
    recap = await put(owner, event)

    assert await listed(owner, f"attendee={organization.owner.user.email}") == [recap["uri"]]


async def test_pages_keep_their_filters(conn: Conn, owner: Caller, organization: Organization, clock: Clock) -> None:
    made = []
    for hours in range(3):
        booked = await make_booking(conn, organization, START + timedelta(hours=hours), now=clock.now)
        made.append((await put(owner, URIS.scheduled_event(booked.event.id), status="processing"))["uri"])
        clock.advance(minutes=1)

    first = (await owner.get("/meeting_recaps?status=processing&count=2")).json()
    second = (await owner.get(first["pagination"]["next_page"].removeprefix(API))).json()

    assert [[one["uri"] for one in page["collection"]] for page in (first, second)] == [made[:2], made[2:]]
    assert second["pagination"]["next_page"] is None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("status=Available", [("status", "invalid")]),
        ("attendee=nobody", [("attendee", "invalid")]),
        ("event=x&count=0", [("event", "invalid"), ("count", "invalid")]),
        ("start_time=2027-01-04&end_time=x", [("start_time", "invalid"), ("end_time", "invalid")]),
    ],
)
async def test_what_is_wrong_with_a_query_is_named(owner: Caller, query: str, wanted: Any) -> None:
    assert sorted(wrong(await owner.get(f"/meeting_recaps?{query}"))) == sorted(wanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, [("event", "is missing")]),
        ({"event": "x", "status": "Available"}, [("event", "invalid"), ("status", "invalid")]),
        ({"event": URIS.scheduled_event(new_id()), "share_link": "ftp://a.example"}, [("share_link", "invalid")]),
        ({"event": URIS.scheduled_event(new_id()), "name": "x"}, [("name", "is not a known key")]),
    ],
    ids=range(4),
)
async def test_what_is_wrong_with_a_recap_is_named(owner: Caller, body: Any, wanted: Any) -> None:
    assert sorted(wrong(await owner.put("/openslot/meeting_recaps", body))) == sorted(wanted)


async def test_only_the_host_sees_and_changes_a_recap(
    owner: Caller, admin: Caller, http: httpx.AsyncClient, elsewhere: Organization, event: str
) -> None:
    """An admin sees the meeting, so the admin may ask for recaps of it, and has none."""
    recap = await put(owner, event)
    stranger = Caller(http, elsewhere.owner.headers)
    calls = [
        ("GET", path(recap), None), ("GET", f"{path(recap)}/transcript", None), ("PATCH", path(recap), {}),
        ("DELETE", path(recap), None), ("PUT", "/openslot/meeting_recaps", {"event": event}),
    ]  # fmt: skip

    for caller, status in ((admin, 403), (stranger, 404)):
        for method, where, body in calls:
            answer = await http.request(method, API + where, json=body, headers=dict(caller.headers))
            assert answer.status_code == status, (method, where)
            assert status == 404 or answer.json() == NOT_YOURS
    assert await listed(admin, f"event={event}") == []
    assert (await stranger.get(f"/meeting_recaps?event={event}")).status_code == 404
    assert await listed(owner) == [recap["uri"]]


async def test_a_deleted_recap_is_gone_and_may_come_again(owner: Caller, event: str) -> None:
    recap = await put(owner, event)

    assert (await owner.delete(path(recap))).status_code == 204
    assert (await owner.get(path(recap))).status_code == 404
    assert (await owner.delete(path(recap))).status_code == 404
    assert (await put(owner, event))["uri"] != recap["uri"]


async def test_admins_read_of_recaps_in_the_logs_what_is_their_own(
    owner: Caller, admin: Caller, organization: Organization, event: str
) -> None:
    await put(owner, event, summary_md="Two ovens")
    log = f"/activity_log_entries?organization={URIS.organization(organization.id)}&namespace=meeting_recap"

    events = [await one.get("/openslot/events?event=meeting_recap.created") for one in (owner, admin)]
    entries = [await one.get(log) for one in (owner, admin)]

    assert [len(one.json()["collection"]) for one in events] == [1, 0]
    assert [len(one.json()["collection"]) for one in entries] == [0, 0]
