"""What differs for one caller from the event type as it is stored. Source: rules, sections 2, 11, 13."""

from datetime import timedelta

import pytest

from conftest import Clock
from factories import Member, Organization, make_booking, make_event_type
from openslot.core.errors import Invalid, SlotUnavailable
from openslot.db import event_type_hosts
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.services import scheduling_links, serving
from openslot.services.terms import Terms
from openslot.wire.shares import ShareHours, ShareOverride
from services.conftest import START, Store


async def test_one_of_the_durations_may_be_chosen(conn: Conn, organization: Organization, clock: Clock) -> None:
    several = await make_event_type(conn, organization.owner.user, now=clock.now, duration_options=[30, 60])
    made = await make_booking(conn, organization, START, now=clock.now, event_type_id=several, duration_minutes=60)
    assert made.event.end_time - made.event.start_time == timedelta(hours=1)
    with pytest.raises(Invalid):
        await make_booking(
            conn, organization, START + timedelta(hours=2), now=clock.now, event_type_id=several, duration_minutes=45
        )


async def test_a_host_may_set_notice_aside_and_the_event_records_it(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    days = 60 * 24 * (START - clock.now).days
    late = await make_event_type(conn, organization.owner.user, now=clock.now, notice_minutes=days + 2000)
    with pytest.raises(SlotUnavailable):
        await make_booking(conn, organization, START, now=clock.now, event_type_id=late)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=late, set_aside=frozenset({"NOTICE"}))
    assert [row["overrides"] for row in await store.rows("scheduled_events")] == [["NOTICE"]]


async def test_terms_are_laid_again_on_hosts_that_have_changed(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    """Under the locks every column of a host is fresh, but for what the link sets; nobody joins who was not locked."""
    first, second, third = [host.id for host in hosts[:3]]
    pool = await make_event_type(
        conn, organization.owner.user, now=clock.now, hosts=[first, second], pooling_type="round_robin"
    )
    hours = ShareOverride(
        name="Late talk",
        duration=45,
        period_type="unlimited",
        availability_rule=ShareHours("Asia/Bangkok", []),
    )
    event_type = await serving.find(conn, organization.id, pool)
    link = (await scheduling_links.create(conn, event_type, first, overrides=hours, now=clock.now)).link
    served = await serving.serve(conn, organization.id, pool, Terms(link=link, set_aside=frozenset({"NOTICE"})))
    await conn.execute("UPDATE users SET name = 'Renamed' WHERE id = %s", (first,))
    await event_type_hosts.insert(conn, organization.id, pool, [NewHost(third, 2)], now=clock.now)

    fresh = served.refreshed((await serving.find(conn, organization.id, pool)).hosts)

    assert [(host.name, host.timezone, host.rules) for host in fresh.row.hosts] == [
        ("Renamed", "Asia/Bangkok", []),
        (hosts[1].user.name, "Asia/Bangkok", []),
    ]
    rules = fresh.rules
    assert (fresh.row.name, rules.duration, rules.notice) == ("Late talk", timedelta(minutes=45), timedelta())
    assert [one.host for one in fresh.standings()] == [first, second, third]
