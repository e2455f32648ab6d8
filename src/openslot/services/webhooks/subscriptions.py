"""Webhook subscriptions: who may subscribe to which events. Source: webhooks, section 2."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType
from psycopg import errors as db_errors

from openslot.core.errors import NO_ACCESS, Conflict, FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.core.roles import Action
from openslot.db import oauth_applications, redeliveries, users, webhook_subscription_states, webhook_subscriptions
from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import Changes, WebhookSubscription
from openslot.presenters.uris import Uris
from openslot.security.outbound import OutboundPolicy
from openslot.security.vault import Vault
from openslot.services import access, plans
from openslot.services.access import NOT_IN_ORGANIZATION, Principal
from openslot.services.quotas import ANY_NUMBER, Most
from openslot.services.webhooks import filters, journal
from openslot.wire.webhooks import ALL_EVENT_SCOPES

ALREADY_EXISTS = "Hook with this url already exists"

OVER = {
    "user": "You have as many webhook subscriptions as a member may. Delete one that is not needed.",
    "organization": "Your organization has as many webhook subscriptions as it may. Delete one that is not needed.",
}
"""The message where a quota has no room. Waiting makes none, so a retry is of no use."""

_READ_SCOPES = {
    "invitee": "scheduled_events:read",
    "invitee_no_show": "scheduled_events:read",
    "routing_form_submission": "routing_forms:read",
    "event_type": "event_types:read",
    "meeting_recap": "meeting_recaps:read",
    "contact": "contacts:read",
}
"""The scope that a token needs for each family of events. Source: webhooks, section 1."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command: which events go where."""

    url: str
    events: list[str]
    scope: str
    user_id: UUID | None
    group_id: UUID | None = None
    signing_key: str | None = field(repr=False)
    event_type_ids: list[UUID] | None = None
    """What to narrow it down to; None: whatever the event type."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The command: what an existing subscription is to have from now on. UNSET: as it is."""

    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    event_type_ids: list[UUID] | UnsetType | None = UNSET
    signing_key: str | UnsetType | None = field(default=UNSET, repr=False)


async def subscribe(
    conn: Conn,
    principal: Principal,
    wanted: Wanted,
    *,
    vault: Vault,
    outbound: OutboundPolicy,
    most: Most = ANY_NUMBER,
    now: datetime,
) -> WebhookSubscription:
    """Store a subscription; it hears of all that commits after it.

    Raises:
        Invalid: an unknown event, one that the scope does not allow, a URL that can't be called, no user
            or group, event types that are not one's own.
        Forbidden: organization scope as a plain member, somebody else's events, a group without being in charge of it,
            more than ``most``, or an event that the plan has not which a sandbox imitates.
        NotFound: an unknown user or group.
        MissingScope: the token can't read what the events contain.
        Conflict: an equal subscription exists.
    """
    _check(wanted, outbound)
    await _authorize(conn, principal, wanted.scope, wanted.user_id, wanted.group_id)
    require_reading(principal, wanted.events)
    plans.require_for_events(principal, wanted.events)
    await filters.check(conn, principal, wanted.event_type_ids, wanted.events)
    sealed = await _signing_key(conn, principal, wanted, vault)
    row = WebhookSubscription(
        id=new_id(),
        organization_id=principal.organization_id,
        callback_url=wanted.url,
        events=list(dict.fromkeys(wanted.events)),
        scope=wanted.scope,
        user_id=wanted.user_id if wanted.scope == "user" else None,
        group_id=wanted.group_id if wanted.scope == "group" else None,
        creator_id=principal.user.id,
        state="active",
        retry_started_at=None,
        created_at=now,
        updated_at=now,
        event_type_ids=_sorted(wanted.event_type_ids),
        is_signed=sealed is not None,
    )
    try:
        made = await webhook_subscriptions.insert(
            conn,
            row,
            sealed_signing_key=sealed,
            grant_id=principal.user.grant_id,
            most_of_user=most.of_user,
            most_of_organization=most.of_organization,
        )
    except db_errors.ForeignKeyViolation as exc:  # somebody was quicker to delete the group
        raise NotFound("group") from exc
    if made.exists:
        raise Conflict(ALREADY_EXISTS)
    if made.quota is not None:
        raise Forbidden(OVER[made.quota])
    return row


async def _signing_key(conn: Conn, principal: Principal, wanted: Wanted, vault: Vault) -> bytes | None:
    """The sealed key of a new subscription: that of the application through which it is made, or else the one sent.

    Source: webhooks, section 4.
    """
    if principal.user.grant_id is not None:
        of_application = await oauth_applications.get_signing_key(
            conn, principal.organization_id, principal.user.grant_id
        )
        if of_application is not None:
            return of_application
    return None if wanted.signing_key is None else vault.seal(wanted.signing_key)


async def get(conn: Conn, principal: Principal, subscription_id: UUID) -> WebhookSubscription:
    """One subscription.

    Raises:
        NotFound: no such subscription in the organization.
        Forbidden: neither one's own nor of a group that one is in charge of, as a plain member.
    """
    row = await webhook_subscriptions.get(conn, principal.organization_id, subscription_id)
    if row is None:
        raise NotFound("webhook subscription")
    if row.group_id is not None:
        await access.group(conn, principal, row.group_id, Action.SUBSCRIBE_FOR_GROUP)
    elif row.user_id is None:
        principal.require(Action.SUBSCRIBE_FOR_ORGANIZATION, NO_ACCESS)
    elif not principal.reaches(Action.SUBSCRIBE_FOR_USER, row.user_id):
        raise Forbidden
    return row


async def change(
    conn: Conn,
    principal: Principal,
    subscription_id: UUID,
    wanted: Change,
    *,
    vault: Vault,
    outbound: OutboundPolicy,
    uris: Uris,
    now: datetime,
) -> WebhookSubscription:
    """Change a subscription, which keeps its id, its deliveries and its backlog. At another URL that is due at once.

    Raises:
        NotFound, Forbidden: as ``get``. Invalid, MissingScope, Conflict: as ``subscribe``, for what there will be.
    """
    row = await get(conn, principal, subscription_id)
    url = row.callback_url if wanted.url is UNSET else wanted.url
    events = row.events if wanted.events is UNSET else wanted.events
    there_will_be = Wanted(
        url=url, events=events, scope=row.scope, user_id=row.user_id, group_id=row.group_id, signing_key=None
    )
    _check(there_will_be, outbound)
    require_reading(principal, events)
    plans.require_for_events(principal, events)
    event_type_ids = row.event_type_ids if wanted.event_type_ids is UNSET else wanted.event_type_ids
    known = wanted.event_type_ids is UNSET  # one of them may be deleted by now, or somebody else's
    await filters.check(conn, principal, event_type_ids, events, known=known)
    key = wanted.signing_key
    changes = Changes(
        callback_url=None if wanted.url is UNSET else url,
        events=None if wanted.events is UNSET else list(dict.fromkeys(events)),
        event_type_ids=UNSET if wanted.event_type_ids is UNSET else _sorted(event_type_ids),
        sealed_signing_key=vault.seal(key) if isinstance(key, str) else key,
    )
    try:
        async with conn.transaction():
            changed = await webhook_subscriptions.update(conn, row.organization_id, row.id, changes, now=now)
    except db_errors.UniqueViolation as exc:
        raise Conflict(ALREADY_EXISTS) from exc
    if changed is None:
        raise NotFound("webhook subscription")
    if url != row.callback_url:
        await redeliveries.make_due(conn, row.organization_id, row.id, now=now)
    await journal.note(conn, "changed", changed, by=principal.user.id, uris=uris, now=now)
    return changed


def require_reading(principal: Principal, events: Sequence[str]) -> None:
    """Check that the token can read what these events contain.

    Raises:
        MissingScope: it can't.
    """
    for family in sorted({event.partition(".")[0] for event in events}):
        principal.require_scope(_READ_SCOPES[family])


def _sorted(ids: Sequence[UUID] | None) -> list[UUID] | None:
    """As they are stored: so that equal ones are found."""
    return None if ids is None else sorted(set(ids))


async def unsubscribe(conn: Conn, principal: Principal, subscription_id: UUID, *, now: datetime) -> None:
    """End a subscription; nothing more is sent to it.

    Raises:
        NotFound, Forbidden: as ``get``.
    """
    row = await get(conn, principal, subscription_id)
    await webhook_subscription_states.delete(conn, principal.organization_id, row.id, now=now)


async def authorize_list(
    conn: Conn, principal: Principal, scope: str, user_id: UUID | None, group_id: UUID | None = None
) -> None:
    """Check that the caller may list the subscriptions of a scope; the same rule as for making one."""
    if scope == "user" and user_id is None:
        raise Invalid(FieldError("user", "must be filled"))
    if scope == "group" and group_id is None:
        raise Invalid(FieldError("group", "must be filled"))
    await _authorize(conn, principal, scope, user_id, group_id)


async def _authorize(conn: Conn, principal: Principal, scope: str, user_id: UUID | None, group_id: UUID | None) -> None:
    if scope == "organization":
        principal.require(Action.SUBSCRIBE_FOR_ORGANIZATION, NO_ACCESS)
    elif scope == "user" and user_id is not None and user_id != principal.user.id:
        user = await users.get(conn, user_id)
        if user is None:
            raise NotFound("user")
        if user.organization_id != principal.organization_id:
            raise Forbidden(NOT_IN_ORGANIZATION)
        principal.require(Action.SUBSCRIBE_FOR_USER, NO_ACCESS)
    elif scope == "group" and group_id is not None:
        await access.group(conn, principal, group_id, Action.SUBSCRIBE_FOR_GROUP)


def problems(url: str, events: Sequence[str], scope: str, outbound: OutboundPolicy) -> list[FieldError]:
    """What is wrong with a subscription, whoever the caller is."""
    errors = []
    for index, event in enumerate(events):
        if event not in ALL_EVENT_SCOPES:
            errors.append(FieldError(f"events[{index}]", "is not a known event"))
        elif scope not in ALL_EVENT_SCOPES[event]:
            errors.append(FieldError("scope", f"{event} is not available for {scope} scope"))
    if (objection := outbound.objection(url)) is not None:
        errors.append(FieldError("url", objection))
    return errors


def _check(wanted: Wanted, outbound: OutboundPolicy) -> None:
    errors = problems(wanted.url, wanted.events, wanted.scope, outbound)
    if wanted.scope == "user" and wanted.user_id is None:
        errors.append(FieldError("user", "must be filled"))
    if wanted.scope == "group" and wanted.group_id is None:
        errors.append(FieldError("group", "must be filled"))
    if errors:
        raise Invalid(*errors)
