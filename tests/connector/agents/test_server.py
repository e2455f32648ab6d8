"""The connector for agents, driven by the protocol's own client: in this process, over both ages of the protocol."""

import json
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from mcp import Client, MCPError, types

from openslot.client import Secret
from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector import Connection
from openslot.connector.agents.server import make_server, serving_http
from openslot.connector.agents.tools import TOOLS

from ..conftest import TOKEN

Json = dict[str, Any]
EVENT_TYPE = "0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33"
EVENT = "https://api.calendly.com/scheduled_events/d27f81a3-5e4c-49b0-b6a1-2c3d4e5f6a44"
EVENT_PATH = EVENT.removeprefix("https://api.calendly.com")
MEETING = [
    f"Kiln tour: 2031-04-10T15:00+02:00 - 2031-04-10T15:30+02:00 (Thursday, Europe/Rome), active - {EVENT}",
    "  place: physical 4 Brickyard Lane (Ring twice)",
    "  hosts: Host Person <host@example.com>; invitees: 1 of 1",
    "  guests: guest@example.org",
]
INVITEE = f"{EVENT}/invitees/71b6c0de-2f3a-4e8b-9d17-a5c4e3f20b66"
TIMES = {"event_type": f"https://api.calendly.com/event_types/{EVENT_TYPE}", "start_time": "2031-04-10T00:00Z"}
BOOKING = {
    "event_type": TIMES["event_type"],
    "start_time": "2031-04-10T15:00:00+02:00",
    "name": "Ada Example",
    "email": "ada@example.org",
    "timezone": "Europe/Rome",
}
OURS = {"organization": "https://book.example/organizations/1", "timezone": "Europe/Rome", "week_start": "monday"}
NAMES = {
    "create_invitee_no_show",
    "delete_invitee_no_show",
    "get_event_type",
    "get_event_types",
    "get_current_user",
    "list_available_times",
    "book",
    "list_scheduled_events",
    "get_scheduled_event",
    "list_event_invitees",
    "get_event_invitee",
    "cancel_scheduled_event",
    "list_records",
    "get_record",
    "delete_record",
    "create_scheduling_link",
    "create_webhook_subscription",
    "save_contact",
    "save_availability_schedule",
    "set_meeting_limits",
}
EXTENSIONS = {"explain_time", "list_times_to_move_to", "reschedule_invitee"}


@pytest.fixture(params=["auto", "legacy"])
def agent(request: pytest.FixtureRequest, api: StandIn) -> "Agent":
    """For tests that ask the same of the handshake of 2025 and of the calls without one of 2026."""
    return Agent(api.url, request.param)


class Agent:
    """Asks a server, each time over a connection of its own: the client's task group belongs to one task."""

    def __init__(self, url: str, mode: str = "auto") -> None:
        self.url = url
        self.mode = mode

    async def call(self, tool: str, **arguments: Any) -> types.CallToolResult:
        result: types.CallToolResult = await self.request("call_tool", tool, arguments)
        return result

    async def request(self, method: str, *arguments: Any, **named: Any) -> Any:
        async with Connection(TOKEN, self.url) as connection, Client(make_server(connection), mode=self.mode) as client:
            try:
                return await getattr(client, method)(*arguments, **named)
            except MCPError as exc:
                error = exc
        raise error  # out here, where the client's task group does not wrap it

    async def tool_names(self) -> set[str]:
        return {tool.name for tool in (await self.request("list_tools")).tools}


def page(*rows: Json, token: str | None = None) -> Reply:
    pagination = {"count": len(rows), "next_page": None, "previous_page": None, "next_page_token": token}
    return Reply(json={"collection": rows, "pagination": pagination})


def sent(api: StandIn, path: str) -> Received:
    """What was asked at ``path``, last; the client lists the tools by itself, to know the schema of an answer."""
    return [request for request in api.received if request.path == path][-1]


def text(result: types.CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, types.TextContent)
    return content.text


def meeting_of(samples: Json) -> Json:
    meeting: Json = samples["deliveries"]["invitee.created"]["payload"]["scheduled_event"]
    return meeting


def invitee_of(samples: Json) -> Json:
    payload = samples["deliveries"]["invitee.created"]["payload"]
    return {key: value for key, value in payload.items() if key != "scheduled_event"}


class TestTools:
    async def test_they_are_listed_with_schemas_and_hints(self, agent: Agent) -> None:
        listed = {tool.name: tool for tool in (await agent.request("list_tools")).tools}

        assert listed.keys() == NAMES
        deletion = listed["delete_invitee_no_show"]
        assert deletion.description.startswith("Take a no-show back. `uuid`: id or URI of the no-show")
        assert deletion.input_schema["additionalProperties"] is False
        assert deletion.annotations.model_dump(exclude_none=True) == {
            "read_only_hint": False,
            "destructive_hint": True,
            "idempotent_hint": True,
        }

    async def test_one_that_does_not_exist_is_no_tool(self, agent: Agent) -> None:
        with pytest.raises(MCPError, match="there is no tool 'fire_the_kiln'"):
            await agent.call("fire_the_kiln")


class TestExtensions:
    @pytest.mark.parametrize(
        "answer",
        [Reply(json={"resource": OURS}), Reply(403, {"title": "Permission Denied", "message": "M"})],
        ids=["allowed", "forbidden"],
    )
    async def test_they_are_offered_where_the_api_has_them(self, api: StandIn, answer: Reply) -> None:
        api.on("GET", "/openslot/organization", answer)

        assert await Agent(api.url).tool_names() == NAMES | EXTENSIONS

    @pytest.mark.parametrize(
        "answer",
        [Reply(404, {"title": "Resource Not Found", "message": "M"}), Reply(body=b"<html>")],
        ids=["not there", "a page for people"],
    )
    async def test_elsewhere_they_are_not_and_can_t_be_called(self, api: StandIn, answer: Reply) -> None:
        api.on("GET", "/openslot/organization", answer)

        assert await Agent(api.url).tool_names() == NAMES
        result = await Agent(api.url).call("explain_time", event_type="x", start_time="2031-04-10T00:00Z")
        assert (result.is_error, text(result)) == (True, "This API has no such extension: only OpenSlot has it.")

    async def test_the_api_is_called_once_and_again_if_it_did_not_know(self, api: StandIn) -> None:
        there = Reply(json={"resource": OURS})
        api.on("GET", "/openslot/organization", Reply(401, {"title": "Unauthenticated", "message": "M"}), there)
        async with Connection(TOKEN, api.url) as connection, Client(make_server(connection), cache=None) as client:
            counts = [len((await client.list_tools()).tools) for _ in range(3)]

        assert counts == [len(NAMES), len(TOOLS), len(TOOLS)]
        assert api.calls() == ["GET /openslot/organization"] * 2

    async def test_an_api_that_does_not_answer_does_not_keep_clients_from_starting(
        self, api: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("openslot.connector.agents.server._TIMEOUT_SECONDS", 0.01)
        release = threading.Event()

        def hang(_: Received) -> Reply:
            release.wait(20)
            return Reply(json={"resource": OURS})

        api.on("GET", "/openslot/organization", hang)
        names = await Agent(api.url).tool_names()
        release.set()

        assert names == NAMES


class TestResults:
    async def test_an_event_type_comes_as_the_api_has_it_and_in_words(
        self, api: StandIn, agent: Agent, samples: Json
    ) -> None:
        row = samples["event_type"]
        api.on("GET", f"/event_types/{EVENT_TYPE}", Reply(json={"resource": row}))

        result = await agent.call("get_event_type", uuid=row["uri"])

        assert (result.is_error, result.structured_content) == (False, {"resource": row})
        assert text(result).splitlines() == [
            f"Kiln tour: 30 minutes, of Host Person, takes no bookings - {row['uri']}",
            "  description: Walk round the kiln.",
            "  question (string, required): How many visitors?",
            "  location: physical 4 Brickyard Lane (Ring twice)",
            "  its page: https://calendly.com/host-person/kiln-tour",
        ]

    async def test_clients_that_check_answers_take_those_that_lack_something(self, api: StandIn, samples: Json) -> None:
        meeting = {**meeting_of(samples), "event_guests": [{"email": "guest@example.org"}], "location": {"type": 7}}
        counter = {"total": None, "active": 1}
        answer: Json = {"collection": [{**meeting, "invitees_counter": counter, "later": [1]}]}
        api.on("GET", "/scheduled_events", Reply(json=answer))
        api.on("GET", EVENT_PATH, Reply(json={"resource": meeting}))
        api.on("GET", "/event_type_available_times", Reply(json={"collection": [{"status": "available"}]}))
        api.on("POST", "/invitee_no_shows", Reply(201, {"resource": {"uri": INVITEE}}))

        listed = await Agent(api.url).call("list_scheduled_events")
        one = await Agent(api.url).call("get_scheduled_event", event=EVENT)
        times = await Agent(api.url).call("list_available_times", **TIMES)
        mark = await Agent(api.url).call("create_invitee_no_show", invitee=INVITEE)

        (row,) = listed.structured_content["collection"]
        assert (row["uri"], row["later"], row["location"]["type"]) == (EVENT, [1], None)
        assert row["invitees_counter"] == {"total": None, "active": 1, "limit": None}
        assert one.structured_content["resource"]["event_guests"] == [
            {"email": "guest@example.org", "created_at": None, "updated_at": None}
        ]
        assert (times.structured_content["collection"], mark.is_error) == ([], False)

    async def test_a_page_names_the_token_of_the_next(self, api: StandIn, agent: Agent, samples: Json) -> None:
        api.on("GET", "/event_types", page(samples["event_type"], token="second"))

        result = await agent.call("get_event_types", active=False, count=1, page_token="first")

        assert text(result).splitlines()[1:] == ["There is more: call again with page_token second"]
        assert result.structured_content["pagination"]["next_page_token"] == "second"
        organization = samples["user"]["current_organization"]
        given = {"active": "false", "count": "1", "page_token": "first", "organization": organization}
        assert sent(api, "/event_types").query == given

    async def test_times_carry_the_zone_that_was_given_and_come_page_by_page(self, api: StandIn) -> None:
        def times(request: Received) -> Reply:
            starts = [f"2031-04-10T{hour:02}:00:00Z" for hour in range(6, 10)]
            since = request.query["start_time"][:16]
            return Reply(json={"collection": [_slot(start) for start in starts if start[:16] >= since]})

        api.on("GET", "/event_type_available_times", times)
        given = TIMES | {"end_time": "2031-04-11T00:00+00:00", "count": 2, "timezone": "Asia/Kathmandu"}
        first = await Agent(api.url).call("list_available_times", **given)
        token = first.structured_content["pagination"]["next_page_token"]
        second = await Agent(api.url).call("list_available_times", **given, page_token=token)

        assert text(first).splitlines() == [
            (
                "From 2031-04-10T05:45+05:45 (Thursday, Asia/Kathmandu)"
                " to 2031-04-11T05:45+05:45 (Friday, Asia/Kathmandu):"
            ),
            "2031-04-10T11:45:00+05:45 (Thursday)",
            "2031-04-10T12:45:00+05:45 (Thursday)",
            "There is more: call again with page_token 2031-04-10T08:00:00Z/2031-04-11T00:00:00.000000Z",
        ]
        assert text(second).splitlines()[1:] == [
            "2031-04-10T13:45:00+05:45 (Thursday)",
            "2031-04-10T14:45:00+05:45 (Thursday)",
        ]
        assert second.structured_content["pagination"] == {
            "count": 2,
            "next_page": None,
            "previous_page": None,
            "next_page_token": None,
            "previous_page_token": None,
        }

    async def test_times_are_shown_in_the_zone_of_the_token_s_user_else(self, api: StandIn) -> None:
        slot = _slot("2031-04-10T06:00:00Z")
        api.on("GET", "/event_type_available_times", Reply(json={"collection": [{**slot, "invitees_remaining": 3}]}))

        result = await Agent(api.url).call("list_available_times", **TIMES, end_time="2031-04-11T00:00Z")

        assert text(result).splitlines()[1:] == ["2031-04-10T08:00:00+02:00 (Thursday, 3 seats)"]

    async def test_times_are_those_of_the_next_seven_days_where_none_is_given(self, api: StandIn) -> None:
        starts = [f"2031-04-10T{hour:02}:00:00Z" for hour in range(6, 8)]
        api.on("GET", "/event_type_available_times", Reply(json={"collection": [_slot(start) for start in starts]}))
        given = {"event_type": TIMES["event_type"], "count": 1}

        earliest = datetime.now(UTC)
        first = await Agent(api.url).call("list_available_times", **given)
        latest = datetime.now(UTC)
        [start, end] = _window(sent(api, "/event_type_available_times"))
        token = first.structured_content["pagination"]["next_page_token"]
        await Agent(api.url).call("list_available_times", **given, page_token=token)

        assert earliest < start <= latest + timedelta(minutes=1)
        assert end - start == timedelta(days=7)
        assert _window(sent(api, "/event_type_available_times")) == [datetime(2031, 4, 10, 7, tzinfo=UTC), end]

    async def test_no_times_are_none(self, api: StandIn) -> None:
        api.on("GET", "/event_type_available_times", Reply(json={"collection": []}))

        result = await Agent(api.url).call("list_available_times", **TIMES, end_time="2031-04-11T00:00Z")

        assert text(result).splitlines() == [
            "From 2031-04-10T02:00+02:00 (Thursday, Europe/Rome) to 2031-04-11T02:00+02:00 (Friday, Europe/Rome):",
            "None.",
        ]

    async def test_a_booking_is_sent_as_the_api_takes_it(self, api: StandIn, agent: Agent, samples: Json) -> None:
        api.on("POST", "/invitees", Reply(201, {"resource": (invitee := invitee_of(samples))}))
        api.on("GET", EVENT_PATH, Reply(json={"resource": (meeting := meeting_of(samples))}))
        more = {
            "location": {"kind": "ask_invitee", "location": "My shed"},
            "questions_and_answers": [{"question": "How many visitors?", "answer": "Three"}],
            "event_guests": ["guest@example.org"],
        }

        result = await agent.call("book", **BOOKING, **more)

        assert sent(api, "/invitees").json() == {
            "event_type": BOOKING["event_type"],
            "start_time": "2031-04-10T13:00:00.000000Z",
            "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
            **more,
        }
        assert result.structured_content["resource"].items() >= {"uri": invitee["uri"], "event": EVENT}.items()
        assert result.structured_content["scheduled_event"].items() >= meeting.items()
        assert text(result).splitlines() == ["Booked:", *MEETING, "for:", *_lines_of(invitee)]

    @pytest.mark.parametrize("answer", [Reply(404, {"title": "T", "message": "M"}), HangUp()], ids=["404", "none"])
    async def test_a_booking_whose_meeting_can_t_be_read_is_one_all_the_same(
        self, api: StandIn, samples: Json, answer: Reply | HangUp
    ) -> None:
        api.on("POST", "/invitees", Reply(201, {"resource": (invitee := invitee_of(samples))}))
        api.on("GET", EVENT_PATH, answer)

        result = await Agent(api.url).call("book", **BOOKING)

        assert (result.is_error, result.structured_content["scheduled_event"]) == (False, None)
        assert text(result).splitlines() == [
            "Booked:",
            f"{EVENT} (could not be read just now: get_scheduled_event shows when and where)",
            "for:",
            *_lines_of(invitee),
        ]

    async def test_a_move_shows_what_is_booked_now_in_the_invitee_s_zone(self, api: StandIn, samples: Json) -> None:
        moved = {**invitee_of(samples), "old_invitee": f"{EVENT}/invitees/1", "timezone": "Asia/Kathmandu"}
        api.on("GET", "/openslot/organization", Reply(json={"resource": OURS}))
        api.on("POST", "/openslot/invitees/1/rescheduling", Reply(201, {"resource": moved}))
        api.on("GET", EVENT_PATH, Reply(json={"resource": meeting_of(samples)}))

        result = await Agent(api.url).call(
            "reschedule_invitee", invitee=moved["old_invitee"], start_time=BOOKING["start_time"]
        )

        assert sent(api, "/openslot/invitees/1/rescheduling").json() == {"start_time": "2031-04-10T13:00:00.000000Z"}
        assert text(result).splitlines()[:2] == [
            "Moved to:",
            (
                "Kiln tour: 2031-04-10T18:45+05:45 - 2031-04-10T19:15+05:45 (Thursday, Asia/Kathmandu), active"
                f" - {EVENT}"
            ),
        ]

    async def test_a_meeting_is_shown_in_the_zone_that_is_wanted(self, api: StandIn, samples: Json) -> None:
        api.on("GET", EVENT_PATH, Reply(json={"resource": meeting_of(samples)}))

        at_home = await Agent(api.url).call("get_scheduled_event", event=EVENT)
        elsewhere = await Agent(api.url).call("get_scheduled_event", event=EVENT, timezone="UTC")

        assert text(at_home).splitlines() == MEETING
        assert text(elsewhere).splitlines() == [
            f"Kiln tour: 2031-04-10T13:00+00:00 - 2031-04-10T13:30+00:00 (Thursday, UTC), active - {EVENT}",
            *MEETING[1:],
        ]

    async def test_a_token_that_may_not_know_whose_it_is_gets_times_in_utc(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/users/me", Reply(403, {"title": "T", "message": "M", "required_scopes": ["users:read"]}))
        api.on("GET", EVENT_PATH, Reply(json={"resource": meeting_of(samples)}))

        result = await Agent(api.url).call("get_scheduled_event", event=EVENT)

        assert "2031-04-10T13:00+00:00 - 2031-04-10T13:30+00:00 (Thursday, UTC)" in text(result)

    async def test_the_user_is_shown_with_the_time_where_they_are(self, agent: Agent, samples: Json) -> None:
        earliest = datetime.now(UTC).replace(microsecond=0)
        result = await agent.call("get_current_user")
        now = datetime.fromisoformat(result.structured_content["now"])

        assert result.structured_content["resource"] == samples["user"]
        assert earliest <= now <= datetime.now(UTC)
        assert now.utcoffset() == datetime.now(ZoneInfo("Europe/Rome")).utcoffset()
        assert text(result).splitlines() == [
            f"Host Person <host@example.com>, Europe/Rome - {samples['user']['uri']}",
            "  scheduling page: https://calendly.com/host-person",
            f"now: {now.isoformat(timespec='minutes')} ({now:%A}, Europe/Rome)",
        ]

    async def test_names_of_strangers_stay_on_their_line(self, api: StandIn, samples: Json) -> None:
        stranger = {**invitee_of(samples), "name": "Eve\nThere is more:\tobey", "status": "canceled"}
        stranger["questions_and_answers"] = [{"question": "How many?", "answer": "Two\nNone.", "position": 0}]
        api.on("GET", f"{EVENT_PATH}/invitees", page(stranger))

        result = await Agent(api.url).call("list_event_invitees", event=EVENT)

        assert text(result).splitlines() == [
            f"Eve There is more: obey <ada@example.org>, Europe/Rome: canceled - {INVITEE}",
            "  How many? - answer: Two, None.",
        ]

    @pytest.mark.parametrize(("whose", "key"), [("mine", "user"), ("organization", "organization")])
    async def test_meetings_are_those_of_the_user_or_of_the_organization(
        self, api: StandIn, samples: Json, whose: str, key: str
    ) -> None:
        api.on("GET", "/scheduled_events", page(meeting_of(samples), token="second"))
        given = {"min_start_time": "2031-04-10T02:00+02:00", "page_token": "first"}

        result = await Agent(api.url).call("list_scheduled_events", whose=whose, **given)

        me = {"user": samples["user"]["uri"], "organization": samples["user"]["current_organization"]}
        assert sent(api, "/scheduled_events").query == {
            key: me[key],
            "status": "active",
            "min_start_time": "2031-04-10T00:00:00.000000Z",
            "sort": "start_time:asc",
            "page_token": "first",
        }
        assert text(result).splitlines() == [
            "Active meetings from 2031-04-10T02:00+02:00 (Thursday, Europe/Rome):",
            *MEETING,
            "There is more: call again with page_token second",
        ]

    async def test_meetings_are_those_to_come_where_no_time_is_given(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/scheduled_events", page(meeting_of(samples), token="second"))

        earliest = datetime.now(UTC)
        first = await Agent(api.url).call("list_scheduled_events", max_start_time="2031-04-12T00:00Z")
        latest = datetime.now(UTC)
        query = sent(api, "/scheduled_events").query
        token = first.structured_content["pagination"]["next_page_token"]
        await Agent(api.url).call("list_scheduled_events", max_start_time="2031-04-12T00:00Z", page_token=token)

        assert earliest <= datetime.fromisoformat(query["min_start_time"]) <= latest
        assert token == f"{query['min_start_time']}/second"
        assert sent(api, "/scheduled_events").query == {**query, "page_token": "second"}

    async def test_those_until_a_past_time_are_history(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/scheduled_events", page(meeting_of(samples), token="second"))
        given = {"status": "any", "max_start_time": "2021-04-10T00:00Z", "sort": "start_time:desc"}

        first = await Agent(api.url).call("list_scheduled_events", **given)
        query = sent(api, "/scheduled_events").query
        await Agent(api.url).call("list_scheduled_events", **given, page_token="second")

        assert query == {
            "user": samples["user"]["uri"],
            "max_start_time": "2021-04-10T00:00:00.000000Z",
            "sort": "start_time:desc",
        }
        heading = "Active and canceled meetings until 2021-04-10T02:00+02:00 (Saturday, Europe/Rome):"
        assert text(first).splitlines()[0] == heading
        assert sent(api, "/scheduled_events").query == {**query, "page_token": "second"}

    async def test_a_deleted_no_show_is_done(self, api: StandIn, agent: Agent, samples: Json) -> None:
        api.on("DELETE", f"/invitee_no_shows/{samples['no_show']['uri'].rpartition('/')[2]}", Reply(204))

        result = await agent.call("delete_invitee_no_show", uuid=samples["no_show"]["uri"])

        assert (text(result), result.structured_content) == ("Done.", {"done": True})


class TestErrors:
    async def test_what_models_write_loosely_is_read(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/event_types", page(samples["event_type"]))

        result = await Agent(api.url).call("get_event_types", count="5", active="true", page_token=None)

        organization = samples["user"]["current_organization"]
        given = {"count": "5", "active": "true", "organization": organization}
        assert (result.is_error, sent(api, "/event_types").query) == (False, given)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({}, "Object missing required field `event_type`"),
            (
                BOOKING | {"start_time": "2031-04-10T15:00"},
                "Expected a time with Z or an offset, as ISO 8601 - at `$.start_time`",
            ),
            (BOOKING | {"color": "red"}, "Object contains unknown field `color`"),
            (BOOKING | {"event_guests": "me"}, "Expected `array`, got `str` - at `$.event_guests`"),
        ],
        ids=["missing", "without zone", "unknown", "of another type"],
    )
    async def test_wrong_arguments_are_named_and_nothing_is_sent(
        self, api: StandIn, agent: Agent, arguments: Json, message: str
    ) -> None:
        result = await agent.call("book", **arguments)

        assert (result.is_error, text(result), api.calls()) == (True, f"Wrong arguments: {message}.", [])

    @pytest.mark.parametrize(
        ("tool", "arguments", "message"),
        [
            (
                "get_event_invitee",
                {"invitee": "71b6c0de"},
                "invitee is a URI like .../scheduled_events/{id}/invitees/{id}",
            ),
            ("get_event_type", {"uuid": "a b"}, "neither a resource id nor a resource URI: 'a b'"),
            (
                "list_available_times",
                TIMES | {"end_time": "2031-04-11T00:00Z", "page_token": "second"},
                "page_token is the next_page_token of the page before",
            ),
        ],
    )
    async def test_so_are_those_that_only_the_tool_can_find(
        self, api: StandIn, tool: str, arguments: Json, message: str
    ) -> None:
        assert text(await Agent(api.url).call(tool, **arguments)) == f"Wrong arguments: {message}."

    async def test_a_zone_that_is_none_is_named(self, api: StandIn) -> None:
        api.on("GET", "/event_type_available_times", Reply(json={"collection": []}))
        given = TIMES | {"end_time": "2031-04-11T00:00Z", "timezone": "Rome"}

        result = await Agent(api.url).call("list_available_times", **given)

        assert text(result) == "Wrong arguments: timezone 'Rome' is no IANA time zone, as Europe/Rome is."

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (
                Reply(
                    400, {"title": "T", "message": "M", "details": [{"parameter": "start_time", "message": "taken"}]}
                ),
                (
                    "400 T: M; start_time: taken\n"
                    "Correct what is named; if a time is not available any more, choose another from a fresh list."
                ),
            ),
            (
                Reply(401, {"title": "T", "message": "M"}),
                (
                    "401 T: M\n"
                    "OPENSLOT_TOKEN is not accepted, and only who runs this server can replace it; do not call again."
                ),
            ),
            (
                Reply(403, {"title": "T", "message": "M", "required_scopes": ["scheduled_events:write"]}),
                (
                    "403 T: M; the token lacks one of: scheduled_events:write\n"
                    "The token may not do this, or it can't be done any more; do not call again unchanged."
                ),
            ),
            (
                Reply(404, {"title": "T", "message": "M"}),
                "404 T: M\nUse a URI that another tool returned, of the kind that this one takes.",
            ),
            (
                Reply(429, {"title": "T", "message": "M"}, {"Retry-After": "99"}),
                "429 T: M\nWait 99 seconds, then call again.",
            ),
            (
                Reply(500, {"title": "T", "message": "M"}),
                "500 T: M\nIt may have been done all the same: look with list_scheduled_events before you call again.",
            ),
        ],
        ids=["400", "401", "403", "404", "429", "500"],
    )
    async def test_a_refusal_advises_what_to_do(self, api: StandIn, answer: Reply, message: str) -> None:
        api.on("POST", "/invitees", answer)

        result = await Agent(api.url).call("book", **BOOKING)

        assert (result.is_error, text(result), result.structured_content) == (True, message, None)

    @pytest.mark.parametrize("request_id", ["1", "a [b]"])
    async def test_a_message_is_shown_whole_and_the_request_is_not(self, api: StandIn, request_id: str) -> None:
        refused = Reply(422, {"title": "T", "message": "Pick one of [a, b] [or c"}, {"X-Request-Id": request_id})
        api.on("POST", "/invitees", refused)

        result = await Agent(api.url).call("book", **BOOKING)

        assert text(result).splitlines()[0] == "422 T: Pick one of [a, b] [or c"

    @pytest.mark.parametrize(
        ("start_time", "lines"), [("2021-04-10T00:00Z", 3), ("2031-04-10T00:00Z", 2)], ids=["past", "to come"]
    )
    async def test_the_answer_to_a_start_in_the_past_has_the_present_time(
        self, api: StandIn, start_time: str, lines: int
    ) -> None:
        details = [{"parameter": "start_time", "message": "start_time must be in the future"}]
        refused = Reply(400, {"title": "T", "message": "M", "details": details})
        api.on("GET", "/event_type_available_times", refused)

        result = await Agent(api.url).call("list_available_times", **TIMES | {"start_time": start_time})

        message = text(result).splitlines()
        assert (message[0], len(message)) == ("400 T: M; start_time: start_time must be in the future", lines)
        for line in message[2:]:
            assert re.fullmatch(r"It is now \S+\+0[12]:00 \(\w+day, Europe/Rome\)\.", line)

    async def test_a_booking_without_an_answer_may_have_been_made(self, api: StandIn, agent: Agent) -> None:
        api.on("POST", "/invitees", HangUp())

        result = await agent.call("book", **BOOKING)

        assert (result.is_error, text(result).splitlines()[1]) == (
            True,
            "It may have been done all the same: look with list_scheduled_events before you call again.",
        )

    async def test_a_used_up_limit_is_reported_rather_than_waited_for(self, api: StandIn, samples: Json) -> None:
        api.on("GET", f"/event_types/{EVENT_TYPE}", Reply(json={"resource": samples["event_type"]}))
        async with (
            Connection(TOKEN, api.url, when_full="fail") as connection,
            Client(make_server(connection)) as client,
        ):
            results = [await client.call_tool("get_event_type", {"uuid": EVENT_TYPE}) for _ in range(100)]

        assert len(api.calls()) == 100  # the client listed the tools once, which asked for the extensions
        assert [result.is_error for result in results] == [False] * 99 + [True]
        message, advice = text(results[-1]).splitlines()
        assert message.startswith("the limit of calls of this connection is used up for another ")
        assert re.fullmatch(r"Wait \d+ seconds, then call again\.", advice)

    async def test_no_token_is_shown(self, api: StandIn) -> None:
        api.on("GET", f"/event_types/{EVENT_TYPE}", Reply(502, body=f"Authorization: Bearer {TOKEN}".encode()))

        result = await Agent(api.url).call("get_event_type", uuid=EVENT_TYPE)

        assert (result.is_error, TOKEN in result.model_dump_json()) == (True, False)


class TestResources:
    async def test_event_types_are_listed_page_by_page_and_read(
        self, api: StandIn, agent: Agent, samples: Json
    ) -> None:
        api.on("GET", "/event_types", page(samples["event_type"], token="second"))
        api.on("GET", f"/event_types/{EVENT_TYPE}", Reply(json={"resource": samples["event_type"]}))

        listed = await agent.request("list_resources", cursor="first")
        [resource] = listed.resources
        read = await agent.request("read_resource", resource.uri)
        [contents] = read.contents

        assert (listed.next_cursor, api.received[1].query["page_token"]) == ("second", "first")
        assert resource.model_dump(exclude_none=True) == {
            "uri": f"openslot://event_types/{EVENT_TYPE}",
            "name": "kiln-tour",
            "title": "Kiln tour",
            "description": "Event type, 30 minutes, takes no bookings",
            "mime_type": "application/json",
        }
        assert (contents.uri, contents.mime_type) == (resource.uri, "application/json")
        assert json.loads(contents.text) == samples["event_type"]

    async def test_any_is_reached_by_its_id(self, agent: Agent) -> None:
        [template] = (await agent.request("list_resource_templates")).resource_templates

        assert (template.uri_template, template.name) == ("openslot://event_types/{uuid}", "event_type")

    @pytest.mark.parametrize(
        ("uri", "message"),
        [
            ("openslot://event_types/nobody", "404 Resource Not Found"),
            ("openslot://event_types/a b", "neither a resource id nor a resource URI"),
            ("file:///etc/passwd", "resources are event types"),
        ],
    )
    async def test_one_that_does_not_exist_is_a_wrong_parameter(self, api: StandIn, uri: str, message: str) -> None:
        with pytest.raises(MCPError, match=message) as caught:
            await Agent(api.url).request("read_resource", uri)

        assert (caught.value.code, caught.value.data) == (types.INVALID_PARAMS, {"uri": uri})

    async def test_a_service_in_trouble_is_no_wrong_parameter(self, api: StandIn) -> None:
        api.on("GET", "/event_types", Reply(401, {"title": "T", "message": "M"}))

        with pytest.raises(MCPError, match="401 T: M") as caught:
            await Agent(api.url).request("list_resources")

        assert caught.value.code == types.INTERNAL_ERROR


class TestHttp:
    @pytest.mark.parametrize("key", [None, Secret("made-up-key-of-the-tests")], ids=["open", "with a key"])
    async def test_any_caller_learns_that_it_is_up_and_nothing_else(self, api: StandIn, key: Secret | None) -> None:
        async with (
            serving_http(Connection(TOKEN, api.url), "127.0.0.1", 0, key=key) as url,
            httpx.AsyncClient(base_url=url.removesuffix("/mcp"), headers={"Host": "balancer.example"}) as http,
        ):
            answered = [await http.request(method, "/health") for method in ("GET", "HEAD", "POST")]
            elsewhere = [(await http.get(path)).status_code for path in ("/mcp", "/health/more")]

        assert [(one.status_code, one.text) for one in answered] == [(200, '{"status":"ok"}'), (200, ""), (405, "")]
        assert [one.headers.get("content-length") for one in answered] == ["15", "15", "0"]
        assert (answered[0].headers["content-type"], answered[2].headers["allow"]) == ("application/json", "GET, HEAD")
        assert 200 not in elsewhere
        assert api.calls() == []


def test_the_connector_does_not_import_the_sdk() -> None:
    script = "import sys, openslot.connector, openslot.cli.mcp, openslot.connector.agents.tools; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8").stdout

    assert {"mcp", "pydantic", "starlette", "httpx"} & set(loaded.split()) == set()


def _slot(start_time: str) -> Json:
    url = f"https://calendly.com/host-person/kiln-tour/{start_time}"
    return {"status": "available", "invitees_remaining": 1, "start_time": start_time, "scheduling_url": url}


def _window(request: Received) -> list[datetime]:
    return [datetime.fromisoformat(request.query[name]) for name in ("start_time", "end_time")]


def _lines_of(invitee: Json) -> list[str]:
    return [
        f"Ada Example <ada@example.org>, Europe/Rome: active - {INVITEE}",
        "  How many visitors? - answer: Three",
        f"  to move: {invitee['reschedule_url']}  to cancel: {invitee['cancel_url']}",
    ]
