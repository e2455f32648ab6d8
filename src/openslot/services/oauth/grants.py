"""What members have allowed applications: ended by the member, and cleared away once it has ended."""

from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.errors import NotFound
from openslot.db import oauth_applications, oauth_grants, sandboxes, webhook_subscription_states
from openslot.db.pool import Conn
from openslot.services.access import Principal

KEPT = timedelta(days=1)
"""How long a token that has ended is kept, so that a call with it hears why it fails."""
USED_KEPT = timedelta(days=90)
"""How long a refresh token that was exchanged is kept, so that using it again is noticed."""
UNUSED_APPLICATION = timedelta(days=30)
"""How long an application that registered itself is kept when nobody allows it anything."""


async def end(conn: Conn, organization_id: UUID, grant_id: UUID, *, now: datetime) -> None:
    """End a grant: its codes and tokens work no more, and webhook subscriptions made with them are disabled.

    ``now`` is the real time; rows of a sandbox go by its clock.
    """
    now = await sandboxes.clock(conn, organization_id, now)
    await oauth_grants.revoke(conn, organization_id, grant_id, now=now)
    await webhook_subscription_states.disable_of_grant(conn, organization_id, grant_id, now=now)


async def end_own(conn: Conn, principal: Principal, application_id: UUID, *, now: datetime) -> None:
    """End all that the caller allows an application.

    Raises:
        NotFound: the caller allows it nothing.
    """
    found = await oauth_grants.list_in_force(
        conn, principal.organization_id, user_id=principal.user.id, application_id=application_id
    )
    if not found:
        raise NotFound("application")
    for organization_id, grant_id in found:
        await end(conn, organization_id, grant_id, now=now)


async def end_of_application(conn: Conn, application_id: UUID, *, now: datetime) -> None:
    """End all that anybody allows an application."""
    for organization_id, grant_id in await oauth_grants.list_in_force(conn, application_id=application_id):
        await end(conn, organization_id, grant_id, now=now)


async def sweep(conn: Conn, *, now: datetime) -> None:
    """Delete tokens and grants that ended long ago, and applications that registered themselves for nothing."""
    await oauth_grants.delete_ended(conn, before=now - KEPT, used_before=now - USED_KEPT)
    await oauth_applications.delete_unused(conn, made_before=now - UNUSED_APPLICATION)
