"""Subjects and opening texts that an organization writes for its mails."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core import mail_templates as rules
from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.core.roles import Action
from openslot.db import mail_templates
from openslot.db.mail_templates import MailTemplate
from openslot.db.pool import Conn
from openslot.i18n import languages
from openslot.services.access import Principal
from openslot.services.mails.kinds import RECIPIENTS, Kind
from openslot.services.mails.letters import SUBJECTS
from openslot.wire.mail_templates import PutMailTemplate


async def put(conn: Conn, principal: Principal, wanted: PutMailTemplate, *, now: datetime) -> MailTemplate:
    """Store a template in place of one for the same mails.

    Raises:
        Forbidden: a plain member.
        Invalid: there are no such mails, no text, a variable that there is not, or a subject that can be no title.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    kind, errors = Kind(wanted.kind), list[FieldError]()
    if kind not in RECIPIENTS[wanted.recipient]:
        errors.append(FieldError("kind", f"the {wanted.recipient} gets no such mail"))
    if wanted.language is not None and wanted.language not in languages.codes():
        errors.append(FieldError("language", f"must be one of {', '.join(languages.codes())}"))
    if wanted.subject is None and wanted.opening is None:
        errors.append(FieldError("subject", "and opening can't both be null: delete the template instead"))
    rules.check(wanted.subject, wanted.opening, is_title=kind not in SUBJECTS, errors=errors)
    if errors:
        raise Invalid(*errors)
    new = MailTemplate(
        id=new_id(),
        kind=kind,
        recipient=wanted.recipient,
        language=wanted.language or "",
        subject=wanted.subject,
        opening=wanted.opening,
        created_at=now,
        updated_at=now,
    )
    return await mail_templates.put(conn, principal.organization_id, new)


async def list_all(conn: Conn, principal: Principal) -> Sequence[MailTemplate]:
    """Those of the organization.

    Raises:
        Forbidden: a plain member.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    return await mail_templates.list_all(conn, principal.organization_id)


async def delete_for(conn: Conn, principal: Principal, named: PutMailTemplate) -> None:
    """Write the mails of this kind, recipient and language in our words again.

    Raises:
        Forbidden: a plain member. NotFound: there is no such template.
    """
    key = (named.kind, named.recipient, named.language or "")
    for one in await list_all(conn, principal):
        if (one.kind, one.recipient, one.language) == key:
            return await delete(conn, principal, one.id)
    raise NotFound("mail template")


async def delete(conn: Conn, principal: Principal, template_id: UUID) -> None:
    """Write mails in our words again.

    Raises:
        Forbidden: a plain member. NotFound: there is no such template.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    if not await mail_templates.delete(conn, principal.organization_id, template_id):
        raise NotFound("mail template")
