"""The first organization, made in a browser by who has started the service."""

from datetime import datetime

from openslot.core.errors import WrongState
from openslot.db import organizations
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import accounts, sessions
from openslot.services.accounts import NewMember


async def is_open(conn: Conn) -> bool:
    """Whether there is no organization yet."""
    return not await organizations.exists(conn)


async def set_up(conn: Conn, organization: str, owner: NewMember, *, uris: Uris, now: datetime) -> str:
    """Make the first organization and its owner with working hours and an event type; the secret of a session.

    Raises:
        WrongState: there is an organization; of two who set up at once, one gets this.
        Invalid: a name, the address, the zone or the password can't be used.
    """
    await organizations.lock_first(conn)
    if not await is_open(conn):
        raise WrongState("There is an organization already")
    organization_id = await accounts.create_organization(conn, organization, now=now)
    user = await accounts.add_member(conn, organization_id, owner, now=now)
    await accounts.add_first_event_type(conn, user, uris=uris, now=now)
    return await sessions.begin_as(conn, organization_id, user.id, now=now)
