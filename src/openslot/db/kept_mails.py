"""Mail of sandboxes that was not sent, to be read over the API."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_page


class KeptMail(Struct, frozen=True):
    id: UUID
    organization_id: UUID
    recipient: str
    subject: str
    text: str
    created_at: datetime
    """On the sandbox's clock."""


async def keep(conn: Conn, mail: KeptMail) -> bool:
    """Keep a mail, if its organization is a sandbox that sends none; False: it is to be sent. Repeating is safe."""
    cursor = await conn.execute(
        """
        WITH keeping AS (
            SELECT organization_id FROM sandboxes WHERE organization_id = %(organization_id)s AND NOT sends_mail
        ), kept AS (
            INSERT INTO kept_mails (organization_id, id, recipient, subject, text, created_at)
            SELECT organization_id, %(id)s, %(recipient)s, %(subject)s, %(text)s, %(created_at)s FROM keeping
            ON CONFLICT DO NOTHING
        )
        SELECT FROM keeping
        """,
        {name: getattr(mail, name) for name in KeptMail.__struct_fields__},
    )
    return cursor.rowcount == 1


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, recipient: str | None = None
) -> PageOf[KeptMail]:
    """One page of the mail that an organization has kept; ``recipient`` in upper or lower case."""
    conditions: list[LiteralString] = ["kept_mails.organization_id = %(organization_id)s"]
    if recipient is not None:
        conditions.append("lower(kept_mails.recipient) = lower(%(recipient)s)")
    query: LiteralString = "SELECT id, organization_id, recipient, subject, text, created_at FROM kept_mails"
    return await fetch_page(
        conn, KeptMail, query, conditions, {"organization_id": organization_id, "recipient": recipient}, page
    )
