"""Lists of contacts, as the API shows them."""

from collections.abc import Sequence

from openslot.db import contact_lists
from openslot.presenters.uris import Uris
from openslot.wire.codec import WholeSeconds
from openslot.wire.contact_lists import STATIC, ContactList, CreatedContactList, MembershipResult


def contact_list(row: contact_lists.ContactList, uris: Uris) -> ContactList:
    """The shape of GET /contact_lists/{uuid}."""
    return ContactList(
        uri=uris.contact_list(row.id),
        name=row.name,
        type=STATIC,
        contact_count=row.contact_count,
        created_at=WholeSeconds.of(row.created_at),
        updated_at=WholeSeconds.of(row.updated_at),
    )


def created(row: contact_lists.ContactList, result: MembershipResult, uris: Uris) -> CreatedContactList:
    """The shape of POST /contact_lists."""
    shown = contact_list(row, uris)
    values = {name: getattr(shown, name) for name in ContactList.__struct_fields__}
    return CreatedContactList(**values, membership_result=result)


def membership_result(processed: int, failed: Sequence[str]) -> MembershipResult:
    """The shape of POST /contact_lists/{uuid}/memberships."""
    return MembershipResult(processed=processed, invalid=len(failed), failed=list(failed))
