"""Quotas of forms: each is counted by the address it comes from before it does anything.

Source: ADR 0030.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from openslot.core.errors import OpenSlotError
from openslot.db.holds import HoldQuotas
from openslot.db.pool import Conn
from openslot.edges import SAFE_METHODS
from openslot.pages.visitor import VisitorPage
from openslot.security.clients import Clients
from openslot.services.quotas import Rates, share_of_visitor


class QuotaMiddleware:
    """Count a form that was read, and before it has a connection to the database."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on.

        Raises:
            TooMany: as many came from this address as may.
        """
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            app = scope["litestar_app"]
            app.state.rates.count_form(app.state.clients.of(scope), now=app.state.clock())
        await self.app(scope, receive, send)


@asynccontextmanager
async def counted_booking(page: VisitorPage, conn: Conn, email: str) -> AsyncIterator[HoldQuotas]:
    """The transaction of a booking or a booking request, which counts unless it is refused; yields what may be held.

    Raises:
        TooMany: as many came from this address, or with this e-mail address, as may.
    """
    clients: Clients = page.request.app.state.clients
    rates: Rates = page.request.app.state.rates
    client = clients.of(page.request.scope)
    rates.count_booking(client, email, now=page.received_at)
    try:
        async with conn.transaction():
            yield share_of_visitor(clients.digest(client), page.settings)
    except OpenSlotError:
        rates.forget_booking(client, email, now=page.received_at)
        raise
