"""Notes about contacts, as the API shows them."""

from openslot.db import notes
from openslot.presenters.uris import Uris
from openslot.wire.codec import WholeSeconds
from openslot.wire.notes import Note


def note(row: notes.Note, uris: Uris) -> Note:
    """The shape of GET /notes/{uuid}."""
    return Note(
        uri=uris.note(row.id),
        contact=uris.contact(row.contact_id),
        title=row.title,
        body=row.body,
        remind_at=None,
        created_at=WholeSeconds.of(row.created_at),
        updated_at=WholeSeconds.of(row.updated_at),
    )
