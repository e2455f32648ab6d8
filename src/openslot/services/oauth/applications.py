"""OAuth applications: made by admins, or registered by themselves; and how one proves who it is."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, WrongState
from openslot.core.ids import new_id, parse_id
from openslot.core.oauth import MAX_REDIRECT_URIS, redirect_uri_problem
from openslot.core.roles import Action
from openslot.core.scopes import SCOPES
from openslot.db import oauth_applications
from openslot.db.oauth_applications import OAuthApplication
from openslot.db.pool import Conn
from openslot.security.tokens import digest, new_client_secret, new_signing_key
from openslot.security.vault import Vault
from openslot.services.access import Principal
from openslot.services.oauth import grants
from openslot.services.oauth.errors import InvalidClient
from openslot.wire.characters import one_line

MAX_NAME_LENGTH = 100
IS_NATIVE = "A native application has no secret"


@dataclass(frozen=True, kw_only=True)
class NewApplication:
    """What an application is to be."""

    name: str
    redirect_uris: Sequence[str]
    is_native: bool = False
    """An app on a device, or in a browser: it can keep no secret, and must use PKCE."""
    has_secret: bool = True
    scopes: Sequence[str] | None = None
    """What it may ask for; None: every scope."""


@dataclass(frozen=True)
class MadeApplication:
    """A new application, and its secrets, which are shown once."""

    application: OAuthApplication
    secret: str | None = field(repr=False)
    """None: it can keep none."""
    signing_key: str = field(default="", repr=False)
    """Signs the webhooks that are subscribed to through it; empty for one that registered itself."""


async def create(
    conn: Conn, principal: Principal, new: NewApplication, *, vault: Vault, now: datetime
) -> MadeApplication:
    """An application of the caller's organization. Every webhook subscription made through it is signed with its key.

    Source: webhooks, section 4.

    Raises:
        Forbidden: a plain member. Invalid: each wrong field is named.
    """
    principal.require_unlimited()
    principal.require(Action.MANAGE_APPLICATIONS)
    made = await _insert(conn, principal.organization_id, new, now=now)
    signing_key = new_signing_key()
    await oauth_applications.set_signing_key(conn, made.application.id, vault.seal(signing_key))
    return MadeApplication(made.application, made.secret, signing_key)


async def register(conn: Conn, new: NewApplication, *, now: datetime) -> MadeApplication:
    """An application that registers itself (RFC 7591). It may ask members of any organization.

    Raises:
        Invalid: each wrong field is named.
    """
    return await _insert(conn, None, new, now=now)


async def get(conn: Conn, principal: Principal, application_id: UUID) -> OAuthApplication:
    """An application of the caller's organization.

    Raises:
        Forbidden: a plain member. NotFound: there is none.
    """
    principal.require(Action.MANAGE_APPLICATIONS)
    found = await oauth_applications.get(conn, application_id)
    if found is None or found.organization_id != principal.organization_id:
        raise NotFound("OAuth application")
    return found


async def listing(conn: Conn, principal: Principal) -> list[OAuthApplication]:
    """The applications of the caller's organization, the oldest first.

    Raises:
        Forbidden: a plain member.
    """
    principal.require(Action.MANAGE_APPLICATIONS)
    return await oauth_applications.list_all(conn, principal.organization_id)


async def change(
    conn: Conn,
    principal: Principal,
    application_id: UUID,
    *,
    name: str | None = None,
    redirect_uris: Sequence[str] | None = None,
) -> OAuthApplication:
    """Rename an application, or set where it may be answered.

    Raises:
        Forbidden, NotFound: as ``get``. Invalid: each wrong field is named.
    """
    principal.require_unlimited()
    found = await get(conn, principal, application_id)
    new = NewApplication(
        name=found.name if name is None else name,
        redirect_uris=found.redirect_uris if redirect_uris is None else redirect_uris,
        is_native=found.is_native,
        scopes=found.scopes,
    )
    checked = _checked(new)
    await oauth_applications.update(
        conn, found.id, name=checked.name, redirect_uris=checked.redirect_uris, scopes=checked.scopes
    )
    return await get(conn, principal, application_id)


async def renew_secret(conn: Conn, principal: Principal, application_id: UUID, *, vault: Vault) -> MadeApplication:
    """Another secret; the old one works no more. The signing key stays, unless it was lost with the secret key.

    Raises:
        Forbidden, NotFound: as ``get``. WrongState: it can keep none.
    """
    principal.require_unlimited()
    found = await get(conn, principal, application_id)
    if found.secret_digest is None:
        raise WrongState(IS_NATIVE)
    secret = new_client_secret()
    await oauth_applications.set_secret(conn, found.id, digest(secret))
    if await oauth_applications.has_signing_key(conn, found.id):
        return MadeApplication(found, secret)
    signing_key = new_signing_key()
    await oauth_applications.set_signing_key(conn, found.id, vault.seal(signing_key))
    return MadeApplication(found, secret, signing_key)


async def delete(conn: Conn, principal: Principal, application_id: UUID, *, now: datetime) -> None:
    """Delete an application; whatever members allowed it ends. ``now`` is the real time.

    Raises:
        Forbidden, NotFound: as ``get``.
    """
    principal.require_unlimited()
    found = await get(conn, principal, application_id)
    await grants.end_of_application(conn, found.id, now=now)
    await oauth_applications.delete(conn, found.id)


async def named(conn: Conn, client_id: str) -> OAuthApplication | None:
    """The application that a client id names, if there is one."""
    application_id = parse_id(client_id)
    return None if application_id is None else await oauth_applications.get(conn, application_id)


async def authenticate(conn: Conn, client_id: str, secret: str | None) -> OAuthApplication:
    """The application that a call comes from. One without a secret names itself, and sends none.

    Raises:
        InvalidClient: unknown, or another secret than its own.
    """
    found = await named(conn, client_id)
    if found is None:
        raise InvalidClient
    if found.secret_digest is None:
        if secret:
            raise InvalidClient("This client has no secret.")
        return found
    if not secret or not hmac.compare_digest(digest(secret), found.secret_digest):
        raise InvalidClient
    return found


def serves(application: OAuthApplication, organization_id: UUID) -> bool:
    """Whether members of an organization may allow an application something."""
    return application.organization_id in {None, organization_id}


def require_serving(application: OAuthApplication, organization_id: UUID) -> None:
    """Check ``serves``.

    Raises:
        Forbidden: the application is another organization's.
    """
    if not serves(application, organization_id):
        raise Forbidden("This application is not for members of your organization")


async def _insert(conn: Conn, organization_id: UUID | None, new: NewApplication, *, now: datetime) -> MadeApplication:
    checked = _checked(new)
    secret = new_client_secret() if new.has_secret else None
    made = OAuthApplication(
        id=new_id(),
        organization_id=organization_id,
        name=checked.name,
        secret_digest=None if secret is None else digest(secret),
        redirect_uris=list(checked.redirect_uris),
        is_native=new.is_native,
        scopes=None if checked.scopes is None else sorted(set(checked.scopes)),
        created_at=now,
        used_at=None,
    )
    await oauth_applications.insert(conn, made)
    return MadeApplication(made, secret)


def _checked(new: NewApplication) -> NewApplication:
    """The same with its name on one line.

    Raises:
        Invalid: each wrong field is named.
    """
    name = one_line(new.name)
    wrong = []
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        wrong.append(FieldError("name", f"must have 1 to {MAX_NAME_LENGTH} characters"))
    if not 1 <= len(new.redirect_uris) <= MAX_REDIRECT_URIS:
        wrong.append(FieldError("redirect_uris", f"must have 1 to {MAX_REDIRECT_URIS} entries"))
    for index, uri in enumerate(new.redirect_uris):
        problem = redirect_uri_problem(uri, is_native=new.is_native)
        if problem is not None:
            wrong.append(FieldError(f"redirect_uris[{index}]", problem))
    wrong += [FieldError("scopes", f"{scope} is no scope") for scope in new.scopes or () if scope not in SCOPES]
    if wrong:
        raise Invalid(*wrong)
    return NewApplication(
        name=name,
        redirect_uris=list(dict.fromkeys(new.redirect_uris)),
        is_native=new.is_native,
        has_secret=new.has_secret,
        scopes=new.scopes,
    )
