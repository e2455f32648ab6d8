"""The interface of mail providers.

MailError
├── MailDelayed     worth a retry: the server is unreachable or busy, or our configuration is wrong
└── MailRefused     permanent: the server refuses this mail, or it can't be composed
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


class MailError(Exception):
    """The mail was not accepted; the message gives the reason, without the recipient and passwords."""


class MailDelayed(MailError):
    """Not accepted now; worth a retry."""


class MailRefused(MailError):
    """Never accepted; not worth a retry."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A mail to one recipient."""

    id: UUID
    """Stays the same when the mail is sent again, and so does its Message-ID, so that duplicates are recognizable."""
    to: str
    """The bare address."""
    subject: str
    text: str
    html: str | None = None
    """The same content as ``text``."""
    calendar: str | None = None
    """An iTIP message, which ``method`` names: ``REQUEST`` or ``CANCEL``."""
    method: str | None = None
    reply_to: Sequence[str] = ()
    """Bare addresses."""
    stop_url: str | None = field(default=None, repr=False)
    """Where the recipient can stop mails of this kind; a POST to it does so at once (RFC 8058)."""


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, message: Message) -> bool:
        """Send once; False: no server is configured, and the mail was dropped.

        Raises:
            MailDelayed: not accepted now.
            MailRefused: never accepted.
        """
        ...
