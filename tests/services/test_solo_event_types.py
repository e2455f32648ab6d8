"""One-on-one event types of Calendly's calls. Source: behaviours, section 8."""

import pytest

from conftest import Clock
from factories import URIS, Organization, make_event_type, principal_of
from openslot.core.errors import Invalid
from openslot.db.pool import Conn
from openslot.services import solo_event_types
from openslot.wire.event_types import ChangeSoloEventType, CreateSoloEventType


async def test_a_new_one_is_inactive_whatever_is_wanted(conn: Conn, organization: Organization, clock: Clock) -> None:
    member = await principal_of(conn, organization.member, now=clock.now)
    wanted = CreateSoloEventType(owner=URIS.user(member.user.id), name="Glaze talk", active=True)
    made = await solo_event_types.create(conn, member, member.user.id, wanted, uris=URIS, now=clock.now)
    assert (made.active, made.duration_minutes, [host.user_id for host in made.hosts]) == (False, 30, [member.user.id])


async def test_one_with_several_hosts_is_not_changed(conn: Conn, organization: Organization, clock: Clock) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    pooled = await make_event_type(
        conn, organization.owner.user, now=clock.now, pooling_type="round_robin", hosts=[owner.user.id]
    )
    with pytest.raises(Invalid, match="event_type"):
        await solo_event_types.change(conn, owner, pooled, ChangeSoloEventType(name="Other"), uris=URIS, now=clock.now)
