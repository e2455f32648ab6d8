"""Contacts: the persons whom a user knows, with their e-mail addresses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.core.contact_fields import Value
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.characters import address_key
from openslot.wire.contacts import ContactEmail


class FieldValue(Struct, frozen=True):
    """The value of a custom field."""

    id: UUID
    """Of the definition."""
    label: str
    value: Value


class Meetings(Struct, frozen=True):
    """The meetings of a user and a contact."""

    next: datetime | None = None
    """When the next one starts."""
    last: datetime | None = None
    """When the last one that has begun started."""
    booked: datetime | None = None
    """When the contact last booked or moved one."""


class Contact(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    user_id: UUID
    creation_source: str
    """``api`` or ``booking``."""
    name: str
    emails: list[ContactEmail]
    phone_numbers: list[str]
    """E.164."""
    timezone: str | None = None
    job_title: str | None = None
    company: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    linkedin: str | None = None
    custom_fields: list[FieldValue] = []
    created_at: datetime
    updated_at: datetime
    meetings: Meetings = Meetings()


class Filters(Struct, frozen=True, kw_only=True):
    """What a contact must have to be listed: of each field that is not empty, one of the values."""

    email: Sequence[str] = ()
    phone_number: Sequence[str] = ()
    timezone: Sequence[str] = ()
    name: Sequence[str] = ()
    """A part of it, whatever its case; also for ``job_title``, ``company`` and ``city``."""
    job_title: Sequence[str] = ()
    company: Sequence[str] = ()
    country: Sequence[str] = ()
    state: Sequence[str] = ()
    city: Sequence[str] = ()


# Meetings are read from the bookings, not stored: so they are right after every cancellation and move. A value in the
# list of columns is computed for the rows of the page alone.
_SELECT: LiteralString = """
    SELECT contacts.id, contacts.organization_id, contacts.user_id, contacts.creation_source, contacts.name,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('email', address.email, 'is_primary', address.is_primary)
                                   ORDER BY address.position), '[]')
         FROM contact_emails AS address
         WHERE address.organization_id = contacts.organization_id AND address.contact_id = contacts.id) AS emails,
        contacts.phone_numbers, contacts.timezone, contacts.job_title, contacts.company, contacts.country,
        contacts.state, contacts.city, contacts.linkedin,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', definition.id, 'label', definition.label,
                                                      'value', contacts.custom_fields -> definition.id::text)
                                   ORDER BY definition.created_at, definition.id), '[]')
         FROM contact_field_definitions AS definition
         WHERE definition.organization_id = contacts.organization_id AND definition.user_id = contacts.user_id
           AND contacts.custom_fields ? definition.id::text) AS custom_fields,
        contacts.created_at, contacts.updated_at,
        (SELECT jsonb_build_object(
             'next', min(event.start_time) FILTER (WHERE invitee.status = 'active' AND event.start_time > %(now)s),
             'last', max(event.start_time) FILTER (WHERE invitee.status = 'active' AND event.start_time <= %(now)s),
             'booked', max(invitee.created_at))
         FROM contact_emails AS address
         JOIN invitees AS invitee
           ON invitee.organization_id = address.organization_id AND lower(invitee.email) = lower(address.email)
         JOIN scheduled_event_hosts AS host
           ON host.organization_id = invitee.organization_id AND host.scheduled_event_id = invitee.scheduled_event_id
          AND host.user_id = contacts.user_id
         JOIN scheduled_events AS event
           ON event.organization_id = invitee.organization_id AND event.id = invitee.scheduled_event_id
         WHERE address.organization_id = contacts.organization_id AND address.contact_id = contacts.id) AS meetings
    FROM contacts
"""

_CONDITIONS: dict[str, LiteralString] = {
    "email": """contacts.id IN (
        SELECT contact_id FROM contact_emails
        WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND key = ANY (%(email)s))""",
    "phone_number": "contacts.phone_numbers && %(phone_number)s::text[]",
    "timezone": "contacts.timezone = ANY (%(timezone)s)",
    "name": "contacts.name ILIKE ANY (%(name)s)",
    "job_title": "contacts.job_title ILIKE ANY (%(job_title)s)",
    "company": "contacts.company ILIKE ANY (%(company)s)",
    "country": "contacts.country = ANY (%(country)s)",
    "state": "contacts.state = ANY (%(state)s)",
    "city": "contacts.city ILIKE ANY (%(city)s)",
}
_PARTIAL = frozenset({"name", "job_title", "company", "city"})


async def get(
    conn: Conn, organization_id: UUID, contact_id: UUID, *, now: datetime, lock: bool = False
) -> Contact | None:
    """One contact, with ``lock`` until commit."""
    suffix: LiteralString = "FOR NO KEY UPDATE OF contacts" if lock else ""
    query: LiteralString = (
        f"{_SELECT} WHERE contacts.organization_id = %(organization_id)s AND contacts.id = %(id)s {suffix}"
    )
    return await fetch_one(conn, Contact, query, {"organization_id": organization_id, "id": contact_id, "now": now})


async def list_page(
    conn: Conn,
    organization_id: UUID,
    user_id: UUID,
    page: PageRequest,
    filters: Filters,
    *,
    list_id: UUID | None = None,
    now: datetime,
) -> PageOf[Contact]:
    """One page of a user's contacts that pass the filters, or of those in a list."""
    conditions: list[LiteralString] = [
        "contacts.organization_id = %(organization_id)s", "contacts.user_id = %(user_id)s",
        *(condition for name, condition in _CONDITIONS.items() if getattr(filters, name)),
    ]  # fmt: skip
    if list_id is not None:
        conditions.append("""contacts.id IN (
            SELECT contact_id FROM contact_list_members
            WHERE organization_id = %(organization_id)s AND contact_list_id = %(list_id)s)""")
    params: dict[str, Any] = {name: _wanted(name, getattr(filters, name)) for name in _CONDITIONS}
    params |= {"organization_id": organization_id, "user_id": user_id, "list_id": list_id, "now": now}
    return await fetch_page(conn, Contact, _SELECT, conditions, params, page)


class Owned(Struct, frozen=True):
    """A contact and whose it is."""

    id: UUID
    user_id: UUID


async def list_owners(conn: Conn, organization_id: UUID, contact_ids: Sequence[UUID]) -> list[Owned]:
    """Those of the contacts that exist in the organization, by id, locked so that they stay until commit."""
    query: LiteralString = """
        SELECT id, user_id FROM contacts
        WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s) ORDER BY id FOR KEY SHARE
    """
    return await fetch_all(conn, Owned, query, {"organization_id": organization_id, "ids": list(contact_ids)})


async def insert(conn: Conn, row: Contact) -> bool:
    """Store a contact; False where one of its addresses is another contact's of the user, and then nothing may stay."""
    await conn.execute(
        """
        INSERT INTO contacts (organization_id, id, user_id, creation_source, name, phone_numbers, timezone, job_title,
                              company, country, state, city, linkedin, custom_fields, created_at, updated_at)
        VALUES (%(organization_id)s, %(id)s, %(user_id)s, %(creation_source)s, %(name)s, %(phone_numbers)s,
                %(timezone)s, %(job_title)s, %(company)s, %(country)s, %(state)s, %(city)s, %(linkedin)s,
                %(custom_fields)s, %(created_at)s, %(updated_at)s)
        """,
        _values(row),
    )
    return await _take_emails(conn, row)


async def update(conn: Conn, row: Contact) -> bool:
    """Change a contact that is locked; False as for ``insert``."""
    await conn.execute(
        """
        UPDATE contacts
        SET name = %(name)s, phone_numbers = %(phone_numbers)s, timezone = %(timezone)s, job_title = %(job_title)s,
            company = %(company)s, country = %(country)s, state = %(state)s, city = %(city)s, linkedin = %(linkedin)s,
            custom_fields = %(custom_fields)s, updated_at = %(updated_at)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        _values(row),
    )
    await conn.execute(
        "DELETE FROM contact_emails WHERE organization_id = %s AND contact_id = %s AND key <> ALL (%s)",
        (row.organization_id, row.id, [address_key(one.email) for one in row.emails]),
    )
    return await _take_emails(conn, row)


async def delete(conn: Conn, organization_id: UUID, contact_id: UUID) -> None:
    """Delete a contact with its addresses and notes; the lists that it is in lose it."""
    await conn.execute("DELETE FROM contacts WHERE organization_id = %s AND id = %s", (organization_id, contact_id))


async def insert_missing(conn: Conn, rows: Sequence[Contact]) -> list[UUID]:
    """Store each contact unless its user has one with its only address; the ids of those stored.

    One statement, since every booking waits for it. An insert of the same address that is not committed yet is waited
    for, in the order of the users, so that two bookings can't wait for each other.
    """
    first = rows[0]
    cursor = await conn.execute(
        """
        WITH wanted AS (
            SELECT * FROM unnest(%(ids)s::uuid[], %(users)s::uuid[]) AS one (id, user_id)
        ), address AS (
            INSERT INTO contact_emails (organization_id, user_id, key, contact_id, email, is_primary, position)
            SELECT %(organization_id)s, user_id, %(key)s, id, %(email)s, true, 0 FROM wanted ORDER BY user_id
            ON CONFLICT (organization_id, user_id, key) DO NOTHING
            RETURNING contact_id, user_id
        )
        INSERT INTO contacts (organization_id, id, user_id, creation_source, name, phone_numbers, timezone, created_at,
                              updated_at)
        SELECT %(organization_id)s, contact_id, user_id, %(creation_source)s, %(name)s, %(phone_numbers)s, %(timezone)s,
               %(created_at)s, %(updated_at)s
        FROM address
        RETURNING id
        """,
        _values(first)
        | {
            "ids": [row.id for row in rows], "users": [row.user_id for row in rows],
            "key": address_key(first.emails[0].email), "email": first.emails[0].email,
        },
    )  # fmt: skip
    return [contact_id for (contact_id,) in await cursor.fetchall()]


async def _take_emails(conn: Conn, row: Contact) -> bool:
    """Set the addresses, in the order of their keys, so that two changes can't wait for each other."""
    keys = {address_key(one.email): (position, one) for position, one in enumerate(row.emails)}
    ordered = sorted(keys)
    cursor = await conn.execute(
        """
        INSERT INTO contact_emails (organization_id, user_id, key, contact_id, email, is_primary, position)
        SELECT %(organization_id)s, %(user_id)s, key, %(id)s, email, is_primary, position
        FROM unnest(%(keys)s::text[], %(emails)s::text[], %(primary)s::boolean[], %(positions)s::integer[])
             AS one (key, email, is_primary, position)
        ORDER BY key
        ON CONFLICT (organization_id, user_id, key) DO UPDATE
        SET email = EXCLUDED.email, is_primary = EXCLUDED.is_primary, position = EXCLUDED.position
        WHERE contact_emails.contact_id = EXCLUDED.contact_id
        """,
        {
            "organization_id": row.organization_id, "user_id": row.user_id, "id": row.id, "keys": ordered,
            "emails": [keys[key][1].email for key in ordered],
            "primary": [keys[key][1].is_primary for key in ordered], "positions": [keys[key][0] for key in ordered],
        },
    )  # fmt: skip
    return cursor.rowcount == len(ordered)


def _values(row: Contact) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in Contact.__struct_fields__}
    values = {str(one.id): one.value for one in row.custom_fields}
    return plain | {
        "custom_fields": Jsonb(values),
        "phone_numbers": list(row.phone_numbers),
        "emails": None,
        "meetings": None,
    }


def _wanted(name: str, values: Sequence[str]) -> list[str]:
    return [f"%{_literal(one)}%" for one in values] if name in _PARTIAL else list(values)


def _literal(text: str) -> str:
    """``text`` for a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
