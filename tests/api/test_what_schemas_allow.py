"""Requests at the edge of what the OpenAPI document allows; ``make fuzz`` found that each had another answer."""

from typing import Any

import pytest

from factories import API, Caller, Organization


async def refused(caller: Caller, method: str, path: str, body: object) -> tuple[int, list[str]]:
    answer = await caller.http.request(method, API + path, json=body, headers=dict(caller.headers))
    details = answer.json().get("details", []) if answer.content else []
    return answer.status_code, [one["parameter"] for one in details]


@pytest.mark.parametrize(
    ("maximum", "wanted"),
    [
        (5.0, (200, [])),
        (5, (200, [])),
        (5.5, (400, ["maximum"])),
        (1e300, (400, ["maximum"])),
        ("5", (400, ["maximum"])),
    ],
)
async def test_a_whole_number_may_have_a_fraction(owner: Caller, maximum: object, wanted: tuple[int, Any]) -> None:
    """JSON has one kind of number."""
    assert await refused(owner, "PUT", "/openslot/limits", {"period": "day", "maximum": maximum}) == wanted


SOME_ID = "8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/scheduled_events/{SOME_ID}/invitees", "status"),
        (f"/event_types?user={API}/users/me", "active"),
        (f"/openslot/events?since={SOME_ID}", "since"),
    ],
)
async def test_the_word_null_is_no_value(owner: Caller, path: str, name: str) -> None:
    answer = await owner.get(f"{path}{'&' if '?' in path else '?'}{name}=null")

    assert answer.status_code == 400
    assert name in [one["parameter"] for one in answer.json()["details"]]


async def test_where_text_is_expected_null_is_text(owner: Caller) -> None:
    assert (await owner.get("/openslot/events?event=null")).status_code == 200


async def test_a_hold_lasts_a_month_at_most_however_large_the_number(owner: Caller, organization: Organization) -> None:
    wanted = {"event_type": f"{API}/event_types/{organization.event_type_id}", "start_time": "2027-01-05T10:00:00Z"}

    for minutes in (0, 44_641, 10**15, 10**40):
        assert await refused(owner, "POST", "/openslot/holds", wanted | {"minutes": minutes}) == (400, ["minutes"])


async def test_a_link_has_no_more_uses_than_can_be_kept(owner: Caller, organization: Organization) -> None:
    wanted = {"event_type": f"{API}/event_types/{organization.event_type_id}"}

    for uses in (0, 2**31, 10**40):
        assert await refused(owner, "POST", "/openslot/scheduling_links", wanted | {"max_uses": uses}) == (
            400,
            ["max_uses"],
        )


@pytest.mark.parametrize("name", ["user", "group"])
async def test_an_address_is_looked_at_where_it_is_not_needed(
    owner: Caller, organization: Organization, name: str
) -> None:
    ours = f"organization={API}/organizations/{organization.id}&scope=organization"

    for path in ("/webhook_subscriptions?", "/sample_webhook_data?event=invitee.created&"):
        answer = await owner.get(f"{path}{ours}&{name}=nonsense")

        assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, [name])


async def test_a_bound_holds_where_the_value_counts_for_nothing(owner: Caller, organization: Organization) -> None:
    wanted = {"event_type": f"{API}/event_types/{organization.event_type_id}", "period_type": "unlimited"}

    assert await refused(owner, "POST", "/shares", wanted | {"max_booking_time": 3650}) == (201, [])
    assert await refused(owner, "POST", "/shares", wanted | {"max_booking_time": 3651}) == (400, ["max_booking_time"])
