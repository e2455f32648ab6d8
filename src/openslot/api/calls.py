"""One API call: the caller, one transaction, and what handlers need besides."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation
from msgspec import MsgspecError, Struct
from msgspec.json import decode

from openslot.api.decoding import read_body, refuse_unread_parameters
from openslot.api.idempotency import keyed_write
from openslot.api.limits import headers
from openslot.config import Settings
from openslot.core.errors import TooMany, Unauthenticated
from openslot.db.connection_shares import Address, Lease, Shares
from openslot.db.pool import COMMAND, Conn, set_statement_timeout
from openslot.edges import SAFE_METHODS, AnyRequest, transaction_of
from openslot.presenters.uris import Uris
from openslot.security.outbound import OutboundPolicy
from openslot.security.tokens import digest
from openslot.security.vault import Vault
from openslot.services import access, plans
from openslot.services.access import Principal
from openslot.services.idempotency import KeyedWrite
from openslot.services.quotas import TOO_MANY_CALLS, Rates
from openslot.telemetry import correlation

ID_LENGTH = 36
"""Characters of the id that a URI ends with."""
RATE = "openslot.rate"
"""The key of a request under which the headers are that show how many calls are left."""


class Call:
    """What a handler works with. ``conn`` is in a transaction that commits when the handler has returned.

    A plain class: Litestar would check a dataclass field by field at every request.
    """

    __slots__ = (
        "_lease", "conn", "keyed_write", "now", "outbound", "principal", "rates", "real_now", "settings", "uris",
        "vault",
    )  # fmt: skip

    def __init__(
        self, principal: Principal, lease: Lease, now: datetime, state: State, keyed_write: KeyedWrite | None = None
    ) -> None:
        self.principal = principal
        self.keyed_write = keyed_write
        self._lease = lease
        self.conn: Conn = lease.conn
        self.real_now = now
        self.now = principal.clock(now)
        """What the clock of the caller's organization shows; all rules go by it."""
        self.uris: Uris = state.uris
        self.settings: Settings = state.settings
        self.vault: Vault = state.vault
        self.rates: Rates = state.rates
        self.outbound: OutboundPolicy = state.outbound

    @property
    def organization_id(self) -> UUID:
        return self.principal.organization_id

    @property
    def user_id(self) -> UUID:
        return self.principal.user.id

    async def take_time(self) -> None:
        """Let what is done next last as long as for a command: it goes through all that an organization has."""
        self._lease.extend(COMMAND.statement)
        await set_statement_timeout(self.conn, COMMAND.statement)


ThisCall = NamedDependency[SkipValidation[Call]]
"""The call of the request; made by us, so not checked again."""


async def provide_call(request: AnyRequest) -> AsyncGenerator[Call, None]:
    """The call of this request; commits when the handler returns and rolls back when it raises.

    One generator for connection and caller: were they two, a refused caller would leave the connection behind.

    Raises:
        Unauthenticated: no valid token.
        Invalid: a malformed Idempotency-Key.
        TooMany: the user has made as many calls as may be.
        MissingScope: the token has none of the scopes of the route.
    """
    token = bearer_token(request.headers.get("authorization"))
    body = await read_body(request)  # before a connection is taken: a slow sender must not hold one
    write = keyed_write(request, body)
    state = request.app.state
    now = state.clock()
    shares: Shares = state.shares
    caller, is_reading = Address("token", digest(token)), request.method in SAFE_METHODS
    lane = None if is_reading else _lane(request, body)
    while True:
        async with shares.connection(caller, lane) as lease:
            principal = await access.authenticate(lease.conn, token, now=now)
            if not lease.belongs_to(principal.organization_id):
                continue  # a new token, whose organization has no free connection: wait again, in its own queue
            correlation.called_by(principal.user.id)
            _count(request, state, principal)
            await refuse_unread_parameters(request)
            if scopes := scopes_of(request.route_handler):
                principal.require_scope(*scopes)
            if least := request.route_handler.opt.get("plan"):
                plans.require(principal, least)
            call = Call(principal, lease, now, state, write)
            async with transaction_of(request.method, lease.conn):
                yield call
            return


def scopes_of(handler: BaseRouteHandler) -> tuple[str, ...]:
    """The scopes of which a token needs one to call a route: its option ``scope``, one or a tuple of alternatives.

    The option ``plan`` is the least plan of Calendly that has the route, which sandboxes may imitate; left out: all do.
    ``None`` is for a route that takes any token, or none. A scope that depends on the body is the service's to check.

    Raises:
        KeyError: the route declares none. It stays closed until it does.
    """
    scope: str | tuple[str, ...] | None = handler.opt["scope"]
    return (scope,) if isinstance(scope, str) else scope or ()


class _Named(Struct):
    """What a body may name."""

    event_type: str = ""


def _lane(request: AnyRequest, body: bytes) -> str:
    """What changes wait for together: the same event type where one is named, or else the same resource."""
    if body:
        with suppress(MsgspecError, UnicodeError, RecursionError):
            named = decode(body, type=_Named).event_type
            if named:
                return named[-ID_LENGTH:].lower()
    return request.scope["path"]


def _count(request: AnyRequest, state: State, principal: Principal) -> None:
    """Count a call; every answer shows how many are left. Source: behaviours, section 5.

    Raises:
        TooMany: the user has made as many as may be.
    """
    rates: Rates = state.rates
    operation = state.operation_limits.of(request.route_handler, request.method)
    taken = rates.count_call(principal.user.id, operation, now=state.clock())  # the call may have waited until now
    if taken is None:
        return
    cast(dict[str, Any], request.scope)[RATE] = headers(taken)
    if taken.wait_seconds:
        raise TooMany(TOO_MANY_CALLS, retry_after_seconds=taken.wait_seconds)


def bearer_token(header: str | None) -> str:
    """The token of an Authorization header.

    Raises:
        Unauthenticated: there is none.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()
