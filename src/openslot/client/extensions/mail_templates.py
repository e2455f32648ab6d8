"""What an organization writes in its mails in place of OpenSlot's words."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One
from openslot.client.parameters import Id
from openslot.wire import mail_templates
from openslot.wire.mail_templates import MailTemplate


class PutMailTemplate(One[MailTemplate]):
    """Set subject and opening text of mails; they replace those with the same kind, recipient and language."""

    method: ClassVar = "PUT"
    path = "/openslot/mail_templates"
    scopes: ClassVar = ("organizations:write",)
    body: mail_templates.PutMailTemplate


class ListMailTemplates(All[MailTemplate]):
    """All templates of the organization."""

    path = "/openslot/mail_templates"
    scopes: ClassVar = ("organizations:read",)


class DeleteMailTemplate(Nothing):
    """Delete a template: these mails are in OpenSlot's words again."""

    method: ClassVar = "DELETE"
    path = "/openslot/mail_templates/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
