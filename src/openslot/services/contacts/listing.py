"""Lists of contacts, which are a user's own as well. Source: since-september, section 1.

Changes hold the user's row: each sees the names and the number of lists that the one before has left.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.core.booking_form import MUST_BE_FILLED
from openslot.core.errors import Conflict, Forbidden, NotFound, invalid
from openslot.core.ids import ordered_id, parse_uri
from openslot.core.roles import Action
from openslot.db import contact_lists, contacts, users
from openslot.db.contact_lists import ContactList
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.wire.characters import one_line

MAX_LISTS = 25
NAME_TAKEN = "A list with this name exists already"
AS_MANY_AS_MAY_BE = f"You have {MAX_LISTS} lists, which is as many as a user may have."


class Named(NamedTuple):
    """Contacts that a call names by their URIs."""

    known: list[UUID]
    """Those of the caller, each once."""
    failed: list[str]
    """What is none of them, each once."""


async def own(conn: Conn, principal: Principal, list_id: UUID) -> ContactList:
    """One of the caller's lists.

    Raises:
        NotFound: there is none in the organization. Forbidden: it is a colleague's.
    """
    found = await contact_lists.get(conn, principal.organization_id, list_id)
    if found is None:
        raise NotFound("contact list")
    if not principal.reaches(Action.MANAGE_CONTACT, found.user_id):
        raise Forbidden
    return found


async def create(
    conn: Conn, principal: Principal, name: str, uris: Sequence[str], *, now: datetime
) -> tuple[ContactList, Named]:
    """Store a list of the caller with as many of the named contacts as there are.

    Raises:
        Invalid: no name. Conflict: the name is taken. Forbidden: the caller has as many lists as may be.
    """
    shown = _filled(name)
    await users.lock(conn, principal.user.id)
    if await contact_lists.count(conn, principal.organization_id, principal.user.id) >= MAX_LISTS:
        raise Forbidden(AS_MANY_AS_MAY_BE)
    made = ContactList(
        id=ordered_id(now),
        organization_id=principal.organization_id,
        user_id=principal.user.id,
        name=shown,
        contact_count=0,
        created_at=now,
        updated_at=now,
    )
    if not await contact_lists.insert(conn, made, name_key=_key(shown)):
        raise Conflict(NAME_TAKEN)
    named = await _named(conn, principal, uris)
    await contact_lists.add(conn, made, named.known, now=now)
    return await own(conn, principal, made.id), named


async def rename(conn: Conn, principal: Principal, list_id: UUID, name: str, *, now: datetime) -> ContactList:
    """Give one of the caller's lists another name.

    Raises:
        NotFound, Forbidden: as ``own``. Invalid: no name. Conflict: the name is taken.
    """
    shown = _filled(name)
    await users.lock(conn, principal.user.id)
    found = await own(conn, principal, list_id)
    if found.name == shown:
        return found
    if not await contact_lists.rename(conn, found, shown, name_key=_key(shown), now=now):
        raise Conflict(NAME_TAKEN)
    return await own(conn, principal, list_id)


async def add(conn: Conn, principal: Principal, list_id: UUID, uris: Sequence[str], *, now: datetime) -> Named:
    """Put the named contacts into one of the caller's lists; those in it already stay.

    Raises:
        NotFound, Forbidden: as ``own``.
    """
    found = await own(conn, principal, list_id)
    named = await _named(conn, principal, uris)
    await contact_lists.add(conn, found, named.known, now=now)
    return named


async def remove(conn: Conn, principal: Principal, list_id: UUID, uris: Sequence[str], *, now: datetime) -> Named:
    """Take the named contacts out of one of the caller's lists; they stay contacts.

    Raises:
        NotFound, Forbidden: as ``own``.
    """
    found = await own(conn, principal, list_id)
    named = await _named(conn, principal, uris)
    await contact_lists.remove(conn, found, named.known, now=now)
    return named


async def _named(conn: Conn, principal: Principal, uris: Sequence[str]) -> Named:
    ids = {uri: parse_uri(uri, "contacts") for uri in uris}
    wanted = [one for one in ids.values() if one is not None]
    rows = await contacts.list_owners(conn, principal.organization_id, wanted)
    known = [row.id for row in rows if row.user_id == principal.user.id]
    return Named(known, [uri for uri, one in ids.items() if one not in known])


def _filled(name: str) -> str:
    if not (line := one_line(name)):
        raise invalid("name", MUST_BE_FILLED)
    return line


def _key(name: str) -> str:
    """What two names share that differ in case or accents alone."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
