"""The page on which who has started the service makes the first organization, and is its owner."""

from dataclasses import replace

from litestar import post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.member_form import MemberAnswers
from openslot.accounts.origins import require_own_origin
from openslot.accounts.page import AccountPage
from openslot.accounts.sessions import session_cookie
from openslot.core.contacts import MAX_NAME_LENGTH, email_address
from openslot.core.errors import NotFound, WrongState
from openslot.db.connection_shares import Shares
from openslot.edges import AnyRequest
from openslot.html.fields import Field, Filled, filled, first, problems
from openslot.html.page import FORM, SHOW, read
from openslot.i18n import timezones
from openslot.security import setup_links
from openslot.services import passwords, setting_up
from openslot.services.accounts import NewMember
from openslot.wire.characters import one_line

HOST_ZONE = "UTC"
"""Shown until the browser's is known."""


@read("/app/set-up/{token:str}")
async def show(request: AnyRequest, state: State, token: FromPath[str]) -> Redirect | Response[bytes]:
    """The form; where there is an organization already, the sign-in page.

    Raises:
        NotFound: another token.
    """
    page = _page(request, state, token)
    shares: Shares = state.shares
    async with shares.connection(None) as lease:
        if not await setting_up.is_open(lease.conn):
            return page.redirect(page.to("/app/sign-in"))
    named = timezones.find(page.query.get("timezone"))
    return _form(page, token, {}, MemberAnswers(name="", zone=named), is_zone_assumed=named is None)


@post("/app/set-up/{token:str}", include_in_schema=False, status_code=303)
async def set_up(request: AnyRequest, state: State, token: FromPath[str]) -> Redirect | Response[bytes]:
    """Make the organization, and be signed in.

    Raises:
        NotFound: another token. Forbidden: another site sent the form.
    """
    page = _page(request, state, token)
    require_own_origin(request, page.settings.base_url)
    data = filled(request)
    if page.query.get(SHOW) == FORM:  # in another language
        return _form(page, token, data, MemberAnswers.read(data))
    email = email_address(first(data, "email"))
    answers = MemberAnswers.read(data).checked(page, email or "")
    errors = _errors(page, data) | dict(answers.errors)
    if errors or email is None or answers.zone is None:
        return _form(page, token, data, replace(answers, errors=errors))
    owner = NewMember(
        name=answers.name,
        email=email,
        timezone=answers.zone.key,
        role="owner",
        password_hash=await passwords.hashed(answers.password, email, answers.name),
    )
    shares: Shares = state.shares
    try:
        async with shares.connection(None, "set-up") as lease, lease.conn.transaction():
            organization = first(data, "organization")
            session = await setting_up.set_up(lease.conn, organization, owner, uris=page.uris, now=page.received_at)
    except WrongState:  # somebody was quicker
        return page.redirect(page.to("/app/sign-in"))
    answer = page.redirect(page.to("/app"))
    answer.cookies.append(session_cookie(page.settings, session))
    return answer


def _page(request: AnyRequest, state: State, token: str) -> AccountPage:
    page = AccountPage.of(request, state.settings, now=state.clock())
    if not setup_links.is_token(page.form_tokens.key, token):
        raise NotFound("page")
    return page


def _errors(page: AccountPage, data: Filled) -> dict[str, str]:
    errors = {}
    organization = one_line(first(data, "organization"))
    if not 1 <= len(organization) <= MAX_NAME_LENGTH:
        errors["organization"] = (
            page.gettext("Enter a shorter name") if organization else page.gettext("Enter a name for it")
        )
    if email_address(first(data, "email")) is None:
        errors["email"] = page.gettext("Enter an email address in the form name@example.com")
    return errors


def _form(
    page: AccountPage, token: str, data: Filled, answers: MemberAnswers, *, is_zone_assumed: bool = False
) -> Response[bytes]:
    zone = answers.zone or timezones.find(HOST_ZONE) or page.formats.zone
    page = replace(page, formats=replace(page.formats, zone=zone))
    errors = answers.errors
    organization = Field(
        "organization", page.gettext("Your organization, team or business"), required=True,
        value=first(data, "organization"), autocomplete="organization", error=errors.get("organization"),
    )  # fmt: skip
    email = Field(
        "email", page.gettext("Email"), "email", required=True, value=first(data, "email"), autocomplete="username",
        error=errors.get("email"),
    )  # fmt: skip
    member = answers.fields(page)
    context = {
        "organization": organization,
        "email": email,
        **member._asdict(),
        "assumed_zone": zone.key if is_zone_assumed else None,
        "today": page.formats.day(page.received_at),
        "problems": problems(page, [organization, member.name, email, member.password, member.zone]) if errors else [],
        "action": page.to(f"/app/set-up/{token}"),
    }
    return page.render("set_up.html", context, status=422 if errors else 200, private=True)
