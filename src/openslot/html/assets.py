"""Styles, scripts and pictures of the pages; stylesheets of colors; the time zones; what other sites load."""

from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath
from litestar.response import Response
from litestar.static_files import create_static_files_router

from openslot.core.errors import NotFound
from openslot.html.colors import HEX, accent_stylesheet
from openslot.html.looks import Look, look_stylesheet
from openslot.html.templating import environment
from openslot.i18n import countries, languages, timezones
from openslot.i18n.languages import Language

FOLDER = Path(__file__).parent / "static"
EXTERNAL = Path(__file__).parent / "external"
"""What other sites load, at addresses that they know (design, section 2)."""
FOREVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Addresses carry a hash of the content, so a change is another address."""
A_DAY = CacheControlHeader(public=True, max_age=86_400)
"""For what a new version of ours, or of the zones, changes at the same address."""
AN_HOUR = CacheControlHeader(public=True, max_age=3600)
"""For what sites have to load again when a new version of ours comes."""
COUNTRIES = "/assets/countries/"
YEARS = range(2000, 2101)


_FOR_ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


def _for_anybody(response: Response[Any]) -> Response[Any]:
    """Let any site load the file: the embed script, and modules of a page whose frame's sandbox gives it no origin."""
    response.headers.update(_FOR_ANYBODY)
    return response


static_files = create_static_files_router(
    path="/assets", directories=[FOLDER], cache_control=FOREVER, after_request=_for_anybody, include_in_schema=False
)
external_files = create_static_files_router(
    path="/assets/external", directories=[EXTERNAL], cache_control=AN_HOUR, after_request=_for_anybody,
    include_in_schema=False, name="external",
)  # fmt: skip


@get("/assets/accent/{name:str}", include_in_schema=False, cache_control=FOREVER, media_type="text/css")
async def accent(name: FromPath[str]) -> Response[str]:
    """The accent of one color: ``/assets/accent/0069ff.css``. A stylesheet, since inline styles are refused.

    Raises:
        NotFound: the name is no color.
    """
    color = name.removesuffix(".css")
    if name == color or not HEX.fullmatch(color):
        raise NotFound("stylesheet")
    return Response(accent_stylesheet(color), media_type="text/css")


@get("/assets/look/{name:str}", include_in_schema=False, cache_control=FOREVER, media_type="text/css")
async def look(name: FromPath[str]) -> Response[str]:
    """The colors that a site wishes for: ``/assets/look/ffffff-auto-0069ff.css`` (background, text, accent).

    Raises:
        NotFound: the name is no look.
    """
    found = Look.named(name)
    if found is None:
        raise NotFound("stylesheet")
    return Response(look_stylesheet(found), media_type="text/css")


@get("/assets/timezones/{tag:str}/{day:str}", include_in_schema=False, cache_control=A_DAY, media_type="text/html")
async def time_zones(tag: FromPath[str], day: FromPath[str]) -> Response[str]:
    """The zones to choose from, as the options of a list: ``/assets/timezones/en-GB/2027-01-01.html``.

    At an address of its own, since it is larger than the page that it belongs to, and few visitors open it.

    Raises:
        NotFound: the address is not one that ``zones_path`` makes.
    """
    language = languages.find(tag)
    try:
        on = date.fromisoformat(day.removesuffix(".html"))
    except ValueError:
        on = None
    if language is None or on is None or on.year not in YEARS or zones_path(language, on) != zones_address(tag, day):
        raise NotFound("list of time zones")
    areas = timezones.options(language.locale, on=on)
    html = environment(language.code).get_template("zones.html").render(areas=areas, chosen="")
    return Response(html, media_type="text/html", headers=_FOR_ANYBODY)


@get("/assets/countries/{name:str}", include_in_schema=False, cache_control=A_DAY, media_type="text/html")
async def phone_countries(name: FromPath[str]) -> Response[str]:
    """The countries of telephone numbers, as the options of a list: ``/assets/countries/en-GB.html``.

    At an address of its own, since it is larger than the form that it belongs to, which can't be compressed.

    Raises:
        NotFound: the address is not one that ``countries_path`` makes.
    """
    language = languages.find(name.removesuffix(".html"))
    if language is None or countries_path(language) != f"{COUNTRIES}{name}":
        raise NotFound("list of countries")
    template = environment(language.code).get_template("countries.html")
    html = template.render(countries=countries.options(language.locale))
    return Response(html, media_type="text/html", headers=_FOR_ANYBODY)


def countries_path(language: Language) -> str:
    """Where the list of countries is, in a language."""
    return f"{COUNTRIES}{language.tag}.html"


def zones_path(language: Language, on: date) -> str:
    """Where the list of time zones is, in a language and with the offsets of a day."""
    return zones_address(language.tag, f"{on:%Y-%m-%d}.html")


def zones_address(tag: str, day: str) -> str:
    return f"/assets/timezones/{tag}/{day}"


@cache
def version(name: str) -> str:
    """A hash that changes when the content of an asset does."""
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
