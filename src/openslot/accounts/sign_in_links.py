"""Signing in by a link: the page on which one is requested, and the page to which it leads.

The page of a link signs nobody in by being opened, which mail programs do: its button does.
"""

from contextlib import AbstractAsyncContextManager

from litestar import post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.origins import require_own_origin
from openslot.accounts.page import AccountPage
from openslot.accounts.secret_links import connection
from openslot.accounts.sessions import session_cookie, session_secret
from openslot.core.contacts import email_address
from openslot.core.errors import NotFound
from openslot.db import addresses
from openslot.db.connection_shares import Shares
from openslot.db.pool import Conn
from openslot.edges import AnyRequest
from openslot.html.errors import Trouble, error_page
from openslot.html.fields import Field, filled, first, problems
from openslot.html.page import read
from openslot.services import sessions, sign_in_links
from openslot.wire.characters import address_key

NOT_THERE = 404


@read("/app/sign-in/link")
async def show_form(request: AnyRequest, state: State) -> Response[bytes]:
    """The form that requests a link."""
    return _form(AccountPage.of(request, state.settings, now=state.clock()))


@post("/app/sign-in/link", include_in_schema=False)
async def request_link(request: AnyRequest, state: State) -> Response[bytes]:
    """Mail a link to a member. The answer is the same for everybody, so that nobody learns who is one.

    Raises:
        Forbidden: another site sent the form. TooMany: too many were requested from this network address.
    """
    page = AccountPage.of(request, state.settings, now=state.clock())
    require_own_origin(request, page.settings.base_url)
    typed = first(filled(request), "email")
    email = email_address(typed)
    if email is None:
        return _form(page, typed, is_wrong=True)
    state.rates.sign_ins.count(state.clients.of(request.scope), address_key(email), now=page.received_at)
    shares: Shares = state.shares
    async with shares.connection(None, "sign-in") as lease, lease.conn.transaction():
        await sign_in_links.mail(lease.conn, email, uris=page.uris, now=page.received_at)
    return page.render("sign_in_link_sent.html", {"email": email, "sign_in": page.to("/app/sign-in")}, private=True)


@read("/app/sign-in-links/{secret:str}")
async def show(request: AnyRequest, state: State, secret: FromPath[str]) -> Response[bytes]:
    """Whom the link signs in."""
    page = AccountPage.of(request, state.settings, now=state.clock())
    try:
        async with _connection(state, secret, reads=True) as conn:
            owner = await sign_in_links.find(conn, secret, now=page.received_at)
    except NotFound as error:
        return _unknown(page, error)
    page = page.in_language(owner.locale)
    context = {"owner": owner, "action": page.to(f"/app/sign-in-links/{secret}")}
    return page.render("sign_in_link.html", context, private=True)


@post("/app/sign-in-links/{secret:str}", include_in_schema=False, status_code=303)
async def sign_in(request: AnyRequest, state: State, secret: FromPath[str]) -> Redirect | Response[bytes]:
    """Begin a session in place of the one that the browser had.

    Raises:
        Forbidden: another site sent the form.
    """
    page = AccountPage.of(request, state.settings, now=state.clock())
    require_own_origin(request, page.settings.base_url)
    try:
        async with _connection(state, secret) as conn:
            session = await sign_in_links.use(conn, secret, now=page.received_at)
            before = session_secret(request, page.settings)
            if before is not None:
                await sessions.end(conn, before)
    except NotFound as error:
        return _unknown(page, error)
    answer = page.redirect(page.to("/app"))
    answer.cookies.append(session_cookie(page.settings, session))
    return answer


def _connection(state: State, secret: str, *, reads: bool = False) -> AbstractAsyncContextManager[Conn]:
    return connection(state, "sign-in link", secret, addresses.of_sign_in_link, reads=reads)


def _form(page: AccountPage, email: str = "", *, is_wrong: bool = False) -> Response[bytes]:
    wrong = page.gettext("Enter an email address in the form name@example.com") if is_wrong else None
    field = Field(
        "email", page.gettext("Email"), "email", required=True, value=email, autocomplete="username", error=wrong
    )
    context = {
        "field": field,
        "problems": problems(page, [field]) if is_wrong else [],
        "action": page.to("/app/sign-in/link"),
        "sign_in": page.to("/app/sign-in"),
    }
    return page.render("sign_in_link_form.html", context, status=422 if is_wrong else 200, private=True)


def _unknown(page: AccountPage, error: NotFound) -> Response[bytes]:
    found = Trouble(
        NOT_THERE,
        page.gettext("This link can't be used"),
        page.gettext("It was used already, or has expired, or is not complete. Request another one."),
    )
    return error_page(page, error, found=found)
