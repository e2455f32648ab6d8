"""By what the secret key of a database is known, and what was sealed with it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import fetch_all


class Sealed(Struct, frozen=True):
    """A subscription with a signing key."""

    id: UUID
    organization_id: UUID
    callback_url: str
    sealed_signing_key: bytes


async def get(conn: Conn) -> bytes | None:
    """The sealed check value; None where none was recorded yet."""
    cursor = await conn.execute("SELECT sealed FROM secret_key_check")
    row = await cursor.fetchone()
    return None if row is None else bytes(row[0])


async def record(conn: Conn, sealed: bytes, *, now: datetime) -> None:
    """Keep the check value, unless somebody was quicker."""
    await conn.execute(
        "INSERT INTO secret_key_check (sealed, recorded_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", (sealed, now)
    )


async def replace(conn: Conn, sealed: bytes, *, now: datetime) -> None:
    """Keep another check value from now on."""
    await conn.execute("DELETE FROM secret_key_check")
    await record(conn, sealed, now=now)


async def list_sealed(conn: Conn) -> list[Sealed]:
    """Every subscription with a signing key, the oldest first."""
    return await fetch_all(
        conn,
        Sealed,
        """
        SELECT id, organization_id, callback_url, sealed_signing_key
        FROM webhook_subscriptions
        WHERE sealed_signing_key IS NOT NULL AND deleted_at IS NULL
        ORDER BY created_at, id
        """,
        {},
    )
