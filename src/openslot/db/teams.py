"""Teams and their members. Rows of users who have left the organization do not count."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page


class TeamMember(Struct, frozen=True):
    """A member as the team's page shows it."""

    user_id: UUID
    name: str
    slug: str
    """Of the member's own page."""
    avatar_url: str | None = None


class Team(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    name: str
    slug: str
    """Of the page."""
    created_at: datetime
    updated_at: datetime
    members: list[TeamMember]
    """In the order of the page."""


_SELECT: LiteralString = """
    SELECT teams.id, teams.organization_id, teams.name, teams.slug, teams.created_at, teams.updated_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', users.id, 'name', users.name, 'slug', users.slug,
                                                      'avatar_url', users.avatar_url)
                                   ORDER BY member.position), '[]')
         FROM team_members AS member JOIN organization_memberships AS membership
           ON membership.organization_id = member.organization_id AND membership.user_id = member.user_id
         JOIN users ON users.id = member.user_id
         WHERE member.organization_id = teams.organization_id AND member.team_id = teams.id) AS members
    FROM teams
"""


async def get(conn: Conn, organization_id: UUID, team_id: UUID) -> Team | None:
    query: LiteralString = f"{_SELECT} WHERE teams.organization_id = %(organization_id)s AND teams.id = %(id)s"
    return await fetch_one(conn, Team, query, {"organization_id": organization_id, "id": team_id})


async def get_by_slug(conn: Conn, slug: str) -> Team | None:
    """The team whose page has a slug, of any organization."""
    return await fetch_one(conn, Team, f"{_SELECT} WHERE teams.slug = %(slug)s", {"slug": slug})


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, user_id: UUID | None = None
) -> PageOf[Team]:
    """One page of the organization's teams, or of those that a user is in."""
    conditions: list[LiteralString] = ["teams.organization_id = %(organization_id)s"]
    if user_id is not None:
        conditions.append("""teams.id IN (
            SELECT team_id FROM team_members
            WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s)""")
    return await fetch_page(
        conn, Team, _SELECT, conditions, {"organization_id": organization_id, "user_id": user_id}, page
    )


async def insert(conn: Conn, row: Team) -> None:
    """Store a team without its members; the caller holds the lock of its slug."""
    await conn.execute(
        """
        INSERT INTO teams (organization_id, id, name, slug, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(name)s, %(slug)s, %(created_at)s, %(updated_at)s)
        """,
        {name: getattr(row, name) for name in Team.__struct_fields__ if name != "members"},
    )


async def rename(conn: Conn, organization_id: UUID, team_id: UUID, name: str, *, now: datetime) -> None:
    await conn.execute(
        "UPDATE teams SET name = %s, updated_at = %s WHERE organization_id = %s AND id = %s",
        (name, now, organization_id, team_id),
    )


async def set_members(conn: Conn, organization_id: UUID, team_id: UUID, user_ids: Sequence[UUID]) -> None:
    """Replace the members of a team."""
    params = {"organization_id": organization_id, "team_id": team_id, "users": list(user_ids)}
    await conn.execute(
        """
        DELETE FROM team_members WHERE organization_id = %(organization_id)s AND team_id = %(team_id)s
          AND user_id <> ALL (%(users)s)
        """,
        params,
    )
    await conn.execute(
        """
        INSERT INTO team_members (organization_id, team_id, user_id, position)
        SELECT %(organization_id)s, %(team_id)s, user_id, position
        FROM unnest(%(users)s::uuid[]) WITH ORDINALITY AS one (user_id, position)
        ON CONFLICT (organization_id, team_id, user_id) DO UPDATE SET position = EXCLUDED.position
        """,
        params,
    )


async def delete(conn: Conn, organization_id: UUID, team_id: UUID) -> None:
    """Delete a team; its members stay users."""
    await conn.execute("DELETE FROM teams WHERE organization_id = %s AND id = %s", (organization_id, team_id))
