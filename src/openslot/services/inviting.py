"""Invitations into an organization: sent by mail, renewed, revoked, accepted or declined.

Source: behaviours, section 7. A link has a secret of which only a digest is stored; its mail
waits in the queue's table until it is sent (ADR 0008).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from openslot.core.contacts import MAX_EMAIL_LENGTH, email_address
from openslot.core.errors import (
    AlreadyAccepted,
    AlreadyInvited,
    AlreadyMember,
    InvalidEmail,
    InvitationRace,
    NotFound,
    WrongState,
    invalid,
)
from openslot.core.ids import new_id, ordered_id
from openslot.core.roles import Action
from openslot.db import event_types, invitations, memberships, organizations, sandboxes, users
from openslot.db.invitations import Invitation, OpenedInvitation
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.i18n import languages
from openslot.i18n.formatting import Formats
from openslot.presenters import invitations as present
from openslot.presenters.uris import Uris
from openslot.providers.mail import Message
from openslot.security.tokens import digest, new_invitation_secret
from openslot.services import accounts, notifications, outbox
from openslot.services.access import Principal
from openslot.services.accounts import NewMember
from openslot.telemetry import correlation
from openslot.wire.characters import is_seen

R = TypeVar("R", bound=Invitation)

VALID = timedelta(days=30)
"""How long a link works."""


class SentInvitation(NamedTuple):
    """An invitation, and its link, which is shown here and in the mail alone."""

    invitation: Invitation
    link: str


def into(principal: Principal, organization_id: UUID) -> UUID:
    """Check that the caller may invite into an organization: the own one, as an admin or owner.

    Raises:
        NotFound: another organization. Forbidden: a plain member.
    """
    if organization_id != principal.organization_id:
        raise NotFound("organization")
    principal.require(Action.MANAGE_INVITATIONS)
    return organization_id


async def get(conn: Conn, principal: Principal, invitation_id: UUID) -> Invitation:
    """An invitation into the caller's organization.

    Raises:
        Forbidden: a plain member. NotFound: there is none.
    """
    principal.require(Action.MANAGE_INVITATIONS)
    return _found(await invitations.get(conn, principal.organization_id, invitation_id))


async def invite(
    conn: Conn, principal: Principal, email: str, *, role: str = "user", uris: Uris, now: datetime
) -> SentInvitation:
    """Invite somebody, as an admin or owner; one that has expired gets another link.

    Whether the address belongs to somebody of another organization is not said: only who follows the link learns it.

    Raises:
        Forbidden: a plain member. Invalid: no address. InvitationRefused: it is none, or of a member, or invited.
    """
    principal.require(Action.MANAGE_INVITATIONS)
    address = _address(email)
    user = await users.get_by_email(conn, address)
    if user is not None and await memberships.of_user(conn, principal.organization_id, user.id) is not None:
        raise AlreadyMember(address)
    pending = await invitations.lock_pending(conn, principal.organization_id, address)
    secret = new_invitation_secret()
    if pending is None:
        made = await _insert(conn, principal, address, role, secret, now=now)
    elif pending.expires_at > now:
        raise AlreadyInvited(address)
    else:
        made = await invitations.renew(
            conn, pending, role=role, invited_by_id=principal.user.id, digest=digest(secret), expires_at=now + VALID,
            now=now,
        )  # fmt: skip
    link = uris.invitation_page(secret)
    await _record(conn, "created" if pending is None else "resent", made, uris=uris, now=now)
    await _mail(conn, principal, made, link, now=now)
    return SentInvitation(made, link)


async def revoke(conn: Conn, principal: Principal, invitation_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Take an invitation back, as an admin or owner: the link leads nowhere from then on.

    Raises:
        Forbidden: a plain member. NotFound: there is none. AlreadyAccepted: it was accepted.
    """
    principal.require(Action.MANAGE_INVITATIONS)
    found = _found(await invitations.lock(conn, principal.organization_id, invitation_id))
    if found.status == "accepted":
        raise AlreadyAccepted
    await invitations.delete(conn, found.organization_id, found.id)
    await _record(conn, "revoked", found, uris=uris, now=now)


class LinkState(Enum):
    """What who follows a link can do."""

    OPEN = auto()
    """Accept or decline."""
    ELSEWHERE = auto()
    """Decline: the address belongs to a member of another organization, and nobody is in two."""
    MEMBER = auto()
    """Sign in: the address belongs to a member of this organization, who was added in another way."""
    ACCEPTED = auto()
    DECLINED = auto()
    EXPIRED = auto()


@dataclass(frozen=True)
class FollowedLink:
    """What a link leads to."""

    invitation: OpenedInvitation
    state: LinkState
    user: User | None
    """Who has the address: somebody who left an organization, where the link is open."""


async def follow(conn: Conn, secret: str, *, now: datetime) -> FollowedLink:
    """What the link with this secret leads to.

    Raises:
        NotFound: nothing: it is mistyped, was replaced by another, or was revoked.
    """
    found = _found(await invitations.get_by_digest(conn, digest(secret)))
    now = await sandboxes.clock(conn, found.organization_id, now)
    user = await users.get_by_email(conn, found.email)
    return FollowedLink(found, await _state_of(conn, found, user, now=now), user)


@dataclass(frozen=True, kw_only=True)
class Joining:
    """What who accepts fills in."""

    name: str
    timezone: str
    """IANA name."""
    password_hash: str = field(repr=False)


async def accept(conn: Conn, secret: str, joining: Joining, *, uris: Uris, now: datetime) -> User:
    """Join the organization, with working hours and a first event type. Who left before comes back (ADR 0008).

    Raises:
        NotFound: no such link. WrongState: it is not open. Invalid: name or zone can't be used.
    """
    found = _found(await invitations.lock_by_digest(conn, digest(secret)))
    now = await sandboxes.clock(conn, found.organization_id, now)
    former = await users.get_by_email(conn, found.email)
    if former is not None:  # who is invited by two organizations joins one
        await users.lock(conn, former.id)
        former = await users.get(conn, former.id)
    _require(await _state_of(conn, found, former, now=now), LinkState.OPEN)
    member = NewMember(
        name=joining.name, email=found.email, timezone=joining.timezone, role=found.role,
        password_hash=joining.password_hash,
    )  # fmt: skip
    if former is None:
        user = await accounts.add_member(conn, found.organization_id, member, now=now)
    else:
        user = await accounts.readmit(conn, former, found.organization_id, member, now=now)
    correlation.called_by(user.id)
    if not await event_types.list_of_host(conn, user.organization_id, user.id):
        await accounts.add_first_event_type(conn, user, uris=uris, now=now)
    await _close(conn, found, "accepted", user_id=user.id, uris=uris, now=now)
    return user


async def decline(conn: Conn, secret: str, *, uris: Uris, now: datetime) -> None:
    """Say no; the address may be invited again.

    Raises:
        NotFound: no such link. WrongState: it is not open.
    """
    found = _found(await invitations.lock_by_digest(conn, digest(secret)))
    now = await sandboxes.clock(conn, found.organization_id, now)
    user = await users.get_by_email(conn, found.email)
    _require(await _state_of(conn, found, user, now=now), LinkState.OPEN, LinkState.ELSEWHERE)
    await _close(conn, found, "declined", uris=uris, now=now)


def _address(email: str) -> str:
    """The address as it is stored.

    Raises:
        Invalid: nothing is to be seen. InvalidEmail: it is no address.
    """
    if not is_seen(email):
        raise invalid("email", "must be filled")
    address = email_address(email)
    if address is None:
        raise InvalidEmail(email[:MAX_EMAIL_LENGTH])
    return address


async def _insert(conn: Conn, principal: Principal, email: str, role: str, secret: str, *, now: datetime) -> Invitation:
    made = Invitation(
        id=ordered_id(now),
        organization_id=principal.organization_id,
        email=email,
        role=role,
        status="pending",
        invited_by_id=principal.user.id,
        user_id=None,
        created_at=now,
        updated_at=now,
        last_sent_at=now,
        expires_at=now + VALID,
    )
    if not await invitations.insert(conn, made, digest=digest(secret)):
        raise InvitationRace
    return made


def _found(invitation: R | None) -> R:
    if invitation is None:
        raise NotFound("invitation")
    return invitation


async def _state_of(conn: Conn, found: OpenedInvitation, user: User | None, *, now: datetime) -> LinkState:
    if found.status != "pending":
        return LinkState.ACCEPTED if found.status == "accepted" else LinkState.DECLINED
    if found.expires_at <= now:
        return LinkState.EXPIRED
    if user is None or await memberships.of_user(conn, user.organization_id, user.id) is None:
        is_other = user is not None and user.organization_id != found.organization_id
        # A sandbox keeps its mail, so its admins have the link too: it proves nothing about who has the address.
        if is_other and await sandboxes.get(conn, found.organization_id) is not None:
            return LinkState.ELSEWHERE
        return LinkState.OPEN
    return LinkState.MEMBER if user.organization_id == found.organization_id else LinkState.ELSEWHERE


def _require(state: LinkState, *allowed: LinkState) -> None:
    if state not in allowed:
        raise WrongState("This invitation can't be answered any more")


async def _close(
    conn: Conn, found: OpenedInvitation, status: str, *, user_id: UUID | None = None, uris: Uris, now: datetime
) -> None:
    await invitations.set_status(conn, found.organization_id, found.id, status, user_id=user_id, now=now)
    closed = _found(await invitations.get(conn, found.organization_id, found.id))
    await _record(conn, status, closed, uris=uris, now=now)


async def _record(conn: Conn, action: str, invitation: Invitation, *, uris: Uris, now: datetime) -> None:
    await outbox.record(
        conn,
        f"organization_invitation.{action}",
        organization_id=invitation.organization_id,
        chain_id=invitation.id,
        correlation_id=correlation.current(),
        user_ids=[] if invitation.user_id is None else [invitation.user_id],
        payload=present.invitation(invitation, uris),
        uris=uris,
        now=now,
    )


async def _mail(conn: Conn, principal: Principal, invitation: Invitation, link: str, *, now: datetime) -> None:
    """Write to who is invited, in the inviter's language: the other one's is not known."""
    inviter = principal.user
    organization = await organizations.get(conn, invitation.organization_id)
    assert organization is not None  # rows refer to it
    language = languages.choose(inviter.locale, "")
    formats = Formats.of(language, ZoneInfo(inviter.timezone))
    facts = {
        "inviter": inviter.name, "email": inviter.email, "organization": organization.name, "url": link,
        "until": formats.full_date(formats.day(invitation.expires_at)),
    }  # fmt: skip
    _ = language.translations.gettext
    subject = _("%(inviter)s invites you to join %(organization)s") % facts
    text = _(
        "Hello,\n\n"
        "%(inviter)s (%(email)s) invites you to join %(organization)s. You would get a page on which others book"
        " meetings with you.\n\n"
        "Accept or decline here:\n\n"
        "    %(url)s\n\n"
        "The link works until %(until)s. Keep it to yourself: whoever has it can join in your place.\n\n"
        "If you don't know who this is, leave this message unanswered, and nothing happens.\n"
    ) % facts  # fmt: skip
    message = Message(id=new_id(), to=invitation.email, subject=subject, text=text)
    await notifications.defer_mail(conn, message, organization_id=invitation.organization_id, now=now)
