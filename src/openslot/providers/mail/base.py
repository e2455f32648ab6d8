"""What a mail is, and what whoever sends it promises.

MailError
├── MailDelayed     not now, perhaps later: the server is away, busy, or set up wrongly on our side
└── MailRefused     never: the server will not have this mail, or it can't be written
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class MailError(Exception):
    """The mail was not taken; the message says why, and names neither the recipient nor a password."""


class MailDelayed(MailError):
    """Worth another try."""


class MailRefused(MailError):
    """Not worth another try."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A plain text mail to one recipient."""

    id: UUID
    """The same when it is sent again, and so is the mail's Message-ID: a repeat is recognizable."""
    to: str
    """The bare address."""
    subject: str
    text: str


class Mailer(Protocol):
    """Whoever can send mail."""

    async def send(self, message: Message) -> bool:
        """Hand over once; False: there is nobody to hand it over to, and it was dropped.

        Raises:
            MailDelayed: not taken now.
            MailRefused: never taken.
        """
        ...
