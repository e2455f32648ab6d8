"""Sending mail, by the provider that the settings select."""

from openslot.config import Settings
from openslot.providers.mail.base import MailDelayed, Mailer, MailError, MailRefused, Message
from openslot.providers.mail.null import NullMailer
from openslot.providers.mail.smtp import SmtpMailer

__all__ = ["MailDelayed", "MailError", "MailRefused", "Mailer", "Message", "make_mailer"]


def make_mailer(settings: Settings) -> Mailer:
    """The mailer that the settings select; without a server, one that drops every mail."""
    return SmtpMailer(settings.smtp_url, settings.sender) if settings.smtp_url else NullMailer()
