"""The OAuth 2.1 server: the page on which a member allows an application something, and the calls of applications.

Source: behaviours, section 4; ADR 0040.
"""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.accounts.page import AccountPage
from openslot.accounts.sessions import account_provider
from openslot.html.posting import MAX_FORM, FormMiddleware
from openslot.oauth import authorize, metadata, registration, tokens

CALLS = frozenset({"/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/register"})
"""Paths that answer programs; ``/oauth/authorize`` is a page."""


def is_call(path: str) -> bool:
    """Whether a path is answered in JSON."""
    return path in CALLS or path.startswith("/.well-known/")


def make_router() -> Router:
    """Page and calls."""
    page = Router(
        "/",
        route_handlers=[authorize.show, authorize.decide],
        dependencies={"account": Provide(account_provider(AccountPage))},
        middleware=[DefineMiddleware(FormMiddleware)],
    )
    return Router(
        "/",
        route_handlers=[page, *tokens.HANDLERS, *registration.HANDLERS, *metadata.HANDLERS],
        request_max_body_size=MAX_FORM,
        include_in_schema=False,
    )
