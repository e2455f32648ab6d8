"""What organizations write in their mails in place of our words."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all, fetch_one


class MailTemplate(Struct, frozen=True, kw_only=True):
    id: UUID
    kind: str
    recipient: str
    language: str
    """Empty: for readers of every language that has no template of its own."""
    subject: str | None
    opening: str | None
    created_at: datetime
    updated_at: datetime


_COLUMNS: LiteralString = "id, kind, recipient, language, subject, opening, created_at, updated_at"


async def find(conn: Conn, organization_id: UUID, *, kind: str, recipient: str, language: str) -> MailTemplate | None:
    """The template for readers of a language: its own, else that of all others."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} FROM mail_templates
        WHERE organization_id = %(organization_id)s AND kind = %(kind)s AND recipient = %(recipient)s
          AND language IN (%(language)s, '')
        ORDER BY language DESC LIMIT 1
    """
    params = {"organization_id": organization_id, "kind": kind, "recipient": recipient, "language": language}
    return await fetch_one(conn, MailTemplate, query, params)


async def list_all(conn: Conn, organization_id: UUID) -> list[MailTemplate]:
    """Every template of an organization: one per kind, recipient and language at most."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} FROM mail_templates WHERE organization_id = %(organization_id)s
        ORDER BY kind, recipient, language
    """
    return await fetch_all(conn, MailTemplate, query, {"organization_id": organization_id})


async def put(conn: Conn, organization_id: UUID, template: MailTemplate) -> MailTemplate:
    """Store a template in place of one for the same mails, which keeps its id."""
    query: LiteralString = f"""
        INSERT INTO mail_templates (organization_id, {_COLUMNS})
        VALUES (%(organization_id)s, %(id)s, %(kind)s, %(recipient)s, %(language)s, %(subject)s, %(opening)s,
                %(now)s, %(now)s)
        ON CONFLICT (organization_id, kind, recipient, language) DO UPDATE
        SET subject = excluded.subject, opening = excluded.opening, updated_at = excluded.updated_at
        RETURNING {_COLUMNS}
    """
    found = await fetch_one(
        conn, MailTemplate, query,
        {
            "organization_id": organization_id, "id": template.id, "kind": template.kind,
            "recipient": template.recipient, "language": template.language, "subject": template.subject,
            "opening": template.opening, "now": template.updated_at,
        },
    )  # fmt: skip
    assert found is not None  # it was written just now
    return found


async def delete(conn: Conn, organization_id: UUID, template_id: UUID) -> bool:
    """Whether there was one."""
    cursor = await conn.execute(
        "DELETE FROM mail_templates WHERE organization_id = %s AND id = %s", (organization_id, template_id)
    )
    return cursor.rowcount == 1
