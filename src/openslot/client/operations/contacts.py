"""Contacts, their custom fields, lists and notes."""

from typing import ClassVar

from openslot.client.operation import All, Bare, Many, Nothing, One, Sortable
from openslot.client.parameters import (
    ContactListUri,
    ContactUris,
    Excluded,
    Id,
)
from openslot.wire import (
    contact_fields,
    contact_lists,
    contacts,
    notes,
)
from openslot.wire.common import Page
from openslot.wire.contact_fields import CustomFieldDefinition
from openslot.wire.contact_lists import ContactList, CreatedContactList, MembershipResult
from openslot.wire.contacts import Contact
from openslot.wire.notes import Note


class ListContacts(Sortable[Contact], kw_only=True):
    """The caller's contacts.

    Each filter is a comma list, and a contact has one of its values.
    """

    path = "/contacts"
    scopes: ClassVar = ("contacts:read",)
    sort_fields: ClassVar = ("created_at", "updated_at")
    email: str | None = None
    """E-mail addresses, in any spelling."""
    phone_number: str | None = None
    """E.164."""
    timezone: str | None = None
    """IANA names."""
    name: str | None = None
    """Parts of the name, in any case."""
    job_title: str | None = None
    """Parts of it, in any case."""
    company: str | None = None
    """Parts of it, in any case."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    state: str | None = None
    city: str | None = None
    """Parts of it, in any case."""
    contact_list: ContactListUri | None = None
    """Only contacts in the list."""
    exclude: Excluded | None = None
    """What the contacts are to come without."""


class GetContact(One[Contact]):
    """One of the caller's contacts."""

    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id
    exclude: Excluded | None = None
    """What the contact is to come without."""


class CreateContact(One[Contact]):
    """Create a contact of the caller."""

    method: ClassVar = "POST"
    path = "/contacts"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another contact of the caller has one of the addresses."
    body: contacts.CreateContact


class UpdateContact(One[Contact]):
    """Change one of the caller's contacts; what is left out stays."""

    method: ClassVar = "PATCH"
    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another contact of the caller has one of the addresses."
    uuid: Id
    body: contacts.UpdateContact


class DeleteContact(Nothing):
    """Delete one of the caller's contacts, with the notes about it."""

    method: ClassVar = "DELETE"
    path = "/contacts/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    uuid: Id


class ListCustomFieldDefinitions(All[CustomFieldDefinition]):
    """The custom fields of the caller's contacts."""

    path = "/contacts/custom_field_definitions"
    scopes: ClassVar = ("contacts:read",)


class GetCustomFieldDefinition(One[CustomFieldDefinition]):
    """One custom field of the caller's contacts."""

    path = "/contacts/custom_field_definitions/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateCustomFieldDefinition(One[CustomFieldDefinition]):
    """Create a custom field of the caller's contacts; its options get their UUIDs."""

    method: ClassVar = "POST"
    path = "/contacts/custom_field_definitions"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another custom field of the caller has the label."
    body: contact_fields.CreateCustomFieldDefinition


class ListContactLists(Bare[Page[ContactList]]):
    """The caller's lists of contacts, all at once."""

    path = "/contact_lists"
    scopes: ClassVar = ("contacts:read",)


class GetContactList(One[ContactList]):
    """One of the caller's lists of contacts."""

    path = "/contact_lists/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateContactList(One[CreatedContactList]):
    """Create a list of contacts; a user has at most 25."""

    method: ClassVar = "POST"
    path = "/contact_lists"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another list of the caller has the name."
    body: contact_lists.CreateContactList


class RenameContactList(One[ContactList]):
    """Give one of the caller's lists another name."""

    method: ClassVar = "PATCH"
    path = "/contact_lists/{uuid}"
    scopes: ClassVar = ("contacts:write",)
    conflicts: ClassVar = "Another list of the caller has the name."
    uuid: Id
    body: contact_lists.RenameContactList


class AddContactListMemberships(One[MembershipResult]):
    """Add contacts to a list; those in it already stay."""

    method: ClassVar = "POST"
    path = "/contact_lists/{uuid}/memberships"
    scopes: ClassVar = ("contacts:write",)
    answers_with: ClassVar = 200
    uuid: Id
    body: contact_lists.ChangeMemberships


class RemoveContactListMemberships(One[MembershipResult]):
    """Remove contacts from a list; they stay contacts."""

    method: ClassVar = "POST"
    path = "/contact_lists/{uuid}/memberships/removal"
    scopes: ClassVar = ("contacts:write",)
    answers_with: ClassVar = 200
    uuid: Id
    body: contact_lists.ChangeMemberships


class ListNotes(Many[Note], kw_only=True):
    """The caller's notes about some contacts, the last changed first."""

    path = "/notes"
    scopes: ClassVar = ("contacts:read",)
    contact: ContactUris
    """URIs of 1 to 10 contacts; the parameter may also be repeated."""


class GetNote(One[Note]):
    """One of the caller's notes."""

    path = "/notes/{uuid}"
    scopes: ClassVar = ("contacts:read",)
    uuid: Id


class CreateNote(One[Note]):
    """Create a note about one of the caller's contacts, with a title, a text or both."""

    method: ClassVar = "POST"
    path = "/notes"
    scopes: ClassVar = ("contacts:write",)
    body: notes.CreateNote
