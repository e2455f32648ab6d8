"""What a visitor may book: an event type at its address, in the visitor's zone and with the chosen duration."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import msgspec

from openslot.core.booking_form import planned_configuration
from openslot.core.errors import NotFound, Profile
from openslot.core.intervals import Interval
from openslot.db import occupancy, scheduled_events
from openslot.db.event_type_hosts import PublicHost
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.scheduling_links import SchedulingLink
from openslot.html.fields import Filled
from openslot.html.text import paragraphs
from openslot.pages.conditions import conditions
from openslot.pages.resubmission import shown_in
from openslot.pages.trail import CLOCK, DURATION
from openslot.pages.visitor import Face, VisitorPage
from openslot.presenters import places
from openslot.services import publishing, slots
from openslot.services.booking import form
from openslot.services.publishing import Serving
from openslot.services.slots import Slot
from openslot.wire.codec import parse_instant

MAX_FACES = 7
"""Pictures of hosts beside each other; where there are more, the last one stands for the rest."""
LONG = 280
"""Characters from which on a description is folded on telephones: about seven lines."""


@dataclass(frozen=True)
class VisitorOffer:
    """An event type as one visitor meets it, with the duration that was chosen."""

    page: VisitorPage
    conn: Conn
    event_type: EventType
    path: tuple[str, ...]
    serving: Serving
    link: SchedulingLink | None = None
    link_token: str | None = field(default=None, repr=False)

    @property
    def is_private(self) -> bool:
        """Whether its address grants something, and so is kept nowhere."""
        return self.link_token is not None

    async def find_times(self, window: Interval) -> Sequence[Slot]:
        """The slots whose start lies in ``window``."""
        return await slots.available_times(self.conn, self.event_type, window, link=self.link, now=self.page.now)

    async def for_visitor(self) -> "VisitorOffer":
        """In the language, zone and duration of the visitor, or else the host's."""
        event_type = self.event_type
        await self.page.shows_for(self.conn, event_type.organization_id)
        page = self.page.on_clock(event_type.clock_ahead)
        page = page.for_host(locale=event_type.locale, timezone=event_type.owner_timezone)
        chosen = [minutes for minutes in event_type.duration_options or () if str(minutes) == page.query.get(DURATION)]
        if chosen:
            event_type = msgspec.structs.replace(event_type, duration_minutes=chosen[0])
        return replace(self, page=page, event_type=event_type)

    def as_chosen(self, data: Filled) -> "VisitorOffer":
        """With the zone and the clock that the form holds."""
        page = self.page
        return replace(
            self, page=page.in_zone(shown_in(page, data, "timezone")).with_clock(shown_in(page, data, CLOCK))
        )


async def public_offer(page: VisitorPage, conn: Conn, profile: str, slug: str) -> VisitorOffer:
    event_type = await publishing.event_type(conn, profile, slug)
    serving = await publishing.serving(conn, event_type)
    return await VisitorOffer(page, conn, event_type, (profile, slug), serving).for_visitor()


async def offer_at(page: VisitorPage, conn: Conn, path: tuple[str, ...]) -> VisitorOffer:
    """The offer whose address, without a start, is ``path``."""
    first_part, *rest = path
    return await private_offer(page, conn, *rest) if first_part == "d" else await public_offer(page, conn, *path)


async def private_offer(page: VisitorPage, conn: Conn, token: str, slug: str) -> VisitorOffer:
    found = await publishing.linked(conn, token, slug, now=page.received_at)
    serving = await publishing.serving(conn, found.event_type)
    path = ("d", token, slug)
    return await VisitorOffer(page, conn, found.event_type, path, serving, found.link, token).for_visitor()


def as_planned(event_type: EventType, event: ScheduledEvent) -> EventType:
    """The event type for an invitee who joins a planned event: with the length and place of that event."""
    return msgspec.structs.replace(
        event_type,
        duration_minutes=form.length_of(event_type, event),
        locations=[] if event.location is None else [planned_configuration(event.location)],
    )


async def planned_event(offer: VisitorOffer, event_id: UUID | None, start: datetime) -> ScheduledEvent | None:
    """The planned event of the event type that is meant, if it is one that begins at ``start``."""
    if event_id is None:
        return None
    found = await scheduled_events.get(offer.conn, offer.event_type.organization_id, event_id)
    is_meant = found is not None and (found.event_type_id, found.start_time) == (offer.event_type.id, start)
    return found if is_meant else None


def about(offer: VisitorOffer) -> dict[str, object]:
    """What every step shows of the event type."""
    page, event_type = offer.page, offer.event_type
    return {
        "event_type": event_type,
        "hosts_line": hosts_line(page, offer.serving),
        "faces": faces_of(page, offer.serving.hosts),
        "terms": conditions(page, event_type, host=event_type.owner_name if len(offer.serving.hosts) == 1 else None),
        "places": [places.offered(page, one, is_hidden=event_type.hide_location) for one in event_type.locations],
        "description": paragraphs(event_type.description_plain),
        "is_long": len(event_type.description_plain or "") > LONG,
        "host_url": page.trail.lean.to(event_type.owner_slug),
        "profile_url": page.trail.to(event_type.owner_slug) if len(offer.serving.names) == 1 else None,
    }


def faces_of(page: VisitorPage, hosts: Sequence[PublicHost]) -> list[Face]:
    """The faces of hosts beside each other."""
    shown = [page.face(host.name, host.avatar_url) for host in hosts]
    return shown if len(shown) <= MAX_FACES else [*shown[: MAX_FACES - 1], Face(f"+{len(shown) - MAX_FACES + 1}")]


def hosts_line(page: VisitorPage, serving: Serving) -> str:
    """The names of the hosts; where only some of them will come, how many, since none is promised."""
    names, needed = serving.names, serving.needed
    if needed >= len(names):
        return page.formats.listed(names)
    if needed == 1:
        return page.ngettext("One of %(num)d host", "One of %(num)d hosts", len(names))
    return page.ngettext("%(needed)d of %(num)d host", "%(needed)d of %(num)d hosts", len(names), needed=needed)


def instant_of(text: str, event_type: EventType) -> datetime:
    """The start that an address of an event type names.

    Raises:
        NotFound: it names none, or one so far off that nothing can ever be booked there.
    """
    host = Profile(event_type.owner_slug, event_type.owner_name)
    try:
        instant = parse_instant(text)
    except ValueError as exc:
        raise NotFound("start time", host=host) from exc
    if not occupancy.REACH.contains(instant):
        raise NotFound("start time", host=host)
    return instant
