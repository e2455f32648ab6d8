"""The page of an invitation: who invites whom into which organization, and a form by which the invited one joins.

Whoever has the link is taken for who got it by mail. Nothing is changed by opening it, which mail programs do.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from zoneinfo import ZoneInfo

from litestar import post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.member_form import TIMEZONE, MemberAnswers
from openslot.accounts.origins import require_own_origin
from openslot.accounts.page import AccountPage
from openslot.accounts.secret_links import connection
from openslot.accounts.sessions import session_cookie, session_secret
from openslot.core.errors import NotFound, WrongState
from openslot.db import addresses
from openslot.db.passwords import Credentials
from openslot.db.pool import Conn
from openslot.edges import AnyRequest
from openslot.html.errors import Trouble, error_page
from openslot.html.fields import filled, problems
from openslot.html.page import FORM, SHOW, read
from openslot.i18n import timezones
from openslot.services import inviting, passwords, sessions
from openslot.services.inviting import FollowedLink, Joining, LinkState

NOT_THERE = 404


@read("/app/invitations/{secret:str}")
async def show(request: AnyRequest, state: State, secret: FromPath[str]) -> Response[bytes]:
    """The invitation, or what became of it. The time zone is the address's, which a script sets to the browser's."""
    page = AccountPage.of(request, state.settings, now=state.clock())
    try:
        link = await _follow(page, state, secret)
    except NotFound as error:
        return _unknown(page, error)
    page = page.in_language(link.invitation.inviter_locale)
    if link.state is not LinkState.OPEN:
        return _closed(page, link, secret)
    named = timezones.find(page.query.get(TIMEZONE))
    answers = MemberAnswers(name="" if link.user is None else link.user.name, zone=named)
    return _form(page, link, secret, answers, is_zone_assumed=named is None)


@post("/app/invitations/{secret:str}", include_in_schema=False, status_code=303)
async def accept(request: AnyRequest, state: State, secret: FromPath[str]) -> Redirect | Response[bytes]:
    """Join, and be signed in."""
    page = AccountPage.of(request, state.settings, now=state.clock())
    require_own_origin(request, page.settings.base_url)
    try:
        link = await _follow(page, state, secret)
    except NotFound as error:
        return _unknown(page, error)
    page, here = page.in_language(link.invitation.inviter_locale), page.to(f"/app/invitations/{secret}")
    if link.state is not LinkState.OPEN:
        return page.redirect(here)
    if page.query.get(SHOW) == FORM:  # in another language
        return _form(page, link, secret, MemberAnswers.read(filled(request)))
    answers = MemberAnswers.read(filled(request)).checked(page, link.invitation.email)
    if answers.errors or answers.zone is None:
        return _form(page, link, secret, answers)
    password_hash = await passwords.hashed(answers.password, link.invitation.email, answers.name)
    joining = Joining(name=answers.name, timezone=answers.zone.key, password_hash=password_hash)
    try:
        session = await _join(page, state, secret, joining)
    except WrongState:  # answered meanwhile: the page shows how
        return page.redirect(here)
    answer = page.redirect(here)
    answer.cookies.append(session_cookie(page.settings, session))
    return answer


@post("/app/invitations/{secret:str}/decline", include_in_schema=False, status_code=303)
async def decline(request: AnyRequest, state: State, secret: FromPath[str]) -> Redirect | Response[bytes]:
    """Say no."""
    page = AccountPage.of(request, state.settings, now=state.clock())
    require_own_origin(request, page.settings.base_url)
    try:
        async with _connection(state, secret) as conn:
            await inviting.decline(conn, secret, uris=page.uris, now=page.received_at)
    except NotFound as error:
        return _unknown(page, error)
    except WrongState:  # answered meanwhile: the page shows how
        pass
    return page.redirect(page.to(f"/app/invitations/{secret}"))


def _connection(state: State, secret: str, *, reads: bool = False) -> AbstractAsyncContextManager[Conn]:
    return connection(state, "invitation", secret, addresses.of_invitation, reads=reads)


async def _follow(page: AccountPage, state: State, secret: str) -> FollowedLink:
    async with _connection(state, secret, reads=True) as conn:
        return await inviting.follow(conn, secret, now=page.received_at)


async def _join(page: AccountPage, state: State, secret: str, joining: Joining) -> str:
    """Accept, and begin a session in place of the one that the browser had; the session's secret."""
    async with _connection(state, secret) as conn:
        user = await inviting.accept(conn, secret, joining, uris=page.uris, now=page.received_at)
        before = session_secret(page.request, page.settings)
        if before is not None:
            await sessions.end(conn, before)
        known = Credentials(user.organization_id, user.id, joining.password_hash)
        return await sessions.begin(conn, known, now=page.received_at)


def _zone_of(link: FollowedLink) -> ZoneInfo:
    """What is most likely: the zone of the account that there was, else the inviter's."""
    key = link.invitation.inviter_timezone if link.user is None else link.user.timezone
    return timezones.find(key) or ZoneInfo("UTC")


def _form(
    page: AccountPage, link: FollowedLink, secret: str, answers: MemberAnswers, *, is_zone_assumed: bool = False
) -> Response[bytes]:
    zone, errors = answers.zone or _zone_of(link), answers.errors
    page = replace(page, formats=replace(page.formats, zone=zone))
    fields = answers.fields(page)
    context = {
        "invitation": link.invitation,
        "has_account": link.user is not None,
        "assumed_zone": zone.key if is_zone_assumed and link.user is None else None,
        "today": page.formats.day(page.received_at),
        **fields._asdict(),
        "problems": problems(page, fields) if errors else [],
        "until": page.formats.full_date(page.formats.day(link.invitation.expires_at)),
        "action": page.to(f"/app/invitations/{secret}"),
        "decline": page.to(f"/app/invitations/{secret}/decline"),
    }
    return page.render("invitation.html", context, status=422 if errors else 200, private=True)


def _closed(page: AccountPage, link: FollowedLink, secret: str) -> Response[bytes]:
    """What became of an invitation, and what can be done now."""
    facts = {"organization": link.invitation.organization_name, "inviter": link.invitation.inviter_name}
    if link.state is LinkState.EXPIRED:
        found = Trouble(
            NOT_THERE,
            page.gettext("This invitation has expired"),
            page.gettext("Ask %(inviter)s to invite you to %(organization)s again.", **facts),
        )
        return error_page(page, NotFound("invitation"), found=found)
    is_member = link.state in {LinkState.ACCEPTED, LinkState.MEMBER}
    context = {
        "state": link.state.name,
        "invitation": link.invitation,
        "profile": None if link.user is None or not is_member else page.to(f"/{link.user.slug}"),
        "account": page.to("/app/account") if is_member else None,
        "decline": page.to(f"/app/invitations/{secret}/decline"),
    }
    return page.render("invitation_closed.html", context, private=True)


def _unknown(page: AccountPage, error: NotFound) -> Response[bytes]:
    found = Trouble(
        NOT_THERE,
        page.gettext("This invitation can't be used"),
        page.gettext(
            "It was taken back, or a newer one was sent, or the link is not complete. Ask whoever invited you."
        ),
    )
    return error_page(page, error, found=found)
