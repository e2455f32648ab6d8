"""Tokens for codes and for refresh tokens; what a token stands for; how it ends. Source: RFC 6749, 7009, 7662.

``now`` is the real time; tokens of a sandbox go by its clock.
"""

from collections.abc import Sequence
from datetime import datetime

from openslot.core.ids import ordered_id
from openslot.core.oauth import (
    ACCESS_LIFETIME,
    IssuedTokens,
    TokenFacts,
    UnknownScope,
    answers_challenge,
    read_scopes,
    spell_scopes,
    within,
)
from openslot.core.scopes import SCOPES
from openslot.db import access_tokens, memberships, oauth_grants, sandboxes
from openslot.db.access_tokens import TokenOwner
from openslot.db.oauth_applications import OAuthApplication
from openslot.db.oauth_grants import OAuthGrant
from openslot.db.pool import Conn
from openslot.security.access_jwts import AccessClaims, AccessJwts
from openslot.security.tokens import digest, new_grant_secret
from openslot.services.oauth import grants
from openslot.services.oauth.errors import NotItsToken, OAuthError, invalid_grant, invalid_request

NOT_A_CODE = "The code is unknown, was used, or has expired."
NOT_A_REFRESH_TOKEN = "The refresh token is unknown, was used, or was revoked."  # noqa: S105 -- a message


class Replayed(Exception):
    """A code or a refresh token was used again: somebody else may have it, so the grant must end (RFC 9700, 4.14)."""

    def __init__(self, grant: OAuthGrant, description: str) -> None:
        self.grant = grant
        self.error = invalid_grant(description)
        super().__init__(description)


async def exchange_code(
    conn: Conn,
    application: OAuthApplication,
    *,
    code: str,
    redirect_uri: str | None,
    verifier: str | None,
    jwts: AccessJwts,
    now: datetime,
    servers: Sequence[str] = (),
) -> IssuedTokens:
    """The first tokens of a grant. Of two exchanges at once, one succeeds.

    ``servers``: whom they are for besides the API.

    Raises:
        OAuthError: the code is unknown, has expired or is another application's; the redirect URI or the verifier
            differ from those of the authorization.
        Replayed: the code was used before; the caller must end the grant, once this transaction is undone.
    """
    grant = await oauth_grants.lock_of_code(conn, digest(code))
    if grant is None or grant.application_id != application.id or grant.revoked_at is not None:
        raise invalid_grant(NOT_A_CODE)
    now = await sandboxes.clock(conn, grant.organization_id, now)
    if grant.code_used_at is not None:
        raise Replayed(grant, NOT_A_CODE)
    if grant.code_expires_at <= now:
        raise invalid_grant(NOT_A_CODE)
    if (grant.names_redirect_uri or redirect_uri) and redirect_uri != grant.redirect_uri:
        raise invalid_grant("redirect_uri is not that of the authorization.")
    if grant.code_challenge is None and verifier:
        raise invalid_request("code_verifier is sent, but the authorization had no code_challenge.")
    if grant.code_challenge is not None and not answers_challenge(verifier or "", grant.code_challenge):
        raise invalid_grant("code_verifier does not match the code_challenge of the authorization.")
    await oauth_grants.use_code(conn, grant, now=now)
    return await _issue(conn, grant, grant.scopes, jwts=jwts, now=now, servers=servers)


async def refresh(
    conn: Conn,
    application: OAuthApplication,
    *,
    refresh_token: str,
    scope: str,
    jwts: AccessJwts,
    now: datetime,
    servers: Sequence[str] = (),
) -> IssuedTokens:
    """New tokens; the refresh token works no more. ``scope``: fewer scopes for the access token, if not empty.

    ``servers``: as for ``exchange_code``.

    Raises:
        OAuthError: the refresh token is unknown, revoked or another application's, or more scopes are asked for.
        Replayed: it was used before; the caller must end the grant, once this transaction is undone.
    """
    found = await oauth_grants.get_refresh_token(conn, digest(refresh_token), lock=True)
    if found is None or found.grant.application_id != application.id or found.grant.revoked_at is not None:
        raise invalid_grant(NOT_A_REFRESH_TOKEN)
    if found.used_at is not None:
        raise Replayed(found.grant, NOT_A_REFRESH_TOKEN)
    now = await sandboxes.clock(conn, found.grant.organization_id, now)
    scopes = _narrowed(found.grant, scope)
    await oauth_grants.use_refresh_token(conn, digest(refresh_token), now=now)
    return await _issue(conn, found.grant, scopes, jwts=jwts, now=now, servers=servers)


async def introspect(conn: Conn, application: OAuthApplication, token: str, *, now: datetime) -> TokenFacts | None:
    """What a token of the application stands for; None: it does not work, or is another application's."""
    owner, grant = await _access(conn, token)
    if grant is not None:
        now = await sandboxes.clock(conn, grant.organization_id, now)
        works = owner is not None and owner.revoked_at is None and (owner.expires_at is None or owner.expires_at > now)
        if not works or owner is None or grant.application_id != application.id:
            return None
        issued = now if owner.expires_at is None else owner.expires_at - ACCESS_LIFETIME
        return _facts(grant, owner.scopes, issued, owner.expires_at)
    found = await oauth_grants.get_refresh_token(conn, digest(token))
    if found is None or found.used_at is not None or found.grant.revoked_at is not None:
        return None
    if found.grant.application_id != application.id or not await _is_member(conn, found.grant):
        return None
    return _facts(found.grant, found.grant.scopes, found.created_at, None)


async def revoke(conn: Conn, application: OAuthApplication, token: str, *, now: datetime) -> None:
    """End a token; a refresh token ends with all that was issued with it. An unknown one is no error (RFC 7009, 2.2).

    Raises:
        NotItsToken: the token is another application's.
    """
    _, grant = await _access(conn, token)
    if grant is not None:
        _require_own(application, grant)
        now = await sandboxes.clock(conn, grant.organization_id, now)
        await access_tokens.revoke_digest(conn, digest(token), now=now)
        return
    found = await oauth_grants.get_refresh_token(conn, digest(token))
    if found is not None:
        _require_own(application, found.grant)
        await grants.end(conn, found.grant.organization_id, found.grant.id, now=now)


async def _access(conn: Conn, token: str) -> tuple[TokenOwner | None, OAuthGrant | None]:
    """The owner and the grant of an access token."""
    grant = await oauth_grants.get_of_access_token(conn, digest(token))
    return (None, None) if grant is None else (await access_tokens.get_owner(conn, digest(token)), grant)


def _require_own(application: OAuthApplication, grant: OAuthGrant) -> None:
    if grant.application_id != application.id:
        raise NotItsToken


def _facts(grant: OAuthGrant, scopes: list[str] | None, issued_at: datetime, expires_at: datetime | None) -> TokenFacts:
    return TokenFacts(
        spell_scopes(scopes), grant.application_id, grant.user_id, grant.organization_id, issued_at, expires_at
    )


def _narrowed(grant: OAuthGrant, scope: str) -> list[str] | None:
    """The scopes of an access token: those of the grant, or fewer where ``scope`` names some of them."""
    if not scope.strip():
        return grant.scopes
    try:
        wanted = read_scopes(scope)
    except UnknownScope as unknown:
        raise OAuthError("invalid_scope", f"{unknown} is no scope") from unknown
    found = within(wanted, grant.scopes)
    if wanted is not None and len(found if found is not None else SCOPES) < len(wanted):
        raise OAuthError("invalid_scope", "scope is more than was granted")
    return found


async def _is_member(conn: Conn, grant: OAuthGrant) -> bool:
    return await memberships.of_user(conn, grant.organization_id, grant.user_id) is not None


async def _issue(
    conn: Conn, grant: OAuthGrant, scopes: list[str] | None, *, jwts: AccessJwts, now: datetime, servers: Sequence[str]
) -> IssuedTokens:
    if not await _is_member(conn, grant):
        raise invalid_grant("The user is no member of the organization any more.")
    token_id, expires_at = ordered_id(now), now + ACCESS_LIFETIME
    scope = spell_scopes(scopes)
    claims = AccessClaims(
        id=token_id, user_id=grant.user_id, organization_id=grant.organization_id, client_id=grant.application_id,
        scope=scope, issued_at=now, expires_at=expires_at, servers=servers,
    )  # fmt: skip
    access_token, refresh_token = jwts.new(claims), new_grant_secret()
    await access_tokens.insert(
        conn,
        id=token_id,
        organization_id=grant.organization_id,
        user_id=grant.user_id,
        name="OAuth",
        digest=digest(access_token),
        scopes=scopes,
        expires_at=expires_at,
        now=now,
        grant_id=grant.id,
    )
    await oauth_grants.insert_refresh_token(conn, grant, digest(refresh_token), now=now)
    return IssuedTokens(access_token, refresh_token, scope, grant.user_id, grant.organization_id, now, expires_at)
