"""Who is delivered what. Source: webhooks, section 8."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conftest import Clock
from factories import (
    URIS,
    Organization,
    make_booking,
    make_event_type,
    make_routing_form,
    make_submission,
    make_subscription,
    principal_of,
)
from openslot.core.ids import new_id
from openslot.db import webhook_subscription_states
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.booking import cancellation
from services.conftest import Store

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def delivered(store: Store) -> list[str]:
    """The subscriptions that have a delivery, by id."""
    return sorted(row["subscription_id"] for row in await store.rows("deliveries"))


async def test_the_organization_hears_of_everybody_and_a_user_of_what_that_user_hosts(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    everybody = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    owner = await make_subscription(conn, organization.owner, vault=vault, now=clock.now, scope="user")
    member = await make_subscription(conn, organization.member, vault=vault, now=clock.now, scope="user")
    hosted = await make_event_type(conn, organization.member.user, now=clock.now)

    await make_booking(conn, organization, START, now=clock.now)
    assert await delivered(store) == sorted([str(everybody.id), str(owner.id)])
    await make_booking(conn, replace(organization, event_type_id=hosted), START, now=clock.now)
    assert await delivered(store) == sorted([str(everybody.id), str(everybody.id), str(owner.id), str(member.id)])


async def test_nobody_hears_of_what_was_not_subscribed_or_of_another_organization(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock, vault: Vault, *, store: Store
) -> None:
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now, events=["invitee.canceled"])
    await make_subscription(conn, elsewhere.owner, vault=vault, now=clock.now)

    await make_booking(conn, organization, START, now=clock.now)

    assert [row["name"] for row in await store.rows("events")] == ["invitee.created"]
    assert await delivered(store) == []


async def test_a_subscription_that_was_deleted_hears_nothing(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    await webhook_subscription_states.delete(conn, organization.id, hook.id, now=clock.now)

    await make_booking(conn, organization, START, now=clock.now)

    assert await delivered(store) == []


async def test_what_happens_while_a_subscription_is_disabled_is_its_backlog(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    await webhook_subscription_states.disable(conn, organization.id, hook.id, now=clock.now)

    await make_booking(conn, organization, START, now=clock.now)

    assert await delivered(store) == [str(hook.id)]


@pytest.mark.parametrize("narrowed_to", ["it", "another"])
async def test_a_subscription_may_be_narrowed_down_to_event_types(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store, *, narrowed_to: str
) -> None:
    hook = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    only = organization.event_type_id if narrowed_to == "it" else new_id()
    await conn.execute("UPDATE webhook_subscriptions SET event_type_ids = %s WHERE id = %s", ([only], hook.id))

    await make_booking(conn, organization, START, now=clock.now)

    assert await delivered(store) == ([str(hook.id)] if narrowed_to == "it" else [])


async def test_a_routing_submission_is_delivered_to_the_organization(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    hook = await make_subscription(
        conn, organization.owner, vault=vault, now=clock.now, events=["routing_form_submission.created"]
    )
    form = await make_routing_form(conn, organization, now=clock.now)

    sent = await make_submission(conn, form, now=clock.now)

    (delivery,) = await store.rows("deliveries")
    assert (delivery["subscription_id"], delivery["chain_id"]) == (str(hook.id), str(sent.id))


async def test_deliveries_of_one_invitee_are_one_chain_per_subscription_in_order(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, store: Store
) -> None:
    one = await make_subscription(conn, organization.owner, vault=vault, now=clock.now)
    other = await make_subscription(conn, organization.owner, vault=vault, now=clock.now, url="https://b.example/")
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)

    rows = sorted(await store.rows("deliveries"), key=lambda row: int(row["sequence"]))
    names = {row["id"]: row["name"] for row in await store.rows("events")}

    for hook in (one, other):
        own = [row for row in rows if row["subscription_id"] == str(hook.id)]
        assert [(row["chain_id"], names[row["event_id"]]) for row in own] == [
            (str(made.invitee.id), "invitee.created"),
            (str(made.invitee.id), "invitee.canceled"),
        ]


async def test_the_payload_stays_as_it_was_when_it_happened(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    await make_booking(conn, organization, START, now=clock.now)
    before = await store.rows("events")
    await conn.execute("UPDATE invitees SET name = 'Somebody else' WHERE organization_id = %s", (organization.id,))
    await conn.execute("UPDATE users SET name = 'Renamed' WHERE id = %s", (organization.owner.id,))

    assert await store.rows("events") == before
