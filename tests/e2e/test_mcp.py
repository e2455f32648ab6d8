"""An agent finds a time and books it on a running service, by the protocol's own client, over stdio and over HTTP."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

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


async def failure(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    [content] = result.content
    assert result.is_error
    assert isinstance(content, types.TextContent)
    return content.text


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

        asked = {"event_type": event_type, **month_ahead(), "timezone": "Asia/Bangkok", "count": 100}
        free = await call(client, "list_available_times", **asked)
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


async def test_a_token_that_is_none_is_told_to_the_agent(demo: Service) -> None:
    env = environment(demo) | {"OPENSLOT_TOKEN": "osl_nobody"}
    async with Client(StdioServerParameters(command=MCP[0], args=MCP[1:], env=env)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        said = await failure(client, "get_event_types")

    assert "explain_time" not in tools
    assert said.splitlines()[1].startswith("OPENSLOT_TOKEN is not accepted")
    assert "osl_nobody" not in said
