"""Personal access tokens: what programs may do in the member's name, a new one, and the end of one."""

from datetime import datetime, timedelta
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.core.errors import NotFound
from openslot.core.ids import parse_id
from openslot.core.scopes import SCOPES
from openslot.html.fields import Choice, Field, Filled, filled, first, problems
from openslot.html.page import read
from openslot.services import access_tokens
from openslot.wire.characters import one_line

MAX_NAME_LENGTH = 255
DAYS = ("30", "90", "365", "")
HTTP_UNPROCESSABLE = 422


@read("/app/tokens")
async def show(account: ThisAccount) -> Response[bytes]:
    """The member's tokens, and a form for another."""
    return await _page(account, {})


@post("/app/tokens", include_in_schema=False, status_code=200)
async def create(account: ThisAccount) -> Response[bytes]:
    """Make a token, and show it this once."""
    page = account.page
    data = filled(page.request)
    name = one_line(first(data, "name"))[:MAX_NAME_LENGTH]
    scopes = [scope for scope in data.get("scopes", ()) if scope in SCOPES]
    is_all = first(data, "reach") != "some"
    if not name or not (is_all or scopes):
        return await _page(account, data, is_wrong=True)
    days = first(data, "days")
    ends = account.now + timedelta(days=int(days)) if days in DAYS and days else None
    _, text = await access_tokens.issue_own(
        account.conn, account.principal, name=name, scopes=None if is_all else scopes, expires_at=ends,
        now=account.now,
    )  # fmt: skip
    return await _page(account, {}, made=text)


@post("/app/tokens/{token_id:str}/revocation", include_in_schema=False, status_code=303)
async def revoke(account: ThisAccount, token_id: FromPath[str]) -> Redirect:
    """End a token: the next call with it is refused."""
    known: UUID | None = parse_id(token_id)
    if known is None:
        raise NotFound("access token")
    await access_tokens.revoke_own(account.conn, account.principal, known, now=account.now)
    return account.page.redirect(account.page.to("/app/tokens"))


async def _page(account: Account, data: Filled, *, is_wrong: bool = False, made: str | None = None) -> Response[bytes]:
    page = account.page
    found = await access_tokens.listing(account.conn, account.principal.user)
    fields = _fields(account, data, is_wrong=is_wrong)
    context = {
        "made": made,
        "api": page.settings.api_url,
        "tokens": [
            {
                "name": one.name,
                "scopes": one.scopes or [],
                "is_all": one.scopes is None,
                "since": page.formats.moment(one.created_at),
                "ends": None if one.expires_at is None else page.formats.moment(one.expires_at),
                "revoke": page.to(f"/app/tokens/{one.id}/revocation"),
            }
            for one in reversed(found)
            if one.revoked_at is None and not _has_ended(one.expires_at, account.now)
        ],
        "fields": fields,
        "problems": problems(page, fields) if is_wrong else [],
        "action": page.to("/app/tokens"),
    }
    return render(account, "tokens.html", "tokens", context, status=HTTP_UNPROCESSABLE if is_wrong else 200)


def _has_ended(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _fields(account: Account, data: Filled, *, is_wrong: bool) -> list[Field]:
    page = account.page
    name, is_some = first(data, "name"), first(data, "reach") == "some"
    chosen, days = set(data.get("scopes", ())), first(data, "days") if data else "90"
    ends = {
        "30": page.gettext("In 30 days"), "90": page.gettext("In 90 days"), "365": page.gettext("In a year"),
        "": page.gettext("When I end it"),
    }  # fmt: skip
    return [
        Field(
            "name", page.gettext("What it is for"), required=True, value=name,
            error=page.gettext("Enter a name for it") if is_wrong and not one_line(name) else None,
        ),
        Field(
            "reach", page.gettext("What it may do"), "radios", required=True,
            choices=(
                Choice("all", page.gettext("Everything that I may do"), is_chosen=not is_some),
                Choice("some", page.gettext("Only what is chosen below"), is_chosen=is_some),
            ),
        ),
        Field(
            "scopes", page.gettext("Scopes"), "checkboxes",
            choices=tuple(
                Choice(scope, scope, page.gettext(text), is_chosen=scope in chosen) for scope, text in SCOPES.items()
            ),
            error=page.gettext("Choose at least one answer") if is_wrong and is_some and not chosen else None,
        ),
        Field(
            "days", page.gettext("It ends"), "radios", required=True,
            choices=tuple(Choice(value, text, is_chosen=value == days) for value, text in ends.items()),
        ),
    ]  # fmt: skip
