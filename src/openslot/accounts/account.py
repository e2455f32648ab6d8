"""A member's account: who is signed in, and what applications were allowed."""

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import ThisAccount
from openslot.core.errors import NotFound
from openslot.core.ids import parse_id
from openslot.core.scopes import SCOPES
from openslot.db import oauth_grants
from openslot.html.page import read
from openslot.services.oauth import grants


@read("/app/account")
async def show(account: ThisAccount) -> Response[bytes]:
    """The account."""
    user = account.user
    found = await oauth_grants.list_of_user(account.conn, user.organization_id, user.id)
    connected = [
        {
            "name": one.application_name,
            "since": account.page.formats.full_date(one.created_at.date()),
            "is_all": one.scopes is None or set(one.scopes) == set(SCOPES),
            "scopes": one.scopes or [],
            "action": account.page.to(f"/app/applications/{one.application_id}/disconnect"),
        }
        for one in found
    ]
    return account.render(
        "account.html",
        home=account.page.to("/app"),
        connected=connected,
        sign_out=account.page.to("/app/sign-out"),
        password=account.page.to("/app/password"),
    )


@post("/app/applications/{application_id:str}/disconnect", include_in_schema=False, status_code=303)
async def disconnect(account: ThisAccount, application_id: FromPath[str]) -> Redirect:
    """End what an application was allowed."""
    known = parse_id(application_id)
    if known is None:
        raise NotFound("application")
    await grants.end_own(account.conn, account.principal, known, now=account.page.received_at)
    return account.page.redirect(account.page.to("/app/account"))
