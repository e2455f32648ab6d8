"""Lists of contacts. Source: since-september, section 1."""

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import Conflict, Forbidden
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.contacts import listing


async def test_a_name_is_taken_whatever_its_case_accents_and_outer_blanks(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner, member = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.member)]
    made, named = await listing.create(conn, owner, "Pötters", ["nonsense"], now=clock.now)
    assert (made.name, named.known, named.failed) == ("Pötters", [], ["nonsense"])
    with pytest.raises(Conflict):
        await listing.create(conn, owner, "  POTTERS ", [], now=clock.now)
    await listing.create(conn, member, "potters", [], now=clock.now)  # another user's
    with pytest.raises(Forbidden):
        await listing.add(conn, member, made.id, [str(new_id())], now=clock.now)
