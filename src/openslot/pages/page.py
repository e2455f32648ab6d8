"""One request as the pages see it: who reads it (language, time zone), where its links lead, how it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation
from litestar.response import Redirect, Response

from openslot import compression
from openslot.config import Settings
from openslot.core.queries import pairs
from openslot.db.pool import Conn
from openslot.i18n import languages, timezones
from openslot.i18n.formatting import CLOCKS, Formats
from openslot.i18n.languages import Language
from openslot.pages import assets
from openslot.pages.templating import environment
from openslot.pages.text import clean
from openslot.pages.trail import CLOCK, PREFILL, READERS, Trail
from openslot.presenters.uris import Uris
from openslot.security.form_tokens import FormTokens

AnyRequest = SkipValidation[Request[Any, Any, Any]]
DEFAULT_ACCENT = "#0069ff"
HTMX_CONFIG = '{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"]}'
READING = frozenset({"GET", "HEAD"})
HTML = "text/html"
NO_STORE = "private, no-store"
REVALIDATE = "private, no-cache"
IN_HISTORY = "private, max-age=0, no-transform"
"""Asked for again whenever it is opened, but for Back: there it is the page that was left, with its form's token.

That token is packed by nobody, on the way neither (ADR 0023).
"""
LEASE = "lease"
"""The key of the request's state under which its connection is."""
SENT_FORM = "form"
"""The same of the form that was sent: every value of every name."""
FORM_TOKEN = "_csrf_token"  # noqa: S105 -- the name of a field
"""The field of a form's token: besides what ADR 0022 says of it, no other site can send a form that it never read."""


@dataclass(frozen=True)
class Page:
    """What a handler needs to answer with HTML."""

    request: AnyRequest
    query: Mapping[str, str]
    """The address's query, cleaned; of repeated keys the first."""
    settings: Settings
    now: datetime
    language: Language
    formats: Formats
    zone_is_chosen: bool
    """By the visitor (or the browser), now or when booking; otherwise it is the host's."""
    zone_is_unknown: bool = False
    """Whether the address named a zone that there is not."""

    @classmethod
    def of(cls, request: AnyRequest, settings: Settings, *, now: datetime) -> "Page":
        """The page of any request, mistaken ones included; raises nothing."""
        query = {key: clean(value) for key, value in reversed(pairs(request.scope["query_string"], READERS))}
        language = _language(request, query)
        named = query.pop("timezone", "")
        asked = timezones.find(named)
        if asked is not None:  # spelled as the zones are, and links take along no other
            query["timezone"] = asked.key
        hours = _hours(query.pop(CLOCK, ""))
        if hours is not None:
            query[CLOCK] = str(hours)
        formats = Formats.of(language, asked or ZoneInfo("UTC"), hours=hours)
        known = asked is not None
        return cls(
            request, query, settings, now, language, formats,
            zone_is_chosen=known, zone_is_unknown=bool(named) and not known,
        )  # fmt: skip

    @property
    def uris(self) -> Uris:
        """Full addresses, for payloads and for the clipboard."""
        return Uris(pages=self.settings.base_url, api=self.settings.api_url)

    @property
    def trail(self) -> Trail:
        """Links to the other pages."""
        return Trail.of(urlsplit(self.settings.base_url).path, self.query)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return self.formats.zone

    def for_host(self, *, locale: str, timezone: str) -> "Page":
        """With the host's language and zone where the visitor has named none."""
        language = _language(self.request, self.query, locale)
        zone = self.zone if self.zone_is_chosen else timezones.find(timezone) or self.zone
        return replace(self, language=language, formats=Formats.of(language, zone, hours=self.formats.hours))

    def in_zone(self, timezone: str | None) -> "Page":
        """With the zone that was chosen, where ``timezone`` is one."""
        zone = timezones.find(timezone)
        if zone is None:
            return self
        return replace(self, formats=replace(self.formats, zone=zone), zone_is_chosen=True)

    def with_clock(self, hours: str) -> "Page":
        """With the clock that was chosen, where ``hours`` is one."""
        chosen = _hours(hours)
        if chosen is None:
            return self
        return replace(self, query={**self.query, CLOCK: hours}, formats=replace(self.formats, hours=chosen))

    @property
    def clocks(self) -> list[tuple[int, dict[str, str]]]:
        """The clocks to choose from: hours, and the query of this same page with them."""
        return [(hours, {**self.query, CLOCK: str(hours)}) for hours in CLOCKS]

    @property
    def form_tokens(self) -> FormTokens:
        """What signs the tokens of forms."""
        signing: FormTokens = self.request.app.state.form_tokens
        return signing

    def belongs_to(self, organization_id: UUID) -> None:
        """Note whose page it is, as soon as that is known: its connection is on that organization's account."""
        self.request.scope["state"][LEASE].belongs_to(organization_id)

    def new_form_token(self) -> str:
        """The token of a form that is shown now."""
        return self.form_tokens.new(self.now)

    def language_query(self, code: str, **more: str) -> dict[str, str]:
        """The query of this same page in another language."""
        return {**self.query, "lang": code, **more}

    def form_query(self, code: str) -> dict[str, str]:
        """The query to which this page's form is sent to be shown in another language, with what was typed."""
        return self.shown_again_query(lang=code)

    def shown_again_query(self, **more: str) -> dict[str, str]:
        """The query to which this page's form is sent to be shown again, with what was typed."""
        query = {**self.query, "show": "form", **more}
        return {key: value for key, value in query.items() if key not in PREFILL and (key != "zones" or key in more)}

    def gettext(self, message: str, **values: object) -> str:
        """``message`` in the visitor's language, with ``%(name)s`` filled in."""
        text = self.language.translations.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """``one`` or ``many`` by the language's plural rule."""
        return self.language.translations.ngettext(one, many, number) % {"num": number, **values}

    def seats(self, number: int) -> str:
        """How many invitees may still join."""
        return self.ngettext("%(num)d spot left", "%(num)d spots left", number)

    def render(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        status: int = 200,
        accent: str = DEFAULT_ACCENT,
        private: bool = False,
        is_form: bool = False,
    ) -> Response[bytes]:
        """Answer with a template. ``private`` pages show somebody's data and must be kept nowhere.

        ``is_form``: a form as it is before anything was typed, to which Back leads.
        """
        trail = self.trail
        helpers = {
            "page": self,
            "format": self.formats,
            "trail": trail,
            "asset": lambda name: f"{trail.prefix}/assets/{name}?v={assets.version(name)}",
            "accent_href": f"{trail.prefix}/assets/accent/{accent.removeprefix('#').lower()}.css",
            "zones_href": lambda on: f"{trail.prefix}{assets.zones_path(self.language, on)}",
            "languages": languages.offered(),
            "form_id": None,
            "form_token": self.new_form_token(),
            "resend": False,
            "htmx_config": HTMX_CONFIG,
            "private": private,
        }
        html = environment(self.language.code).get_template(template).render(helpers | dict(context))
        body = html.encode()
        headers = {
            "Cache-Control": IN_HISTORY if is_form else NO_STORE if private else REVALIDATE,
            "Content-Language": self.language.code,
            "Vary": "Accept-Language, Accept-Encoding",
        }
        # Packed here rather than on the way out, so that HEAD says what GET would.
        if not (private or is_form) and compression.is_worth_it(body) and self._accepts_gzip:
            body = compression.packed(body)
            headers["Content-Encoding"] = compression.CODING
        headers["Content-Length"] = str(len(body))
        sent = b"" if self.request.method == HttpMethod.HEAD else body
        return Response(sent, status_code=status, media_type=HTML, headers=headers)

    @property
    def _accepts_gzip(self) -> bool:
        return compression.is_accepted(self.request.headers.getall("accept-encoding", []))

    def redirect(self, address: str) -> Redirect:
        """After a form: another page, by GET."""
        return Redirect(address, status_code=303)


ThisPage = NamedDependency[SkipValidation[Page]]
"""The page of the request; made by us, so not checked again."""
ThisConn = NamedDependency[SkipValidation[Conn]]
"""The connection of the request."""


def read(path: str) -> HTTPRouteHandler:
    """The decorator of a page that only shows: by GET, and by HEAD, with which previews of links and monitors ask."""
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)


def provide_page(request: AnyRequest, state: State) -> Page:
    """The page of a request whose host is not known yet."""
    return Page.of(request, state.settings, now=state.clock())


def _hours(text: str) -> int | None:
    return next((hours for hours in CLOCKS if text == str(hours)), None)


def _language(request: AnyRequest, query: Mapping[str, str], *fallbacks: str) -> Language:
    return languages.choose(query.get("lang"), request.headers.get("accept-language", ""), *fallbacks)
