"""Contacts of a user: making, changing and deleting them. Source: contract, contacts; behaviours, section 7.

A contact is its user's own: not even an admin sees a colleague's. No two of a user's contacts share an address.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from openslot.core.availability import zone_named
from openslot.core.booking_form import INVALID, MUST_BE_FILLED
from openslot.core.contacts import email_address, person_name
from openslot.core.countries import is_country
from openslot.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import ordered_id
from openslot.core.links import is_web_address
from openslot.core.phones import PhoneProblem, read_phone
from openslot.core.roles import Action
from openslot.db import contact_fields, contacts
from openslot.db.contact_fields import Definition
from openslot.db.contacts import Contact, FieldValue
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.services.access import Principal
from openslot.services.contacts import custom_fields
from openslot.wire.characters import address_key, one_line
from openslot.wire.contacts import ContactEmail, CreateContact, NewContactEmail, NewContactPhone, UpdateContact

ADDRESS_TAKEN = "Contact with this email already exists"
ONE_PRIMARY = "must have exactly one primary address"
NAMED_TWICE = "is named more than once"

Changes = dict[str, Any]
"""Values of a contact by their names in ``db.contacts.Contact``; custom fields by their definitions."""

_TEXTS = ("job_title", "company", "state", "city")


async def own(conn: Conn, principal: Principal, contact_id: UUID, *, lock: bool = False, now: datetime) -> Contact:
    """One of the caller's contacts, with ``lock`` until commit.

    Raises:
        NotFound: there is none in the organization. Forbidden: it is a colleague's.
    """
    found = await contacts.get(conn, principal.organization_id, contact_id, now=now, lock=lock)
    if found is None:
        raise NotFound("contact")
    if not principal.reaches(Action.MANAGE_CONTACT, found.user_id):
        raise Forbidden
    return found


async def read(conn: Conn, principal: Principal, body: CreateContact | UpdateContact) -> Changes:
    """What a body sets, checked.

    Raises:
        Invalid: some of it can't be; every field is named.
    """
    changes: Changes = {}
    errors: list[FieldError] = []
    for name in _TEXTS:
        if (text := getattr(body, name)) is not UNSET:
            changes[name] = None if text is None else one_line(text) or None
    if body.name is not UNSET:
        changes["name"] = person_name(body.name)
        errors += [] if changes["name"] else [FieldError("name", MUST_BE_FILLED)]
    if body.emails is not UNSET:
        changes["emails"] = [ContactEmail(email_address(one.email) or "", one.is_primary) for one in body.emails]
        errors += _wrong_emails(body.emails)
    if body.phone_numbers is not UNSET:
        changes["phone_numbers"], wrong = _numbers(body.phone_numbers)
        errors += wrong
    errors += _read_places(body, changes)
    if body.custom_fields is not UNSET:
        definitions = await _definitions(conn, principal) if body.custom_fields else []
        changes["custom_fields"], wrong = custom_fields.read_values(definitions, body.custom_fields)
        errors += wrong
    if errors:
        raise Invalid(*errors)
    return changes


async def create(conn: Conn, principal: Principal, changes: Changes, *, uris: Uris, now: datetime) -> Contact:
    """Store a contact of the caller's with what ``read`` has returned, and record it.

    Raises:
        Conflict: one of the addresses is another contact's.
    """
    given = {
        "id": ordered_id(now), "organization_id": principal.organization_id, "user_id": principal.user.id,
        "creation_source": "api", "created_at": now, "updated_at": now,
    }  # fmt: skip
    values = _valued(await _definitions(conn, principal), changes["custom_fields"])
    row = Contact(**changes | given | {"custom_fields": values})
    if not await contacts.insert(conn, row):
        raise Conflict(ADDRESS_TAKEN)
    await outbox.record_contacts(conn, "contact.created", [row], uris, now=now)
    return await own(conn, principal, row.id, now=now)


async def update(
    conn: Conn, principal: Principal, contact_id: UUID, changes: Changes, *, uris: Uris, now: datetime
) -> Contact:
    """Change one of the caller's contacts to what ``read`` has returned, and record it; nothing is said of no change.

    Raises:
        NotFound, Forbidden: as ``own``. Conflict: one of the addresses is another contact's.
    """
    row = await own(conn, principal, contact_id, lock=True, now=now)
    if "custom_fields" in changes:
        kept = {one.id: one.value for one in row.custom_fields} | changes["custom_fields"]
        changes = changes | {"custom_fields": _valued(await _definitions(conn, principal), kept)}
    changed = structs.replace(row, **changes)
    if changed == row:
        return row
    if not await contacts.update(conn, structs.replace(changed, updated_at=now)):
        raise Conflict(ADDRESS_TAKEN)
    changed = await own(conn, principal, contact_id, now=now)
    await outbox.record_contacts(conn, "contact.updated", [changed], uris, now=now)
    return changed


async def delete(conn: Conn, principal: Principal, contact_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Delete one of the caller's contacts with the notes about it, and record it.

    Raises:
        NotFound, Forbidden: as ``own``.
    """
    row = await own(conn, principal, contact_id, lock=True, now=now)
    await contacts.delete(conn, row.organization_id, row.id)
    await outbox.record_deleted_contact(conn, row.organization_id, row.user_id, row.id, uris, now=now)


async def _definitions(conn: Conn, principal: Principal) -> list[Definition]:
    return await contact_fields.list_for_user(conn, principal.organization_id, principal.user.id)


def _valued(definitions: Sequence[Definition], values: dict[UUID, Any]) -> list[FieldValue]:
    return [FieldValue(one.id, one.label, values[one.id]) for one in definitions if values.get(one.id) is not None]


def _wrong_emails(given: Sequence[NewContactEmail]) -> list[FieldError]:
    errors = [
        FieldError(f"emails[{index}].email", INVALID)
        for index, one in enumerate(given)
        if email_address(one.email) is None
    ]
    times = Counter(address_key(one.email) for one in given)
    errors += [
        FieldError(f"emails[{index}].email", NAMED_TWICE)
        for index, one in enumerate(given)
        if times[address_key(one.email)] > 1
    ]
    if sum(one.is_primary for one in given) != 1:
        errors.append(FieldError("emails", ONE_PRIMARY))
    return errors


def _numbers(given: Sequence[NewContactPhone]) -> tuple[list[str], list[FieldError]]:
    """The different numbers in E.164, and what is wrong with the others."""
    read = [read_phone(one.phone_number) for one in given]
    errors = [
        FieldError(f"phone_numbers[{index}].phone_number", str(one))
        for index, one in enumerate(read)
        if isinstance(one, PhoneProblem)
    ]
    return [str(one) for one in dict.fromkeys(read)], errors


def _read_places(body: CreateContact | UpdateContact, changes: Changes) -> list[FieldError]:
    """Zone, country and profile, each by its own rule; empty ones are none."""
    errors = []
    for name, is_right in (("timezone", _is_zone), ("country", is_country), ("linkedin", is_web_address)):
        text = getattr(body, name)
        if text is UNSET:
            continue
        changes[name] = text or None
        if text and not is_right(text):
            errors.append(FieldError(name, INVALID))
    return errors


def _is_zone(text: str) -> bool:
    try:
        zone_named(text)
    except ValueError:
        return False
    return True
