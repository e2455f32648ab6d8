"""Teams: everybody of the organization may look at them, as at the pages they lead to; admins and owners change them.

Changes hold the organization's row: each sees the members that the one before has left.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from openslot.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.core.slugs import check_slug
from openslot.db import former_slugs, group_members, organizations, teams
from openslot.db.pool import Conn
from openslot.db.teams import Team
from openslot.services import accounts
from openslot.services.access import NOT_IN_ORGANIZATION, Principal
from openslot.wire.characters import one_line

SLUG_TAKEN = "the page /{} is, or was, somebody else's"


async def get(conn: Conn, principal: Principal, team_id: UUID) -> Team:
    """One team of the caller's organization.

    Raises:
        NotFound: no such team in the organization.
    """
    found = await teams.get(conn, principal.organization_id, team_id)
    if found is None:
        raise NotFound("team")
    principal.require(Action.READ_TEAM)
    return found


async def create(
    conn: Conn, principal: Principal, name: str, slug: str | None, members: Sequence[UUID], *, now: datetime
) -> Team:
    """Make a team with its page, as admin or owner. A slug that nobody chose is made of the name.

    Raises:
        Forbidden: a plain member, or somebody who is not of the organization. Conflict: the slug is taken.
        Invalid: no name, a slug with other letters, somebody who is named twice; each is named.
    """
    principal.require(Action.MANAGE_TEAMS)
    errors: list[FieldError] = []
    line = one_line(name)
    errors += [] if line else [FieldError("name", "must be filled")]
    wanted = None if slug is None else check_slug(slug, errors)
    errors += _named_twice(members)
    if errors:
        raise Invalid(*errors)
    await organizations.lock(conn, principal.organization_id)
    await _require_members(conn, principal, members)
    made = Team(
        id=ordered_id(now),
        organization_id=principal.organization_id,
        name=line,
        slug=await _page(conn, line, wanted),
        created_at=now,
        updated_at=now,
        members=[],
    )
    await teams.insert(conn, made)
    await teams.set_members(conn, made.organization_id, made.id, members)
    return await get(conn, principal, made.id)


async def change(
    conn: Conn,
    principal: Principal,
    team_id: UUID,
    *,
    name: str | UnsetType,
    members: Sequence[UUID] | UnsetType,
    now: datetime,
) -> Team:
    """Change what is set, as admin or owner; the page keeps its address.

    Raises:
        Forbidden: a plain member, or somebody who is not of the organization. NotFound: no such team.
        Invalid: no name, somebody who is named twice; each is named.
    """
    principal.require(Action.MANAGE_TEAMS)
    await organizations.lock(conn, principal.organization_id)
    found = await get(conn, principal, team_id)
    line = found.name if isinstance(name, UnsetType) else one_line(name)
    errors = [] if line else [FieldError("name", "must be filled")]
    if not isinstance(members, UnsetType):
        errors += _named_twice(members)
    if errors:
        raise Invalid(*errors)
    if not isinstance(members, UnsetType):
        await _require_members(conn, principal, members)
        await teams.set_members(conn, found.organization_id, found.id, members)
    if name is not UNSET or members is not UNSET:
        await teams.rename(conn, found.organization_id, found.id, line, now=now)
    return await get(conn, principal, team_id)


async def delete(conn: Conn, principal: Principal, team_id: UUID) -> None:
    """Take a team away with its page, as admin or owner; its members and what they offer stay.

    Raises:
        Forbidden: a plain member. NotFound: no such team.
    """
    principal.require(Action.MANAGE_TEAMS)
    await organizations.lock(conn, principal.organization_id)
    found = await get(conn, principal, team_id)
    await teams.delete(conn, found.organization_id, found.id)


async def _page(conn: Conn, name: str, wanted: str | None) -> str:
    """The slug of the page, locked."""
    if wanted is None:
        return await accounts.free_slug(conn, name, otherwise="team")
    if wanted in accounts.RESERVED_SLUGS or not await former_slugs.take_page(conn, wanted):
        raise Conflict(SLUG_TAKEN.format(wanted))
    return wanted


async def _require_members(conn: Conn, principal: Principal, user_ids: Sequence[UUID]) -> None:
    found = await group_members.list_candidates(conn, principal.organization_id, user_ids)
    if {one.user_id for one in found} != set(user_ids):
        raise Forbidden(NOT_IN_ORGANIZATION)


def _named_twice(user_ids: Sequence[UUID]) -> list[FieldError]:
    times = Counter(user_ids)
    return [
        FieldError(f"members[{index}]", "is named more than once")
        for index, user_id in enumerate(user_ids)
        if times[user_id] > 1
    ]
