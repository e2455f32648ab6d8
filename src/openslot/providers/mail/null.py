"""A mailer for installations without a mail server."""

import logging

from openslot.providers.mail.base import Message

log = logging.getLogger(__name__)


class NullMailer:
    """Drops every mail, and logs the first one."""

    def __init__(self) -> None:
        self._warned = False

    async def send(self, message: Message) -> bool:
        """Drop the mail."""
        if not self._warned:
            self._warned = True
            log.warning("mail is not sent, OPENSLOT_SMTP_URL is not set; the first was: %s", message.subject)
        return False
