"""Notifications by mail: each message goes on the queue with the rows it is about."""

from openslot import queue
from openslot.db.pool import Conn
from openslot.providers.mail import Message


async def defer_mail(conn: Conn, *messages: Message) -> None:
    """Have ``messages`` sent once the caller's transaction has committed, and never if it is rolled back."""
    jobs = [
        queue.NewJob(
            queue.SEND_MAIL,
            {"message_id": str(one.id), "to": one.to, "subject": one.subject, "text": one.text},
        )
        for one in messages
    ]
    await queue.defer(conn, jobs)
