"""Tools that set things up: what each sends."""

from typing import Any

import pytest

from openslot.client.testing import Reply, StandIn

from .test_server import EVENT_TYPE, Agent, sent, text

Json = dict[str, Any]
TYPE = f"https://api.calendly.com/event_types/{EVENT_TYPE}"
LINK = {"booking_url": "https://calendly.com/d/abc", "owner": TYPE, "owner_type": "EventType"}
CLOSED: list[Json] = [
    {"type": "wday", "wday": day, "intervals": []}
    for day in ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
]
MORNING = [{"from": "09:00", "to": "12:00"}]
SCHEDULE = "https://api.calendly.com/user_availability_schedules/1"
CONTACT = "https://api.calendly.com/contacts/1"


async def test_a_link_without_changes_is_a_scheduling_link(api: StandIn) -> None:
    api.on("POST", "/scheduling_links", Reply(201, {"resource": LINK}))

    result = await Agent(api.url).call("create_scheduling_link", event_type=TYPE)

    assert sent(api, "/scheduling_links").json() == {"max_event_count": 1, "owner": TYPE, "owner_type": "EventType"}
    assert result.structured_content == {"resource": LINK}
    assert LINK["booking_url"] in text(result)


async def test_a_link_with_changes_is_a_share(api: StandIn) -> None:
    share = {"scheduling_links": [LINK], "share_override": {"name": "Kiln", "duration": 45, "period_type": "fixed"}}
    api.on("POST", "/shares", Reply(201, {"resource": share}))
    changes = {"name": "Kiln", "duration": 45, "start_date": "2031-04-10", "end_date": "2031-04-12"}

    result = await Agent(api.url).call(
        "create_scheduling_link", event_type=TYPE, **changes, locations=[{"kind": "physical", "location": "Shed"}]
    )

    assert sent(api, "/shares").json() == {
        "event_type": TYPE,
        **changes,
        "period_type": "fixed",
        "location_configurations": [{"kind": "physical", "location": "Shed"}],
    }
    assert result.structured_content == {"resource": LINK}


@pytest.mark.parametrize("whose", ["mine", "organization", "group"])
async def test_a_webhook_subscription_is_the_users_the_organizations_or_a_groups(
    api: StandIn, samples: Json, whose: str
) -> None:
    group = "https://api.calendly.com/groups/1"
    given = {"url": "https://example.org/hook", "events": ["invitee.created"], "whose": whose}
    owner = {
        "mine": {"scope": "user", "user": samples["user"]["uri"]},
        "organization": {"scope": "organization"},
        "group": {"scope": "group", "group": group},
    }[whose]

    result = await Agent(api.url).call("create_webhook_subscription", **given, group=group, signing_key="sesame")

    assert not result.is_error, text(result)
    assert sent(api, "/webhook_subscriptions").json() == {
        "url": given["url"],
        "events": given["events"],
        "organization": samples["user"]["current_organization"],
        "signing_key": "sesame",
        **owner,
    }
    assert "sesame" not in result.model_dump_json()


async def test_a_webhook_subscription_of_a_group_needs_one(api: StandIn) -> None:
    result = await Agent(api.url).call(
        "create_webhook_subscription", url="https://example.org/hook", events=["invitee.created"], whose="group"
    )

    assert text(result) == "Wrong arguments: whose: group needs group, the URI of one."


async def test_a_contact_is_added_or_changed(api: StandIn) -> None:
    made = {"uri": CONTACT, "name": "Ada"}
    api.on("POST", "/contacts", Reply(201, {"resource": made}))
    api.on("PATCH", "/contacts/1", Reply(json={"resource": made}))

    await Agent(api.url).call(
        "save_contact", name="Ada", emails=["ada@example.org", "a@example.org"], phone_numbers=["+390655500123"]
    )
    await Agent(api.url).call("save_contact", contact=CONTACT, company="Kiln & Co")
    lacking = await Agent(api.url).call("save_contact", company="Kiln & Co")

    assert sent(api, "/contacts").json() == {
        "name": "Ada",
        "emails": [
            {"email": "ada@example.org", "is_primary": True},
            {"email": "a@example.org", "is_primary": False},
        ],
        "phone_numbers": [{"phone_number": "+390655500123"}],
    }
    assert sent(api, "/contacts/1").json() == {"company": "Kiln & Co"}
    assert text(lacking) == "Wrong arguments: a new one needs name and emails."


async def test_a_schedule_has_hours_for_every_weekday_and_for_dates(api: StandIn) -> None:
    made = {"uri": SCHEDULE, "name": "Mornings"}
    api.on("POST", "/user_availability_schedules", Reply(201, {"resource": made}))
    api.on("PATCH", "/user_availability_schedules/1", Reply(json={"resource": made}))
    hours = [{"day": "2031-04-10", "intervals": []}, {"day": "Monday", "intervals": MORNING}]

    await Agent(api.url).call(
        "save_availability_schedule", name="Mornings", timezone="Europe/Rome", hours=hours, default=True
    )
    made_default = sent(api, "/user_availability_schedules/1").json()
    await Agent(api.url).call("save_availability_schedule", schedule=SCHEDULE, name="Early")

    assert sent(api, "/user_availability_schedules").json() == {
        "name": "Mornings",
        "timezone": "Europe/Rome",
        "rules": [
            {"type": "wday", "wday": "monday", "intervals": MORNING},
            *CLOSED,
            {"type": "date", "date": "2031-04-10", "intervals": []},
        ],
    }
    assert made_default == {"default": True}
    assert sent(api, "/user_availability_schedules/1").json() == {"name": "Early"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hours": [{"day": "mon", "intervals": []}]}, "day 'mon' is neither a weekday nor a date as 2031-04-10"),
        ({"name": "Mornings"}, "a new one needs timezone and hours"),
    ],
)
async def test_a_schedule_that_is_none_is_not_sent(api: StandIn, given: Json, message: str) -> None:
    result = await Agent(api.url).call("save_availability_schedule", **given)

    assert (text(result), api.calls()) == (f"Wrong arguments: {message}.", [])


async def test_limits_are_set_and_lifted(api: StandIn, samples: Json) -> None:
    limits = {"user": samples["user"]["uri"], "daily": 3, "weekly": None, "monthly": None}
    api.on("PATCH", "/user_meeting_limits", Reply(json={"resource": limits}))

    result = await Agent(api.url).call("set_meeting_limits", daily=3, weekly=0)

    assert sent(api, "/user_meeting_limits").json() == {"daily": 3, "weekly": None}
    assert result.structured_content == {"resource": limits}
