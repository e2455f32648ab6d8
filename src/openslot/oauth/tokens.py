"""POST /oauth/token, /oauth/introspect and /oauth/revoke."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from litestar import Response, post
from litestar.datastructures import State

from openslot.core.oauth import IssuedTokens
from openslot.db.connection_shares import Shares
from openslot.db.oauth_applications import OAuthApplication
from openslot.db.pool import Conn
from openslot.edges import AnyRequest
from openslot.oauth.parameters import ClientCall, client_call
from openslot.oauth.replies import reply
from openslot.oauth.resources import resources_of
from openslot.presenters import oauth as present
from openslot.services.oauth import applications, grants
from openslot.services.oauth import tokens as issuing
from openslot.services.oauth.errors import OAuthError, invalid_request, servers_of
from openslot.services.oauth.tokens import Replayed
from openslot.wire.oauth import DeadToken


class Client(NamedTuple):
    """An application that has proven who it is, in a transaction."""

    conn: Conn
    application: OAuthApplication
    call: ClientCall


@post("/oauth/token", status_code=200)
async def token(request: AnyRequest, state: State) -> Response[bytes]:
    """Tokens for a code, or for a refresh token."""
    try:
        async with _client(request, state) as client:
            issued = await _issued(client, state)
            state.rates.count_oauth_token(issued.user_id, now=state.clock())  # refused, nothing was exchanged
    except Replayed as replayed:
        async with _connection(state) as conn:
            await grants.end(conn, replayed.grant.organization_id, replayed.grant.id, now=state.clock())
        raise replayed.error from replayed
    return reply(present.token_answer(issued, state.uris))


@post("/oauth/introspect", status_code=200)
async def introspect(request: AnyRequest, state: State) -> Response[bytes]:
    """What a token stands for."""
    async with _client(request, state) as client:
        facts = await issuing.introspect(
            client.conn, client.application, client.call.required("token"), now=state.clock()
        )
    return reply(DeadToken() if facts is None else present.active_token(facts, state.uris))


@post("/oauth/revoke", status_code=200)
async def revoke(request: AnyRequest, state: State) -> Response[bytes]:
    """End a token."""
    async with _client(request, state) as client:
        await issuing.revoke(client.conn, client.application, client.call.required("token"), now=state.clock())
    return reply({})


async def _issued(client: Client, state: State) -> IssuedTokens:
    call, now = client.call, state.clock()
    servers = servers_of(resources_of(state.settings), call.values.get("resource", ""))
    match call.required("grant_type"):
        case "authorization_code":
            return await issuing.exchange_code(
                client.conn,
                client.application,
                code=call.required("code"),
                redirect_uri=call.values.get("redirect_uri") or None,
                verifier=call.values.get("code_verifier") or None,
                jwts=state.access_jwts,
                now=now,
                servers=servers,
            )
        case "refresh_token":
            return await issuing.refresh(
                client.conn,
                client.application,
                refresh_token=call.required("refresh_token"),
                scope=call.values.get("scope", ""),
                jwts=state.access_jwts,
                now=now,
                servers=servers,
            )
        case _:
            raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")


@asynccontextmanager
async def _client(request: AnyRequest, state: State) -> AsyncIterator[Client]:
    """The application behind a call, in one transaction.

    Raises:
        OAuthError: it has not proven who it is, or the call can't be read. TooMany: too many calls came from there.
    """
    call = await client_call(request)
    state.rates.token_requests.count(state.clients.of(request.scope), call.client_id, now=state.clock())
    if any("\x00" in value for value in (call.client_id, *call.values.values())):
        raise invalid_request("A parameter holds a character that can't be stored.")
    async with _connection(state) as conn:
        yield Client(conn, await applications.authenticate(conn, call.client_id, call.client_secret), call)


@asynccontextmanager
async def _connection(state: State) -> AsyncIterator[Conn]:
    """A connection in a transaction. All clients share what an address that belongs to nobody may have of the pool."""
    shares: Shares = state.shares
    async with shares.connection(None, "oauth") as lease, lease.conn.transaction():
        yield lease.conn


HANDLERS = [token, introspect, revoke]
