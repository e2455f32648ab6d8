"""Accounts of members in a browser: invitations, signing in and out, sessions, passwords, what applications may do.

Every page of members stands on it: ``sessions.ThisAccount`` is the member of a request, with form tokens that no other
session has. Source: design, section 8.
"""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.accounts import account, invitations, passwords, sign_in
from openslot.accounts.sessions import provide_account
from openslot.html.headers import POLICY, USUAL
from openslot.html.posting import MAX_FORM, FormMiddleware

PATH = "/app"

ROUTES = [
    sign_in.show,
    sign_in.sign_in,
    sign_in.sign_out,
    account.show,
    account.disconnect,
    passwords.show,
    passwords.change,
    invitations.show,
    invitations.accept,
    invitations.decline,
]


def make_router() -> Router:
    """The pages of accounts."""
    return Router(
        "/",
        route_handlers=ROUTES,
        dependencies={"account": Provide(provide_account)},
        middleware=[DefineMiddleware(FormMiddleware)],
        request_max_body_size=MAX_FORM,
        include_in_schema=False,
        opt={POLICY: USUAL},
    )
