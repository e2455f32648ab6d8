"""What the public sees: profiles, event types and the links to them."""

from datetime import timedelta

import pytest

from conftest import Clock
from factories import Member, Organization, make_event_type, principal_of
from openslot.core import errors
from openslot.core.errors import LinkEnded, Moved, NotFound
from openslot.core.ids import new_id
from openslot.db import former_slugs, users
from openslot.db.event_type_hosts import PublicHost
from openslot.db.pool import Conn
from openslot.services import publishing, sharing
from openslot.services.publishing import Linked, Serving
from services.conftest import event_type_of


async def test_a_profile_shows_what_is_active_and_not_secret_in_its_order(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    user = organization.member.user
    for name, position in (("Last", 2), ("First", 1)):
        await make_event_type(conn, user, now=clock.now, name=name, position=position)
    await make_event_type(conn, user, now=clock.now, name="Closed", active=False)
    await make_event_type(conn, user, now=clock.now, name="Secret", secret=True, link_token=new_id().hex)

    found = await publishing.profile(conn, user.slug)

    assert (found.user, [one.name for one in found.event_types]) == (user, ["First", "Last"])
    assert await publishing.host_of(conn, user.slug) == errors.Profile(user.slug, user.name)


async def test_an_old_address_leads_to_the_new_one_and_an_unknown_one_nowhere(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    user, event_type = organization.owner.user, await event_type_of(conn, organization)
    new = f"ada-{new_id().hex}"
    await former_slugs.replace(conn, organization.id, user.id, None, user.slug, new, now=clock.now)
    await users.set_slug(conn, user.id, new)

    with pytest.raises(Moved) as page:
        await publishing.profile(conn, user.slug)
    with pytest.raises(Moved) as below:
        await publishing.event_type(conn, user.slug, event_type.slug)
    unknown = f"nobody-{new_id().hex}"
    with pytest.raises(NotFound, match="no such profile"):
        await publishing.profile(conn, unknown)

    assert (page.value.path, below.value.path) == ((new,), (new, event_type.slug))
    assert (await publishing.event_type(conn, new, event_type.slug)).id == event_type.id
    assert await publishing.host_of(conn, unknown) is None


async def test_an_event_type_that_is_not_active_has_no_page(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    link = await sharing.create_link(
        conn, await principal_of(conn, organization.owner, now=clock.now), event_type, now=clock.now
    )
    await conn.execute("UPDATE event_types SET active = false WHERE id = %s", (event_type.id,))

    with pytest.raises(NotFound, match="no such event type"):
        await publishing.event_type(conn, event_type.owner_slug, event_type.slug)
    with pytest.raises(NotFound, match="no such event type") as linked:
        await publishing.linked(conn, link.token, event_type.slug, now=clock.now)

    assert linked.value.host == errors.Profile(event_type.owner_slug, event_type.owner_name)


async def test_a_link_leads_to_its_event_type_until_it_ends(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    made = await sharing.create_link(
        conn,
        await principal_of(conn, organization.owner, now=clock.now),
        event_type,
        expires_at=clock.now + timedelta(hours=1),
        now=clock.now,
    )

    before = await publishing.linked(conn, made.token, event_type.slug, now=clock.now)
    clock.advance(hours=1)
    with pytest.raises(LinkEnded) as ended:
        await publishing.linked(conn, made.token, event_type.slug, now=clock.now)
    with pytest.raises(NotFound, match="no such event type"):
        await publishing.linked(conn, new_id().hex, event_type.slug, now=clock.now)

    assert before == Linked(event_type, made.link)
    assert ended.value.host == errors.Profile(event_type.owner_slug, event_type.owner_name)


async def test_the_hosts_are_named_in_their_order_with_how_many_of_them_come(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    ids = [one.id for one in hosts]
    found = {}
    for pooling in (None, "round_robin", "collective"):
        made = await make_event_type(
            conn,
            organization.owner.user,
            now=clock.now,
            pooling_type=pooling,
            hosts=None if pooling is None else ids,
        )
        found[pooling] = await publishing.serving(conn, await event_type_of(conn, organization, made))

    named = [PublicHost(name) for name in ("Host A", "Host B", "Host C", "Host D")]
    assert found == {
        None: Serving([PublicHost(organization.owner.user.name)], 1),
        "round_robin": Serving(named, 1),
        "collective": Serving(named, 4),
    }
