"""A stand-in that keeps what is sent."""

from openslot.providers.mail.base import MailError, Message


class MemoryMailer:
    """Takes everything, save that the first sends meet ``troubles`` in turn."""

    def __init__(self, *troubles: MailError) -> None:
        self.sent: list[Message] = []
        self.troubles = list(troubles)

    async def send(self, message: Message) -> bool:
        """Keep it."""
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message)
        return True
