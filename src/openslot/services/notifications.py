"""Notifications by mail: each message goes on the queue with the rows it is about."""

from datetime import datetime
from uuid import UUID

from openslot import queue
from openslot.db import kept_mails
from openslot.db.kept_mails import KeptMail
from openslot.db.pool import Conn
from openslot.providers.mail import Message


async def defer_mail(conn: Conn, *messages: Message, organization_id: UUID, now: datetime) -> None:
    """Have ``messages`` sent once the caller's transaction has committed, and never if it is rolled back.

    A sandbox keeps them instead, with the time ``now``, unless it sends mail; the worker finds out which. Erasure finds
    those to somebody outside by their organization while they wait.
    """
    known = {"organization_id": str(organization_id), "deferred_at": now.isoformat()}
    jobs = [
        queue.NewJob(
            queue.SEND_MAIL,
            {"message_id": str(one.id), "to": one.to, "subject": one.subject, "text": one.text} | known,
        )
        for one in messages
    ]
    await queue.defer(conn, jobs)


async def keep_mail(conn: Conn, message: Message, organization_id: UUID, *, now: datetime) -> bool:
    """Keep a message that has the time ``now``, where its organization is a sandbox that sends none; else False."""
    kept = KeptMail(message.id, organization_id, message.to, message.subject, message.text, now)
    return await kept_mails.keep(conn, kept)
