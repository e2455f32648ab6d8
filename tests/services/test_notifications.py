"""Mail goes on the queue with the rows that it is about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.providers.mail import Message
from openslot.services import notifications

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
ORGANIZATION = UUID("0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c11")


def message() -> Message:
    return Message(id=new_id(), to="ada@example.org", subject="ยืนยันการนัดหมาย", text="See you.\n")


async def queued(conn: Conn, *ids: UUID) -> list[tuple[str, dict[str, Any]]]:
    """The jobs of messages, in order."""
    cursor = await conn.execute(
        "SELECT task_name, args FROM procrastinate_jobs WHERE args ->> 'message_id' = ANY(%s) ORDER BY id",
        ([str(one) for one in ids],),
    )
    return list(await cursor.fetchall())


async def test_each_message_is_a_job_of_its_own(conn: Conn) -> None:
    first, second = message(), message()

    await notifications.defer_mail(conn, first, second, organization_id=ORGANIZATION, now=NOW)

    assert await queued(conn, first.id, second.id) == [
        (
            "mail.send",
            {
                "message_id": str(one.id),
                "to": "ada@example.org",
                "subject": "ยืนยันการนัดหมาย",
                "text": "See you.\n",
                "organization_id": str(ORGANIZATION),
                "deferred_at": "2027-01-04T08:00:00+00:00",
            },
        )
        for one in (first, second)
    ]


async def test_mail_of_a_transaction_that_is_rolled_back_is_not_queued(conn: Conn) -> None:
    lost = message()

    async with conn.transaction(force_rollback=True):
        await notifications.defer_mail(conn, lost, organization_id=ORGANIZATION, now=NOW)
        within = len(await queued(conn, lost.id))

    assert (within, await queued(conn, lost.id)) == (1, [])
