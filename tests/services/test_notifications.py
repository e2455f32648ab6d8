"""Mail about no meeting waits with the rows that it is about."""

from conftest import Clock
from factories import Organization
from mailing import Note, notes
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.providers.mail import Message
from openslot.services import notifications


def message(organization: Organization) -> Message:
    return Message(id=new_id(), to=f"ada@{organization.id}.example", subject="ยืนยันการนัดหมาย", text="See you.\n")


async def test_each_message_is_a_mail_of_its_own(conn: Conn, organization: Organization, clock: Clock) -> None:
    first, second = message(organization), message(organization)

    await notifications.defer_mail(conn, first, second, organization_id=organization.id, now=clock.now)

    assert await notes(conn, to=first.to) == [Note(first.to, "ยืนยันการนัดหมาย", "See you.\n")] * 2


async def test_mail_of_a_transaction_that_is_rolled_back_does_not_wait(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    lost = message(organization)

    async with conn.transaction(force_rollback=True):
        await notifications.defer_mail(conn, lost, organization_id=organization.id, now=clock.now)
        within = len(await notes(conn, to=lost.to))

    assert (within, await notes(conn, to=lost.to)) == (1, [])
