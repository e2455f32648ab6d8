"""The check value that recognizes a database's secret key, and the signing keys that were sealed with that key."""

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
    """The sealed check value; None where none is recorded yet."""
    cursor = await conn.execute("SELECT sealed FROM secret_key_check")
    row = await cursor.fetchone()
    return None if row is None else bytes(row[0])


async def record(conn: Conn, sealed: bytes, *, now: datetime) -> None:
    """Record the check value, unless another process has recorded one."""
    await conn.execute(
        "INSERT INTO secret_key_check (sealed, recorded_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", (sealed, now)
    )


async def replace(conn: Conn, sealed: bytes, *, now: datetime) -> None:
    """Replace the check value."""
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
