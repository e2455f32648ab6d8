"""Metadata below /.well-known: what clients read before anything else."""

from typing import Any

from litestar import Response, get
from litestar.datastructures import State
from litestar.response import Response as AnyResponse

from openslot.oauth.replies import JSON
from openslot.presenters import oauth as present
from openslot.wire import codec

RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
AN_HOUR = "public, max-age=3600"


@get(["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"])
async def server(state: State) -> Response[bytes]:
    """The authorization server (RFC 8414); some clients look under the other name alone."""
    registers = state.settings.oauth_registration == "open"
    return _reply(present.server_metadata(state.uris, registers=registers))


@get([RESOURCE_METADATA, f"{RESOURCE_METADATA}/api/v2"])
async def resource(state: State) -> Response[bytes]:
    """The API as a resource (RFC 9728)."""
    return _reply(present.resource_metadata(state.uris))


@get("/.well-known/jwks.json")
async def keys(state: State) -> Response[bytes]:
    """The keys by which others can check access tokens."""
    return _reply(present.public_keys(state.access_jwts.public_keys()))


def _reply(body: Any) -> AnyResponse[bytes]:
    return Response(codec.encode(body), headers={"Cache-Control": AN_HOUR}, media_type=JSON)


HANDLERS = [server, resource, keys]
