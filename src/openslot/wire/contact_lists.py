"""Lists of a user's contacts. Source: since-september, section 1; the fields of the answers are ours (design)."""

from typing import Annotated

from msgspec import Meta, Struct

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.names import Name

STATIC = "static_list"


class ContactList(Open, kw_only=True):
    """A list of contacts. Source: GET /contact_lists/{uuid}."""

    uri: str
    name: str
    type: str
    """``static_list``: a List, whose contacts are named one by one. Calendly also has ``dynamic_view``, a View."""
    contact_count: int | None
    """Null for a View."""
    created_at: Timestamp
    updated_at: Timestamp
    """When its name or its contacts last changed."""


class MembershipResult(Open, kw_only=True):
    """How many of the named contacts were added to a list, or removed from it."""

    processed: int
    """Those that are in the list now, or are not any more, whether they were before or not."""
    invalid: int
    """Those that are no contacts of the caller."""
    failed: list[str]
    """The URIs of the invalid ones, as they were sent."""


class CreatedContactList(ContactList, kw_only=True):
    """A list that was created."""

    membership_result: MembershipResult


ContactUris = Annotated[list[str], Meta(max_length=500)]


class CreateContactList(Struct):
    """Body of POST /contact_lists."""

    name: Name
    """No other list of the user has it; case, accents and outer blanks make no difference."""
    contacts: ContactUris = []
    """URIs. Those that are no contacts of the caller are left out of the list, and named in the answer."""


class RenameContactList(Struct):
    """Body of PATCH /contact_lists/{uuid}."""

    name: Name
    """As when a list is created."""


class ChangeMemberships(Struct):
    """Body of POST /contact_lists/{uuid}/memberships and of its removal."""

    contacts: Annotated[list[str], Meta(min_length=1, max_length=500)]
    """URIs. Those that are no contacts of the caller are counted in the answer."""
