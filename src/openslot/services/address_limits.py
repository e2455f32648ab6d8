"""Limits by network address, for callers that nothing else is known of (ADR 0036).

An office, a school or a mobile network has one address for hundreds of people, so an address may do much. Whoever
guesses at one account from there is bounded far sooner, and nobody else of that office with it: the strict limit is of
the address and the account together. Nor does it keep the account's owner out, who comes from another address.
"""

from datetime import datetime

from openslot.core.errors import TooMany
from openslot.core.rates import Counts, Rule, Use, give_back, take

_UNKNOWN = "-"


class AddressLimit:
    """How often one thing may be done from an address, and from an address about one account."""

    def __init__(
        self, counts: Counts, name: str, message: str, *, per_address: Rule, per_account: Rule | None = None
    ) -> None:
        """``name`` tells its counts from those of other limits; ``message`` is for who is refused."""
        self._counts = counts
        self._name = name
        self._message = message
        self._per_address = per_address
        self._per_account = per_account

    def count(self, client: str | None, account: str | None = None, *, now: datetime) -> None:
        """It is about to be done, so call this before the work: a password is dear to check.

        ``client`` is what ``security.clients.Clients.of`` finds: an IPv4 address or an IPv6 /64; where that is None,
        nobody's address is known, and only the account is counted. ``account`` is whose work it is, if anybody's: an
        e-mail address as it is compared, a ``client_id``; it need not exist. Both bounds count, or neither.

        Raises:
            TooMany: as often as it may be; it says when to come back.
        """
        uses = self._uses(client, account)
        if not uses:
            return
        taken = take(self._counts, uses, now)
        if taken.wait_seconds:
            raise TooMany(self._message, retry_after_seconds=taken.wait_seconds)

    def forget(self, client: str | None, account: str | None = None, *, now: datetime) -> None:
        """Give back what ``count`` has counted: nothing came of it, or it was done by who may."""
        if uses := self._uses(client, account):
            give_back(self._counts, uses, now)

    def _uses(self, client: str | None, account: str | None) -> list[Use]:
        uses = []
        if client is not None and self._per_address.most:
            uses.append(Use(self._per_address, self._counts.key(self._name, client)))
        if account is not None and self._per_account is not None and self._per_account.most:
            text = f"{client or _UNKNOWN} {account}"
            uses.append(Use(self._per_account, self._counts.key(f"{self._name} by account", text)))
        return uses
