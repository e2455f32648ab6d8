"""An agent finds a time and books it on a running service, by the protocol's own client, over stdio and over HTTP."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mcp import Client, StdioServerParameters, types

from running import OPENSLOT, Service, clean_environment, month_ahead

MCP = [sys.executable, "-W", "error", *OPENSLOT[1:], "mcp"]


def environment(service: Service) -> dict[str, str]:
    return clean_environment(OPENSLOT_TOKEN=service.token, OPENSLOT_BASE_URL=service.api_url)


@contextmanager
def listening(service: Service) -> Iterator[str]:
    with subprocess.Popen(
        [*MCP, "--http", "--port", "0"], env=environment(service), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().removeprefix("listening on ").removesuffix(". Ctrl-C stops.\n")
        finally:
            process.terminate()


@asynccontextmanager
async def connected(service: Service, transport: str, mode: str) -> AsyncIterator[Client]:
    """The protocol's client, talking to a server of ours that talks to the service."""
    if transport == "stdio":
        parameters = StdioServerParameters(command=MCP[0], args=MCP[1:], env=environment(service))
        async with Client(parameters, mode=mode) as client:
            yield client
        return
    with listening(service) as url:
        async with Client(url, mode=mode) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool, which the client holds against the tool's schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content
    return answer


def words(result: types.CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def failure(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return words(result)


@pytest.mark.parametrize(
    ("transport", "mode"), [("stdio", "auto"), ("stdio", "legacy"), ("http", "auto"), ("http", "legacy")]
)
async def test_an_agent_finds_a_time_books_marks_moves_and_cancels(demo: Service, transport: str, mode: str) -> None:
    async with connected(demo, transport, mode) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert {"book", "explain_time", "list_times_to_move_to", "reschedule_invitee"} < tools

        resources = {one.name: one.uri for one in (await client.list_resources()).resources}
        assert {"intro-call", "code-review"} < resources.keys()
        uuid = resources["intro-call"].rpartition("/")[2]
        event_type = (await call(client, "get_event_type", uuid=uuid))["resource"]["uri"]

        query = {"event_type": event_type, **month_ahead(), "timezone": "Asia/Bangkok", "count": 100}
        free = await call(client, "list_available_times", **query)
        start = free["collection"][-2]["start_time"]
        assert start.endswith("+07:00")

        who = {"name": "Agent Test", "email": "agent@example.org", "timezone": "Asia/Bangkok"}
        booked = await call(client, "book", event_type=event_type, start_time=start, **who)
        invitee, event = booked["resource"]["uri"], booked["resource"]["event"]
        [listed] = (await call(client, "list_event_invitees", event=event))["collection"]
        assert (listed["uri"], listed["timezone"]) == (invitee, "Asia/Bangkok")

        taken = await failure(client, "book", event_type=event_type, start_time=start, **who)
        assert taken == (
            "400 Invalid Argument: The supplied parameters are invalid.; event.start_time: That start time has been"
            " filled\nCorrect what is named; if a time is not available any more, choose another from a fresh list."
        )
        why = await call(client, "explain_time", event_type=event_type, start_time=start)
        assert [reason["code"] for reason in why["resource"]["reasons"]] == ["BUSY"]

        mark = (await call(client, "create_invitee_no_show", invitee=invitee))["resource"]["uri"]
        marked = await call(client, "get_event_invitee", invitee=invitee)
        assert marked["resource"]["no_show"]["uri"] == mark
        await call(client, "delete_invitee_no_show", uuid=mark)
        unmarked = await call(client, "get_event_invitee", invitee=invitee)
        assert unmarked["resource"]["no_show"] is None

        moves = await call(client, "list_times_to_move_to", invitee=invitee, **month_ahead(), count=100)
        there = moves["collection"][-1]["start_time"]
        moved = (await call(client, "reschedule_invitee", invitee=invitee, start_time=there))["resource"]
        assert moved["old_invitee"] == invitee

        canceled = await call(client, "cancel_scheduled_event", event=moved["event"], reason="Only a test")
        assert canceled["resource"]["reason"] == "Only a test"
        found = await call(client, "list_scheduled_events", invitee_email="agent@example.org", status="active")
        assert found["collection"] == []


async def test_an_agent_that_reads_text_alone_books_what_needs_answers_and_a_location(demo: Service) -> None:
    async with connected(demo, "stdio", "auto") as client:

        async def text(tool: str, **arguments: Any) -> str:
            return words(await client.call_tool(tool, arguments))

        def uri_of(name: str, listed: str) -> str:
            [line] = [line for line in listed.splitlines() if line.startswith(f"{name}: ")]
            return line.rpartition(" - ")[2]

        assert re.search(r"^now: \S+ \(\w+day, Europe/Rome\)$", await text("get_current_user"), re.MULTILINE)
        event_types = await text("get_event_types", active=True)
        who = {"name": "Text Alone", "email": "text@example.org", "timezone": "Asia/Tokyo"}
        booked = {}
        for name, more in (
            (
                "Workshop visit",
                {"questions_and_answers": [{"question": "How many visitors?", "answer": "Three"}]},
            ),
            ("Quick question", {"location": {"kind": "outbound_call", "location": "+390655500123"}}),
        ):
            event_type = uri_of(name, event_types)
            about = await text("get_event_type", uuid=event_type)
            free = await text("list_available_times", event_type=event_type)
            start = free.splitlines()[-2].split()[0]
            refused = await text("book", event_type=event_type, start_time=start, **who)
            booked[name] = await text("book", event_type=event_type, start_time=start, **who, **more)
            assert "required): How many visitors?" in about or "(choose one): outbound_call (give as location" in about
            assert "must be filled" in refused
            at = datetime.fromisoformat(start).astimezone(ZoneInfo("Asia/Tokyo")).isoformat(timespec="minutes")
            assert booked[name].splitlines()[1].startswith(f"{name}: {at} - ")

        assert "  How many visitors? - answer: Three\n" in booked["Workshop visit"]
        assert "  place: outbound_call +390655500123\n" in booked["Quick question"]
        assert "  to move: http" in booked["Quick question"]
        meetings = await text("list_scheduled_events", invitee_email="text@example.org")
        assert meetings.startswith("Active meetings from ")
        event = uri_of("Workshop visit", meetings)
        assert uri_of("Text Alone <text@example.org>, Asia/Tokyo", await text("list_event_invitees", event=event))

        assert await text("cancel_scheduled_event", event=event, reason="Rain") == "Canceled by Ada Lovelace: Rain"
        left = await text("list_scheduled_events", invitee_email="text@example.org")
        assert left.splitlines()[1:] == ["None."]
        visit = uri_of("Workshop visit", event_types)
        past = await text("list_available_times", event_type=visit, start_time="2021-04-10T00:00Z")
        assert past.splitlines()[-1].startswith("It is now ")
        await text("cancel_scheduled_event", event=uri_of("Quick question", booked["Quick question"]))


async def test_an_agent_learns_that_its_token_is_not_accepted(demo: Service) -> None:
    env = environment(demo) | {"OPENSLOT_TOKEN": "osl_nobody"}
    async with Client(StdioServerParameters(command=MCP[0], args=MCP[1:], env=env)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        text = await failure(client, "get_event_types")

    assert "explain_time" not in tools
    assert text.splitlines()[1].startswith("OPENSLOT_TOKEN is not accepted")
    assert "osl_nobody" not in text


async def test_an_agent_sets_things_up_and_looks_at_them(demo: Service) -> None:
    async with connected(demo, "stdio", "auto") as client:

        async def records(kind: str, **more: Any) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await call(client, "list_records", kind=kind, **more))["collection"]
            return found

        async def record(uri: str) -> dict[str, Any]:
            found: dict[str, Any] = (await call(client, "get_record", uri=uri))["resource"]
            return found

        for kind in (
            "routing_forms", "groups", "group_members", "members", "teams", "meeting_limits", "contact_lists",
            "locations", "availability_schedules", "webhook_subscriptions",
        ):  # fmt: skip
            for row in (await records(kind))[:1]:
                if "uri" in row:
                    assert (await record(row["uri"]))["uri"] == row["uri"]
        for form in await records("routing_forms"):
            await records("routing_form_submissions", of=form["uri"])

        [first, *_] = (await call(client, "get_event_types", active=True))["collection"]
        link = (await call(client, "create_scheduling_link", event_type=first["uri"]))["resource"]
        other = (await call(client, "create_scheduling_link", event_type=first["uri"], name="Only once"))["resource"]
        assert link["owner"] == first["uri"] != other["booking_url"] != link["booking_url"]

        hook = {"url": "https://example.org/agents", "events": ["invitee.created"], "whose": "organization"}
        subscription = (await call(client, "create_webhook_subscription", **hook))["resource"]["uri"]
        assert (await record(subscription))["scope"] == "organization"
        await call(client, "delete_record", uri=subscription)
        assert "404" in await failure(client, "get_record", uri=subscription)

        contact = (await call(client, "save_contact", name="Kai Contact", emails=["kai@example.org"]))["resource"][
            "uri"
        ]
        await call(client, "save_contact", contact=contact, company="Kiln & Co")
        [found] = await records("contacts", search="kai@example.org")
        assert (found["name"], found["company"]) == ("Kai Contact", "Kiln & Co")
        assert await records("notes", of=contact) == []
        await call(client, "delete_record", uri=contact)

        hours = [{"day": "monday", "intervals": [{"from": "09:00", "to": "12:00"}]}]
        schedule = (
            await call(client, "save_availability_schedule", name="Of an agent", timezone="Europe/Rome", hours=hours)
        )["resource"]["uri"]
        await call(client, "save_availability_schedule", schedule=schedule, name="Of another")
        assert (await record(schedule))["name"] == "Of another"

        await call(client, "set_meeting_limits", daily=900, weekly=0)
        assert [row["daily"] for row in await records("meeting_limits")] == [900]
        await call(client, "set_meeting_limits", daily=0)


async def test_a_client_of_calendlys_server_works_with_this_one(demo: Service) -> None:
    """As published clients call it: names, arguments, and the text read as JSON."""
    async with connected(demo, "http", "auto") as client:

        async def request(tool: str, **arguments: Any) -> Any:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result.content
            return json.loads(words(result))

        me = (await request("users-get_current_user"))["resource"]
        event_types = (await request("event_types-list_event_types", user=me["uri"], active="true"))["collection"]
        event_type = next(one["uri"] for one in event_types if one["slug"] == "intro-call")
        free = await request("event_types-list_event_type_available_times", event_type=event_type, **month_ahead())
        wanted = {
            "event_type": event_type,
            "start_time": free["collection"][-3]["start_time"],
            "invitee": {"name": "Old Client", "email": "old@example.org", "timezone": "Europe/Rome"},
        }
        invitee = (await request("meetings-create_invitee", post_invitee_request=wanted))["resource"]
        [listed] = (await request("meetings-list_event_invitees", uri=invitee["event"], count="1"))["collection"]
        one = await request("meetings-get_event_invitee", event_uri=invitee["event"], invitee_uri=invitee["uri"])
        assert listed["uri"] == one["resource"]["uri"] == invitee["uri"]
        reason = {"create_scheduled_event_cancellation_request": {"reason": "Only a test"}}
        canceled = await request("meetings-cancel_event", uri=invitee["event"], **reason)
        assert canceled["resource"]["reason"] == "Only a test"
        locations = await request("locations-list_user_meeting_locations", user=me["uri"])
        share = await request("shares-create_share", create_share_request={"event_type": event_type, "name": "Short"})
        assert locations["collection"]
        assert share["resource"]["share_override"]["name"] == "Short"
        forms = await request("routing_forms-list_routing_forms", organization=me["current_organization"])
        for form in forms["collection"]:
            assert (await request("routing_forms-get_routing_form", uri=form["uri"]))["resource"]["name"] == form[
                "name"
            ]
