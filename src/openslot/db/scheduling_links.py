"""Scheduling links: addresses with limited uses or an expiry, and their changes to the event type's rules."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import fetch_one
from openslot.wire.shares import ShareOverride


class SchedulingLink(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    event_type_id: UUID
    overrides: ShareOverride | None = None
    max_uses: int | None = 1
    """None: any number."""
    uses: int = 0
    returns_on_cancel: bool = False
    """Whether a cancellation gives the booking's use back."""
    expires_at: datetime | None = None
    creator_id: UUID
    created_at: datetime

    def has_ended(self, now: datetime) -> bool:
        """Whether it is used up or expired."""
        is_used_up = self.max_uses is not None and self.uses >= self.max_uses
        return is_used_up or (self.expires_at is not None and self.expires_at <= now)


_SELECT: LiteralString = """
    SELECT id, organization_id, event_type_id, overrides, max_uses, uses, returns_on_cancel, expires_at, creator_id,
           created_at
    FROM scheduling_links
"""


async def insert(conn: Conn, link: SchedulingLink, token_digest: bytes) -> None:
    """Store a link with the digest of its token."""
    await conn.execute(
        """
        INSERT INTO scheduling_links
            (id, organization_id, event_type_id, token_digest, overrides, max_uses, returns_on_cancel, expires_at,
             creator_id, created_at)
        VALUES (%(id)s, %(organization_id)s, %(event_type_id)s, %(digest)s, %(overrides)s, %(max_uses)s,
                %(returns_on_cancel)s, %(expires_at)s, %(creator_id)s, %(now)s)
        """,
        {
            "id": link.id, "organization_id": link.organization_id, "event_type_id": link.event_type_id,
            "digest": token_digest, "overrides": None if link.overrides is None else Jsonb(link.overrides),
            "max_uses": link.max_uses, "returns_on_cancel": link.returns_on_cancel, "expires_at": link.expires_at,
            "creator_id": link.creator_id, "now": link.created_at,
        },
    )  # fmt: skip


async def get(conn: Conn, organization_id: UUID, link_id: UUID) -> SchedulingLink | None:
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, SchedulingLink, query, {"organization_id": organization_id, "id": link_id})


async def get_by_token(conn: Conn, token_digest: bytes) -> SchedulingLink | None:
    """The link with this token, in any organization."""
    return await fetch_one(conn, SchedulingLink, f"{_SELECT} WHERE token_digest = %(digest)s", {"digest": token_digest})


async def use(conn: Conn, organization_id: UUID, link_id: UUID, *, now: datetime) -> bool:
    """Count a use; False if the link is used up or expired. Only one of two concurrent callers gets the last use."""
    cursor = await conn.execute(
        """
        UPDATE scheduling_links SET uses = uses + 1
        WHERE organization_id = %(organization_id)s AND id = %(id)s
          AND (max_uses IS NULL OR uses < max_uses) AND (expires_at IS NULL OR expires_at > %(now)s)
        """,
        {"organization_id": organization_id, "id": link_id, "now": now},
    )
    return cursor.rowcount == 1


async def give_back(conn: Conn, organization_id: UUID, link_id: UUID) -> None:
    """Give one use back, if the link has ``returns_on_cancel``."""
    await conn.execute(
        """
        UPDATE scheduling_links SET uses = uses - 1
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND returns_on_cancel AND uses > 0
        """,
        {"organization_id": organization_id, "id": link_id},
    )
