"""Mails that tests look at: as they wait in the database, and as a mail server gets them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, NamedTuple

from conftest import SECRET_KEY
from factories import URIS
from openslot.db.pool import Conn, make_pool
from openslot.providers.mail import Mailer
from openslot.services.mails.composing import Composer
from openslot.services.mails.sending import Sender

SENDER = "OpenSlot <openslot@book.example>"


class Note(NamedTuple):
    """A mail that is about no meeting."""

    to: str
    subject: str
    text: str


async def notes(conn: Conn, *, to: str | None = None) -> list[Note]:
    """Those that wait, by subject; ``to`` one address alone."""
    cursor = await conn.execute(
        """
        SELECT recipient, facts ->> 'subject', facts ->> 'text' FROM mails
        WHERE kind = 'note' AND state = 'waiting' AND (%(to)s::text IS NULL OR recipient = %(to)s)
        ORDER BY 2, 1
        """,
        {"to": to},
    )
    return [Note(*row) for row in await cursor.fetchall()]


@asynccontextmanager
async def sending(database_url: str, mailer: Mailer, clock: Callable[[], datetime]) -> AsyncIterator[Callable[[], Any]]:
    """A worker's sender: calling it sends all that is due, until nothing is."""
    async with make_pool(database_url, size=2) as pool:
        sender = Sender(pool, mailer, Composer(URIS, SENDER, SECRET_KEY), clock)

        async def send_all() -> None:
            while await sender.send_due():
                pass

        yield send_all


@dataclass(frozen=True)
class Parts:
    """What a mail is made of."""

    text: str
    html: str | None
    calendar: EmailMessage | None
    """The part on which mail programs act."""
    files: list[tuple[str, str, bytes]]
    """Attachments: type, name and content."""


def parts_of(mail: EmailMessage) -> Parts:
    found: dict[str, EmailMessage] = {}
    files = []
    for part in mail.walk():
        assert isinstance(part, EmailMessage)
        if part.is_attachment():
            files.append((part.get_content_type(), str(part.get_filename()), bytes(part.get_content())))
        elif not part.is_multipart():
            assert part.get_content_type() not in found, "two parts of one type"
            found[part.get_content_type()] = part
    html = found.get("text/html")
    return Parts(
        str(found["text/plain"].get_content()),
        None if html is None else str(html.get_content()),
        found.get("text/calendar"),
        files,
    )
