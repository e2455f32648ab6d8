"""Notes of a user about contacts. Source: since-september, section 1; the fields of the answers are ours (design)."""

from typing import Annotated, Any, ClassVar

from msgspec import Struct

from openslot.wire.bounds import SEEN, schema, uri
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

MAX_TITLE_LENGTH = 255
MAX_BODY_LENGTH = 10_000


class Note(Open, kw_only=True):
    """A note about a contact. Source: GET /notes/{uuid}."""

    uri: str
    contact: str
    title: str | None
    body: str | None
    remind_at: Timestamp | None
    """OpenSlot sends no reminders of notes: null."""
    created_at: Timestamp
    updated_at: Timestamp


class CreateNote(Struct, kw_only=True):
    """Body of POST /notes: ``title``, ``body`` or both."""

    sent_as: ClassVar[dict[str, Any]] = {
        "anyOf": [{"properties": {name: {"type": "string", **SEEN}}, "required": [name]} for name in ("title", "body")]
    }

    contact: Annotated[str, uri("contacts")]
    title: Annotated[str, schema(maxLength=MAX_TITLE_LENGTH)] | None = None
    body: Annotated[str, schema(maxLength=MAX_BODY_LENGTH)] | None = None
    remind_at: str | None = None
    """RFC 3339 with seconds. OpenSlot sends no reminders of notes, so that it is refused (403)."""
