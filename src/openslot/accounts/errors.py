"""Errors of the pages for members: who is not signed in is asked to, and comes back afterwards."""

from litestar.response import Response

from openslot.accounts.page import AccountPage
from openslot.core.errors import Forbidden, Unauthenticated
from openslot.edges import SAFE_METHODS, AnyRequest, status_of
from openslot.html.errors import Trouble, error_page


def to_response(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer any error with a page in the member's language."""
    state = request.app.state
    page = AccountPage.of(request, state.settings, now=state.clock())
    if isinstance(error, Unauthenticated):
        return page.redirect(page.to("/app/sign-in", next=_next(page)))
    found = None
    if isinstance(error, Forbidden):
        found = Trouble(
            status_of(error),
            page.gettext("You can't do that here"),
            page.gettext("Nothing was changed. Open the page again, and check whether you are signed in as you meant."),
        )
    return error_page(page, error, found=found)


def _next(page: AccountPage) -> str:
    """Where to go after signing in: this page, or the account where something was sent to it."""
    request = page.request
    if request.method not in SAFE_METHODS:
        return page.to("/app/account")
    query = request.scope["query_string"].decode("latin-1")
    return f"{page.prefix}{request.scope['path']}" + (f"?{query}" if query else "")
