"""Signing in with address and password, and signing out."""

from litestar import post
from litestar.datastructures import State
from litestar.response import Redirect, Response

from openslot.accounts.origins import require_own_origin
from openslot.accounts.page import AccountPage
from openslot.accounts.sessions import ThisAccount, no_session_cookie, session_cookie, session_secret
from openslot.db.connection_shares import Shares
from openslot.edges import AnyRequest
from openslot.html.fields import Field, filled, first, problems
from openslot.html.page import read
from openslot.services import sessions, setting_up
from openslot.services.sessions import WrongPassword
from openslot.wire.characters import address_key

NEXT = "next"
MAX_PASSWORD = 1000
"""Characters of one that is checked; more is no password of anybody's."""


@read("/app/sign-in")
async def show(request: AnyRequest, state: State) -> Response[bytes]:
    """The form."""
    page = AccountPage.of(request, state.settings, now=state.clock())
    shares: Shares = state.shares
    async with shares.connection(None) as lease:
        is_set_up = not await setting_up.is_open(lease.conn)
    return _form(page, is_set_up=is_set_up)


@post("/app/sign-in", include_in_schema=False, status_code=303)
async def sign_in(request: AnyRequest, state: State) -> Redirect | Response[bytes]:
    """Check address and password, and begin a session.

    Raises:
        Forbidden: another site sent the form. TooMany: too many tries came from this network address.
    """
    page = AccountPage.of(request, state.settings, now=state.clock())
    require_own_origin(request, page.settings.base_url)
    data = filled(request)
    email, password = first(data, "email"), (data.get("password") or [""])[0]
    if not email or not password:
        return _form(page, email, is_wrong=True)
    client, account = state.clients.of(request.scope), address_key(email)
    state.rates.sign_ins.count(client, account, now=page.received_at)
    shares: Shares = state.shares
    async with shares.connection(None) as lease:
        credentials = await sessions.credentials_of(lease.conn, email)
    try:
        known = await sessions.check(credentials, password[:MAX_PASSWORD])
    except WrongPassword:
        return _form(page, email, is_wrong=True)
    state.rates.sign_ins.forget(client, account, now=page.received_at)
    async with shares.connection(None, "sign-in") as lease, lease.conn.transaction():
        before = session_secret(request, page.settings)
        if before is not None:
            await sessions.end(lease.conn, before)
        secret = await sessions.begin(lease.conn, known, now=page.received_at)
    answer = page.redirect(page.own_path(page.query.get(NEXT, "")) or page.to("/app"))
    answer.cookies.append(session_cookie(page.settings, secret))
    return answer


@post("/app/sign-out", include_in_schema=False, status_code=303)
async def sign_out(account: ThisAccount) -> Redirect:
    """End the session."""
    page = account.page
    secret = session_secret(page.request, page.settings)
    assert secret is not None  # or nobody would be signed in
    await sessions.end(account.conn, secret)
    answer = page.redirect(page.to("/app/sign-in", next=page.own_path(page.query.get(NEXT, "")) or ""))
    answer.cookies.append(no_session_cookie(page.settings))
    return answer


def _form(page: AccountPage, email: str = "", *, is_wrong: bool = False, is_set_up: bool = True) -> Response[bytes]:
    wrong = page.gettext("Address or password is wrong") if is_wrong else None
    fields = [
        Field(
            "email", page.gettext("Email"), "email", required=True, value=email, autocomplete="username", error=wrong
        ),
        Field("password", page.gettext("Password"), "password", required=True, autocomplete="current-password"),
    ]
    following = page.own_path(page.query.get(NEXT, ""))
    context = {
        "fields": fields,
        "problems": problems(page, fields) if is_wrong else [],
        "action": page.to("/app/sign-in", **({NEXT: following} if following else {})),
        "is_set_up": is_set_up,
        "link": page.to("/app/sign-in/link"),
        "is_for_application": following is not None and "/oauth/authorize" in following,
    }
    return page.render("sign_in.html", context, status=422 if is_wrong else 200, private=True)
