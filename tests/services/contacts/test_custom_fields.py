"""Custom fields of contacts. Source: contract, POST /contacts/custom_field_definitions; since-september, section 2."""

import pytest

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import Conflict, Forbidden, Invalid
from openslot.db.pool import Conn
from openslot.services.contacts import custom_fields
from openslot.wire.contact_fields import CreateCustomFieldDefinition, NewOption


async def test_a_label_is_taken_whatever_its_case_and_a_field_is_its_users_alone(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner, member = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.member)]
    made = await custom_fields.create(
        conn, owner, CreateCustomFieldDefinition(label="Kiln", field_type="text"), now=clock.now
    )
    with pytest.raises(Conflict):
        await custom_fields.create(
            conn, owner, CreateCustomFieldDefinition(label="kiln ", field_type="number"), now=clock.now
        )
    with pytest.raises(Forbidden):
        await custom_fields.get(conn, member, made.id)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (CreateCustomFieldDefinition(label="Size", field_type="single_select"), "options"),
        (CreateCustomFieldDefinition(label="Size", field_type="text", options=[NewOption("S")]), "options"),
        (CreateCustomFieldDefinition(label="Size", field_type="currency"), "currency"),
        (CreateCustomFieldDefinition(label="Size", field_type="text", currency="EUR"), "currency"),
    ],
)
def test_a_field_has_what_its_type_needs_and_no_more(wanted: CreateCustomFieldDefinition, field: str) -> None:
    with pytest.raises(Invalid, match=field):
        custom_fields.check(wanted)
