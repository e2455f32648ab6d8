"""When a booking form has to show that a person is behind it, and how it may: ADR 0048.

Under load alone: as long as no more forms than usual come for an event type, nobody notices. Above that, the browser
solves a puzzle meanwhile; who has no JavaScript types in a code that comes by mail.
"""

from datetime import datetime
from uuid import UUID

from openslot.config import Settings
from openslot.core.rates import Counts, Refill, Use, microseconds, take
from openslot.services.address_limits import AddressLimit
from openslot.wire.characters import address_key

_TEN_MINUTES, _HOUR = 600, 3600
TOO_MANY_CODES = "Too many codes were mailed. Try again later."
TOO_MANY_TRIES = "Too many codes were tried. Try again later."
CODES_PER_ADDRESS, CODES_PER_EMAIL = 30, 3
"""Mailed codes of an hour: from one network address, and to one e-mail address, whoever requests them."""
TRIES_PER_FORM = 10
"""Codes that may be tried with one form within an hour; there are a million."""


class Challenges:
    """Counts what comes for each event type."""

    def __init__(self, counts: Counts, settings: Settings) -> None:
        self._counts = counts
        self._usual = Refill(settings.unchallenged_bookings, _TEN_MINUTES)
        self._codes_of_client = AddressLimit(
            counts, "codes by mail", TOO_MANY_CODES, per_address=Refill(CODES_PER_ADDRESS, _HOUR)
        )
        self._codes_to_email = AddressLimit(
            counts, "codes to email", TOO_MANY_CODES, per_address=Refill(CODES_PER_EMAIL, _HOUR)
        )
        self._tries = AddressLimit(counts, "tried codes", TOO_MANY_TRIES, per_address=Refill(TRIES_PER_FORM, _HOUR))

    def is_on(self, event_type_id: UUID, *, now: datetime) -> bool:
        """Whether the next form for the event type has to be solved."""
        if not self._usual.most:
            return False
        with self._counts:
            _, _, _, wait = self._usual.take(self._counts.get(self._key(event_type_id)), microseconds(now))
        return wait > 0

    def count(self, event_type_id: UUID, *, now: datetime) -> bool:
        """A form came for the event type; whether it has to be solved."""
        if not self._usual.most:
            return False
        return take(self._counts, [Use(self._usual, self._key(event_type_id))], now).wait_seconds > 0

    def count_mailed_code(self, client: str | None, email: str, *, now: datetime) -> None:
        """A code is about to be mailed.

        Raises:
            TooMany: as many were mailed from this network address, or to this e-mail address, as may.
        """
        self._codes_of_client.count(client, now=now)
        self._codes_to_email.count(address_key(email), now=now)

    def count_try(self, form_digest: bytes, *, now: datetime) -> None:
        """A code is about to be compared.

        Raises:
            TooMany: as many were tried with this form as may.
        """
        self._tries.count(form_digest.hex(), now=now)

    def _key(self, event_type_id: UUID) -> bytes:
        return self._counts.key("bookings of event type", str(event_type_id))
