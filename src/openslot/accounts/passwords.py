"""A member changes the own password."""

from litestar import post
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount, session_cookie
from openslot.core.errors import Invalid
from openslot.core.passwords import IS_OBVIOUS, MIN_LENGTH, TOO_LONG, TOO_SHORT
from openslot.html.fields import Field, filled, problems
from openslot.html.page import Page, read
from openslot.services import passwords, sessions
from openslot.services.sessions import WrongPassword
from openslot.wire.characters import address_key


@read("/app/password")
async def show(account: ThisAccount) -> Response[bytes]:
    """The form."""
    return _form(account)


@post("/app/password", include_in_schema=False, status_code=303)
async def change(account: ThisAccount) -> Redirect | Response[bytes]:
    """Store the new password; other browsers are signed out, this one is not."""
    data = filled(account.page.request)
    old, new = ((data.get(name) or [""])[0] for name in ("old", "new"))
    user, page = account.user, account.page
    state = page.request.app.state
    client, tried = state.clients.of(page.request.scope), address_key(user.email)
    state.rates.sign_ins.count(client, tried, now=page.received_at)  # a session that was taken is not to find it out
    credentials = await sessions.credentials_of(account.conn, user.email)
    try:
        known = await sessions.check(credentials, old)
    except WrongPassword:
        return _form(account, old=page.gettext("This is not your password"))
    state.rates.sign_ins.forget(client, tried, now=page.received_at)
    try:
        password_hash = await passwords.hashed(new, user.email, user.name)
    except Invalid as exc:
        return _form(account, new=password_message(page, exc.details[0].message))
    await passwords.change(account.conn, user, password_hash, now=account.now)
    changed = known._replace(password_hash=password_hash)
    answer = page.redirect(page.to("/app/account"))
    answer.cookies.append(
        session_cookie(page.settings, await sessions.begin(account.conn, changed, now=page.received_at))
    )
    return answer


def password_message(page: Page, problem: str) -> str:
    """Why a password can't be taken, in the reader's words."""
    match problem:
        case str() if problem == TOO_SHORT:
            return page.gettext("Use at least %(number)s characters", number=MIN_LENGTH)
        case str() if problem == TOO_LONG:
            return page.gettext("Use a shorter password")
        case str() if problem == IS_OBVIOUS:
            return page.gettext("Use a password that is harder to guess")
    return page.gettext("Use another password")


def _form(account: Account, *, old: str | None = None, new: str | None = None) -> Response[bytes]:
    page = account.page
    hint = page.gettext("At least %(number)s characters", number=MIN_LENGTH)
    fields = [
        Field("old", page.gettext("Current password"), "password", required=True, autocomplete="current-password",
              error=old),
        Field("new", page.gettext("New password"), "password", required=True, autocomplete="new-password", hint=hint,
              error=new),
    ]  # fmt: skip
    is_wrong = old is not None or new is not None
    return account.render(
        "password.html",
        status=422 if is_wrong else 200,
        fields=fields,
        problems=problems(page, fields) if is_wrong else [],
        action=page.to("/app/password"),
        back=page.to("/app/account"),
    )
