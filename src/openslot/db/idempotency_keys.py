"""Writes that were sent with a key of the client's, with their answers, so that none is done twice (ADR 0037)."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one

BATCH = 1000
"""How many one sweep deletes; the next sweep deletes more."""


class IdempotencyKey(Struct, frozen=True, kw_only=True):
    """A key that was used."""

    request: bytes
    """A digest of what was sent with it."""
    answer: bytes | None
    """Encrypted; None: it was erased."""


async def claim(
    conn: Conn, organization_id: UUID, user_id: UUID, digest: bytes, request: bytes, *, now: datetime, until: datetime
) -> bool:
    """Claim the key for the caller's transaction; False if it was used at ``until`` or later.

    Waits for another transaction that has just claimed it.
    """
    cursor = await conn.execute(
        """
        INSERT INTO idempotency_keys (organization_id, user_id, digest, request, used_at)
        VALUES (%(organization_id)s, %(user_id)s, %(digest)s, %(request)s, %(now)s)
        ON CONFLICT (organization_id, user_id, digest) DO UPDATE
        SET request = EXCLUDED.request, answer = NULL, used_at = EXCLUDED.used_at
        WHERE idempotency_keys.used_at < %(until)s
        """,
        {
            "organization_id": organization_id, "user_id": user_id, "digest": digest, "request": request, "now": now,
            "until": until,
        },
    )  # fmt: skip
    return cursor.rowcount == 1


async def get(conn: Conn, organization_id: UUID, user_id: UUID, digest: bytes) -> IdempotencyKey | None:
    query: LiteralString = """
        SELECT request, answer FROM idempotency_keys
        WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND digest = %(digest)s
    """
    params = {"organization_id": organization_id, "user_id": user_id, "digest": digest}
    return await fetch_one(conn, IdempotencyKey, query, params)


async def finish(conn: Conn, organization_id: UUID, user_id: UUID, digest: bytes, answer: bytes) -> None:
    """Store the answer of a claimed key."""
    await conn.execute(
        "UPDATE idempotency_keys SET answer = %s WHERE organization_id = %s AND user_id = %s AND digest = %s",
        (answer, organization_id, user_id, digest),
    )


async def erase_answers(conn: Conn, organization_id: UUID) -> int:
    """Erase every answer in an organization, and return how many: they are encrypted, so none can be looked for.

    The keys stay, so that what they did is not done again.
    """
    cursor = await conn.execute(
        "UPDATE idempotency_keys SET answer = NULL WHERE organization_id = %s AND answer IS NOT NULL",
        (organization_id,),
    )
    return cursor.rowcount


async def delete_before(conn: Conn, until: datetime) -> int:
    """Delete keys used before ``until``, up to ``BATCH`` at a time; return how many."""
    cursor = await conn.execute(
        """
        DELETE FROM idempotency_keys WHERE (organization_id, user_id, digest) IN (
            SELECT organization_id, user_id, digest FROM idempotency_keys
            WHERE used_at < %s ORDER BY used_at LIMIT %s FOR UPDATE SKIP LOCKED)
        """,
        (until, BATCH),
    )
    return cursor.rowcount
