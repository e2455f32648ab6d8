"""Writes with a key of the client's: the same one sent again does nothing more, and is answered as before (ADR 0037).

A key is claimed before anything else is locked, in the transaction of the work: both are committed, or neither is. Two
at once wait for each other and for nothing more.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from openslot.core.errors import KeyReused, WrongState
from openslot.db import idempotency_keys
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.access import Principal

KEPT = timedelta(hours=24)
"""From the first use of a key; after that it is a new one."""
ERASED = "What this key stands for was done. Its answer was erased since, together with personal data."


@dataclass(frozen=True)
class KeyedWrite:
    """A write with a key. Keys of different users have nothing to do with one another."""

    digest: bytes = field(repr=False)
    """By which the key is known again."""
    request: bytes = field(repr=False)
    """The same together with what was sent; without the key nobody can find out what that was."""

    @classmethod
    def of(cls, key: bytes, *sent: bytes) -> "KeyedWrite":
        """The write that was sent with ``key``."""
        request = sha256(sha256(b"request:" + key).digest())
        for part in sent:
            request.update(len(part).to_bytes(8, "big") + part)
        return cls(sha256(key).digest(), request.digest())


async def claim(conn: Conn, principal: Principal, write: KeyedWrite, *, vault: Vault, now: datetime) -> str | None:
    """The answer that the write was given; None where it is new, and the caller is to do it and to keep its answer.

    Raises:
        KeyReused: the key came with another write.
        WrongState: the write was done, and its answer is gone.
    """
    owner, digest = (principal.organization_id, principal.user.id), _digest_of(principal, write)
    while not await idempotency_keys.claim(conn, *owner, digest, write.request, now=now, until=now - KEPT):
        used = await idempotency_keys.get(conn, *owner, digest)
        if used is None:
            continue  # swept in between
        if used.request != write.request:
            raise KeyReused
        if used.answer is None:
            raise WrongState(ERASED)
        try:
            return vault.open(used.answer)
        except ValueError:  # the secret key was changed
            raise WrongState(ERASED) from None
    return None


async def keep(conn: Conn, principal: Principal, write: KeyedWrite, answer: str, *, vault: Vault) -> None:
    """Store the answer of a write that was claimed."""
    sealed = vault.seal(answer)
    await idempotency_keys.finish(
        conn, principal.organization_id, principal.user.id, _digest_of(principal, write), sealed
    )


def _digest_of(principal: Principal, write: KeyedWrite) -> bytes:
    """The key among those of one kind of token: no answer goes to a token that could not have made the write.

    An application keeps its grant when it gets another token, and a user's tokens that may do the same share keys.
    """
    scopes = "all" if principal.user.scopes is None else " ".join(sorted(principal.user.scopes))
    return sha256(f"{principal.user.grant_id} {principal.user.role} {scopes} ".encode() + write.digest).digest()


async def sweep(conn: Conn, *, now: datetime) -> int:
    """Forget keys used long ago; how many there were."""
    return await idempotency_keys.delete_before(conn, now - KEPT)
