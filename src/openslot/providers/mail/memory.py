"""A mailer for tests, which keeps sent mail in memory."""

from openslot.providers.mail.base import MailError, Message


class MemoryMailer:
    """Accepts every mail, after the first sends have raised ``failures`` in turn."""

    def __init__(self, *failures: MailError) -> None:
        self.sent: list[Message] = []
        self.failures = list(failures)

    async def send(self, message: Message) -> bool:
        """Keep the mail in ``sent``.

        Raises:
            MailError: the next one of ``failures``.
        """
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return True
