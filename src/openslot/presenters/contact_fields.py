"""Custom fields of contacts, as the API shows them."""

from openslot.db import contact_fields, contacts
from openslot.presenters.uris import Uris
from openslot.wire.codec import WholeSeconds
from openslot.wire.contact_fields import ContactCustomField, CustomFieldDefinition, CustomFieldOption


def definition(row: contact_fields.Definition, uris: Uris) -> CustomFieldDefinition:
    """The shape of GET /contacts/custom_field_definitions/{uuid}."""
    made = CustomFieldDefinition(
        uri=uris.contact_field(row.id),
        label=row.label,
        field_type=row.field_type,
        created_at=WholeSeconds.of(row.created_at),
        updated_at=WholeSeconds.of(row.updated_at),
    )
    if row.options is not None:
        made.options = [CustomFieldOption(str(one.uuid), one.label, None, one.is_active) for one in row.options]
    if row.currency is not None:
        made.currency = row.currency
    return made


def value(row: contacts.FieldValue, uris: Uris) -> ContactCustomField:
    """What a contact has in a custom field."""
    return ContactCustomField(uris.contact_field(row.id), row.label, row.value)
