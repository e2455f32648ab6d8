"""The composition root of the web process: settings, pool and handlers become one ASGI application."""

import gc
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.status_codes import HTTP_414_REQUEST_URI_TOO_LONG
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from openslot import accounts, api, config, console, methods, oauth, pages
from openslot.accounts import errors as account_errors
from openslot.api import calls, cors, probes
from openslot.api import errors as api_errors
from openslot.api.limits import OperationLimits
from openslot.compression import compressing
from openslot.config import Settings
from openslot.core.errors import NotFound, Unauthenticated
from openslot.db.connection_shares import Shares
from openslot.db.data_directory import DataDirectoryError, open_regular_file
from openslot.db.pool import PROBE, Timeouts, make_pool
from openslot.html.headers import add_security_headers
from openslot.oauth import errors as oauth_errors
from openslot.oauth.metadata import RESOURCE_METADATA
from openslot.pages import errors as page_errors
from openslot.parent import end_with_forker
from openslot.presenters.uris import PICTURES, Uris
from openslot.receiving import Intake, receiving
from openslot.security.access_jwts import AccessJwts
from openslot.security.clients import Clients
from openslot.security.form_tokens import FormTokens
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault, secret_key
from openslot.services import zone_data
from openslot.services.monitoring import WriteProbe
from openslot.services.quotas import Rates
from openslot.shared_counts import SharedCounts
from openslot.sockets import set_send_timeout
from openslot.telemetry import logs
from openslot.telemetry.requests import RequestTally, observing

log = logging.getLogger(__name__)

IDLE_SECONDS = 15
"""No request idles within its transaction; one that does nothing for so long is of a process that hangs."""
MAX_SECONDS = 60
"""How long a request may have a connection where the server bounds its statements."""
PROBES = 2
"""Connections for health checks and metrics, which must get an answer when bookings don't."""


def create_app(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    rates: Callable[[Settings, str], Rates] | None = None,
) -> ASGIApp:
    """The application for one web process; ``clock`` replaces the time (UTC) in tests.

    ``rates``, given the secret key, counts what is limited; None: this process alone, in its memory.
    """
    settings = config.load() if settings is None else settings
    zone_data.use_packaged()
    key = secret_key(settings.secret_key, settings.data_dir)
    statement_seconds = settings.database_statement_seconds
    pool = make_pool(
        settings.database_url,
        size=settings.database_pool,
        timeouts=Timeouts(settings.database_lock_seconds, statement_seconds, IDLE_SECONDS),
        patience_seconds=settings.database_wait_seconds,
    )
    probing = make_pool(settings.database_url, size=PROBES, timeouts=PROBE, least=0)
    shares = Shares(
        pool,
        settings.database_pool,
        patience_seconds=settings.database_wait_seconds,
        longest_seconds=2 * statement_seconds or MAX_SECONDS,
    )
    requests = RequestTally()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with pool, probing:
            yield

    app = Litestar(
        route_handlers=[
            *probes.HANDLERS,
            api.make_router(),
            accounts.make_router(),
            console.make_router(),
            oauth.make_router(),
            pages.make_router(),
        ],
        lifespan=[lifespan],
        before_send=[add_headers],
        state=State({
            "settings": settings,
            "pool": pool,
            "probing": probing,
            "shares": shares,
            "uris": Uris(settings.base_url, settings.api_url),
            "vault": Vault(key),
            "rates": Rates(settings) if rates is None else rates(settings, key),
            "operation_limits": OperationLimits(settings.operation_limits, api.ROUTES),
            "clients": Clients(settings.trusted_proxies, key),
            "form_tokens": FormTokens(key),
            "access_jwts": AccessJwts(key, settings.base_url, settings.api_url),
            "outbound": OutboundPolicy(settings.outbound_allow),
            "requests": requests,
            "resource_metadata": f"{settings.base_url}{RESOURCE_METADATA}",
            "write_probe": WriteProbe(),
            "clock": clock or (lambda: datetime.now(UTC)),
        }),
        exception_handlers={Exception: answer_error},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )  # fmt: skip
    # Around the router, since errors have their correlation id as well, unknown paths included.
    packing = compressing(
        _with_short_addresses(methods.answering_head(app, app.asgi_handler)), is_excluded=probes.is_probe
    )
    observed = observing(packing, requests, is_quiet=is_quiet)
    observed = cors.answering_preflights(observed, is_open_to_pages)
    received = receiving(observed, Intake(settings.body_timeout_seconds))
    prefix = urlsplit(settings.base_url).path
    app.asgi_handler = _below(received, prefix) if prefix else received
    return _with_api_host(app, settings.api_host) if settings.api_host else app


OBJECTS_PER_COLLECTION = 10_000
"""A month of times alone makes hundreds of objects; by default Python looks for garbage cycles every 700."""


def web_process() -> ASGIApp:
    """The application of a process that does nothing else; the collector leaves alone what lives as long as it does.

    Without that, one answer in a hundred waits twice as long, for a walk through every module (docs/performance.md).
    """
    end_with_forker()
    settings = config.load()
    logs.configure(settings)
    app = create_app(settings, rates=shared_rates)
    set_send_timeout(settings.port, settings.body_timeout_seconds)
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_PER_COLLECTION, 20, 20)
    return app


COUNTS = ("member-calls.counts", "visitor-calls.counts")
"""Files in the data directory."""


def shared_rates(settings: Settings, key: str) -> Rates:
    """Limits that all web processes with one data directory and one public address keep together (ADR 0036)."""
    opened: list[SharedCounts] = []
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        for name in COUNTS:
            file = open_regular_file(settings.data_dir / name, os.O_RDWR | os.O_CREAT)
            opened.append(SharedCounts(file, f"{key} {settings.base_url}"))
    except (OSError, DataDirectoryError) as exc:
        log.warning("each web process counts rate limits for itself: %s", exc)
        return Rates(settings)
    return Rates(settings, *opened)


def answer_error(request: Request[Any, Any, State], error: Exception) -> Response[Any]:
    """Errors of the API and of OAuth as JSON, all others as pages."""
    path = request.scope["path"]
    if oauth.is_call(path):
        return oauth_errors.to_response(request, error)
    if is_for_programs(path):
        if isinstance(error, MethodNotAllowedException) and api.hides_methods(path, request.method):
            error = NotFound("method")
        answer = api_errors.to_response(error)
        if isinstance(error, Unauthenticated):
            answer.headers["WWW-Authenticate"] = f'Bearer resource_metadata="{request.app.state.resource_metadata}"'
        return answer
    if path == accounts.PATH or path.startswith(MEMBERS):
        return account_errors.to_response(request, error)
    return page_errors.to_response(request, error)


async def add_headers(message: Message, scope: Scope) -> None:
    """Add the headers that every answer of a kind has; one hook, since the framework calls each for every message."""
    if message["type"] != "http.response.start":
        return
    methods.add_allow(message, scope)
    path = scope["path"]
    if is_for_programs(path):
        if not probes.is_probe(path):
            cors.add_headers(message, scope)
        left = cast(dict[str, Any], scope).get(calls.RATE)
        if left is not None:  # how many calls are left, where they are counted (behaviours, section 5)
            message["headers"] = [*message["headers"], *left]
    else:
        add_security_headers(message, scope)


def is_for_programs(path: str) -> bool:
    """Whether a path is the API's, OAuth's or a probe's; all others are pages."""
    return path == api.PATH or path.startswith(api.PATH + "/") or probes.is_probe(path) or oauth.is_call(path)


def is_open_to_pages(path: str) -> bool:
    """Whether scripts of other sites may call a path: the API, and what an application needs to get a token."""
    return path.startswith(api.PATH + "/") or oauth.is_call(path)


def is_quiet(path: str) -> bool:
    """Whether requests are too many to be logged: those of probes, and of what pages load besides."""
    return probes.is_probe(path) or path.startswith(("/assets/", PICTURES))


MEMBERS = (accounts.PATH + "/", "/oauth/")
"""What the paths of pages for members begin with."""

MAX_ADDRESS_LENGTH = 16 * 1024
"""Bytes of a page's path and query. Every link of the page repeats what the query fills in beforehand."""


def _with_short_addresses(app: ASGIApp) -> ASGIApp:
    """Refuse longer addresses of pages before they are read; the API reads one once it knows the caller."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != ScopeType.HTTP
            or len(scope["query_string"]) + len(scope["path"]) <= MAX_ADDRESS_LENGTH
            or is_for_programs(scope["path"])
        ):
            await app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_security_headers(message, scope)
            await send(message)

        scope["query_string"] = b""
        request: Request[Any, Any, State] = Request(scope)
        response = page_errors.to_response(request, HTTPException(status_code=HTTP_414_REQUEST_URI_TOO_LONG))
        await response.to_asgi_response(app=None, request=request)(scope, receive, answer)

    return bounded


def _below(app: ASGIApp, prefix: str) -> ASGIApp:
    """Serve everything below the path of the public URL as well, for proxies that do not take it off."""

    async def below(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["path"].startswith(prefix + "/"):
            scope["path"] = scope["path"].removeprefix(prefix)
            scope["raw_path"] = scope.get("raw_path", b"").removeprefix(prefix.encode())
        await app(scope, receive, send)

    return below


def _with_api_host(app: ASGIApp, api_host: str) -> ASGIApp:
    """Serve the API at the root of ``api_host`` as well, as api.calendly.com does."""
    wanted = api_host.lower().encode()

    async def rooted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            host = next((value for name, value in scope["headers"] if name == b"host"), b"")
            at_root = not scope["path"].startswith(api.PATH) and not probes.is_probe(scope["path"])
            if at_root and host.lower().partition(b":")[0] == wanted.partition(b":")[0]:
                scope["path"] = api.PATH + scope["path"]
                scope["raw_path"] = api.PATH.encode() + scope.get("raw_path", b"")
        await app(scope, receive, send)

    return rooted
