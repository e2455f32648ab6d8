"""Former slugs: old addresses, which redirect to the current ones forever (ADR 0024)."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from openslot.db.pool import Conn

# The user whose page has, or had, a slug.
_OWNER: LiteralString = """
    SELECT id FROM users WHERE slug = %(page)s
    UNION SELECT user_id FROM former_slugs WHERE slug = %(page)s AND event_type_id IS NULL
"""


async def find_page(conn: Conn, page: str) -> str | None:
    """The current slug of the page that had the slug ``page`` before."""
    return await _first(conn, f"SELECT slug FROM users WHERE id IN ({_OWNER}) AND slug <> %(page)s", {"page": page})


async def find_event_type(conn: Conn, page: str, slug: str) -> tuple[str, str] | None:
    """The current slugs of page and event type, for the event type that was at ``/{page}/{slug}`` before."""
    cursor = await conn.execute(
        f"""
        SELECT owner.slug, event_types.slug FROM event_types JOIN users AS owner ON owner.id = event_types.owner_id
        WHERE owner.id IN ({_OWNER}) AND event_types.organization_id = owner.organization_id
          AND event_types.deleted_at IS NULL AND event_types.link_token IS NULL
          AND (event_types.slug = %(slug)s OR EXISTS (
            SELECT FROM former_slugs AS former
            WHERE former.slug = %(slug)s AND former.user_id = owner.id AND former.event_type_id = event_types.id))
          AND (owner.slug, event_types.slug) <> (%(page)s, %(slug)s)
        """,
        {"page": page, "slug": slug},
    )
    return await cursor.fetchone()


async def find_private(conn: Conn, token: str, slug: str) -> str | None:
    """The current slug of the event type that was at ``/d/{token}/{slug}`` before."""
    query: LiteralString = """
        SELECT event_types.slug FROM event_types
        JOIN former_slugs AS former ON former.event_type_id = event_types.id AND former.slug = %(slug)s
        WHERE event_types.link_token = %(token)s AND event_types.deleted_at IS NULL AND event_types.slug <> %(slug)s
    """
    return await _first(conn, query, {"token": token, "slug": slug})


async def had(conn: Conn, event_type_id: UUID, slug: str) -> bool:
    """Whether the event type had the slug before."""
    query: LiteralString = "SELECT slug FROM former_slugs WHERE event_type_id = %(id)s AND slug = %(slug)s"
    return await _first(conn, query, {"id": event_type_id, "slug": slug}) is not None


async def is_kept(conn: Conn, user_id: UUID, slug: str, *, event_type_id: UUID | None = None) -> bool:
    """Whether a former slug leads to another event type of the owner than ``event_type_id``, deleted ones aside."""
    query: LiteralString = """
        SELECT former.slug FROM former_slugs AS former
        JOIN event_types ON event_types.organization_id = former.organization_id
         AND event_types.id = former.event_type_id AND event_types.deleted_at IS NULL
        WHERE former.user_id = %(user_id)s AND former.slug = %(slug)s
          AND former.event_type_id IS DISTINCT FROM %(event_type_id)s::uuid
    """
    return await _first(conn, query, {"user_id": user_id, "slug": slug, "event_type_id": event_type_id}) is not None


async def is_page(conn: Conn, slug: str, *, but_of: UUID | None = None) -> bool:
    """Whether a slug is, or was, that of a user's page, except the page of ``but_of``; or that of a team's."""
    query: LiteralString = f"""
        SELECT id::text FROM users WHERE id IN ({_OWNER}) AND id IS DISTINCT FROM %(but)s::uuid
        UNION ALL SELECT id::text FROM teams WHERE slug = %(page)s
    """
    return await _first(conn, query, {"page": slug, "but": but_of}) is not None


async def take_page(conn: Conn, slug: str, *, but_of: UUID | None = None) -> bool:
    """Lock a slug until commit, for the page of a user or a team that is to have it; False: as ``is_page``.

    Two tables have slugs of pages, so no constraint keeps them apart.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('page/' || %s, 0))", (slug,))
    return not await is_page(conn, slug, but_of=but_of)


async def replace(
    conn: Conn, organization_id: UUID, user_id: UUID, event_type_id: UUID | None, old: str, new: str, *, now: datetime
) -> None:
    """Redirect ``old`` from now on; ``new`` may be a former slug, which then redirects no more.

    Raises:
        psycopg.errors.UniqueViolation: ``old`` is a former slug of another page already.
    """
    params = {
        "organization_id": organization_id, "user_id": user_id, "event_type_id": event_type_id, "old": old,
        "new": new, "now": now,
    }  # fmt: skip
    await conn.execute(
        """
        DELETE FROM former_slugs
        WHERE user_id = %(user_id)s AND event_type_id IS NOT DISTINCT FROM %(event_type_id)s::uuid AND slug = %(new)s
        """,
        params,
    )
    await conn.execute(
        """
        INSERT INTO former_slugs (slug, organization_id, user_id, event_type_id, given_up_at)
        VALUES (%(old)s, %(organization_id)s, %(user_id)s, %(event_type_id)s, %(now)s)
        """,
        params,
    )


async def _first(conn: Conn, query: LiteralString, params: dict[str, object]) -> str | None:
    cursor = await conn.execute(query, params)
    row = await cursor.fetchone()
    return None if row is None else str(row[0])
