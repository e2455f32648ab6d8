"""One request as its page sees it: the reader's language, how the page is rendered, the token of its form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from litestar import route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Response

from openslot import compression
from openslot.config import Settings
from openslot.core.queries import Reader, pairs
from openslot.edges import AnyRequest
from openslot.html import assets
from openslot.html.templating import environment
from openslot.html.text import clean
from openslot.i18n import languages
from openslot.i18n.formatting import Formats
from openslot.i18n.languages import Language
from openslot.security.form_tokens import FormTokens

DEFAULT_ACCENT = "#0069ff"
HTMX_CONFIG = '{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"]}'
HTML = "text/html"
NO_STORE = "private, no-store"
REVALIDATE = "private, no-cache"
IN_HISTORY = "private, max-age=0, no-transform"
"""Requested again whenever it is opened, except by Back: that shows the page as it was left, with its form's token.

Nothing on the way may compress it either, since it holds that token (ADR 0023).
"""
SHOW, FORM = "show", "form"
"""The query key and value of an address to which a form is sent only to be shown again, in another language, say."""
FORM_TOKEN = "_csrf_token"  # noqa: S105 -- the name of a field
"""The field of a form's token (ADR 0022). Another site can't read the form, so it can't send one with a token."""


@dataclass(frozen=True)
class Page:
    """What a handler needs to answer with HTML. Each kind of pages has a subclass, with its own templates."""

    request: AnyRequest
    query: Mapping[str, str]
    """The address's query, cleaned; of repeated keys the first."""
    settings: Settings
    received_at: datetime
    """The real time of the request."""
    language: Language
    formats: Formats

    folders: ClassVar[tuple[Path, ...]] = ()
    """The templates of this kind of pages, which come before the shared ones."""
    readers: ClassVar[Mapping[str, Reader]] = {}
    """How values of the query are read where a plus sign is not always a blank, by key."""

    @classmethod
    def of(cls, request: AnyRequest, settings: Settings, *, now: datetime) -> Self:
        """The page of any request, mistaken ones included; raises nothing."""
        query = {key: clean(value) for key, value in reversed(pairs(request.scope["query_string"], cls.readers))}
        language = _language(request, query)
        return cls(request, query, settings, now, language, Formats.of(language, ZoneInfo("UTC")))

    @property
    def prefix(self) -> str:
        """What the paths of all links begin with: that of ``PUBLIC_URL``, mostly empty."""
        return urlsplit(self.settings.base_url).path

    def in_language(self, *fallbacks: str) -> Self:
        """In the first language of ``fallbacks`` that there is, where the reader has named none."""
        language = _language(self.request, self.query, *fallbacks)
        formats = Formats.of(language, self.formats.zone, hours=self.formats.hours)
        return replace(self, language=language, formats=formats)

    @property
    def country(self) -> str:
        """The code of the country (``IT``) in which the reader most likely is; empty where nothing speaks for one."""
        return self.language.region.territory or ""

    @property
    def form_tokens(self) -> FormTokens:
        """What signs the tokens of forms."""
        signing: FormTokens = self.request.app.state.form_tokens
        return signing

    def new_form_token(self) -> str:
        """The token of a form that is shown now."""
        return self.form_tokens.new(self.received_at)

    def language_query(self, code: str) -> dict[str, str]:
        """The query of this same page in another language."""
        return {**self.query, "lang": code}

    def shown_again_query(self, **changes: str) -> dict[str, str]:
        """The query to which this page's form is sent to be shown again, with what was typed."""
        return {**self.query, SHOW: FORM, **changes}

    def gettext(self, message: str, **values: object) -> str:
        """``message`` in the reader's language, with ``%(name)s`` filled in."""
        text = self.language.translations.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """``one`` or ``many`` by the language's plural rule."""
        return self.language.translations.ngettext(one, many, number) % {"num": number, **values}

    def helpers(self) -> dict[str, object]:
        """What every template may use; a subclass adds its own."""
        return {
            "page": self,
            "format": self.formats,
            "asset": lambda name: f"{self.prefix}/assets/{name}?v={assets.version(name)}",
            "zones_href": lambda on: f"{self.prefix}{assets.zones_path(self.language, on)}",
            "languages": languages.offered(),
            "form_id": None,
            "form_token": self.new_form_token(),
            "resend": False,
            "htmx_config": HTMX_CONFIG,
            "embed": None,
            "message": None,
        }

    def colors_path(self, accent: str) -> str:
        """Where the stylesheet with the page's colors is; ``accent`` is ``#`` and six hex digits."""
        return f"/assets/accent/{accent.removeprefix('#').lower()}.css"

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

        ``is_form``: a form before anything was typed, to which Back may lead.
        """
        helpers = self.helpers() | {
            "accent_href": f"{self.prefix}{self.colors_path(accent)}",
            "private": private,
        }
        html = environment(self.language.code, *self.folders).get_template(template).render(helpers | dict(context))
        body = html.encode()
        headers = {
            "Cache-Control": IN_HISTORY if is_form else NO_STORE if private else REVALIDATE,
            "Content-Language": self.language.code,
            "Vary": "Accept-Language, Accept-Encoding",
        }
        # Compressed here rather than on the way out, so that HEAD has the headers of GET.
        if not (private or is_form) and compression.is_worth_it(body) and self._accepts_gzip:
            body = compression.compressed(body)
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


def read(path: str, **options: Any) -> HTTPRouteHandler:
    """The decorator of a page that only shows: by GET, and by HEAD, which previews of links and monitors use."""
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False, **options)


def _language(request: AnyRequest, query: Mapping[str, str], *fallbacks: str) -> Language:
    return languages.choose(query.get("lang"), request.headers.get("accept-language", ""), *fallbacks)
