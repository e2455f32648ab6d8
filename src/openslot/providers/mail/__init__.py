"""Sending mail: who does it is chosen by the settings."""

from openslot.config import Settings
from openslot.providers.mail.base import MailDelayed, Mailer, MailError, MailRefused, Message
from openslot.providers.mail.nowhere import NowhereMailer
from openslot.providers.mail.smtp import SmtpMailer

__all__ = ["MailDelayed", "MailError", "MailRefused", "Mailer", "Message", "make_mailer"]


def make_mailer(settings: Settings) -> Mailer:
    """The mailer that the settings ask for; one that drops everything where they ask for none."""
    return SmtpMailer(settings.smtp_url, settings.sender) if settings.smtp_url else NowhereMailer()
