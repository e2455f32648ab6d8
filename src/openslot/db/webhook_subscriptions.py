"""Webhook subscriptions: callback URL, events and scope. ``webhook_subscription_states`` disables and deletes them."""

from datetime import datetime
from typing import LiteralString
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page


class WebhookSubscription(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    callback_url: str
    events: list[str]
    """In the order of the request, without duplicates."""
    scope: str
    user_id: UUID | None
    group_id: UUID | None
    creator_id: UUID | None
    state: str
    retry_started_at: datetime | None
    created_at: datetime
    updated_at: datetime
    event_type_ids: list[UUID] | None = None
    """The event types it is restricted to, sorted; None: all."""
    warned_at: datetime | None = None
    """When its owner was warned that deliveries fail."""
    disabled_at: datetime | None = None
    is_signed: bool = False
    """Whether it has a signing key."""


# ``sent_events`` keeps the order of the request. It is ignored where an earlier version of the service, which may run
# at the same time during an upgrade, has changed only ``events``.
_COLUMNS: LiteralString = """
    id, organization_id, callback_url,
    CASE WHEN sent_events @> events AND events @> sent_events THEN sent_events ELSE events END AS events,
    scope, user_id, group_id, creator_id, state, retry_started_at,
    created_at, updated_at, event_type_ids, warned_at, disabled_at, sealed_signing_key IS NOT NULL AS is_signed
"""
_SELECT: LiteralString = f"SELECT {_COLUMNS} FROM webhook_subscriptions"


async def get(conn: Conn, organization_id: UUID, subscription_id: UUID) -> WebhookSubscription | None:
    query: LiteralString = (
        f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s AND deleted_at IS NULL"
    )
    return await fetch_one(
        conn, WebhookSubscription, query, {"organization_id": organization_id, "id": subscription_id}
    )


async def find(conn: Conn, subscription_id: UUID) -> WebhookSubscription | None:
    """A subscription of any organization, for the operator's commands."""
    query: LiteralString = f"{_SELECT} WHERE id = %(id)s AND deleted_at IS NULL"
    return await fetch_one(conn, WebhookSubscription, query, {"id": subscription_id})


async def list_all(conn: Conn, organization_id: UUID | None) -> list[WebhookSubscription]:
    """Every subscription, or every one of an organization, for the operator's commands; the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE deleted_at IS NULL AND (%(id)s::uuid IS NULL OR organization_id = %(id)s)
        ORDER BY organization_id, created_at, id
    """
    return await fetch_all(conn, WebhookSubscription, query, {"id": organization_id})


async def list_page(
    conn: Conn,
    organization_id: UUID,
    scope: str,
    page: PageRequest,
    *,
    user_id: UUID | None,
    group_id: UUID | None,
) -> PageOf[WebhookSubscription]:
    """One page of the subscriptions of a scope; ``user_id`` where the scope is ``user``, ``group_id`` for ``group``."""
    conditions: list[LiteralString] = [
        "organization_id = %(organization_id)s", "scope = %(scope)s", "deleted_at IS NULL",
    ]  # fmt: skip
    if user_id is not None:
        conditions.append("user_id = %(user_id)s")
    if group_id is not None:
        conditions.append("group_id = %(group_id)s")
    params = {"organization_id": organization_id, "scope": scope, "user_id": user_id, "group_id": group_id}
    return await fetch_page(conn, WebhookSubscription, _SELECT, conditions, params, page)


def destination_of(callback_url: str) -> str:
    """Scheme, host and port of a callback URL; the number of concurrent deliveries is limited per destination."""
    parts = urlsplit(callback_url)
    return f"{parts.scheme}://{parts.netloc}".lower()


class Inserted(Struct, frozen=True):
    """The result of ``insert``."""

    is_new: bool
    exists: bool
    """Whether an equal one exists."""
    quota: str | None
    """The quota that is exceeded, ``user`` or ``organization``."""


async def insert(
    conn: Conn,
    new: WebhookSubscription,
    *,
    sealed_signing_key: bytes | None,
    grant_id: UUID | None = None,
    most_of_user: int | None = None,
    most_of_organization: int | None = None,
) -> Inserted:
    """Store a subscription, unless an equal one exists or a quota of its creator or the organization is exceeded.

    Of two subscriptions at the bound only one passes: the second is counted after the first has committed.

    Raises:
        psycopg.errors.ForeignKeyViolation: its group was deleted.
    """
    found = await fetch_one(
        conn,
        Inserted,
        """
        WITH counted AS MATERIALIZED (
            SELECT exceeded_subscription_quota(
                %(organization_id)s, %(creator_id)s, %(most_of_user)s, %(most_of_organization)s) AS quota
        ), made AS (
            INSERT INTO webhook_subscriptions
                (id, organization_id, callback_url, events, scope, user_id, group_id, creator_id, grant_id,
                 sealed_signing_key,
                 created_at, updated_at, destination, event_type_ids, sent_events)
            SELECT %(id)s, %(organization_id)s, %(callback_url)s, %(events)s, %(scope)s, %(user_id)s, %(group_id)s,
                   %(creator_id)s, %(grant_id)s, %(sealed_signing_key)s, %(created_at)s, %(updated_at)s,
                   %(destination)s, %(event_type_ids)s, %(sent_events)s
            FROM counted WHERE quota IS NULL
            ON CONFLICT DO NOTHING
            RETURNING id
        )
        SELECT EXISTS (SELECT FROM made) AS is_new, quota, CASE WHEN quota IS NULL THEN NOT EXISTS (SELECT FROM made)
            ELSE EXISTS (
                SELECT FROM webhook_subscriptions
                WHERE organization_id = %(organization_id)s AND scope = %(scope)s AND deleted_at IS NULL
                  AND user_id IS NOT DISTINCT FROM %(user_id)s AND group_id IS NOT DISTINCT FROM %(group_id)s
                  AND callback_url = %(callback_url)s AND events = %(events)s
                  AND event_type_ids IS NOT DISTINCT FROM %(event_type_ids)s) END AS exists
        FROM counted
        """,
        {
            "most_of_user": most_of_user, "most_of_organization": most_of_organization,
            "id": new.id, "organization_id": new.organization_id, "callback_url": new.callback_url,
            "events": sorted(new.events), "sent_events": new.events,
            "scope": new.scope, "user_id": new.user_id, "group_id": new.group_id,
            "creator_id": new.creator_id, "grant_id": grant_id, "sealed_signing_key": sealed_signing_key,
            "created_at": new.created_at, "updated_at": new.updated_at,
            "destination": destination_of(new.callback_url), "event_type_ids": new.event_type_ids,
        },
    )  # fmt: skip
    assert found is not None  # the function returns one row
    return found


class Changes(Struct, frozen=True, kw_only=True):
    """Changes to a subscription. None or UNSET: no change, except where None has a meaning of its own."""

    callback_url: str | None = None
    events: list[str] | None = None
    """Without duplicates; the order is kept."""
    event_type_ids: list[UUID] | UnsetType | None = UNSET
    """Sorted. None: all event types."""
    sealed_signing_key: bytes | UnsetType | None = UNSET
    """None: unsigned."""


async def update(
    conn: Conn, organization_id: UUID, subscription_id: UUID, changes: Changes, *, now: datetime
) -> WebhookSubscription | None:
    """Change a subscription, which keeps its id and its backlog; None where it was deleted.

    A new URL resets the record of failures.

    Raises:
        psycopg.errors.UniqueViolation: an equal one exists.
    """
    return await fetch_one(
        conn,
        WebhookSubscription,
        f"""
        UPDATE webhook_subscriptions SET
            callback_url = coalesce(%(url)s, callback_url), destination = coalesce(%(destination)s, destination),
            events = coalesce(%(events)s, events), sent_events = coalesce(%(sent_events)s, sent_events),
            event_type_ids = CASE WHEN %(narrowed)s THEN %(event_type_ids)s ELSE event_type_ids END,
            sealed_signing_key = CASE WHEN %(rekeyed)s THEN %(key)s ELSE sealed_signing_key END,
            retry_started_at = CASE WHEN %(url)s <> callback_url THEN NULL ELSE retry_started_at END,
            warned_at = CASE WHEN %(url)s <> callback_url THEN NULL ELSE warned_at END, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,
        {
            "organization_id": organization_id, "id": subscription_id, "now": now, "url": changes.callback_url,
            "destination": None if changes.callback_url is None else destination_of(changes.callback_url),
            "events": None if changes.events is None else sorted(changes.events), "sent_events": changes.events,
            "narrowed": changes.event_type_ids is not UNSET,
            "event_type_ids": None if changes.event_type_ids is UNSET else changes.event_type_ids,
            "rekeyed": changes.sealed_signing_key is not UNSET,
            "key": None if changes.sealed_signing_key is UNSET else changes.sealed_signing_key,
        },
    )  # fmt: skip
