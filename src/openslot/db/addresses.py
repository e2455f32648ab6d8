"""Looks up the organization to which the address of a page belongs, by one short read that waits for no lock."""

from typing import LiteralString
from uuid import UUID

from openslot.db.pool import Conn


async def of_profile(conn: Conn, slug: str) -> UUID | None:
    """The organization of the user or the team whose page has this slug, or had it before."""
    query: LiteralString = """
        SELECT organization_id FROM users WHERE slug = %(slug)s
        UNION ALL SELECT organization_id FROM former_slugs WHERE slug = %(slug)s AND event_type_id IS NULL
        UNION ALL SELECT organization_id FROM teams WHERE slug = %(slug)s
        LIMIT 1
    """
    return await _first(conn, query, {"slug": slug})


async def of_link(conn: Conn, token: str, token_digest: bytes) -> UUID | None:
    """The organization of a private link, used-up and expired ones included."""
    query: LiteralString = """
        SELECT organization_id FROM scheduling_links WHERE token_digest = %(digest)s
        UNION ALL SELECT organization_id FROM event_types WHERE link_token = %(token)s
        LIMIT 1
    """
    return await _first(conn, query, {"token": token, "digest": token_digest})


async def of_invitee(conn: Conn, invitee_id: UUID) -> UUID | None:
    """The organization of an invitee."""
    return await _first(conn, "SELECT organization_id FROM invitees WHERE id = %(id)s", {"id": invitee_id})


async def of_form(conn: Conn, form_id: UUID) -> UUID | None:
    """The organization of a routing form."""
    return await _first(conn, "SELECT organization_id FROM routing_forms WHERE id = %(id)s", {"id": form_id})


async def of_picture(conn: Conn, name: str) -> UUID | None:
    """The organization of a picture."""
    return await _first(conn, "SELECT organization_id FROM pictures WHERE name = %(name)s", {"name": name})


async def of_invitation(conn: Conn, digest: bytes) -> UUID | None:
    """The organization that an invitation's link leads into."""
    return await _first(conn, "SELECT organization_id FROM invitations WHERE digest = %(digest)s", {"digest": digest})


async def of_sign_in_link(conn: Conn, digest: bytes) -> UUID | None:
    """The organization of the member whom a link signs in."""
    query: LiteralString = "SELECT organization_id FROM sign_in_links WHERE digest = %(digest)s"
    return await _first(conn, query, {"digest": digest})


async def _first(conn: Conn, query: LiteralString, params: dict[str, object]) -> UUID | None:
    row = await (await conn.execute(query, params)).fetchone()
    return None if row is None else row[0]
