"""Who calls: from a token to a principal, and what a principal may do in the organization by the table of roles.

Source of the rules: behaviours, sections 4 and 7.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import structs

from openslot.core.errors import NO_PERMISSION, Forbidden, MissingScope, NotFound, Unauthenticated
from openslot.core.roles import Action, Reach, group_reach, reach
from openslot.db import access_tokens, group_members, groups, memberships, organizations, sandboxes, users
from openslot.db.access_tokens import TokenOwner
from openslot.db.event_types import EventType
from openslot.db.groups import Group
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.security.tokens import digest

NOT_IN_ORGANIZATION = "This user is not in your organization"
NOT_UNLIMITED = "This takes a personal token that may do everything"
NOT_AGREED = "This user has not agreed to host your event types"


@dataclass(frozen=True)
class Principal:
    """The caller: a user in one organization, through one token."""

    user: TokenOwner

    @property
    def organization_id(self) -> UUID:
        return self.user.organization_id

    def clock(self, now: datetime) -> datetime:
        """What the clock of the organization shows at ``now``, the real time: the same, unless it is a sandbox."""
        return now + (self.user.clock_ahead or timedelta())

    @property
    def is_admin(self) -> bool:
        """Owners are admins too."""
        return self.user.role in {"owner", "admin"}

    def require_scope(self, *alternatives: str) -> None:
        """Check that the token has one of ``alternatives``; write implies read.

        Raises:
            MissingScope: it has none.
        """
        granted = self.user.scopes
        if granted is None:
            return
        for scope in alternatives:
            if scope in granted or scope.replace(":read", ":write") in granted:
                return
        raise MissingScope(alternatives[0])

    def reaches_all(self, action: Action) -> bool:
        """Whether the caller may do something with everybody's in the organization."""
        return reach(action, self.user.role) is Reach.ALL

    def reaches(self, action: Action, owner_id: UUID) -> bool:
        """Whether the caller may do something with what is a user's of the organization, groups aside."""
        return reach(action, self.user.role) >= (Reach.OWN if owner_id == self.user.id else Reach.ALL)

    def require(self, action: Action, message: str = NO_PERMISSION) -> None:
        """Check that the caller may do something with what is everybody's.

        Raises:
            Forbidden: the caller's role does not reach so far.
        """
        if not self.reaches_all(action):
            raise Forbidden(message)

    def require_unlimited(self) -> None:
        """Check that the caller uses a personal token that may do everything: what is made outlives the token.

        Raises:
            Forbidden: a token with scopes, or of an application.
        """
        if self.user.scopes is not None or self.user.grant_id is not None:
            raise Forbidden(NOT_UNLIMITED)

    def may_manage(self, event_type: EventType) -> bool:
        """Whether an event type is the caller's to see and change."""
        return self.reaches(Action.MANAGE_EVENT_TYPE, event_type.owner_id)


async def authenticate(conn: Conn, token: str | None, *, now: datetime) -> Principal:
    """Find out who calls, in one query; ``now`` is the real time.

    Raises:
        Unauthenticated: token missing, unknown, expired or revoked, or of a member who left.
    """
    if not token:
        raise Unauthenticated
    owner = await access_tokens.get_owner(conn, digest(token))
    if owner is None:
        raise Unauthenticated
    if owner.revoked_at is not None:
        raise Unauthenticated("The access token was revoked")
    principal = Principal(owner)
    if owner.expires_at is not None and owner.expires_at <= principal.clock(now):
        raise Unauthenticated("The access token expired")
    return principal


async def operator(conn: Conn, organization_id: UUID) -> Principal:
    """Who runs the service's commands on its machine, and may do all that the organization's owner may.

    Raises:
        NotFound: there is no such organization, or it has no owner.
    """
    owners = await memberships.list_all(conn, organization_id, role="owner")
    if not owners:
        raise NotFound("owner of the organization")
    user = structs.asdict(owners[0].user)
    return Principal(TokenOwner(**user, role="owner", scopes=None, expires_at=None, revoked_at=None))


async def member(conn: Conn, organization_id: UUID, user_id: UUID) -> Principal:
    """A member who was identified otherwise than by a token, such as by a link in a mail.

    Raises:
        NotFound: there is no such member.
    """
    membership = await memberships.of_user(conn, organization_id, user_id)
    if membership is None:
        raise NotFound("member")
    user = structs.asdict(membership.user)
    sandbox = await sandboxes.get(conn, organization_id)
    ahead = None if sandbox is None else sandbox.clock_ahead
    return Principal(
        TokenOwner(**user, role=membership.role, scopes=None, expires_at=None, revoked_at=None, clock_ahead=ahead)
    )


async def own_organization(conn: Conn, principal: Principal, organization_id: UUID) -> UUID:
    """Check that a named organization is the caller's own.

    Raises:
        Forbidden: it is somebody else's. NotFound: there is no such organization.
    """
    if organization_id != principal.organization_id:
        if await organizations.get(conn, organization_id) is None:
            raise NotFound("organization")
        raise Forbidden
    return organization_id


async def require_hosts(
    conn: Conn, principal: Principal, user_ids: Collection[UUID], *, serving: Collection[UUID] = ()
) -> None:
    """Check that the caller may name these users as hosts: an event type takes their time, and shows when it is free.

    Admins and owners name whomever they want of the organization; members name themselves, colleagues who agreed
    (``hosts_for``), and those who are ``serving`` already (ADR 0029).

    Raises:
        Forbidden: another organization's user, or a colleague who has not agreed.
    """
    others = set(user_ids) - {principal.user.id} - set(serving)
    if not others:
        return
    found = {one.id: one for one in await users.list_agreements(conn, principal.organization_id, list(others))}
    if others - found.keys():
        raise Forbidden(NOT_IN_ORGANIZATION)
    agreed_to = {principal.user.id, principal.organization_id}
    if any(agreed_to.isdisjoint(one.hosts_for) for one in found.values()):
        principal.require(Action.NAME_HOSTS, NOT_AGREED)


async def colleague(conn: Conn, principal: Principal, user_id: UUID, action: Action) -> UUID:
    """Check that the caller may do something with what is a user's, groups aside.

    Raises:
        Forbidden: another organization's user, or somebody else's than the caller's role reaches.
    """
    if user_id == principal.user.id and principal.reaches(action, user_id):
        return user_id
    user = await users.get(conn, user_id)
    if user is None or user.organization_id != principal.organization_id:
        raise Forbidden(NOT_IN_ORGANIZATION)
    principal.require(action)
    return user_id


async def may_manage_event(conn: Conn, principal: Principal, event: ScheduledEvent) -> bool:
    """Whether an event is the caller's to see, cancel and move. It is its hosts'."""
    return await reaches_any(conn, principal, Action.MANAGE_EVENT, [host.user_id for host in event.hosts])


async def reaches_any(conn: Conn, principal: Principal, action: Action, owner_ids: Sequence[UUID]) -> bool:
    """Whether the caller may do something with what several own, groups included; the table decides (core.roles)."""
    if principal.reaches_all(action) or any(principal.reaches(action, one) for one in owner_ids):
        return True
    if group_reach(action) < Reach.GROUP:
        return False
    return await group_members.is_admin_of_any(conn, principal.organization_id, principal.user.id, owner_ids)


async def supervised(conn: Conn, principal: Principal, user_id: UUID, action: Action) -> UUID:
    """Check that the caller may do something with what is a user's, groups included.

    Raises:
        Forbidden: another organization's user, or somebody else whom the caller is not in charge of.
    """
    is_all_or_own = principal.reaches_all(action) or principal.reaches(action, user_id)
    if not is_all_or_own and await reaches_any(conn, principal, action, [user_id]):
        return user_id
    return await colleague(conn, principal, user_id, action)


async def group(conn: Conn, principal: Principal, group_id: UUID, action: Action) -> Group:
    """A group that the caller is in charge of, for what is to be done: any as admin or owner, or as the group's admin.

    Raises:
        NotFound: no such group in the organization. Forbidden: a plain member, or another group's admin.
    """
    found = await groups.get(conn, principal.organization_id, group_id)
    if found is None:
        raise NotFound("group")
    if not principal.reaches_all(action) and (
        group_reach(action) < Reach.GROUP
        or not await group_members.is_admin(conn, principal.organization_id, principal.user.id, group_id)
    ):
        raise Forbidden
    return found
