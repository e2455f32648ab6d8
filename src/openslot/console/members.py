"""Members: who belongs to the organization, who is invited, and inviting and removing somebody."""

from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.core.errors import (
    AlreadyAccepted,
    AlreadyInvited,
    AlreadyMember,
    Invalid,
    InvitationRace,
    InvitationRefused,
    NotFound,
)
from openslot.core.ids import parse_id
from openslot.core.roles import Action
from openslot.db import invitations, memberships
from openslot.db.rows import Key, PageRequest
from openslot.html.fields import Choice, Field, Filled, filled, first, problems
from openslot.html.page import read
from openslot.services import inviting, membership

MOST_PENDING = 100
HTTP_UNPROCESSABLE = 422


@read("/app/members")
async def show(account: ThisAccount) -> Response[bytes]:
    """Members and pending invitations, for those who run the organization."""
    return await _page(account, {})


@post("/app/members/invitations", include_in_schema=False, status_code=303)
async def invite(account: ThisAccount) -> Redirect | Response[bytes]:
    """Mail an invitation."""
    page = account.page
    data = filled(page.request)
    role = "admin" if first(data, "role") == "admin" else "user"
    try:
        async with account.conn.transaction():
            await inviting.invite(
                account.conn, account.principal, first(data, "email"), role=role, uris=page.uris,
                now=page.received_at,
            )  # fmt: skip
    except Invalid:
        return await _page(account, data, page.gettext("Enter an email address in the form name@example.com"))
    except InvitationRefused as error:
        return await _page(account, data, _refusal(account, error))
    return page.redirect(page.to("/app/members"))


@post("/app/members/invitations/{invitation_id:str}/revocation", include_in_schema=False, status_code=303)
async def revoke(account: ThisAccount, invitation_id: FromPath[str]) -> Redirect:
    """Take an invitation back."""
    page = account.page
    try:
        async with account.conn.transaction():
            await inviting.revoke(
                account.conn, account.principal, _id(invitation_id), uris=page.uris, now=page.received_at
            )
    except (NotFound, AlreadyAccepted):
        pass  # answered or taken back meanwhile: the page shows how it is
    return page.redirect(page.to("/app/members"))


@post("/app/members/{membership_id:str}/removal", include_in_schema=False, status_code=303)
async def remove(account: ThisAccount, membership_id: FromPath[str]) -> Redirect:
    """End a membership; meetings that are booked stay."""
    page = account.page
    await membership.remove(account.conn, account.principal, _id(membership_id), uris=page.uris, now=account.now)
    return page.redirect(page.to("/app/members"))


async def _page(account: Account, data: Filled, problem: str | None = None) -> Response[bytes]:
    page = account.page
    account.principal.require(Action.MANAGE_INVITATIONS)
    organization_id = account.user.organization_id
    members = await memberships.list_all(account.conn, organization_id)
    request = PageRequest((Key("invitations.created_at"), Key("invitations.id")), MOST_PENDING)
    pending = await invitations.list_page(account.conn, organization_id, request, status="pending")
    roles = {"owner": page.gettext("Owner"), "admin": page.gettext("Admin"), "user": page.gettext("Member")}
    email = Field("email", page.gettext("Email"), "email", required=True, value=first(data, "email"), error=problem)
    role = Field(
        "role", page.gettext("Role"), "radios", required=True,
        choices=(
            Choice("user", roles["user"], page.gettext("hosts meetings"), is_chosen=first(data, "role") != "admin"),
            Choice(
                "admin", roles["admin"], page.gettext("runs the organization as well"),
                is_chosen=first(data, "role") == "admin",
            ),
        ),
    )  # fmt: skip
    context = {
        "members": [
            {
                "name": one.user.name,
                "email": one.user.email,
                "role": roles[one.role],
                "timezone": one.user.timezone,
                "page": page.uris.profile_page(one.user.slug),
                "types": page.to("/app/event-types", host=str(one.user.id)),
                "remove": (
                    page.to(f"/app/members/{one.id}/removal")
                    if one.role != "owner" and one.user.id != account.user.id
                    else None
                ),
            }
            for one in sorted(members, key=lambda one: one.user.name.casefold())
        ],
        "pending": [
            {
                "email": one.email,
                "role": roles[one.role],
                "until": _until(account, one.expires_at),
                "revoke": page.to(f"/app/members/invitations/{one.id}/revocation"),
            }
            for one in pending.rows
        ],
        "fields": [email, role],
        "problems": problems(page, [email, role]) if problem else [],
        "action": page.to("/app/members/invitations"),
    }
    return render(account, "members.html", "members", context, status=HTTP_UNPROCESSABLE if problem else 200)


def _until(account: Account, moment: datetime) -> str:
    formats = account.page.formats
    if moment <= account.page.received_at:
        return account.page.gettext("has expired")
    return formats.full_date(formats.day(moment))


def _refusal(account: Account, error: InvitationRefused) -> str:
    """Why nobody is invited, in the reader's words."""
    page = account.page
    match error:
        case AlreadyMember():
            return page.gettext("This person belongs to the organization already")
        case AlreadyInvited() | InvitationRace():
            return page.gettext("This address is invited already")
    return page.gettext("Enter an email address in the form name@example.com")


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("page")
    return known
