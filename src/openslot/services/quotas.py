"""Quotas: how much of a shared resource one caller may have. Settings set each bound; 0 lifts one (ADR 0029, 0030).

What stands - holds, webhook subscriptions - is counted in the database, where two at the bound don't both pass. How
often something is done is counted in each web process, so that it costs no round trip.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.core.rates import Rate
from openslot.db.holds import HoldQuotas
from openslot.services.access import Principal
from openslot.wire.characters import address_key

TEN_MINUTES, HOUR, MINUTE = 600, 3600, 60
TOO_MANY_CALLS = "Too many calls. Try again later."
TOO_MANY_BOOKINGS = "Too many bookings of other hosts' time. Try again later."
TOO_MANY_FORMS = "Too many forms came from this address. Try again later."
TOO_MANY_OF_ADDRESS = "Too many bookings came from this address. Try again later."
TOO_MANY_OF_EMAIL = "Too many bookings were made with this e-mail address. Try again later."


class Most(NamedTuple):
    """How many webhook subscriptions there may be; None: any number."""

    of_user: int | None = None
    of_organization: int | None = None


ANY_NUMBER = Most()


def subscriptions_of(principal: Principal, settings: Settings) -> Most:
    """How many webhook subscriptions the caller and the organization may have. Admins may make all of them."""
    of_user = 0 if principal.is_admin else settings.webhooks_per_user
    return Most(of_user or None, settings.webhooks_per_organization or None)


def share_of_member(principal: Principal, settings: Settings) -> HoldQuotas:
    """What a member may hold at a time. Admins may keep anybody's time anyway, and speak for checkouts."""
    most = settings.holds_per_admin if principal.is_admin else settings.holds_per_user
    return HoldQuotas(of_user=most or None)


def share_of_visitor(address_digest: bytes | None, settings: Settings) -> HoldQuotas:
    """What a visitor of a page may hold at a time; ``address_digest`` is of where the visitor comes from, if known."""
    return HoldQuotas(
        address_digest=address_digest,
        of_address=settings.holds_per_address or None,
        of_email=settings.holds_per_email or None,
    )


class Rates:
    """How often things are done, as this process has seen. A client of None is nobody knows whose, and not counted."""

    def __init__(self, settings: Settings) -> None:
        self.calls = Rate(settings.api_calls_per_minute, MINUTE)
        self._forms = Rate(settings.forms_per_address, TEN_MINUTES)
        self._of_member = Rate(settings.bookings_per_member, TEN_MINUTES)
        self._of_address = Rate(settings.bookings_per_address, TEN_MINUTES)
        self._of_email = Rate(settings.bookings_per_email, HOUR)

    def count_form(self, client: str | None, *, now: datetime) -> None:
        """A form was sent from an address.

        Raises:
            TooMany: as many have come from there as may.
        """
        _count(self._forms, client, TOO_MANY_FORMS, now)

    def count_booking(self, client: str | None, email: str, *, now: datetime) -> None:
        """A visitor of a page is about to book, or to request it.

        Raises:
            TooMany: as many came from this address, or with this e-mail address, as may.
        """
        _count(self._of_address, client, TOO_MANY_OF_ADDRESS, now)
        try:
            _count(self._of_email, address_key(email), TOO_MANY_OF_EMAIL, now)
        except TooMany:
            if client is not None:
                self._of_address.give_back(client, now)
            raise

    def forget_booking(self, client: str | None, email: str, *, now: datetime) -> None:
        """Nothing came of what was counted."""
        if client is not None:
            self._of_address.give_back(client, now)
        self._of_email.give_back(address_key(email), now)

    def count_taking(self, principal: Principal, host_ids: Collection[UUID], *, now: datetime) -> None:
        """A member has booked or held time over the API; of others it may be so much, unless an admin does it.

        Raises:
            TooMany: it was as much as may be; the caller takes it back.
        """
        if not principal.is_admin and principal.user.id not in host_ids:
            _count(self._of_member, str(principal.user.id), TOO_MANY_BOOKINGS, now)


def _count(rate: Rate, key: str | None, message: str, now: datetime) -> None:
    seconds = 0 if key is None else rate.take(key, now)
    if seconds:
        raise TooMany(message, retry_after_seconds=seconds)
