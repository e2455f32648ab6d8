"""The page of a visitor: in which zone times are shown, where its links lead, and whose page it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from openslot.config import Settings
from openslot.core.queries import Reader
from openslot.edges import AnyRequest
from openslot.html.page import Page
from openslot.html.text import initials
from openslot.i18n import timezones
from openslot.i18n.formatting import CLOCKS
from openslot.pages.embed import Embed
from openslot.pages.trail import CLOCK, PREFILL, READERS, Trail
from openslot.presenters.uris import Uris

LEASE = "lease"
"""The key of the request's state under which its connection is."""
ZONES = "zones"
"""The key of an address that lists all time zones."""


class Face(NamedTuple):
    """What stands for a person."""

    initials: str
    picture: str | None = None
    """An address of this service."""


@dataclass(frozen=True)
class VisitorPage(Page):
    """What a handler of the public pages needs to answer with HTML."""

    zone_is_chosen: bool = False
    """By the visitor (or the browser), now or when booking; otherwise it is the host's."""
    zone_is_unknown: bool = False
    """Whether the address named a zone that there is not."""
    clock_ahead: timedelta = timedelta()
    """How far the clock of the organization is ahead of the real one: only that of a sandbox is."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates",)
    readers: ClassVar[Mapping[str, Reader]] = READERS

    @classmethod
    def of(cls, request: AnyRequest, settings: Settings, *, now: datetime) -> Self:
        """The page of any request, mistaken ones included, with the zone and the clock that its address names."""
        page = super().of(request, settings, now=now)
        query = dict(page.query)
        named = query.pop("timezone", "")
        zone = timezones.find(named)
        if zone is not None:  # links take along the zone's own spelling, and nothing that names no zone
            query["timezone"] = zone.key
        hours = _hours(query.pop(CLOCK, ""))
        if hours is not None:
            query[CLOCK] = str(hours)
        formats = replace(page.formats, zone=zone or page.formats.zone, hours=hours)
        return replace(
            page,
            query=query,
            formats=formats,
            zone_is_chosen=zone is not None,
            zone_is_unknown=bool(named) and zone is None,
        )

    @property
    def uris(self) -> Uris:
        """Full addresses, for payloads and for the clipboard."""
        return Uris(pages=self.settings.base_url, api=self.settings.api_url)

    @property
    def trail(self) -> Trail:
        """Links to the other pages."""
        return Trail.of(self.prefix, self.query)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return self.formats.zone

    @property
    def country(self) -> str:
        """That of the zone which the browser has named, since many browsers have another country's language."""
        return (timezones.country(self.zone.key) if self.zone_is_chosen else None) or super().country

    def address(self, *path: str) -> str:
        """The full address of a page without a query, as previews and search engines are to know it."""
        return f"{self.settings.base_url}{replace(self.trail, prefix='').bare(*path)}"

    def face(self, name: str, avatar_url: str | None = None) -> Face:
        """The picture of somebody, or initials: pages load nothing from other sites, so no pictures from there."""
        is_ours = (avatar_url or "").startswith(f"{self.settings.base_url}/")
        return Face(initials(name), avatar_url if is_ours else None)

    def for_host(self, *, locale: str, timezone: str) -> Self:
        """With the host's language and zone where the visitor has named none."""
        page = self.in_language(locale)
        zone = self.zone if self.zone_is_chosen else timezones.find(timezone) or self.zone
        return replace(page, formats=replace(page.formats, zone=zone))

    def in_zone(self, timezone: str | None) -> Self:
        """With the zone that was chosen, where ``timezone`` is one."""
        zone = timezones.find(timezone)
        if zone is None:
            return self
        return replace(self, formats=replace(self.formats, zone=zone), zone_is_chosen=True)

    def with_clock(self, hours: str) -> Self:
        """With the clock that was chosen, where ``hours`` is one."""
        chosen = _hours(hours)
        if chosen is None:
            return self
        return replace(self, query={**self.query, CLOCK: hours}, formats=replace(self.formats, hours=chosen))

    @property
    def clocks(self) -> list[tuple[int, dict[str, str]]]:
        """The clocks to choose from: hours, and the query of this same page with them."""
        return [(hours, {**self.query, CLOCK: str(hours)}) for hours in CLOCKS]

    def belongs_to(self, organization_id: UUID) -> None:
        """Record whose page it is, as soon as that is known: its connection counts for that organization."""
        self.request.scope["state"][LEASE].belongs_to(organization_id)

    @property
    def now(self) -> datetime:
        """What the clock of the organization shows whose page it is; the real time until that is known."""
        return self.received_at + self.clock_ahead

    def on_clock(self, ahead: timedelta | None) -> Self:
        """With the clock of a sandbox, which is so far ahead of the real one; None: with the real one."""
        return self if ahead is None else replace(self, clock_ahead=ahead)

    def shown_again_query(self, **changes: str) -> dict[str, str]:
        """Without what the form holds itself, and without the list of zones unless that is what changes."""
        query = super().shown_again_query(**changes)
        return {key: value for key, value in query.items() if key not in PREFILL and (key != ZONES or key in changes)}

    @property
    def embed(self) -> Embed:
        """What the page around this one wishes for."""
        return Embed(self.query)

    def colors_path(self, accent: str) -> str:
        """With the colors that the page around this one wishes for."""
        look = self.embed.look(accent)
        return super().colors_path(accent) if look is None else f"/assets/look/{look.name}"

    def helpers(self) -> dict[str, object]:
        """The links of the visitor besides, and the page around this one."""
        return super().helpers() | {"trail": self.trail, "embed": self.embed}

    def seats(self, number: int) -> str:
        """How many invitees may still join."""
        return self.ngettext("%(num)d spot left", "%(num)d spots left", number)


ThisPage = NamedDependency[SkipValidation[VisitorPage]]
"""The page of the request; made by us, so not checked again."""


def provide_page(request: AnyRequest, state: State) -> VisitorPage:
    """The page of a request whose host is not known yet."""
    return VisitorPage.of(request, state.settings, now=state.clock())


def _hours(text: str) -> int | None:
    return next((hours for hours in CLOCKS if text == str(hours)), None)
