"""What the state knows the functions of a flow by."""

from pathlib import Path
from typing import Any

import pytest

from openslot.connector import AsyncConnector, Connection, Connector, Flow, InviteeEvent, Runner
from openslot.connector.flows.sqlite import SqliteStore
from openslot.wire import codec

Json = dict[str, Any]


def note(_: InviteeEvent, __: Connector) -> None:
    """Does nothing."""


def names(flow: Flow) -> list[str]:
    return [handler.name for handler in flow.handlers]


def test_a_function_is_known_by_its_own_name_or_the_one_it_is_given() -> None:
    flow = Flow("one")

    for name in (None, "remember", None):
        flow.on("invitee.created", name=name)(note)

    assert names(flow) == ["note", "remember", "note 3"]


def test_a_name_is_given_once() -> None:
    flow = Flow("one")
    flow.on("invitee.created", name="remember")(note)

    with pytest.raises(ValueError, match="the flow 'one' has two functions of the name 'remember'"):
        flow.on("invitee.canceled", name="remember")(note)

    assert names(flow) == ["remember"]


def test_without_brackets_the_error_shows_how_to_write_it() -> None:
    flow = Flow("one")

    with pytest.raises(TypeError) as caught:
        flow.on(note)  # type: ignore[call-overload]

    assert str(caught.value) == "on() takes the names of events: write @flow.on('invitee.created')"


async def test_what_waits_for_a_function_is_had_by_the_one_that_has_its_name(
    connection: Connection, samples: Json, tmp_path: Path
) -> None:
    event = codec.convert(samples["deliveries"]["invitee.created"], InviteeEvent)
    end = event.payload.scheduled_event.end_time.timestamp()
    before, after, seen = Flow("one"), Flow("one"), list[str]()

    @before.on("invitee.created", after="end_time", name="thank")
    async def thank(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append("thank")

    @after.on("invitee.created", after="end_time", name="thank")
    async def thank_in_verse(_: InviteeEvent, __: AsyncConnector) -> None:
        seen.append("thank in verse")

    async with Runner([before], connection, SqliteStore(tmp_path / "state"), lambda: end - 60) as runner:
        await runner.accept(event)
        await runner.settle()
    async with Runner([after], connection, SqliteStore(tmp_path / "state"), lambda: end) as runner:
        await runner.settle()

    assert seen == ["thank in verse"]
