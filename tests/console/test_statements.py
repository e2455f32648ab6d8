"""How many statements a page of the console takes: as many with thirty meetings as with one."""

from datetime import UTC, datetime, timedelta

from conftest import Clock, Statements
from factories import Organization, make_booking, make_event_type
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
COUNTS = {
    "/app": 5,
    "/app/meetings": 4,
    "/app/event-types": 3,
    "/app/availability": 2,
    "/app/members": 3,
    "/app/outbox": 2,
}
"""The session, then what the page shows."""


async def test_pages_take_as_many_statements_however_much_there_is(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, statements: Statements
) -> None:
    async def counts() -> dict[str, int]:
        found = {}
        for path in COUNTS:
            with statements.counting() as sent:
                await owner.open(path)
            found[path] = len(sent)
        return found

    await make_booking(conn, organization, START, now=clock.now)
    assert await counts() == COUNTS
    for number in range(1, 12):
        await make_booking(conn, organization, START + timedelta(minutes=30 * number), now=clock.now)
        await make_event_type(conn, organization.owner.user, now=clock.now)
    assert await counts() == COUNTS
