"""New organizations and members, with what a new account has: a schedule and an event type."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import errors as db_errors

from openslot.core.booking_form import NOT_A_ZONE, is_zone
from openslot.core.contacts import MAX_NAME_LENGTH, email_address, person_name
from openslot.core.errors import Conflict, FieldError, Invalid, NotFound
from openslot.core.ids import new_id, ordered_id
from openslot.core.passwords import password_problem
from openslot.core.slugs import numbered, slugify
from openslot.db import (
    access_tokens,
    availability_schedules,
    event_types,
    former_slugs,
    group_members,
    oauth_grants,
    organizations,
    sessions,
    sign_in_links,
    users,
    webhook_subscription_states,
)
from openslot.db.event_types import NewEventType
from openslot.db.organizations import Organization
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.presenters.uris import Uris
from openslot.security.passwords import hash_password
from openslot.services import outbox, serving
from openslot.wire.characters import one_line

RESERVED_SLUGS = frozenset({
    "api", "app", "assets", "cancellations", "d", "embed", "forms", "health", "metrics", "oauth", "organizations",
    "pictures", "reconfirmations", "reschedulings", "routing_forms", "s", "scheduled_events", "static",
})  # fmt: skip
"""First path segments that are the service's own."""

WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
DEFAULT_HOURS = {"from": "09:00", "to": "17:00"}
MAX_TRIES = 10
"""Of slugs that somebody else takes at the same moment."""


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """Who is to join."""

    name: str
    email: str
    timezone: str
    role: str = "user"
    """``owner``, ``admin`` or ``user``."""
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    """Of a password that was checked and hashed before (``passwords.hashed``), instead of it."""


async def create_organization(conn: Conn, name: str, *, now: datetime) -> UUID:
    """A new, empty organization.

    Raises:
        Invalid: no name, or one over 255 characters.
    """
    name = one_line(name)
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise Invalid(FieldError("organization", "must have 1 to 255 characters"))
    organization = Organization(new_id(), name, now, now)
    await organizations.insert(conn, organization)
    return organization.id


async def add_member(conn: Conn, organization_id: UUID, member: NewMember, *, now: datetime) -> User:
    """A new user with a default schedule, Monday to Friday from 9 to 17 in the user's zone.

    Raises:
        Invalid: name, address, zone or password can't be used. Conflict: a user with this address exists.
    """
    name, email = _checked(member)
    user = await _insert(conn, organization_id, member, name, email, now=now)
    await _settle(conn, user, member, now=now)
    return user


async def readmit(conn: Conn, user: User, organization_id: UUID, member: NewMember, *, now: datetime) -> User:
    """A user who belongs to no organization joins one: the page, and what is left there of an earlier time, are kept.

    What was allowed before does not come back: tokens, applications, sessions, roles in groups. Event types stay
    switched off. The caller holds the user's row, and has the password's hash.

    Raises:
        Invalid: name or zone can't be used.
    """
    name, _ = _checked(member)
    former = user.organization_id
    await sessions.delete_of_user(conn, former, user.id)
    await sign_in_links.delete_of_user(conn, former, user.id)
    await access_tokens.revoke_of_user(conn, former, user.id, now=now)
    for _, grant_id in await oauth_grants.list_in_force(conn, former, user_id=user.id):
        await oauth_grants.revoke(conn, former, grant_id, now=now)
        await webhook_subscription_states.disable_of_grant(conn, former, grant_id, now=now)
    await group_members.delete_of_user(conn, organization_id, user.id)
    assert member.password_hash is not None
    back = await users.rejoin(
        conn, user.id, organization_id=organization_id, name=name, timezone=member.timezone,
        password_hash=member.password_hash, now=now,
    )  # fmt: skip
    await _settle(conn, back, member, now=now)
    return back


async def add_first_event_type(conn: Conn, user: User, *, uris: Uris, now: datetime) -> UUID:
    """The active 30-minute event type that a new account starts with."""
    new = NewEventType(
        id=new_id(),
        organization_id=user.organization_id,
        owner_id=user.id,
        name="30 Minute Meeting",
        slug="30min",
        duration_minutes=30,
    )
    await event_types.insert(conn, new, hosts=[user.id], now=now)
    served = await serving.find(conn, user.organization_id, new.id)
    await outbox.record_event_type(conn, "event_type.created", served, uris, now=now)
    return new.id


async def member_by_email(conn: Conn, email: str) -> User:
    """The user with an address.

    Raises:
        NotFound: there is none.
    """
    user = await users.get_by_email(conn, email)
    if user is None:
        raise NotFound(f"user with the address {email}")
    return user


def _checked(member: NewMember) -> tuple[str, str]:
    """The name and the address as they are stored.

    Raises:
        Invalid: name, address, zone or password can't be used; each is named.
    """
    errors = []
    name, email = person_name(member.name), email_address(member.email)
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        errors.append(FieldError("name", "must have 1 to 255 characters"))
    if email is None:
        errors.append(FieldError("email", "is not an e-mail address"))
    if not is_zone(member.timezone):
        errors.append(FieldError("timezone", NOT_A_ZONE))
    problem = None if member.password is None else password_problem(member.password, member.email, name)
    if problem is not None:
        errors.append(FieldError("password", problem))
    if errors or email is None:
        raise Invalid(*errors)
    return name, email


async def _settle(conn: Conn, user: User, member: NewMember, *, now: datetime) -> None:
    """The membership, and working hours where there are none."""
    await organizations.insert_membership(
        conn, id=ordered_id(now), organization_id=user.organization_id, user_id=user.id, role=member.role, now=now
    )
    found = await users.get_preferences(conn, user.id)
    if found is not None and found.schedule_rules is not None:
        return
    await availability_schedules.insert(
        conn,
        id=new_id(),
        organization_id=user.organization_id,
        user_id=user.id,
        name="Working hours",
        timezone=member.timezone,
        is_default=True,
        rules=[{"type": "wday", "wday": day, "intervals": [dict(DEFAULT_HOURS)]} for day in WORKING_DAYS],
        now=now,
    )


async def _insert(
    conn: Conn, organization_id: UUID, member: NewMember, name: str, email: str, *, now: datetime
) -> User:
    """The user, with a slug of the name that is free; if another takes it at the same moment, the next one.

    Raises:
        Conflict: a user with this address exists.
    """
    if await users.get_by_email(conn, email) is not None:
        raise Conflict(f"a user with the address {email} exists already")
    password_hash = member.password_hash if member.password is None else hash_password(member.password)
    for _ in range(MAX_TRIES):
        slug = await free_slug(conn, name)
        try:
            async with conn.transaction():
                return await users.insert(
                    conn,
                    id=new_id(),
                    organization_id=organization_id,
                    name=name,
                    slug=slug,
                    email=email,
                    timezone=member.timezone,
                    password_hash=password_hash,
                    now=now,
                )
        except db_errors.UniqueViolation as exc:
            if exc.diag.constraint_name == "users_email":
                raise Conflict(f"a user with the address {email} was just made; try again") from exc
    raise Conflict(f"pages for {name} are being taken by others; try again")


async def free_slug(conn: Conn, name: str, *, otherwise: str = "host") -> str:
    """A slug for a page, made of a name and numbered where it is taken; locked until commit."""
    wanted, number = slugify(name, otherwise), 1
    while (candidate := numbered(wanted, number)) in RESERVED_SLUGS or not await former_slugs.take_page(
        conn, candidate
    ):
        number += 1
    return candidate
