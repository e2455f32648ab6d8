"""Forms are counted by where they come from before they do anything; and what was typed in one that is refused is kept.

Source: ADR 0030.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, cast
from urllib.parse import quote, urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from openslot.core.errors import OpenSlotError
from openslot.db.holds import Share
from openslot.db.pool import Conn
from openslot.pages.page import READING, AnyRequest, Page
from openslot.security.clients import Clients
from openslot.services.quotas import Rates, share_of_visitor

MOST_FIELDS = 200
LONGEST = 200_000
"""Characters, all fields together: answers of 10,000 to ten questions, and as much again."""
_KEPT = "openslot.form"
"""Under which a request keeps what its form holds."""


class QuotaMiddleware:
    """Count a form that was read, and before it has a connection to the database."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on.

        Raises:
            TooMany: as many came from this address as may.
        """
        if scope["type"] == ScopeType.HTTP and scope["method"] not in READING:
            app = scope["litestar_app"]
            form = await app.request_class(scope=scope, receive=receive).form()
            cast(dict[str, Any], scope)[_KEPT] = form
            app.state.rates.count_form(app.state.clients.of(scope), now=app.state.clock())
        await self.app(scope, receive, send)


def kept(request: AnyRequest) -> dict[str, object] | None:
    """What a form held and where it was sent, so that it can be sent once more.

    None: no form was, or one that is larger than any of ours, since who is refused is to cost little.
    """
    form = cast(dict[str, Any], request.scope).get(_KEPT)
    if form is None:
        return None
    items = list(islice(form.multi_items(), MOST_FIELDS + 1))
    held = [(name, value) for name, value in items if isinstance(value, str)]
    if not held or len(items) > MOST_FIELDS or sum(len(name) + len(value) for name, value in held) > LONGEST:
        return None
    address = urlsplit(request.app.state.settings.base_url).path + quote(request.scope["path"], safe="/:@")
    if query := request.scope["query_string"].decode("latin-1"):
        address += f"?{query}"
    return {"action": address, "fields": held}


@asynccontextmanager
async def counted_booking(page: Page, conn: Conn, email: str) -> AsyncIterator[Share]:
    """A transaction in which somebody books, or asks for it; counted unless it is refused. What may be held at a time.

    Raises:
        TooMany: as many came from this address, or with this e-mail address, as may.
    """
    clients: Clients = page.request.app.state.clients
    rates: Rates = page.request.app.state.rates
    client = clients.of(page.request.scope)
    rates.count_booking(client, email, now=page.now)
    try:
        async with conn.transaction():
            yield share_of_visitor(clients.digest(client), page.settings)
    except OpenSlotError:
        rates.forget_booking(client, email, now=page.now)
        raise
