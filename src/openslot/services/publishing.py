"""What the public sees: profiles and the event types on them."""

from dataclasses import dataclass

from openslot.core.errors import NotFound
from openslot.db import event_types, users
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.users import User


@dataclass(frozen=True)
class Profile:
    """A host and the event types on show, in display order."""

    user: User
    event_types: list[EventType]


async def profile(conn: Conn, slug: str) -> Profile:
    """The public profile behind ``/{slug}``.

    Raises:
        NotFound: nobody has this slug.
    """
    user = await users.get_by_slug(conn, slug)
    if user is None:
        raise NotFound("profile")
    return Profile(user, await event_types.list_public(conn, user.organization_id, user.id))


async def event_type(conn: Conn, profile_slug: str, slug: str) -> EventType:
    """The event type behind ``/{profile}/{slug}``; secret ones answer to those who know the link.

    Raises:
        NotFound: no such event type, or it is not active.
    """
    found = await event_types.get_by_slugs(conn, profile_slug, slug)
    if found is None or not found.active:
        raise NotFound("event type")
    return found
