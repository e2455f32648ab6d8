"""New organizations and members, with what a new account has: a schedule, an event type, a token."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import errors as db_errors

from openslot.core.booking_form import is_email, is_zone
from openslot.core.errors import Conflict, FieldError, Invalid, NotFound
from openslot.core.ids import new_id, ordered_id
from openslot.db import access_tokens, availability_schedules, event_types, former_slugs, organizations, users
from openslot.db.event_types import NewEventType
from openslot.db.organizations import Organization
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.presenters.links import Links
from openslot.security.passwords import hash_password
from openslot.security.tokens import digest, new_token
from openslot.services import outbox, slots

RESERVED_SLUGS = frozenset({
    "api", "app", "assets", "cancellations", "d", "forms", "health", "metrics", "oauth", "organizations",
    "reconfirmations", "reschedulings", "routing_forms", "s", "scheduled_events", "static",
})  # fmt: skip
"""First path segments that are the service's own."""

WORKING_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
DEFAULT_HOURS = {"from": "09:00", "to": "17:00"}
LONGEST_NAME = 255


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """Who is to join."""

    name: str
    email: str
    timezone: str
    role: str = "user"
    """``owner``, ``admin`` or ``user``."""
    password: str | None = field(default=None, repr=False)


async def create_organization(conn: Conn, name: str, *, now: datetime) -> UUID:
    """A new, empty organization.

    Raises:
        Invalid: no name, or one over 255 characters.
    """
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Invalid(FieldError("organization", "must have 1 to 255 characters"))
    organization = Organization(new_id(), name.strip(), now, now)
    await organizations.insert(conn, organization)
    return organization.id


async def add_member(conn: Conn, organization_id: UUID, member: NewMember, *, now: datetime) -> User:
    """A new user with a default schedule, Monday to Friday from 9 to 17 in the user's zone.

    Raises:
        Invalid: name, address or zone can't be used. Conflict: a user with this address exists.
    """
    errors = []
    if not member.name.strip() or len(member.name) > LONGEST_NAME:
        errors.append(FieldError("name", "must have 1 to 255 characters"))
    if not is_email(member.email):
        errors.append(FieldError("email", "is not an e-mail address"))
    if not is_zone(member.timezone):
        errors.append(FieldError("timezone", "is not an IANA time zone, such as Europe/Rome"))
    if errors:
        raise Invalid(*errors)
    if await users.get_by_email(conn, member.email) is not None:
        raise Conflict(f"a user with the address {member.email} exists already")
    slug = await _free_slug(conn, member.name)
    try:
        user = await users.insert(
            conn,
            id=new_id(),
            organization_id=organization_id,
            name=member.name.strip(),
            slug=slug,
            email=member.email,
            timezone=member.timezone,
            password_hash=None if member.password is None else hash_password(member.password),
            now=now,
        )
    except db_errors.UniqueViolation as exc:
        raise Conflict(f"a user with the address {member.email} or the page /{slug} was just made; try again") from exc
    await organizations.insert_membership(
        conn, id=ordered_id(now), organization_id=organization_id, user_id=user.id, role=member.role, now=now
    )
    await availability_schedules.insert(
        conn,
        id=new_id(),
        organization_id=organization_id,
        user_id=user.id,
        name="Working hours",
        timezone=member.timezone,
        is_default=True,
        rules=[{"type": "wday", "wday": day, "intervals": [dict(DEFAULT_HOURS)]} for day in WORKING_DAYS],
        now=now,
    )
    return user


async def add_first_event_type(conn: Conn, user: User, *, links: Links, now: datetime) -> UUID:
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
    served = await slots.serve(conn, user.organization_id, new.id)
    await outbox.record_event_type(conn, "event_type.created", served, links, now=now)
    return new.id


async def issue_token(
    conn: Conn,
    user: User,
    *,
    name: str,
    now: datetime,
    scopes: list[str] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new personal access token, shown here and never again; without ``scopes`` it may do all that its user may."""
    token = new_token()
    await access_tokens.insert(
        conn,
        id=ordered_id(now),
        organization_id=user.organization_id,
        user_id=user.id,
        name=name,
        digest=digest(token),
        scopes=scopes,
        expires_at=expires_at,
        now=now,
    )
    return token


async def member_by_email(conn: Conn, email: str) -> User:
    """The user with an address.

    Raises:
        NotFound: there is none.
    """
    user = await users.get_by_email(conn, email)
    if user is None:
        raise NotFound(f"user with the address {email}")
    return user


def slugify(text: str) -> str:
    """``text`` as a path segment: lower-case letters, digits and hyphens; ``host`` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "host"


async def _free_slug(conn: Conn, name: str) -> str:
    wanted = slugify(name)
    candidate, number = wanted, 1
    while candidate in RESERVED_SLUGS or await former_slugs.is_page(conn, candidate):
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate
