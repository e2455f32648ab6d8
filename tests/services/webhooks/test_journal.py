"""The event log of webhook subscriptions themselves."""

import json

from conftest import Clock
from factories import URIS, Organization, make_subscription
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.webhooks import journal
from services.conftest import Store


async def test_a_change_is_recorded_with_who_made_it_and_delivered_to_nobody(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(
        conn,
        organization.member,
        vault=vault,
        now=clock.now,
        scope="user",
        events=["invitee.created"],
        event_type_ids=None,
        signing_key="a key that nobody is shown",
    )

    await journal.note(conn, "changed", hook, by=organization.admin.id, uris=URIS, now=clock.now)

    (row,) = await store.rows("events")
    assert (row["name"], row["chain_id"], row["user_ids"], row["event_type_id"]) == (
        "webhook_subscription.changed",
        str(hook.id),
        [str(organization.member.id)],
        None,
    )
    assert json.loads(row["payload"]) == {
        "uri": URIS.webhook_subscription(hook.id),
        "callback_url": "https://hooks.example/receiver",
        "events": ["invitee.created"],
        "event_types": None,
        "by": URIS.user(organization.admin.id),
    }
    assert await store.rows("deliveries") == []


async def test_the_operator_has_no_name_and_event_types_are_named(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(
        conn, organization.owner, vault=vault, now=clock.now, event_type_ids=[organization.event_type_id]
    )

    await journal.note(conn, "paused", hook, by=None, uris=URIS, now=clock.now)

    (row,) = await store.rows("events")
    assert row["name"] == "webhook_subscription.paused"
    assert json.loads(row["payload"]) == {
        "uri": URIS.webhook_subscription(hook.id),
        "callback_url": "https://hooks.example/receiver",
        "events": ["invitee.created", "invitee.canceled"],
        "event_types": [URIS.event_type(organization.event_type_id)],
        "by": None,
    }
