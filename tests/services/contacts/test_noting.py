"""Notes about contacts. Source: since-september, section 1."""

import pytest

from conftest import Clock
from factories import URIS, Organization, principal_of
from openslot.core.errors import Forbidden, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.contacts import keeping, noting
from openslot.wire.contacts import CreateContact, NewContactEmail
from openslot.wire.notes import CreateNote


async def test_a_note_is_its_writers_alone_and_about_an_own_contact(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner, member = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.member)]
    body = CreateContact(name="Ada", emails=[NewContactEmail("ada@example.org", is_primary=True)])
    contact = await keeping.create(conn, owner, await keeping.read(conn, owner, body), uris=URIS, now=clock.now)
    wanted = CreateNote(contact="", title="  Two ovens ")
    note = await noting.create(conn, owner, contact.id, wanted, now=clock.now)
    assert (note.title, await noting.get(conn, owner, note.id)) == ("Two ovens", note)
    with pytest.raises(NotFound):
        await noting.get(conn, member, note.id)
    with pytest.raises(Forbidden):
        await noting.create(conn, member, contact.id, wanted, now=clock.now)
    with pytest.raises(NotFound):
        await noting.create(conn, owner, new_id(), wanted, now=clock.now)


def test_a_note_has_a_title_or_a_body() -> None:
    with pytest.raises(Invalid, match="title must be filled; body must be filled"):
        noting.check(CreateNote(contact="", title=" ", body=""))
