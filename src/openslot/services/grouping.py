"""Groups: who may look at them, and how they and their members change. Source: behaviours, section 7.

Changes hold the organization's row: each sees the names and members that the one before has left.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import UNSET, UnsetType

from openslot.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, invalid
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.db import group_members, groups, organizations, webhook_subscription_states
from openslot.db.group_members import Candidate, NewMember, Relationship
from openslot.db.groups import Group
from openslot.db.pool import Conn
from openslot.services import access
from openslot.services.access import NOT_IN_ORGANIZATION, Principal
from openslot.wire.characters import one_line

NAME_TAKEN = "A group with this name exists already"


class Wanted(NamedTuple):
    """Somebody who is to be in a group."""

    user_id: UUID
    role: str
    """``member`` or ``admin``."""


async def narrowed_to(conn: Conn, principal: Principal) -> UUID | None:
    """Whose groups the caller may list: None is everybody's, for admins and owners; else those of the user's own.

    Raises:
        Forbidden: a plain member who is the admin of no group.
    """
    if principal.reaches_all(Action.READ_GROUP):
        return None
    if not await group_members.is_admin(conn, principal.organization_id, principal.user.id):
        principal.require(Action.READ_GROUP)
    return principal.user.id


async def get_relationship(conn: Conn, principal: Principal, relationship_id: UUID) -> Relationship:
    """One person in one group.

    Raises:
        NotFound: no such relationship in the organization. Forbidden: neither an admin nor the group's.
    """
    found = await group_members.get_relationship(conn, principal.organization_id, relationship_id)
    if found is None:
        raise NotFound("group relationship")
    await access.group(conn, principal, found.group_id, Action.READ_GROUP)
    return found


async def create(conn: Conn, principal: Principal, name: str, wanted: Sequence[Wanted], *, now: datetime) -> Group:
    """Make a group, as admin or owner.

    Raises:
        Forbidden: a plain member, or somebody who is not of the organization. Conflict: the name is taken.
        Invalid: no name; somebody is named twice, or is a member of another group.
    """
    principal.require(Action.MANAGE_GROUPS)
    await organizations.lock(conn, principal.organization_id)
    group_id = ordered_id(now)
    if not await groups.insert(conn, principal.organization_id, group_id, _filled(name), now=now):
        raise Conflict(NAME_TAKEN)
    await _set_members(conn, principal, group_id, wanted, now=now)
    return await access.group(conn, principal, group_id, Action.MANAGE_GROUPS)


async def rename(conn: Conn, principal: Principal, group_id: UUID, name: str | UnsetType, *, now: datetime) -> Group:
    """Give a group another name, as admin or owner; where it is unset the old one stays.

    Raises:
        Forbidden: a plain member, or the group's admin. NotFound: no such group. Conflict: the name is taken.
        Invalid: no name.
    """
    principal.require(Action.MANAGE_GROUPS)
    await organizations.lock(conn, principal.organization_id)
    found = await access.group(conn, principal, group_id, Action.MANAGE_GROUPS)
    if name is UNSET:
        return found
    if not await groups.rename(conn, principal.organization_id, group_id, _filled(name), now=now):
        raise Conflict(NAME_TAKEN)
    return await access.group(conn, principal, group_id, Action.MANAGE_GROUPS)


async def set_members(
    conn: Conn, principal: Principal, group_id: UUID, wanted: Sequence[Wanted], *, now: datetime
) -> Group:
    """Say who is in a group, as admin, owner or the group's admin.

    A group's admin sees the events of its members. So the group's admin can take in plain members of the
    organization who are in no group; everybody else is put there by an admin or owner.

    Raises:
        NotFound: no such group. Forbidden: not one's own; somebody whom the caller can't take in.
        Invalid: somebody is named twice, or is a member of another group.
    """
    await organizations.lock(conn, principal.organization_id)
    await access.group(conn, principal, group_id, Action.SET_GROUP_MEMBERS)
    await _set_members(conn, principal, group_id, wanted, now=now)
    # not through access: the group's admin may just have left it
    changed = await groups.get(conn, principal.organization_id, group_id)
    assert changed is not None  # deleting waits for the lock
    return changed


async def delete(conn: Conn, principal: Principal, group_id: UUID, *, now: datetime) -> None:
    """Take a group away, as admin or owner; the webhook subscriptions of its scope end with it.

    Raises:
        Forbidden: a plain member, or the group's admin. NotFound: no such group.
    """
    principal.require(Action.MANAGE_GROUPS)
    await organizations.lock(conn, principal.organization_id)
    await access.group(conn, principal, group_id, Action.MANAGE_GROUPS)
    await groups.lock(conn, principal.organization_id, group_id)
    await webhook_subscription_states.delete_of_group(conn, principal.organization_id, group_id, now=now)
    await groups.delete(conn, principal.organization_id, group_id)


async def _set_members(
    conn: Conn, principal: Principal, group_id: UUID, wanted: Sequence[Wanted], *, now: datetime
) -> None:
    times = Counter(one.user_id for one in wanted)
    candidates = await group_members.list_candidates(conn, principal.organization_id, list(times))
    known = {one.user_id: one for one in candidates}
    errors = []
    for index, one in enumerate(wanted):
        candidate = known.get(one.user_id)
        if candidate is None:
            raise Forbidden(NOT_IN_ORGANIZATION)
        _require_takeable(principal, candidate, group_id)
        if times[one.user_id] > 1:
            errors.append(FieldError(f"members[{index}].user", "is named more than once"))
        elif one.role == "member" and _is_member_elsewhere(candidate, group_id):
            errors.append(FieldError(f"members[{index}].user", "is a member of another group"))
    if errors:
        raise Invalid(*errors)
    members = [NewMember(ordered_id(now), one.user_id, one.role) for one in wanted]
    await group_members.set_members(conn, principal.organization_id, group_id, members, now=now)


def _require_takeable(principal: Principal, candidate: Candidate, group_id: UUID) -> None:
    if any(one.group_id == group_id for one in candidate.groups):
        return
    if candidate.role != "user" or candidate.groups:
        principal.require(Action.MANAGE_GROUPS)


def _is_member_elsewhere(candidate: Candidate, group_id: UUID) -> bool:
    return any(one.role == "member" and one.group_id != group_id for one in candidate.groups)


def _filled(name: str) -> str:
    if not (line := one_line(name)):
        raise invalid("name", "must be filled")
    return line
