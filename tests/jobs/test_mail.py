"""Mail of earlier versions on the queue: as lasting as its rows, tried for two days, gone from the table afterwards."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from procrastinate import App, PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from factories import Organization
from openslot import queue
from openslot.core.ids import new_id
from openslot.db import sandboxes
from openslot.db.pool import Conn, make_pool
from openslot.db.sandboxes import Changes
from openslot.jobs import mail
from openslot.providers.mail import MailDelayed, MailRefused, Message
from openslot.providers.mail.memory import MemoryMailer

MESSAGE = Message(
    id=UUID("0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c11"),
    to="ada@example.org",
    subject="ยืนยันการนัดหมาย",
    text="การนัดหมายของคุณได้รับการยืนยันแล้ว\n",
)
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
AWAY, NOBODY = MailDelayed("the server is away"), MailRefused("550 nobody of that name")


async def defer(conn: Conn, *messages: Message, organization_id: UUID | None = None) -> None:
    """As earlier versions did: mails have a table of their own since."""
    known = {"organization_id": str(organization_id or new_id()), "deferred_at": NOW.isoformat()}
    jobs = [
        {"message_id": str(one.id), "to": one.to, "subject": one.subject, "text": one.text} | known for one in messages
    ]
    await queue.defer(conn, [queue.NewJob(queue.SEND_MAIL, job) for job in jobs])


@dataclass(frozen=True)
class Post:
    """A worker that sends what is due and stops."""

    app: App
    pool: AsyncConnectionPool[Conn]
    conn: Conn

    async def run(self, mailer: Any) -> None:
        app = App(connector=self.app.connector)
        mail.register(app, mailer, self.pool)
        await app.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
        )

    async def run_later(self, mailer: Any) -> timedelta:
        """Send what waits for its time; how long it would have waited from now."""
        cursor = await self.conn.execute("SELECT scheduled_at - now() FROM procrastinate_jobs")
        ((wait,),) = await cursor.fetchall()
        assert isinstance(wait, timedelta)
        await self.conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
        await self.run(mailer)
        return wait

    async def jobs(self) -> list[tuple[str, int]]:
        """The state of each job in the table, and how often it was tried."""
        cursor = await self.conn.execute("SELECT status::text, attempts FROM procrastinate_jobs ORDER BY id")
        return list(await cursor.fetchall())


@pytest.fixture
async def post(own_database_url: str, conn: Conn) -> AsyncIterator[Post]:
    app = App(connector=PsycopgConnector(conninfo=own_database_url, min_size=1, max_size=2))
    async with app.open_async(), make_pool(own_database_url, size=2) as pool:
        yield Post(app, pool, conn)


async def test_mail_is_sent_once_its_transaction_has_committed(conn: Conn, post: Post) -> None:
    mailer = MemoryMailer()

    async with conn.transaction():
        await defer(conn, MESSAGE)
        await post.run(mailer)
        sent_before = mailer.sent.copy()
    await post.run(mailer)

    assert sent_before == []
    assert mailer.sent == [MESSAGE]
    assert await post.jobs() == []


async def test_mail_of_a_transaction_that_is_rolled_back_is_never_sent(conn: Conn, post: Post) -> None:
    mailer = MemoryMailer()

    async with conn.transaction(force_rollback=True):
        await defer(conn, MESSAGE)
    await post.run(mailer)

    assert mailer.sent == []


async def test_mail_that_is_not_taken_is_tried_again_with_growing_waits(conn: Conn, post: Post) -> None:
    mailer = MemoryMailer(*[AWAY] * len(mail.WAITS_SECONDS))
    await defer(conn, MESSAGE)

    await post.run(mailer)
    await post.run(mailer)  # before its time nothing is tried
    tried_at_once = await post.jobs()
    waits = [await post.run_later(mailer) for _ in mail.WAITS_SECONDS]

    assert tried_at_once == [("todo", 1)]
    assert [round(wait.total_seconds() / 10) * 10 for wait in waits] == list(mail.WAITS_SECONDS)
    assert list(mail.WAITS_SECONDS) == sorted(mail.WAITS_SECONDS)
    assert timedelta(hours=47) < timedelta(seconds=sum(mail.WAITS_SECONDS)) <= timedelta(days=2)
    assert mailer.sent == [MESSAGE]
    assert await post.jobs() == []


async def test_after_two_days_mail_is_given_up_with_an_error(
    conn: Conn, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    mailer = MemoryMailer(*[AWAY] * (len(mail.WAITS_SECONDS) + 1))
    await defer(conn, MESSAGE)

    await post.run(mailer)
    for _ in mail.WAITS_SECONDS:
        await post.run_later(mailer)

    assert (mailer.sent, mailer.failures) == ([], [])
    assert await post.jobs() == []
    assert errors(caplog) == [f"mail {MESSAGE.id} was not taken for two days and is given up: the server is away"]


async def test_mail_that_is_refused_is_given_up_at_once_with_an_error(
    conn: Conn, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    mailer = MemoryMailer(NOBODY)
    await defer(conn, MESSAGE)

    await post.run(mailer)

    assert (mailer.sent, mailer.failures) == ([], [])
    assert await post.jobs() == []
    assert errors(caplog) == [f"mail {MESSAGE.id} was refused and is given up: 550 nobody of that name"]


async def test_a_fault_of_ours_is_logged_and_tried_again(
    conn: Conn, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        async def send(self, message: Message) -> bool:  # noqa: ARG002
            raise RuntimeError("broken")

    await defer(conn, MESSAGE)

    await post.run(Broken())

    assert errors(caplog) == [f"mail {MESSAGE.id} could not be sent"]
    assert await post.jobs() == [("todo", 1)]


async def test_one_that_waits_holds_up_no_other(conn: Conn, post: Post) -> None:
    mailer = MemoryMailer(AWAY)
    await defer(conn, MESSAGE)
    await post.run(mailer)

    await defer(conn, MESSAGE, MESSAGE)
    await post.run(mailer)

    assert mailer.sent == [MESSAGE] * 2
    assert await post.jobs() == [("todo", 1)]


async def test_mail_of_a_sandbox_is_kept_until_the_sandbox_sends_mail(
    conn: Conn, post: Post, organization: Organization
) -> None:
    mailer = MemoryMailer()
    await sandboxes.insert(conn, organization.id, now=NOW)
    await defer(conn, MESSAGE, organization_id=organization.id)
    await post.run(mailer)
    sent_before = mailer.sent.copy()
    await sandboxes.change(conn, organization.id, Changes(sends_mail=True), now=NOW)
    await defer(conn, MESSAGE, organization_id=organization.id)
    await post.run(mailer)

    cursor = await conn.execute("SELECT organization_id, recipient, subject, text, created_at FROM kept_mails")
    assert await cursor.fetchall() == [(organization.id, MESSAGE.to, MESSAGE.subject, MESSAGE.text, NOW)]
    assert (sent_before, mailer.sent) == ([], [MESSAGE])
    assert await post.jobs() == []


async def test_mail_that_is_kept_twice_is_kept_once_and_never_sent(
    conn: Conn, post: Post, organization: Organization
) -> None:
    """A worker may die between keeping a mail and the end of its job."""
    mailer = MemoryMailer()
    await sandboxes.insert(conn, organization.id, now=NOW)
    await defer(conn, MESSAGE, MESSAGE, organization_id=organization.id)
    await post.run(mailer)

    cursor = await conn.execute("SELECT count(*) FROM kept_mails")
    assert (await cursor.fetchone(), mailer.sent) == ((1,), [])


async def test_a_job_of_an_earlier_version_is_sent(conn: Conn, post: Post) -> None:
    mailer = MemoryMailer()
    arguments = {"message_id": str(MESSAGE.id), "to": MESSAGE.to, "subject": MESSAGE.subject, "text": MESSAGE.text}
    await queue.defer(conn, [queue.NewJob(queue.SEND_MAIL, arguments)])
    await post.run(mailer)

    assert mailer.sent == [MESSAGE]


async def test_our_log_names_neither_recipient_nor_text(
    conn: Conn, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "openslot")
    await defer(conn, MESSAGE)
    mailer = MemoryMailer(AWAY, NOBODY)

    await post.run(mailer)
    await post.run_later(mailer)

    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("openslot"))
    assert str(MESSAGE.id) in ours
    assert not [secret for secret in (MESSAGE.to, MESSAGE.subject, MESSAGE.text) if secret in ours]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.ERROR and record.name == "openslot.jobs.mail"
    ]
