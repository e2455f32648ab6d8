"""Accounts of members in a browser: invitations, signing in and out, sessions, passwords, what applications may do.

Every page of members stands on it: ``sessions.ThisAccount`` is the member of a request, with form tokens that no other
session has. Source: design, section 8.
"""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from openslot.accounts import account, invitations, passwords, setting_up, sign_in, sign_in_links
from openslot.accounts.page import AccountPage
from openslot.accounts.sessions import account_provider
from openslot.html.headers import POLICY, USUAL
from openslot.html.posting import MAX_FORM, FormMiddleware

PATH = "/app"

ROUTES = [
    setting_up.show,
    setting_up.set_up,
    sign_in.show,
    sign_in.sign_in,
    sign_in.sign_out,
    sign_in_links.show_form,
    sign_in_links.request_link,
    sign_in_links.show,
    sign_in_links.sign_in,
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
        dependencies={"account": Provide(account_provider(AccountPage))},
        middleware=[DefineMiddleware(FormMiddleware)],
        request_max_body_size=MAX_FORM,
        include_in_schema=False,
        opt={POLICY: USUAL},
    )
