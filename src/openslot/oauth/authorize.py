"""GET and POST /oauth/authorize: a member allows an application something, or does not."""

from urllib.parse import urlsplit

from litestar import post
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.core.scopes import SCOPES
from openslot.html.errors import Trouble, WayOn, error_page
from openslot.html.fields import filled, first
from openslot.html.headers import content_policy
from openslot.html.page import read
from openslot.oauth.page import OAuthPage
from openslot.oauth.resources import resources_of
from openslot.services.oauth import applications, authorizing
from openslot.services.oauth.authorizing import AuthorizationRequest, RefusedRequest, UntrustedRequest

DECISION, ALLOW = "decision", "allow"
UNTRUSTED = 400


@read("/oauth/authorize")
async def show(account: ThisAccount) -> Redirect | Response[bytes]:
    """What an application asks for, with two buttons."""
    page = _page(account)
    try:
        request = await authorizing.read(account.conn, page.parameters, resources_of(page.settings))
    except UntrustedRequest as error:
        return _untrusted(page, error)
    except RefusedRequest as refused:
        return _refused(page, refused)
    return _consent(account, page, request)


@post("/oauth/authorize", include_in_schema=False, status_code=303)
async def decide(account: ThisAccount) -> Redirect | Response[bytes]:
    """Send the member back to the application, with a code or a refusal."""
    page = _page(account)
    try:
        request = await authorizing.read(account.conn, page.parameters, resources_of(page.settings))
    except UntrustedRequest as error:
        return _untrusted(page, error)
    except RefusedRequest as refused:
        return _refused(page, refused)
    if first(filled(page.request), DECISION) != ALLOW:
        description = "The user did not allow it."
        return _sent_back(page, request.answer(page.issuer, error="access_denied", error_description=description))
    code = await authorizing.allow(account.conn, account.user, request, now=account.now)
    return _sent_back(page, request.answer(page.issuer, code=code))


def _page(account: Account) -> OAuthPage:
    page = OAuthPage.of(account.page.request, account.page.settings, now=account.page.received_at)
    return page.in_language(account.user.locale)


def _sent_back(page: OAuthPage, address: str) -> Redirect:
    answer = page.redirect(address)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _refused(page: OAuthPage, refused: RefusedRequest) -> Redirect | Response[bytes]:
    """Tell the application why. One that registered itself gets nobody without a click (RFC 9700, section 4.11.2)."""
    address = refused.answer(page.issuer)
    if refused.application.organization_id is not None:
        return _sent_back(page, address)
    found = Trouble(
        UNTRUSTED,
        page.gettext("This application can't be connected"),
        page.gettext("It has asked for something that can't be allowed. Nothing was allowed."),
    )
    target = urlsplit(refused.redirect_uri)
    way_on = WayOn(address, page.gettext("Go back to %(target)s", target=target.hostname or f"{target.scheme}:"))
    return error_page(page, refused, found=found, way_on=way_on)


def _untrusted(page: OAuthPage, error: UntrustedRequest) -> Response[bytes]:
    found = Trouble(
        UNTRUSTED,
        page.gettext("This application can't be connected"),
        page.gettext("The link that led here names an application that we don't know, or sends you on to an address "
                     "that is not its own. Nothing was allowed."),
    )  # fmt: skip
    return error_page(page, error, found=found)


def _consent(account: Account, page: OAuthPage, request: AuthorizationRequest) -> Response[bytes]:
    application = request.application
    organization_id = account.user.organization_id
    target = urlsplit(request.redirect_uri)
    is_all = request.scopes is None or set(request.scopes) == set(SCOPES)
    context = {
        "user": account.user,
        "form_token": account.form_token,
        "application": application,
        "serves": applications.serves(application, organization_id),
        "is_known": application.organization_id is not None,
        "target": target.hostname or f"{target.scheme}:",
        "is_all": is_all,
        "allowed": [] if is_all else [page.gettext(SCOPES[one]) for one in request.scopes or ()],
        "action": page.here,
        "sign_out": page.to("/app/sign-out", next=page.here),
    }
    response = page.render("consent.html", context, private=True)
    # browsers count the redirect after a form as its target
    origin = f"{target.scheme}://{target.netloc}" if target.netloc else f"{target.scheme}:"
    response.headers["Content-Security-Policy"] = content_policy(form_targets=f"'self' {origin}").decode()
    return response
