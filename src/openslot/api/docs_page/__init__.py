"""The calls of the API to look at and to try: ``/api/v2/docs``, with Swagger UI from files of ours (ADR 0046)."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from openslot.api import openapi
from openslot.compression import CODING, is_accepted
from openslot.core.errors import NotFound
from openslot.edges import AnyRequest
from openslot.html import assets
from openslot.html.templating import environment

PATH = "/docs"
FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Scripts and styles are files of the service, and calls go to the service: a token that is typed in stays there."""
SECURITY = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOREVER = "public, max-age=31536000, immutable"
"""Addresses carry a hash of the content, so a change is another address."""
PACKED = ".gz"


class Asset(NamedTuple):
    """A file that the page loads."""

    file: Path
    media_type: str

    @property
    def is_packed(self) -> bool:
        """Whether the file is kept as gzip: packing two megabytes on demand would hold up whoever else calls."""
        return self.file.suffix == PACKED


ASSETS = {
    "icon.svg": Asset(assets.FOLDER / "icon.svg", "image/svg+xml"),
    "page.css": Asset(FOLDER / "static" / "page.css", "text/css"),
    "page.js": Asset(FOLDER / "static" / "page.js", "text/javascript"),
    "swagger-ui.css": Asset(FOLDER / "static" / f"swagger-ui.css{PACKED}", "text/css"),
    "swagger-ui-bundle.js": Asset(FOLDER / "static" / f"swagger-ui-bundle.js{PACKED}", "text/javascript"),
    "swagger-ui.LICENSE.txt": Asset(FOLDER / "static" / "swagger-ui.LICENSE.txt", "text/plain"),
}


@get(PATH, include_in_schema=False, scope=None)
async def get_docs_page(request: AnyRequest) -> Response[str]:
    """The page; it needs no token. Its links are relative, so that it works at every address that leads here."""
    root = "../" if request.scope["raw_path"].endswith(b"/") else ""
    return Response(rendered(root), media_type="text/html", headers=SECURITY | openapi.HEADERS)


@get(f"{PATH}/{{name:str}}", include_in_schema=False, scope=None)
async def get_docs_asset(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A file of the page.

    Raises:
        NotFound: the page has no such file.
    """
    asset = ASSETS.get(name)
    if asset is None:
        raise NotFound("file")
    headers = SECURITY | {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if asset.is_packed and is_accepted(request.headers.getall("accept-encoding", [])):
        return Response(content(asset), media_type=asset.media_type, headers=headers | {"Content-Encoding": CODING})
    return Response(unpacked(asset), media_type=asset.media_type, headers=headers)


@cache
def rendered(root: str) -> str:
    """The page; ``root`` is the relative address of the API."""
    template = environment("en", FOLDER).get_template("docs_page.html")
    return template.render(root=root, asset=lambda name: f"{root}{PATH[1:]}/{name}?v={version(ASSETS[name])}")


@cache
def content(asset: Asset) -> bytes:
    """The file as it is kept."""
    return asset.file.read_bytes()


@cache
def unpacked(asset: Asset) -> bytes:
    """The file as callers read it."""
    return gzip.decompress(content(asset)) if asset.is_packed else content(asset)


@cache
def version(asset: Asset) -> str:
    """A hash that changes when the content does."""
    return sha256(content(asset)).hexdigest()[:12]


HANDLERS = [get_docs_page, get_docs_asset]
