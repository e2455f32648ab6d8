"""Connections for pages whose address has a secret: the organization is found by it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from litestar.datastructures import State

from openslot.accounts.sessions import MAX_SECRET_LENGTH
from openslot.core.errors import NotFound
from openslot.db.connection_shares import Address, Shares
from openslot.db.pool import Conn
from openslot.edges import transaction_of
from openslot.security.tokens import digest

Lookup = Callable[[Conn, bytes], Awaitable[UUID | None]]
"""Finds the organization by the digest of a secret."""


@asynccontextmanager
async def connection(
    state: State, kind: str, secret: str, lookup: Lookup, *, reads: bool = False
) -> AsyncGenerator[Conn]:
    """A connection of the share of the organization behind a link; one that changes something is in a transaction.

    Raises:
        NotFound: the link leads nowhere.
    """
    if "\x00" in secret or len(secret) > MAX_SECRET_LENGTH:
        raise NotFound(kind)
    shares: Shares = state.shares
    address, lane = Address(kind, digest(secret)), None if reads else kind
    while True:
        async with shares.connection(address, lane) as lease:
            if lease.is_lookup:
                organization_id = await lookup(lease.conn, digest(secret))
                if organization_id is None:
                    raise NotFound(kind)
                if not lease.belongs_to(organization_id):
                    continue
            async with transaction_of("GET" if reads else "POST", lease.conn):
                yield lease.conn
            return
