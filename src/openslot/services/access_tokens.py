"""Personal access tokens: made, listed and ended. How one is checked is ``access.authenticate``.

Every call looks its token up in the database, so what is ended here is refused at the next call, by every web process.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.core.scopes import SCOPES
from openslot.db import access_tokens
from openslot.db.access_tokens import AccessToken
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.security.tokens import digest, new_token
from openslot.services.access import Principal


async def issue(
    conn: Conn,
    user: User,
    *,
    name: str,
    now: datetime,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token, shown here and never again; without ``scopes`` it may do all that its user may.

    Raises:
        Invalid: a scope that is not known, or an end that has passed.
    """
    wrong = [FieldError("scopes", f"{scope} is no scope") for scope in scopes or () if scope not in SCOPES]
    if expires_at is not None and expires_at <= now:
        wrong.append(FieldError("expires_at", "must be in the future"))
    if wrong:
        raise Invalid(*wrong)
    token = new_token()
    await access_tokens.insert(
        conn,
        id=ordered_id(now),
        organization_id=user.organization_id,
        user_id=user.id,
        name=name,
        digest=digest(token),
        scopes=None if scopes is None else sorted(set(scopes)),
        expires_at=expires_at,
        now=now,
    )
    return token


async def issue_own(
    conn: Conn,
    principal: Principal,
    *,
    name: str,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
    now: datetime,
) -> tuple[AccessToken, str]:
    """A new token of the caller, and its text.

    Raises:
        Invalid: as ``issue``. Forbidden: the caller's own token may not do everything, so it can't make others.
    """
    principal.require_unlimited()
    text = await issue(conn, principal.user, name=name, scopes=scopes, expires_at=expires_at, now=now)
    [(_, made)] = await access_tokens.named(conn, [], [digest(text)])
    return made, text


async def revoke_own(conn: Conn, principal: Principal, token_id: UUID, *, now: datetime) -> None:
    """End a token of the caller; admins and owners end those of any member.

    Raises:
        NotFound: there is no such token, or it is somebody else's.
        Forbidden: the caller's own token may not do everything.
    """
    principal.require_unlimited()
    found = [one for _, one in await access_tokens.named(conn, [token_id], [])]
    if not found or found[0].organization_id != principal.organization_id:
        raise NotFound("access token")
    if not principal.reaches(Action.END_ACCESS, found[0].user_id):
        raise NotFound("access token")
    await access_tokens.revoke(conn, [token_id], now=now)


async def listing(conn: Conn, user: User | None = None) -> list[AccessToken]:
    """The tokens of ``user``, or of everybody in the database; ended ones too."""
    if user is None:
        return await access_tokens.list_all(conn)
    return await access_tokens.of_user(conn, user.organization_id, user.id)


def ended_at(token: AccessToken, *, now: datetime) -> datetime | None:
    """When a token was revoked or expired, whichever came first; None while it works."""
    ends = [end for end in (token.revoked_at, token.expires_at) if end is not None and end <= now]
    return min(ends, default=None)


async def revoke(
    conn: Conn, *, ids: Sequence[UUID] = (), texts: Sequence[str] = (), now: datetime
) -> list[AccessToken]:
    """End the tokens with these ids, and those that read so; the tokens, as they were before.

    Raises:
        NotFound: one of them is not known; then none is ended. A token's own text is not repeated.
    """
    digests = {digest(text): number for number, text in enumerate(texts, 1)}
    found = await access_tokens.named(conn, ids, list(digests))
    known = {one.id for _, one in found}
    unknown = [str(wanted) for wanted in ids if wanted not in known]
    read = {one for one, _ in found}
    unknown += [f"number {number} of those given" for one, number in digests.items() if one not in read]
    if unknown:
        raise NotFound(f"token {', '.join(unknown)}")
    tokens = [one for _, one in found]
    await access_tokens.revoke(conn, [one.id for one in tokens], now=now)
    return tokens


async def revoke_all(conn: Conn, user: User, *, now: datetime) -> list[AccessToken]:
    """End every token of a user; those that worked until now."""
    working = [one for one in await listing(conn, user) if ended_at(one, now=now) is None]
    await access_tokens.revoke(conn, [one.id for one in working], now=now)
    return working
