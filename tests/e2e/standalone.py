"""What somebody with the base install alone does: all four actions, with and without asyncio, and both triggers.

Run by ``test_base_install.py`` in an environment that has nothing of the server; prints what it met, line by line.
"""

# ruff: noqa: T201 -- what it prints is looked at

import asyncio
import os
import sys

from openslot.client import operations
from openslot.connector import (
    AsyncConnector,
    Connection,
    Connector,
    Event,
    InviteeTrigger,
    Receiver,
    RoutingFormSubmissionTrigger,
    serve,
)
from openslot.wire.codec import Timestamp, parse_instant
from openslot.wire.invitees import CreateInvitee, NewInvitee

EVENT_TYPE, *STARTS = sys.argv[1:]
EXPECTED = {"invitee.created": 2, "invitee_no_show.created": 2, "invitee_no_show.deleted": 2}
PATIENCE_SECONDS = 60


def booking(start: str, name: str) -> operations.CreateEventInvitee:
    who = NewInvitee(email="ada@example.org", timezone="Europe/Rome", name=name)
    return operations.CreateEventInvitee(CreateInvitee(EVENT_TYPE, Timestamp.of(parse_instant(start)), who))


def blocking(connection: Connection, start: str) -> list[str]:
    """The four actions without asyncio."""
    connector = Connector(connection)
    invitee = connection.client.send(booking(start, "Blocking Ada"))
    no_show = connector.create_invitee_no_show(invitee.uri)
    connector.delete_invitee_no_show(no_show.uri)
    event_type = connector.get_event_type(EVENT_TYPE)
    page = connector.get_event_types(active=True, count=1)
    every = list(connector.each_event_type(active=True))
    assert no_show.invitee == invitee.uri
    return [str(one.slug) for one in (event_type, *page.collection, *every)]


async def awaiting(connection: Connection, start: str) -> list[str]:
    """The same with it."""
    connector = AsyncConnector(connection)
    invitee = await connection.async_client.send(booking(start, "Awaiting Ada"))
    no_show = await connector.create_invitee_no_show(invitee.uri)
    await connector.delete_invitee_no_show(no_show.uri)
    event_type = await connector.get_event_type(EVENT_TYPE)
    page = await connector.get_event_types(active=True, count=1)
    every = [one async for one in connector.each_event_type(active=True)]
    assert no_show.invitee == invitee.uri
    return [str(one.slug) for one in (event_type, *page.collection, *every)]


async def main() -> None:
    arrived: asyncio.Queue[Event] = asyncio.Queue()
    async with Connection(os.environ["OPENSLOT_TOKEN"], os.environ["OPENSLOT_BASE_URL"]) as connection:
        invitees = InviteeTrigger(connection, list(EXPECTED))
        submissions = RoutingFormSubmissionTrigger(connection)
        async with serve(Receiver(arrived.put, invitees, submissions), "127.0.0.1", 0) as url:
            await invitees.asubscribe(f"{url}/{invitees.name}")
            await submissions.asubscribe(f"{url}/{submissions.name}")
            try:
                print("listening", flush=True)
                print(*await asyncio.to_thread(blocking, connection, STARTS[0]), flush=True)
                print(*await awaiting(connection, STARTS[1]), flush=True)
                await report(arrived)
            finally:
                await submissions.aunsubscribe()
                await invitees.aunsubscribe()


async def report(arrived: asyncio.Queue[Event]) -> None:
    """Print what came, once all of it has."""
    waited_for = [name for name, times in EXPECTED.items() for _ in range(times)] + ["routing_form_submission.created"]
    met = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while waited_for:
            event = await arrived.get()
            waited_for.remove(event.event)
            met.append(f"{event.event} {type(event.payload).__name__}")
    print(*sorted(met), sep="\n", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
