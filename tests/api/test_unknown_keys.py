"""Our own calls refuse what they do not know, by name; Calendly's leave it aside, as its service does (ADR 0009)."""

import re
from typing import Any

import pytest

from described import committed
from factories import API, URIS, Caller, Organization, booking_body
from openslot.core.ids import new_id

OPERATIONS = committed().operations()
OURS = [key for key in OPERATIONS if key[1].startswith("/openslot/")]
UNKNOWN = "is not a known key"


def named(answer: Any) -> list[tuple[str, str]]:
    return [(one["parameter"], one["message"]) for one in answer.json().get("details", [])]


@pytest.mark.parametrize(("method", "path"), OURS, ids=lambda part: part)
async def test_every_call_of_ours_names_the_keys_that_it_does_not_know(owner: Caller, method: str, path: str) -> None:
    """All of them at once, in the query too; a body that is read is read first."""
    address = API + re.sub(r"\{\w+\}", str(new_id()), path)
    body = None if method == "GET" else {"surprise": 1, "timezome": "Europe/Rome"}

    answer = await owner.http.request(method, address, params={"other": "x"}, json=body, headers=dict(owner.headers))

    is_file = "image/*" in OPERATIONS[method, path].get("requestBody", {}).get("content", {})
    sent = ["other"] if body is None or is_file else ["surprise", "timezome", "other"]
    assert answer.status_code == 400
    unknown = [parameter for parameter, message in named(answer) if message == UNKNOWN]
    assert sorted(unknown) == sorted(sent)


SETTINGS = "/openslot/event_types/{event_type}"
HOURS = {"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "17:00", "till": "18:00"}], "week": 1}
QUESTION = {
    "name": "How many?", "type": "string", "position": 0, "enabled": True, "required": True, "answer_choices": [],
    "include_other": False, "hint": "A number",
}  # fmt: skip
NESTED: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("PATCH", SETTINGS, {"timezone": "Europe/Rome", "sluk": "tour", "duration": "x"},
     [("duration", "invalid"), ("timezone", UNKNOWN), ("sluk", UNKNOWN)]),
    ("PATCH", SETTINGS,
     {"locations": [{"kind": "custom"}, {"kind": "custom", "where": "x"}], "custom_questions": [QUESTION]},
     [("locations[1].where", UNKNOWN), ("custom_questions[0].hint", UNKNOWN)]),
    ("PATCH", SETTINGS, {"date_range": {"kind": "rolling", "day": 3}, "reconfirmation": {"ask": 5}},
     [("date_range.day", UNKNOWN), ("reconfirmation.ask_minutes", "is missing"), ("reconfirmation.ask", UNKNOWN)]),
    ("PATCH", SETTINGS, {"hosts": [{"user": "{user}", "wait": 3, "weight": "x"}]},
     [("hosts[0].weight", "invalid"), ("hosts[0].wait", UNKNOWN)]),
    ("POST", "/openslot/event_types", {"naem": "Tour"},
     [("name", "is missing"), ("duration", "is missing"), ("naem", UNKNOWN)]),
    ("PATCH", "/openslot/users/{user_id}", {"availability": {"timezone": "Europe/Rome", "rules": [HOURS], "x": 1}},
     [("availability.rules[0].intervals[0].till", UNKNOWN), ("availability.rules[0].week", UNKNOWN),
      ("availability.x", UNKNOWN)]),
    ("POST", "/openslot/availability_schedules", {"name": "Mornings", "timezone": "Europe/Rome", "rules": [HOURS]},
     [("rules[0].intervals[0].till", UNKNOWN), ("rules[0].week", UNKNOWN)]),
    ("PUT", "/openslot/groups/{event_type}/members", {"members": [{"user": "{user}", "rôle": "admin"}]},
     [("members[0].rôle", UNKNOWN)]),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "wanted"), NESTED)
async def test_unknown_keys_are_named_wherever_they_are_together_with_what_is_wrong(
    owner: Caller,
    organization: Organization,
    method: str,
    path: str,
    body: dict[str, Any],
    wanted: list[tuple[str, str]],
) -> None:
    ids = {"event_type": str(organization.event_type_id), "user_id": str(organization.owner.id)}
    before = (await owner.get(f"/openslot/event_types/{organization.event_type_id}")).json()

    answer = await owner.http.request(method, API + path.format(**ids), json=body, headers=dict(owner.headers))

    assert (answer.status_code, named(answer)) == (400, wanted)
    assert (await owner.get(f"/openslot/event_types/{organization.event_type_id}")).json() == before


async def test_a_booking_of_ours_names_unknown_keys_and_what_the_rules_refuse(
    owner: Caller, organization: Organization
) -> None:
    wanted = booking_body(URIS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z", sets_aside=["NOTICE"])
    wanted["invitee"] |= {"email": "x", "phone": "+390655500123"}

    answer = await owner.post("/openslot/bookings", wanted)

    assert named(answer) == [("invitee.phone", UNKNOWN), ("sets_aside", UNKNOWN), ("invitee.email", "invalid")]


async def test_calendly_s_calls_leave_unknown_keys_aside(owner: Caller, organization: Organization) -> None:
    event_type, ours = URIS.event_type(organization.event_type_id), URIS.organization(organization.id)
    wanted = booking_body(event_type, "2027-01-05T10:00:00Z", surprise=1)
    wanted["invitee"] |= {"phone": "+390655500123"}
    hook = {
        "url": "https://hooks.example/",
        "events": ["invitee.created"],
        "scope": "organization",
        "organization": ours,
    }

    answers = [
        await owner.post("/invitees", wanted),
        await owner.post("/webhook_subscriptions", hook | {"surprise": {"a": 1}}),
        await owner.get("/event_types", {"organization": ours, "page_size": "100"}),
        await owner.get("/users/me", {"page_size": "100"}),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 200, 200]
