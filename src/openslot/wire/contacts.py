"""A user's contacts. Source: contract, Contact; since-september, section 2."""

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import EMAIL, ZONE, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.contact_fields import ContactCustomField, FieldValue
from openslot.wire.names import Name


class ContactEmail(Open):
    """An e-mail address of a contact."""

    email: str
    is_primary: bool
    """Exactly one address of a contact is primary."""


class ContactPhone(Open):
    """A phone number of a contact."""

    phone_number: str
    """E.164."""


class Contact(Open, kw_only=True):
    """A person whom a user knows. Source: GET /contacts/{uuid}."""

    uri: str
    app_url: str
    """Where the contact is on the web."""
    name: str | None
    emails: list[ContactEmail]
    phone_numbers: list[ContactPhone]
    timezone: str | None
    """IANA name."""
    job_title: str | None
    company: str | None
    country: str | None
    """ISO 3166-1 alpha-2."""
    state: str | None
    city: str | None
    linkedin: str | None
    custom_fields: list[ContactCustomField] | UnsetType = UNSET
    """Only fields with a value; left out where the call excludes them."""
    created_at: Timestamp
    updated_at: Timestamp
    first_email_date: Timestamp | None
    """OpenSlot knows no mails between user and contact: null."""
    last_email_date: Timestamp | None
    """The same."""
    next_meeting_date: Timestamp | None
    """When the next meeting of the two starts."""
    last_meeting_date: Timestamp | None
    """When their last meeting started that has begun."""
    last_interaction_date: Timestamp | None
    """When the contact last booked or moved a meeting with the user."""


class ContactOfEvent(Open, kw_only=True):
    """A contact in the webhooks ``contact.created`` and ``contact.updated``."""

    uri: str
    creation_source: str
    """``api`` or ``booking``."""
    name: str | None
    emails: list[ContactEmail]
    phone_numbers: list[ContactPhone]
    timezone: str | None
    job_title: str | None
    company: str | None
    country: str | None
    state: str | None
    city: str | None
    linkedin: str | None
    custom_fields: list[ContactCustomField]
    created_at: Timestamp
    updated_at: Timestamp
    next_meeting_date: Timestamp | None
    last_meeting_date: Timestamp | None
    last_interaction_date: Timestamp | None
    first_email_date: Timestamp | None
    last_email_date: Timestamp | None


class ContactPayload(Open):
    """Payload of ``contact.created`` and ``contact.updated``. Source: webhooks, section 6."""

    user_uuid: str
    """Whose contact it is; a UUID, no URI."""
    contact: ContactOfEvent


class DeletedContact(Open):
    """What is left of a contact that was deleted."""

    uri: str
    deleted_at: Timestamp


class DeletedContactPayload(Open):
    """Payload of ``contact.deleted``. Source: webhooks, section 6."""

    user_uuid: str
    contact: DeletedContact


class NewContactEmail(Struct):
    """An e-mail address that a contact is to have."""

    email: Annotated[str, Meta(max_length=254), EMAIL]
    is_primary: bool


class NewContactPhone(Struct):
    """A phone number that a contact is to have."""

    phone_number: Annotated[str, Meta(max_length=250)]
    """E.164, or a number as it is usually written, with its country code."""


class NewFieldValue(Struct):
    """A value that a contact is to have in a custom field."""

    uuid: Annotated[str, schema(format="uuid")]
    """Of the definition."""
    value: FieldValue
    """By the type of the field: text; a number; an amount in the field's currency, not in minor units; a day as
    YYYY-MM-DD; a list of tags; the UUID of an option, or its label as it is written, unless several have it. null
    removes the value."""


Emails = Annotated[list[NewContactEmail], Meta(min_length=1, max_length=10)]
"""Different addresses, exactly one of them primary."""
Phones = Annotated[list[NewContactPhone], Meta(max_length=10)]
FieldValues = Annotated[list[NewFieldValue], Meta(max_length=1000)]
Text = Annotated[str, Meta(max_length=255)]
Zone = Annotated[str, Meta(max_length=64), ZONE]
Country = Annotated[str, schema(pattern="^[A-Z]{2}$", examples=["IT"])]
Link = Annotated[str, Meta(max_length=2048), schema(pattern="^https?://[^/?#@]")]


class CreateContact(Struct, kw_only=True):
    """Body of POST /contacts."""

    name: Name
    emails: Emails
    """No address belongs to another contact of the user; one of them is primary."""
    phone_numbers: Phones = []
    timezone: Zone | None = None
    """IANA name."""
    job_title: Text | None = None
    company: Text | None = None
    country: Country | None = None
    """ISO 3166-1 alpha-2."""
    state: Text | None = None
    city: Text | None = None
    linkedin: Link | None = None
    custom_fields: FieldValues = []


class UpdateContact(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of PATCH /contacts/{uuid}: at least one field; what is left out stays, and null removes a value."""

    sent_as: ClassVar[dict[str, Any]] = {"minProperties": 1}

    name: Name | UnsetType = UNSET
    emails: Emails | UnsetType = UNSET
    """All addresses from now on; none belongs to another contact of the user, and one of them is primary."""
    phone_numbers: Phones | UnsetType = UNSET
    """All numbers from now on."""
    timezone: Zone | UnsetType | None = UNSET
    """IANA name."""
    job_title: Text | UnsetType | None = UNSET
    company: Text | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    """ISO 3166-1 alpha-2."""
    state: Text | UnsetType | None = UNSET
    city: Text | UnsetType | None = UNSET
    linkedin: Link | UnsetType | None = UNSET
    custom_fields: FieldValues | UnsetType = UNSET
    """The values that change; fields that are not named keep theirs."""
