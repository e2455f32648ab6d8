"""Custom fields of a user's contacts.

Source: contract, ContactCustomFieldDefinition; since-september, sections 1 and 2.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.names import Name

FieldValue = str | int | float | bool | list[str] | None


class ContactCustomField(Open):
    """The value that a contact has in a custom field."""

    uri: str
    """URI of the definition."""
    label: str
    value: FieldValue
    """By the type of the field: text; a number; an amount in the field's currency, not in minor units; a day as
    YYYY-MM-DD; a list of tags; the UUID of an option."""


class CustomFieldOption(Open):
    """One choice of a ``single_select``."""

    uuid: str
    label: str
    color: str | None
    is_active: bool


class CustomFieldDefinition(Open, kw_only=True):
    """A custom field of a user's contacts. Source: GET /contacts/custom_field_definitions/{uuid}."""

    uri: str
    label: str
    field_type: str
    """``text``, ``number``, ``currency``, ``tags``, ``date`` or ``single_select``."""
    options: list[CustomFieldOption] | UnsetType = UNSET
    """Only of a ``single_select``."""
    currency: str | UnsetType = UNSET
    """Only of a ``currency``: its ISO 4217 code."""
    created_at: Timestamp
    updated_at: Timestamp


class NewOption(Struct, forbid_unknown_fields=True):
    """A choice that a ``single_select`` is to have."""

    label: Name


class CreateCustomFieldDefinition(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /contacts/custom_field_definitions."""

    label: Name
    """No other custom field of the user has it, whatever its case."""
    field_type: Literal["text", "number", "currency", "tags", "date", "single_select"]
    options: Annotated[list[NewOption], Meta(max_length=1000)] | None = None
    """Required of a ``single_select``, which has at least one; of no other type."""
    currency: Annotated[str, schema(pattern="^[A-Za-z]{3}$", examples=["EUR"])] | None = None
    """ISO 4217. Required of a ``currency``; of no other type."""
