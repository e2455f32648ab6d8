"""Mail templates as our own API shows them."""

from openslot.db import mail_templates
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.mail_templates import MailTemplate


def mail_template(row: mail_templates.MailTemplate, uris: Uris) -> MailTemplate:
    """The shape of PUT /openslot/mail_templates."""
    return MailTemplate(
        uri=uris.extension("mail_templates", row.id),
        kind=row.kind,
        recipient=row.recipient,
        language=row.language or None,
        subject=row.subject,
        opening=row.opening,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
