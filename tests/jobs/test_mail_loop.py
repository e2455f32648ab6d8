"""The loop of a worker that sends mail: it finishes what it has begun, and survives what goes wrong."""

import asyncio
from typing import Any

from conftest import SECRET_KEY, Clock
from factories import URIS, Organization
from mailing import SENDER
from openslot.core.ids import new_id
from openslot.db.pool import Conn, make_pool
from openslot.jobs import mails
from openslot.providers.mail import Message
from openslot.services.mails.composing import Composer
from openslot.services.mails.sending import Sender
from openslot.services.notifications import defer_mail


class SlowServer:
    """Takes a mail when it is let, and stops the worker meanwhile."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping = stopping
        self.taken: list[str] = []

    async def send(self, message: Message) -> bool:
        self.stopping.set()
        await asyncio.sleep(0)
        self.taken.append(message.to)
        return True


async def test_a_stop_lets_the_mail_in_progress_go_and_leaves_the_next_to_others(
    conn: Conn, own_database_url: str, organization: Organization, clock: Clock
) -> None:
    stopping = asyncio.Event()
    server = SlowServer(stopping)
    waiting = [Message(id=new_id(), to=f"{name}@example.org", subject="Hello", text="See.") for name in ("ada", "ben")]
    await defer_mail(conn, *waiting, organization_id=organization.id, now=clock.now)
    async with make_pool(own_database_url, size=2) as pool:
        await mails.run(Sender(pool, server, Composer(URIS, SENDER, SECRET_KEY), clock), stopping)

    assert len(server.taken) == 1
    cursor = await conn.execute("SELECT state, attempts, recipient = %s FROM mails ORDER BY state", (server.taken[0],))
    assert await cursor.fetchall() == [("sent", 1, True), ("waiting", 0, False)]


async def test_a_fault_of_ours_is_logged_and_the_loop_goes_on(caplog: Any) -> None:
    stopping = asyncio.Event()

    class Faulty:
        tries = 0

        async def send_due(self) -> int:
            self.tries += 1
            stopping.set()
            raise RuntimeError("a bug")

    faulty: Any = Faulty()
    await mails.run(faulty, stopping)

    assert faulty.tries == 1
    assert [record.message for record in caplog.records] == ["mails can't be sent"]
