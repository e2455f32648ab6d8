"""Forms of the pages that are sent: what one has made it makes no second time, however often it comes (ADR 0022).

A form is claimed before anything else is locked, so two that arrive at once wait for each other and for nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from openslot.db import form_tokens
from openslot.db.form_tokens import FormToken
from openslot.db.pool import Conn

REMEMBERED = timedelta(days=7)
"""From being sent. A form that was shown longer ago than that is shown again before it does anything."""


@dataclass(frozen=True)
class SentForm:
    """A form as it came."""

    digest: bytes = field(repr=False)
    """By which it is known again."""
    content: bytes = field(repr=False)
    """The same together with what it held; without the token's secret nobody can find out what that was."""

    @classmethod
    def of(cls, secret: bytes, values: Mapping[str, Sequence[str]], *, by_content: bool = False) -> "SentForm":
        """The form with that secret. ``by_content``: with other values it is another form."""
        held = msgspec.json.encode({name: [value.strip() for value in values[name]] for name in sorted(values)})
        content = sha256(secret + held).digest()
        return cls(sha256(content if by_content else secret).digest(), content)


async def claim(conn: Conn, form: SentForm, *, now: datetime) -> FormToken | None:
    """What the form has made already; None where that is nothing, and the caller is to do it, finish or release."""
    while not await form_tokens.claim(conn, form.digest, form.content, now=now):
        made = await form_tokens.get(conn, form.digest)
        if made is not None:
            return made  # else it was forgotten in between
    return None


async def made_by(conn: Conn, form: SentForm) -> FormToken | None:
    """What the form has made."""
    return await form_tokens.get(conn, form.digest)


async def sweep(conn: Conn, *, now: datetime) -> int:
    """Forget what was sent long ago; how many there were."""
    return await form_tokens.delete_before(conn, now - REMEMBERED)
