"""The API described for generators of clients, and for developers who try calls. ``make openapi`` writes the file."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from openslot.api.conditional import NOT_MODIFIED, is_known
from openslot.config import Settings
from openslot.edges import AnyRequest

PATH = "/openapi.json"
FILE = Path(__file__).with_name("openapi.json")
HEADERS = {"Cache-Control": "public, max-age=300"}


class Document(NamedTuple):
    """The document as it is sent, and the ETag that changes when it does."""

    content: bytes
    tag: str


@get(PATH, include_in_schema=False, scope=None)
async def get_openapi(request: AnyRequest, state: State) -> Response[bytes] | Response[None]:
    """The document, with this service as its server; it needs no token."""
    document = made_for(*addresses(state.settings))
    headers = HEADERS | {"ETag": document.tag}
    if is_known(request.scope["headers"], document.tag.encode()):
        return Response(None, status_code=NOT_MODIFIED, headers=headers)
    return Response(document.content, media_type="application/json", headers=headers)


@cache
def made_for(*addresses: str) -> Document:
    """The document of a service that answers at these URLs."""
    document = msgspec.json.decode(FILE.read_bytes())
    document["servers"] = [{"url": address} for address in addresses]
    content = msgspec.json.encode(document)
    return Document(content, f'"{sha256(content).hexdigest()[:32]}"')


def addresses(settings: Settings) -> list[str]:
    """Where the API answers: below its path, and at the root of a host of its own where it has one."""
    if not settings.api_host:
        return [settings.api_url]
    public = urlsplit(settings.base_url)
    port = f":{public.port}" if public.port and ":" not in settings.api_host else ""
    return [settings.api_url, f"{public.scheme}://{settings.api_host}{port}"]
