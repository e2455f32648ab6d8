"""What an organization writes in its mails in place of our words. Ours."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from openslot.wire.bounds import LOCALES, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

MAX_SUBJECT_LENGTH = 200
MAX_OPENING_LENGTH = 5000
Recipient = Literal["host", "invitee", "guest"]
MailKind = Literal[
    "booked", "approved", "invited", "moved", "changed", "left", "handed_over", "canceled", "requested", "to_answer",
    "declined", "expired", "withdrawn", "reconfirm", "reminder",
]  # fmt: skip


class PutMailTemplate(Struct, kw_only=True):
    """Body of PUT /openslot/mail_templates. At least one of the two texts is set.

    Variables in them: ``{event}``, ``{host}``, ``{invitee}``, ``{date}``, ``{time}``, ``{timezone}``, ``{location}``
    and ``{reason}``.
    """

    kind: MailKind
    """What the mail is about."""
    recipient: Recipient
    language: Annotated[str, schema(enum=LOCALES)] | None = None
    """Of the readers; null: all who read no language that has a template of its own."""
    subject: Annotated[str, Meta(max_length=MAX_SUBJECT_LENGTH)] | None = None
    """Null: ours. Where the mail brings an entry for calendars it must hold ``{event}``."""
    opening: Annotated[str, Meta(max_length=MAX_OPENING_LENGTH)] | None = None
    """Plain text above the facts of the meeting; blank lines separate paragraphs."""


class MailTemplate(Open, kw_only=True):
    """A subject and an opening text of the organization's own."""

    uri: str
    kind: str
    recipient: str
    language: str | None
    subject: str | None
    opening: str | None
    created_at: Timestamp
    updated_at: Timestamp
