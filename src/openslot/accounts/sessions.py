"""The member of a request: found by the cookie of the session, with a connection and a page."""

import hmac
from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import Response

from openslot.accounts.origins import FROM_ELSEWHERE, require_own_origin
from openslot.accounts.page import AccountPage
from openslot.config import Settings
from openslot.core.errors import Forbidden, Unauthenticated
from openslot.db.access_tokens import TokenOwner
from openslot.db.connection_shares import Address, Shares
from openslot.db.pool import Conn
from openslot.db.sessions import SignedInUser
from openslot.edges import SAFE_METHODS, AnyRequest, transaction_of
from openslot.html.fields import filled, first
from openslot.html.page import FORM_TOKEN
from openslot.security.form_tokens import session_form_token
from openslot.security.tokens import digest
from openslot.services import sessions
from openslot.services.access import Principal
from openslot.telemetry import correlation

MAX_SECRET_LENGTH = 100


class Account(NamedTuple):
    """What a handler of a page for members works with. ``conn`` is in a transaction where the method is not safe."""

    page: AccountPage
    conn: Conn
    user: SignedInUser
    form_token: str
    """Of every form of this session."""

    @property
    def now(self) -> datetime:
        """By the clock of the organization."""
        return self.page.received_at + (self.user.clock_ahead or timedelta())

    @property
    def principal(self) -> Principal:
        """The member as services know callers."""
        user = self.user
        return Principal(
            TokenOwner(
                id=user.id, number=user.number, organization_id=user.organization_id, name=user.name, slug=user.slug,
                email=user.email, timezone=user.timezone, time_notation=user.time_notation, locale=user.locale,
                avatar_url=user.avatar_url, created_at=user.created_at, updated_at=user.updated_at, role=user.role,
                scopes=None, expires_at=None, revoked_at=None,
                clock_ahead=user.clock_ahead,
            )
        )  # fmt: skip

    def render(self, template: str, status: int = 200, **context: object) -> Response[bytes]:
        """Answer with a template of the member's."""
        values = {"user": self.user, "form_token": self.form_token} | context
        return self.page.render(template, values, status=status, private=True)


ThisAccount = NamedDependency[SkipValidation[Account]]
"""The member of the request; made by us, so not checked again."""


def account_provider(page_type: type[AccountPage]) -> Callable[..., AsyncGenerator[Account, None]]:
    """The dependency of routes whose pages have the templates of ``page_type``."""

    async def provide_account(request: AnyRequest, state: State) -> AsyncGenerator[Account, None]:
        """The member of a request; commits when the handler returns and rolls back when it raises.

        Raises:
            Unauthenticated: nobody is signed in.
            Forbidden: a form that was not shown in this session.
        """
        secret = session_secret(request, state.settings)
        if secret is None:
            raise Unauthenticated
        shares: Shares = state.shares
        page = page_type.of(request, state.settings, now=state.clock())
        lane = None if request.method in SAFE_METHODS else request.scope["path"]
        form_token = session_form_token(page.form_tokens.key, secret)
        if lane is not None:
            require_own_origin(request, page.settings.base_url)
            if not hmac.compare_digest(first(filled(request), FORM_TOKEN).encode(), form_token.encode()):
                raise Forbidden(FROM_ELSEWHERE)
        while True:
            async with shares.connection(Address("session", digest(secret)), lane) as lease:
                user = await sessions.find(lease.conn, secret, now=page.received_at)
                if user is None:
                    raise Unauthenticated
                if not lease.belongs_to(user.organization_id):
                    continue
                correlation.called_by(user.id)
                page = page.for_member(user)
                async with transaction_of(request.method, lease.conn):
                    yield Account(page, lease.conn, user, form_token)
                return

    return provide_account


def session_secret(request: AnyRequest, settings: Settings) -> str | None:
    """The secret that the browser keeps, if it keeps one."""
    secret = request.cookies.get(_cookie_name(settings), "")
    return secret if 0 < len(secret) <= MAX_SECRET_LENGTH else None


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a new session. ``lax``: a link that leads here from elsewhere finds its reader signed in."""
    return _cookie(settings, secret, int(sessions.LONGEST.total_seconds()))


def no_session_cookie(settings: Settings) -> Cookie:
    """Makes the browser forget the session."""
    return _cookie(settings, "", 0)


def _cookie(settings: Settings, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=_cookie_name(settings),
        value=value,
        max_age=seconds,
        path=urlsplit(settings.base_url).path or "/",
        secure=_is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def _is_secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https:")


def _cookie_name(settings: Settings) -> str:
    """With the prefix by which browsers accept it from this host alone, where that is possible."""
    is_alone = _is_secure(settings) and not urlsplit(settings.base_url).path
    return "__Host-openslot-session" if is_alone else "openslot-session"
