"""Styles, scripts and pictures of the pages; the accent of an event type as a stylesheet of its own; the time zones."""

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
from openslot.html.templating import environment
from openslot.i18n import languages, timezones
from openslot.i18n.languages import Language

FOLDER = Path(__file__).parent / "static"
FOREVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Addresses carry a hash of the content, so a change is another address."""
A_DAY = CacheControlHeader(public=True, max_age=86_400)
"""For what a new version of ours, or of the zones, changes at the same address."""
YEARS = range(2000, 2101)


def _varying(response: Response[Any]) -> Response[Any]:
    """Declare that the answer depends on the encodings that are accepted."""
    response.headers["Vary"] = "Accept-Encoding"
    return response


static_files = create_static_files_router(
    path="/assets", directories=[FOLDER], cache_control=FOREVER, after_request=_varying, include_in_schema=False
)


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
    return Response(html, media_type="text/html", headers={"Vary": "Accept-Encoding"})


def zones_path(language: Language, on: date) -> str:
    """Where the list of time zones is, in a language and with the offsets of a day."""
    return zones_address(str(language.locale).replace("_", "-"), f"{on:%Y-%m-%d}.html")


def zones_address(tag: str, day: str) -> str:
    return f"/assets/timezones/{tag}/{day}"


@cache
def version(name: str) -> str:
    """A hash that changes when the content of an asset does."""
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
