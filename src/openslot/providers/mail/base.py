"""The interface of mail providers.

MailError
├── MailDelayed     worth a retry: the server is unreachable or busy, or our configuration is wrong
└── MailRefused     permanent: the server refuses this mail, or it can't be composed
"""

from dataclasses import dataclass
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
    """A plain text mail to one recipient."""

    id: UUID
    """Stays the same when the mail is sent again, and so does its Message-ID, so that duplicates are recognizable."""
    to: str
    """The bare address."""
    subject: str
    text: str


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, message: Message) -> bool:
        """Send once; False: no server is configured, and the mail was dropped.

        Raises:
            MailDelayed: not accepted now.
            MailRefused: never accepted.
        """
        ...
