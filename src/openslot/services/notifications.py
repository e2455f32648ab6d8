"""Notifications by mail: each message goes on the queue with the rows it is about."""

from uuid import UUID

from openslot import queue
from openslot.db.pool import Conn
from openslot.providers.mail import Message


async def defer_mail(conn: Conn, *messages: Message, organization_id: UUID | None = None) -> None:
    """Have ``messages`` sent once the caller's transaction has committed, and never if it is rolled back.

    Those to somebody who is not of the organization name it, so that erasure finds them while they wait.
    """
    named = {} if organization_id is None else {"organization_id": str(organization_id)}
    jobs = [
        queue.NewJob(
            queue.SEND_MAIL,
            {"message_id": str(one.id), "to": one.to, "subject": one.subject, "text": one.text} | named,
        )
        for one in messages
    ]
    await queue.defer(conn, jobs)
