"""Notes about contacts, which only their author sees. Source: since-september, section 1."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.booking_form import INVALID, MUST_BE_FILLED
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.db import contacts, notes
from openslot.db.notes import Note
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.wire.characters import one_line, stripped
from openslot.wire.codec import parse_instant
from openslot.wire.notes import MAX_BODY_LENGTH, MAX_TITLE_LENGTH, CreateNote

NO_REMINDERS = "Reminders of notes are not available. Leave out remind_at."
TOO_LONG = "is too long (maximum is {})"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR = "1970"


async def get(conn: Conn, principal: Principal, note_id: UUID) -> Note:
    """One of the caller's notes.

    Raises:
        NotFound: there is none; nobody learns whether somebody else has written one.
    """
    found = await notes.get(conn, principal.organization_id, note_id)
    if found is None or not principal.reaches(Action.MANAGE_CONTACT, found.user_id):
        raise NotFound("note")
    return found


def check(wanted: CreateNote) -> None:
    """Check that a note says something, and not too much.

    Raises:
        Invalid: it does not; every field is named.
    """
    title, body = _texts(wanted)
    errors = []
    if not title and not body:
        errors += [FieldError(name, MUST_BE_FILLED) for name in ("title", "body")]
    for name, text, most in (("title", title, MAX_TITLE_LENGTH), ("body", body, MAX_BODY_LENGTH)):
        if len(text) > most:
            errors.append(FieldError(name, TOO_LONG.format(most)))
    if wanted.remind_at is not None and not _is_moment(wanted.remind_at):
        errors.append(FieldError("remind_at", INVALID))
    if errors:
        raise Invalid(*errors)


async def create(conn: Conn, principal: Principal, contact_id: UUID, wanted: CreateNote, *, now: datetime) -> Note:
    """Store a note of the caller about one of the caller's contacts; the same one again is another note.

    Raises:
        Invalid: as ``check``. NotFound: no such contact.
        Forbidden: it is a colleague's, or a reminder is wanted, which nothing would send.
    """
    check(wanted)
    await require_own(conn, principal, [contact_id])
    if wanted.remind_at is not None:
        raise Forbidden(NO_REMINDERS)
    title, body = _texts(wanted)
    made = Note(
        id=ordered_id(now),
        organization_id=principal.organization_id,
        user_id=principal.user.id,
        contact_id=contact_id,
        title=title or None,
        body=body or None,
        created_at=now,
        updated_at=now,
    )
    await notes.insert(conn, made)
    return made


async def require_own(conn: Conn, principal: Principal, contact_ids: Sequence[UUID]) -> None:
    """Check that contacts are the caller's.

    Raises:
        NotFound: one is not there. Forbidden: one is a colleague's.
    """
    found = await contacts.list_owners(conn, principal.organization_id, contact_ids)
    if set(contact_ids) - {one.id for one in found}:
        raise NotFound("contact")
    if not all(principal.reaches(Action.MANAGE_CONTACT, one.user_id) for one in found):
        raise Forbidden


def _texts(wanted: CreateNote) -> tuple[str, str]:
    """Title and body without what surrounds them; empty where there is none."""
    return one_line(wanted.title or ""), stripped(wanted.body or "")


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text) or text < _FIRST_YEAR:
        return False
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True
