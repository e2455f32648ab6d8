"""Every route declares the scopes that a token needs, and they are those that clients know."""

import re
from collections.abc import Iterator
from inspect import getmembers, isclass

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from openslot import api
from openslot.api import docs_page, openapi
from openslot.api.calls import scopes_of
from openslot.client import Operation, extensions, operations
from openslot.core.scopes import SCOPES

VARIABLE = re.compile(r"\{[^}]*\}")
WITHOUT_TOKEN = {f"GET {api.PATH}{path}" for path in (openapi.PATH, docs_page.PATH, f"{docs_page.PATH}/{{}}")}


def routes() -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every route of the API by method and path, whose variables are written ``{}``."""
    for route in Litestar(route_handlers=[api.make_router()], openapi_config=None).routes:
        if isinstance(route, HTTPRoute):
            path = VARIABLE.sub("{}", route.path)
            for handler in route.route_handlers:
                yield from ((f"{method} {path}", handler) for method in handler.http_methods if method != "OPTIONS")


def declared_by_clients() -> dict[str, set[str]]:
    """The scopes of every operation that a client can call, by method and path."""
    found = [
        one
        for module in (operations, extensions)
        for _, one in getmembers(module, isclass)
        if issubclass(one, Operation) and hasattr(one, "path") and hasattr(one, "scopes")
    ]
    return {f"{one.method} {api.PATH}{VARIABLE.sub('{}', one.path)}": set(one.scopes) for one in found}


def test_every_route_declares_its_scopes() -> None:
    assert [name for name, handler in routes() if "scope" not in handler.opt] == []


def test_only_the_document_and_its_page_need_no_token() -> None:
    assert {name for name, handler in routes() if scopes_of(handler) == ()} == WITHOUT_TOKEN


def test_every_declared_scope_is_one() -> None:
    assert {scope for _, handler in routes() for scope in scopes_of(handler)} <= set(SCOPES)


def test_routes_need_the_scopes_that_clients_name() -> None:
    needed = {name: set(scopes_of(handler)) for name, handler in routes() if name not in WITHOUT_TOKEN}
    known = declared_by_clients()

    assert known.keys() <= needed.keys()
    assert {name: needed[name] for name in known} == known
    # the connector's definition names a second path for one operation
    assert needed.keys() - known.keys() == {f"POST {api.PATH}/webhook_subscriptions/routing_form_submission"}


def test_a_route_that_declares_no_scope_stays_closed() -> None:
    with pytest.raises(KeyError):
        scopes_of(HTTPRouteHandler("/", http_method="GET"))
