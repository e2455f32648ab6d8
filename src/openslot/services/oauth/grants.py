"""What members have allowed applications: ended by the member, and cleared away once it has ended."""

from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.errors import NotFound
from openslot.db import oauth_applications, oauth_grants
from openslot.db.pool import Conn
from openslot.services.access import Principal

KEPT = timedelta(days=1)
"""How long a token that has ended is kept, so that a call with it hears why it fails."""
USED_KEPT = timedelta(days=90)
"""How long a refresh token that was exchanged is kept, so that using it again is noticed."""
UNUSED_APPLICATION = timedelta(days=30)
"""How long an application that registered itself is kept when nobody allows it anything."""


async def end_own(conn: Conn, principal: Principal, grant_id: UUID, *, now: datetime) -> None:
    """End a grant of the caller's, with every token of it.

    Raises:
        NotFound: the caller has none with this id.
    """
    own = await oauth_grants.ids_of_user(conn, principal.organization_id, principal.user.id)
    if grant_id not in own:
        raise NotFound("application")
    await oauth_grants.revoke(conn, principal.organization_id, grant_id, now=now)


async def sweep(conn: Conn, *, now: datetime) -> None:
    """Delete tokens and grants that ended long ago, and applications that registered themselves for nothing."""
    await oauth_grants.delete_ended(conn, before=now - KEPT, used_before=now - USED_KEPT)
    await oauth_applications.delete_unused(conn, made_before=now - UNUSED_APPLICATION)
