"""Quotas: how much of a shared resource one caller may have. Settings set each bound; 0 lifts one (ADR 0029, 0030).

What stands - holds, webhook subscriptions - is counted in the database, where two at the bound don't both pass. How
often something is done is counted where all web processes of a machine see it, so that it costs no round trip
(ADR 0036).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.core.rates import Counts, OwnCounts, Refill, Rule, Taken, Use, Window, give_back, take
from openslot.db.holds import HoldQuotas
from openslot.services.access import Principal
from openslot.services.address_limits import AddressLimit
from openslot.services.challenges import Challenges
from openslot.wire.characters import address_key

TEN_MINUTES, HOUR, MINUTE = 600, 3600, 60
TOO_MANY_CALLS = "Too many calls. Try again later."
TOO_MANY_BOOKINGS = "Too many bookings of other hosts' time. Try again later."
TOO_MANY_REGISTRATIONS = "Too many applications were registered. Try again later."
TOO_MANY_TOKENS = "Too many tokens were requested. Try again later."
TOO_MANY_SIGN_INS = "Too many tries to sign in. Try again later."
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


class OperationRule(NamedTuple):
    """A limit of one operation, for each user."""

    name: str
    """By which its counts are told from those of others."""
    rule: Rule


class Rates:
    """How often things are done. A client of None is nobody knows whose, and not counted."""

    def __init__(self, settings: Settings, members: Counts | None = None, visitors: Counts | None = None) -> None:
        """``members`` and ``visitors`` store the counts of those with a token and of all others; None: this process.

        They are apart, so that strangers with many addresses don't push out what members have used.
        """
        self._members = OwnCounts() if members is None else members
        self._visitors = visitors = OwnCounts() if visitors is None else visitors
        self._calls = Window(settings.api_calls_per_minute, MINUTE)
        self._tokens = Window(settings.oauth_tokens_per_minute, MINUTE)
        self._of_member = Refill(settings.bookings_per_member, TEN_MINUTES)
        self._of_email = Refill(settings.bookings_per_email, HOUR)
        self._forms = AddressLimit(
            visitors, "forms", TOO_MANY_FORMS, per_address=Refill(settings.forms_per_address, TEN_MINUTES)
        )
        self._bookings = AddressLimit(
            visitors, "bookings", TOO_MANY_OF_ADDRESS, per_address=Refill(settings.bookings_per_address, TEN_MINUTES)
        )
        self.challenges = Challenges(visitors, settings)
        self.sign_ins = AddressLimit(
            visitors, "sign-ins", TOO_MANY_SIGN_INS,
            per_address=Refill(settings.sign_ins_per_address, TEN_MINUTES),
            per_account=Refill(settings.sign_ins_per_account, TEN_MINUTES),
        )  # fmt: skip
        """Tries to sign in; the account is the e-mail address, as it is compared. Forget those that succeed."""
        self.registrations = AddressLimit(
            visitors, "registrations", TOO_MANY_REGISTRATIONS,
            per_address=Refill(settings.registrations_per_address, TEN_MINUTES),
            per_account=Refill(settings.registrations_per_address, TEN_MINUTES),
        )  # fmt: skip
        """Applications that register themselves; the account is one for all, so that unknown addresses are bounded."""
        self.token_requests = AddressLimit(
            visitors, "token requests", TOO_MANY_TOKENS,
            per_address=Refill(settings.token_requests_per_address, TEN_MINUTES),
            per_account=Refill(settings.token_requests_per_client, TEN_MINUTES),
        )  # fmt: skip
        """Requests for tokens, and about them; the account is the ``client_id``."""

    def count_call(self, user_id: UUID, operation: Sequence[OperationRule] = (), *, now: datetime) -> Taken | None:
        """A user calls an operation of the API that has these rules; None: nothing limits it.

        ``wait_seconds`` of the outcome says whether it is refused; then none of the rules counts it.
        """
        user = str(user_id)
        uses = [Use(one.rule, self._members.key(one.name, user)) for one in operation]
        if self._calls.most:
            uses.append(Use(self._calls, self._members.key("calls", user)))
        return take(self._members, uses, now) if uses else None

    def count_oauth_token(self, user_id: UUID, *, now: datetime) -> None:
        """A token is about to be issued for a user (behaviours, section 5: 8 a minute).

        Raises:
            TooMany: as many were issued as may.
        """
        _count(self._members, self._tokens, "oauth tokens", str(user_id), TOO_MANY_TOKENS, now)

    def count_form(self, client: str | None, *, now: datetime) -> None:
        """A form was sent from an address.

        Raises:
            TooMany: as many have come from there as may.
        """
        self._forms.count(client, now=now)

    def count_booking(self, client: str | None, email: str, *, now: datetime) -> None:
        """A visitor of a page is about to book, or to request it.

        Raises:
            TooMany: as many came from this address, or with this e-mail address, as may.
        """
        self._bookings.count(client, now=now)
        try:
            _count(self._visitors, self._of_email, "emails", address_key(email), TOO_MANY_OF_EMAIL, now)
        except TooMany:
            self._bookings.forget(client, now=now)
            raise

    def forget_booking(self, client: str | None, email: str, *, now: datetime) -> None:
        """Nothing came of what was counted."""
        self._bookings.forget(client, now=now)
        if self._of_email.most:
            give_back(self._visitors, [Use(self._of_email, self._visitors.key("emails", address_key(email)))], now)

    def count_taking(self, principal: Principal, host_ids: Collection[UUID], *, now: datetime) -> None:
        """A member has booked or held time over the API; of others it may be so much, unless an admin does it.

        Raises:
            TooMany: it was as much as may be; the caller takes it back.
        """
        if not principal.is_admin and principal.user.id not in host_ids:
            _count(self._members, self._of_member, "of others", str(principal.user.id), TOO_MANY_BOOKINGS, now)


def _count(counts: Counts, rule: Rule, name: str, text: str, message: str, now: datetime) -> None:
    if not rule.most:
        return
    taken = take(counts, [Use(rule, counts.key(name, text))], now)
    if taken.wait_seconds:
        raise TooMany(message, retry_after_seconds=taken.wait_seconds)
