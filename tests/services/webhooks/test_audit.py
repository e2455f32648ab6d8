"""What a replay takes, and what can't be delivered again. Source: rules, section 14; webhooks, section 8."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import (
    URIS,
    Organization,
    make_booking,
    make_event_type,
    make_group,
    make_routing_form,
    make_submission,
    make_subscription,
    principal_of,
)
from openslot.core.errors import Invalid, NotFound, WrongState
from openslot.core.ids import new_id
from openslot.db import deliveries, redeliveries, workers
from openslot.db.deliveries import Backlog, InspectedDelivery
from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.security.vault import Vault
from openslot.services.booking import cancellation
from openslot.services.webhooks import audit, subscriptions
from services.conftest import Store

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
async def hook(conn: Conn, organization: Organization, clock: Clock, vault: Vault) -> WebhookSubscription:
    """For the whole organization, bookings alone."""
    return await make_subscription(
        conn, organization.owner, vault=vault, now=clock.now, events=["invitee.created"], url="https://a.example/"
    )


async def book(conn: Conn, organization: Organization, clock: Clock, *, hour: int = 0) -> UUID:
    """A booking; the id of its event in the log."""
    await make_booking(conn, organization, START + timedelta(hours=hour), now=clock.now)
    cursor = await conn.execute(
        "SELECT id FROM events WHERE organization_id = %s AND name = 'invitee.created' ORDER BY sequence DESC LIMIT 1",
        (organization.id,),
    )
    ((event_id,),) = await cursor.fetchall()
    return UUID(str(event_id))


async def finish(conn: Conn, subscription: WebhookSubscription, state: str = "delivered") -> None:
    """Let everything that waits have ended so."""
    await conn.execute(
        "UPDATE deliveries SET state = %s, attempts = 3, next_attempt_at = NULL, finished_at = now()"
        " WHERE subscription_id = %s AND state = 'pending'",
        (state, subscription.id),
    )


async def pending(conn: Conn, subscription: WebhookSubscription) -> list[UUID]:
    """The events of which a delivery is due, in order."""
    cursor = await conn.execute(
        "SELECT event_id FROM deliveries WHERE subscription_id = %s AND state = 'pending' ORDER BY sequence",
        (subscription.id,),
    )
    return [event_id for (event_id,) in await cursor.fetchall()]


async def replay(conn: Conn, subscription: WebhookSubscription, clock: Clock, since: datetime, **more: Any) -> int:
    return await audit.replay(conn, subscription, since=since, uris=URIS, now=clock.now, **more)


async def only_delivery(conn: Conn, subscription: WebhookSubscription) -> InspectedDelivery:
    cursor = await conn.execute("SELECT id FROM deliveries WHERE subscription_id = %s", (subscription.id,))
    ((delivery_id,),) = await cursor.fetchall()
    found = await deliveries.find(conn, delivery_id, users_uri=URIS.user_prefix)
    assert found is not None
    return found


async def test_a_replay_takes_what_happened_from_since_until_just_before_until(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    made = []
    for hour in range(4):
        made.append(await book(conn, organization, clock, hour=hour))
        clock.advance(minutes=1, microseconds=1)
    await finish(conn, hook)
    began = clock.now - timedelta(minutes=4, microseconds=4)
    second, fourth = began + timedelta(minutes=1, microseconds=1), began + timedelta(minutes=3, microseconds=3)

    counts = [
        await replay(conn, hook, clock, second, until=fourth),
        len(await pending(conn, hook)),
        await replay(conn, hook, clock, second + timedelta(microseconds=1)),
    ]

    assert counts == [2, 2, 1]  # the third is pending already
    assert await pending(conn, hook) == made[1:]


@pytest.mark.parametrize("since", [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
async def test_a_replay_may_reach_from_the_beginning_to_the_end_of_time(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription, since: datetime
) -> None:
    await book(conn, organization, clock)
    await finish(conn, hook)

    assert await replay(conn, hook, clock, since, until=datetime.max.replace(tzinfo=UTC)) == 1


async def test_a_replay_that_ends_before_it_begins_is_refused(
    conn: Conn, clock: Clock, hook: WebhookSubscription
) -> None:
    with pytest.raises(Invalid, match="until must be after since"):
        await replay(conn, hook, clock, clock.now, until=clock.now)


@pytest.mark.parametrize(
    ("states", "taken"),
    [(("delivered", "failed", "discarded"), 4), (("failed",), 2), ((), 1), (("pending",), 1)],
)
async def test_a_replay_takes_deliveries_in_the_states_it_names_and_what_there_is_none_of(
    conn: Conn,
    organization: Organization,
    clock: Clock,
    hook: WebhookSubscription,
    *,
    states: Sequence[str],
    taken: int,
) -> None:
    began = clock.now
    for hour, state in enumerate(("delivered", "failed", "discarded")):
        await book(conn, organization, clock, hour=hour)
        await finish(conn, hook, state)
    missed = await book(conn, organization, clock, hour=3)
    await conn.execute("DELETE FROM deliveries WHERE event_id = %s", (missed,))

    assert await replay(conn, hook, clock, began, states=states) == taken


async def test_a_replayed_delivery_keeps_its_id_and_its_attempts_and_its_schedule_begins_anew(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription, store: Store
) -> None:
    began = clock.now
    await book(conn, organization, clock)
    await finish(conn, hook, "failed")
    (before,) = await store.rows("deliveries")
    clock.advance(days=3)

    await replay(conn, hook, clock, began)

    (after,) = await store.rows("deliveries")
    assert after == before | {
        "state": "pending",
        "finished_at": None,
        "earlier_attempts": 3,
        "next_attempt_at": "2027-01-07T08:00:00+00:00",
    }


async def test_a_replay_is_of_what_the_subscription_wants_as_it_stands_now(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault
) -> None:
    """Events, event types and scope: nobody gets by a replay what nobody would be told."""
    began, owner = clock.now, organization.owner
    another = await make_event_type(conn, owner.user, now=began)
    hosted = await make_event_type(conn, organization.member.user, now=began)
    events = {
        name: await book(conn, replace(organization, event_type_id=event_type_id), clock, hour=hour)
        for hour, (name, event_type_id) in enumerate(
            [("usual", organization.event_type_id), ("another", another), ("member's", hosted)]
        )
    }
    names = {event_id: name for name, event_id in events.items()}
    form = await make_routing_form(conn, organization, now=began)
    await make_submission(conn, form, now=began)
    wanted: dict[str, dict[str, Any]] = {
        "everybody": {}, "one's own": {"scope": "user"}, "another": {"event_type_ids": [another]},
        "canceled": {"events": ["invitee.canceled"]},
    }  # fmt: skip
    got: dict[str, list[str]] = {}
    for who, more in wanted.items():
        made = await make_subscription(
            conn, owner, vault=vault, now=clock.now, url=f"https://{len(got)}.example/",
            **({"events": ["invitee.created"]} | more),
        )  # fmt: skip
        await replay(conn, made, clock, began)
        got[who] = [names[event_id] for event_id in await pending(conn, made)]

    assert got == {
        "everybody": ["usual", "another", "member's"], "one's own": ["usual", "another"], "another": ["another"],
        "canceled": [],
    }  # fmt: skip


async def test_what_no_longer_fits_the_subscription_is_not_replayed_although_it_was_delivered(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    began = clock.now
    await book(conn, organization, clock)
    await finish(conn, hook)
    await conn.execute("UPDATE webhook_subscriptions SET events = '{invitee.canceled}' WHERE id = %s", (hook.id,))

    assert await replay(conn, hook, clock, began) == 0


async def test_a_group_gets_nothing_of_a_member_from_before_that_member_joined(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault
) -> None:
    began = clock.now
    await book(conn, organization, clock)
    clock.advance(hours=1)
    group_id = await make_group(conn, organization, now=clock.now, members=[organization.owner])
    later = await book(conn, organization, clock, hour=1)
    made = await make_subscription(
        conn,
        organization.owner,
        vault=vault,
        now=clock.now,
        events=["invitee.created"],
        scope="group",
        group_id=group_id,
    )

    assert await replay(conn, made, clock, began) == 1
    assert await pending(conn, made) == [later]


async def test_test_events_and_erased_ones_are_in_no_replay(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    began = clock.now
    erased = await book(conn, organization, clock)
    await conn.execute("UPDATE events SET erased_at = now() WHERE id = %s", (erased,))
    await audit.send_test(conn, hook, uris=URIS, now=clock.now)
    await finish(conn, hook)

    assert await replay(conn, hook, clock, began) == 0


async def test_another_organization_is_never_touched(
    conn: Conn, elsewhere: Organization, clock: Clock, hook: WebhookSubscription, vault: Vault
) -> None:
    began = clock.now
    theirs = await make_subscription(conn, elsewhere.owner, vault=vault, now=clock.now, events=["invitee.created"])
    await book(conn, elsewhere, clock)
    await finish(conn, theirs)

    assert (await replay(conn, hook, clock, began), await pending(conn, theirs)) == (0, [])


async def test_what_a_worker_has_in_hand_is_neither_redelivered_nor_replayed_nor_made_due(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription, store: Store
) -> None:
    began, worker = clock.now, new_id()
    await book(conn, organization, clock)
    await workers.beat(conn, worker, "at it", started_at=clock.now, has_polled=True, report={})
    await conn.execute("UPDATE deliveries SET claimed_by = %s WHERE subscription_id = %s", (worker, hook.id))
    before = await store.rows("deliveries")

    with pytest.raises(WrongState, match="at the moment"):
        await audit.redeliver(conn, await only_delivery(conn, hook), uris=URIS, now=clock.now)
    assert (await only_delivery(conn, hook)).in_hand
    assert await replay(conn, hook, clock, began, states=["pending"]) == 0
    assert await redeliveries.make_due(conn, organization.id, hook.id, now=clock.now) == 0
    assert await store.rows("deliveries") == before

    await workers.leave(conn, worker)
    due = await audit.redeliver(conn, await only_delivery(conn, hook), uris=URIS, now=clock.now)
    assert (due.state, due.in_hand) == ("pending", False)


async def test_an_erased_event_is_not_delivered_again(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    event_id = await book(conn, organization, clock)
    await finish(conn, hook)
    found = await only_delivery(conn, hook)
    await conn.execute("UPDATE events SET erased_at = now() WHERE id = %s", (event_id,))

    for seen in (found, await only_delivery(conn, hook)):  # erased after it was looked at, and before
        with pytest.raises(WrongState):
            await audit.redeliver(conn, seen, uris=URIS, now=clock.now)
    assert (await only_delivery(conn, hook)).state == "delivered"


async def test_of_a_deleted_subscription_nothing_is_delivered_again(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    await book(conn, organization, clock)
    await finish(conn, hook)
    found = await only_delivery(conn, hook)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await subscriptions.unsubscribe(conn, principal, hook.id, now=clock.now)

    with pytest.raises(NotFound):
        await audit.redeliver(conn, found, uris=URIS, now=clock.now)
    with pytest.raises(NotFound):
        await audit.enable(conn, hook, by=None, uris=URIS, now=clock.now)
    with pytest.raises(NotFound):
        await audit.send_test(conn, hook, uris=URIS, now=clock.now)
    assert await replay(conn, hook, clock, START - timedelta(days=9)) == 0
    assert (await only_delivery(conn, hook)).state == "delivered"


async def test_the_backlog_is_what_waits_and_when_the_oldest_of_it_happened(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    began = clock.now
    await book(conn, organization, clock)
    clock.advance(hours=1)
    await book(conn, organization, clock, hour=1)
    await finish(conn, hook)
    clock.advance(hours=1)
    assert (await audit.standing(conn, hook)).backlog == Backlog(0, None)

    await replay(conn, hook, clock, began)

    assert (await audit.standing(conn, hook)).backlog == Backlog(2, began)


async def test_enabling_and_pausing_are_written_down_once_each(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription, store: Store
) -> None:
    for _ in range(2):
        row = await audit.disable(conn, hook, by=organization.owner.id, uris=URIS, now=clock.now)
        assert (row.state, row.disabled_at) == ("disabled", clock.now)
    for _ in range(2):
        row = await audit.enable(conn, hook, by=None, uris=URIS, now=clock.now)
        assert (row.state, row.disabled_at) == ("active", None)

    written = sorted(await store.rows("events"), key=lambda one: int(one["sequence"]))
    assert [one["name"] for one in written] == ["webhook_subscription.paused", "webhook_subscription.enabled"]
    assert written[0]["payload"] == (
        f'{{"uri":"{URIS.webhook_subscription(hook.id)}","callback_url":"https://a.example/",'
        f'"events":["invitee.created"],"event_types":null,"by":"{URIS.user(organization.owner.id)}"}}'
    )


async def test_a_test_event_is_for_one_subscription_and_of_an_event_in_its_scope(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription, store: Store, *, vault: Vault
) -> None:
    await make_subscription(conn, organization.owner, vault=vault, now=clock.now, url="https://b.example/")

    made = await audit.send_test(conn, hook, "event_type.updated", uris=URIS, now=clock.now)

    assert [row["id"] for row in await store.rows("deliveries")] == [str(made.id)]
    assert (made.subscription_id, made.event_name, made.is_test, made.state) == (
        hook.id, "event_type.updated", True, "pending",
    )  # fmt: skip
    for event, words in (
        ("invitee.moved", "event is not a known event"),
        ("meeting_recap.created", "event meeting_recap.created is not available for organization scope"),
    ):
        with pytest.raises(Invalid, match=words):
            await audit.send_test(conn, hook, event, uris=URIS, now=clock.now)
    paused = await audit.disable(conn, hook, by=None, uris=URIS, now=clock.now)
    with pytest.raises(WrongState, match="enable it first"):
        await audit.send_test(conn, paused, uris=URIS, now=clock.now)


async def test_a_delivery_of_before_heads_were_kept_is_made_whole_when_it_is_made_again(
    conn: Conn, organization: Organization, clock: Clock, hook: WebhookSubscription
) -> None:
    began = clock.now
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    await finish(conn, hook)
    whole = await only_delivery(conn, hook)
    await conn.execute("UPDATE deliveries SET head = '' WHERE subscription_id = %s", (hook.id,))

    assert (await only_delivery(conn, hook)).head == whole.head
    await audit.redeliver(conn, whole, uris=URIS, now=clock.now)
    await finish(conn, hook)
    await conn.execute("UPDATE deliveries SET head = '' WHERE subscription_id = %s", (hook.id,))
    await cancellation.cancel_event(conn, principal, made.event.id, reason=None, uris=URIS, now=clock.now)
    await replay(conn, hook, clock, began)

    cursor = await conn.execute("SELECT head FROM deliveries WHERE subscription_id = %s", (hook.id,))
    assert await cursor.fetchall() == [(whole.head,)]
