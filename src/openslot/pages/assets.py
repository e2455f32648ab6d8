"""Styles, scripts and pictures of the pages, and the accent of an event type as a stylesheet of its own."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from litestar import get
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath
from litestar.response import Response
from litestar.static_files import create_static_files_router

from openslot.core.errors import NotFound
from openslot.pages.colors import HEX, accent_stylesheet

FOLDER = Path(__file__).parent / "static"
FOREVER = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)
"""Addresses carry a hash of the content, so a change is another address."""

static_files = create_static_files_router(
    path="/assets", directories=[FOLDER], cache_control=FOREVER, include_in_schema=False
)


@get("/assets/accent/{name:str}", include_in_schema=False, cache_control=FOREVER, media_type="text/css")
async def accent(name: FromPath[str]) -> Response[str]:
    """The accent of one color: ``/assets/accent/0069ff.css``. A stylesheet, since inline styles are refused."""
    color = name.removesuffix(".css")
    if name == color or not HEX.fullmatch(color):
        raise NotFound("stylesheet")
    return Response(accent_stylesheet(color), media_type="text/css")


@cache
def version(name: str) -> str:
    """What changes when the content of an asset does."""
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
