"""What the public sees: profiles and the event types on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from openslot.core import errors
from openslot.core.errors import LinkEnded, Moved, NotFound, NotOffered
from openslot.core.kinds import Pooling
from openslot.db import event_type_hosts, event_types, former_slugs, teams, users
from openslot.db.event_type_hosts import PublicHost
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduling_links import SchedulingLink
from openslot.db.teams import Team
from openslot.db.users import User
from openslot.services import scheduling_links


@dataclass(frozen=True)
class Profile:
    """A host and the event types on show, in display order."""

    user: User
    event_types: list[EventType]


async def profile(conn: Conn, slug: str) -> Profile:
    """The public profile behind ``/{slug}``.

    Raises:
        NotFound: nobody has this slug. Moved: somebody had it.
    """
    found = await page(conn, slug)
    if isinstance(found, Team):
        raise NotFound("profile")
    return found


async def page(conn: Conn, slug: str) -> Profile | Team:
    """The profile or the team behind ``/{slug}``.

    Raises:
        NotFound: nobody has this slug. Moved: somebody had it.
    """
    user = await users.get_by_slug(conn, slug)
    if user is None:
        if (team := await teams.get_by_slug(conn, slug)) is not None:
            return team
        if (now_at := await former_slugs.find_page(conn, slug)) is not None:
            raise Moved(now_at)
        raise NotFound("profile")
    return Profile(user, await event_types.list_public(conn, user.organization_id, user.id))


async def event_type(conn: Conn, profile_slug: str, slug: str) -> EventType:
    """The event type behind ``/{profile}/{slug}``; secret ones have a private link instead.

    Raises:
        NotFound: no such event type. NotOffered: it is not active. Moved: it has another address now.
    """
    found = await event_types.get_by_slugs(conn, profile_slug, slug)
    if found is None and (now_at := await former_slugs.find_event_type(conn, profile_slug, slug)) is not None:
        raise Moved(*now_at)
    if found is None:
        raise NotFound("event type")
    if not found.active:
        raise NotOffered(host=errors.Profile(found.owner_slug, found.owner_name))
    return found


class Serving(NamedTuple):
    """The hosts of an event type as the public sees them."""

    hosts: list[PublicHost]
    """In their order."""
    needed: int
    """How many of them come to an event."""

    @property
    def names(self) -> list[str]:
        """The names of the hosts."""
        return [host.name for host in self.hosts]


async def serving(conn: Conn, event_type: EventType) -> Serving:
    """Who serves an event type: its owner, unless several do."""
    owner = PublicHost(event_type.owner_name, event_type.owner_avatar_url)
    if event_type.pooling_type is None:
        return Serving([owner], 1)
    found = await event_type_hosts.public_hosts(conn, event_type.organization_id, event_type.id)
    match event_type.pooling_type:
        case Pooling.ROUND_ROBIN:
            needed = 1
        case Pooling.MULTI_POOL:
            needed = sum(found.pool_sizes or ())
        case _:
            needed = len(found.hosts)
    return Serving(found.hosts or [owner], needed)


async def host_of(conn: Conn, profile_slug: str) -> errors.Profile | None:
    """The host whose page an address is below, for one that leads nowhere."""
    user = await users.get_by_slug(conn, profile_slug)
    return None if user is None else errors.Profile(user.slug, user.name)


@dataclass(frozen=True)
class Linked:
    """What a private link leads to: an event type as it is for who comes that way."""

    event_type: EventType
    link: SchedulingLink | None
    """None: the event type's own lasting address."""


async def linked(conn: Conn, token: str, slug: str, *, now: datetime) -> Linked:
    """The event type behind ``/d/{token}/{slug}``; ``now`` is the real time.

    Raises:
        NotFound: no such link. NotOffered: its event type is not active. LinkEnded: it is used up, or its time is
            over. Moved: it has another address now.
    """
    link = await scheduling_links.find(conn, token)
    if link is None:
        found = await event_types.get_by_link_token(conn, token, slug)
    else:
        found = await event_types.get(conn, link.organization_id, link.event_type_id)
    now_at = await _moved_to(conn, found, token, slug)
    if now_at is not None:
        raise Moved("d", token, now_at)
    if found is None:
        raise NotFound("event type")
    host = errors.Profile(found.owner_slug, found.owner_name)
    if found.slug != slug or found.deleted_at is not None:
        raise NotFound("event type", host=host)
    if not found.active:
        raise NotOffered(host=host)
    if link is not None and link.has_ended(now + (found.clock_ahead or timedelta())):
        raise LinkEnded(host=host)
    return Linked(scheduling_links.overridden(found, link), link)


async def _moved_to(conn: Conn, found: EventType | None, token: str, slug: str) -> str | None:
    """The present slug of what a private link leads to, where ``slug`` is one that it had before."""
    if found is None:
        return await former_slugs.find_private(conn, token, slug)
    if found.slug != slug and found.deleted_at is None and await former_slugs.had(conn, found.id, slug):
        return found.slug
    return None
