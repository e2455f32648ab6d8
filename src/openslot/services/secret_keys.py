"""Whether a secret key is the one of this database, and what follows where that one is lost (ADR 0027)."""

from datetime import datetime

from openslot.db import oauth_applications, webhook_subscription_states
from openslot.db import secret_key_check as checks
from openslot.db.pool import Conn
from openslot.db.secret_key_check import Sealed
from openslot.security.vault import Vault

CHECK = "openslot"
"""Any text: what counts is that it can be read again."""


async def belongs(conn: Conn, vault: Vault | None) -> bool:
    """Whether a key is the one of this database, or the database has none yet; None is a key that is not there."""
    sealed = await checks.get(conn)
    if sealed is not None:
        return vault is not None and _opens(vault, sealed)
    # Set up by an earlier version: known by what it has sealed, of which one is enough.
    others = await checks.list_sealed(conn)
    return not others or (vault is not None and any(_opens(vault, one.sealed_signing_key) for one in others))


async def settle(conn: Conn, vault: Vault, *, now: datetime) -> bool:
    """As ``belongs``; the first key that a database sees is its key from then on."""
    if not await belongs(conn, vault):
        return False
    if await checks.get(conn) is None:
        await checks.record(conn, vault.seal(CHECK), now=now)
        return await belongs(conn, vault)  # others may have come with another key at the same moment
    return True


async def accept(conn: Conn, vault: Vault, *, now: datetime) -> list[Sealed]:
    """Make a key the one of this database though it is not; what can't be read by it any more.

    Such subscriptions are disabled, and keep their backlog: without their signing keys every delivery would fail.
    OAuth applications lose theirs, and get another one with their next secret.
    """
    await checks.replace(conn, vault.seal(CHECK), now=now)
    unread = [one for one in await checks.list_sealed(conn) if not _opens(vault, one.sealed_signing_key)]
    for one in unread:
        await webhook_subscription_states.disable(conn, one.organization_id, one.id, now=now)
    for application_id, sealed in await oauth_applications.list_signing_keys(conn):
        if not _opens(vault, sealed):
            await oauth_applications.set_signing_key(conn, application_id, None)
    return unread


def _opens(vault: Vault, sealed: bytes) -> bool:
    try:
        vault.open(sealed)
    except ValueError:
        return False
    return True
