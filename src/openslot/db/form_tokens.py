"""Submitted page forms by the digest of their token, with their results, so that none acts twice (ADR 0022)."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one

BATCH = 1000


class FormToken(Struct, frozen=True, kw_only=True):
    """A form that was submitted. One of the last three fields is set: its result."""

    sent: bytes
    """A digest of all submitted values."""
    organization_id: UUID
    invitee_id: UUID | None
    submission_id: UUID | None
    requested_start: datetime | None
    requested_hold_id: UUID | None = None
    """Of the request, for its page; None: an earlier version made it."""


async def claim(conn: Conn, digest: bytes, sent: bytes, *, now: datetime) -> bool:
    """Claim the form for the caller's transaction; False if it was submitted before.

    Waits for another transaction that has just claimed it.
    """
    cursor = await conn.execute(
        "INSERT INTO form_tokens (digest, sent, used_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (digest, sent, now),
    )
    return cursor.rowcount == 1


async def get(conn: Conn, digest: bytes) -> FormToken | None:
    """A submitted form with its result; None: it has none."""
    query: LiteralString = """
        SELECT sent, organization_id, invitee_id, submission_id, requested_start, requested_hold_id FROM form_tokens
        WHERE digest = %(digest)s AND organization_id IS NOT NULL
    """
    return await fetch_one(conn, FormToken, query, {"digest": digest})


async def finish(
    conn: Conn,
    digest: bytes,
    organization_id: UUID,
    *,
    invitee_id: UUID | None = None,
    submission_id: UUID | None = None,
    requested_start: datetime | None = None,
    requested_hold_id: UUID | None = None,
) -> None:
    """Record the result: one of the three keywords."""
    await conn.execute(
        """
        UPDATE form_tokens
        SET organization_id = %(organization_id)s, invitee_id = %(invitee_id)s, submission_id = %(submission_id)s,
            requested_start = %(requested_start)s, requested_hold_id = %(requested_hold_id)s
        WHERE digest = %(digest)s
        """,
        {
            "digest": digest, "organization_id": organization_id, "invitee_id": invitee_id,
            "submission_id": submission_id, "requested_start": requested_start, "requested_hold_id": requested_hold_id,
        },
    )  # fmt: skip


async def release(conn: Conn, digest: bytes) -> None:
    """Release the claim: the form was refused and may be submitted again."""
    await conn.execute("DELETE FROM form_tokens WHERE digest = %s AND organization_id IS NULL", (digest,))


async def delete_before(conn: Conn, until: datetime) -> int:
    """Delete forms submitted before ``until``, up to ``BATCH`` at a time; return how many."""
    cursor = await conn.execute(
        """
        DELETE FROM form_tokens WHERE digest IN (
            SELECT digest FROM form_tokens WHERE used_at < %s ORDER BY used_at LIMIT %s FOR UPDATE SKIP LOCKED)
        """,
        (until, BATCH),
    )
    return cursor.rowcount
