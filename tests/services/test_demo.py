"""The demo organization is made once."""

from conftest import Clock
from openslot.db import event_types
from openslot.db.pool import connected
from openslot.services import access, demo


async def test_the_demo_is_made_once_and_its_owner_gets_tokens(own_database_url: str, clock: Clock) -> None:
    async with connected(own_database_url) as conn:
        owner = await demo.ensure(conn, now=clock.now)
        again = await demo.ensure(conn, now=clock.now)
        principal = await access.authenticate(conn, await demo.issue_token(conn, owner, now=clock.now), now=clock.now)
        shown = await event_types.list_public(conn, owner.organization_id, owner.id)
        cursor = await conn.execute("SELECT email FROM users ORDER BY email")
        emails = [email for (email,) in await cursor.fetchall()]

    assert (again, principal.user.id, principal.user.role) == (owner, owner.id, "owner")
    assert [one.name for one in shown] == ["Intro call", "Workshop visit", "Glaze class", "Talk to the team"]
    assert emails == ["ada@demo.example", "grace@demo.example", "somchai@demo.example"]
