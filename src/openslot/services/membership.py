"""Memberships of an organization: who may see them, and what ends with one. Source: behaviours, section 7."""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.roles import Action
from openslot.db import event_types, memberships, webhook_subscription_states
from openslot.db.memberships import Membership
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import access, event_type_settings, pictures
from openslot.services.access import Principal

NOT_ALLOWED = "You do not have permission to perform this action"
IS_OWNER = "You can not change owner role"
IS_ONESELF = "You can not remove yourself from organization"
IS_ELSEWHERE = "You cannot modify members from another organization"


async def get(conn: Conn, principal: Principal, membership_id: UUID) -> Membership:
    """A membership that the caller may see: the own one, those of members of a group whose admin the caller is, or any.

    Raises:
        NotFound: there is none in the organization. Forbidden: somebody else's.
    """
    found = await memberships.get(conn, membership_id)
    if found is None or found.organization_id != principal.organization_id:
        raise NotFound("organization membership")
    await access.supervised(conn, principal, found.user.id, Action.READ_MEMBERSHIP)
    return found


async def remove(conn: Conn, principal: Principal, membership_id: UUID, *, uris: Uris, now: datetime) -> None:
    """End a membership. The tokens of who leaves are worth nothing from then on; meetings that are booked stay.

    The event types of who leaves take no more bookings, and those of others have this host no more. Webhook
    subscriptions of scope user stop; those of the organization go on (webhooks, section 2). The picture goes, since
    whoever leaves could not remove it any more.

    Raises:
        NotFound: there is no such membership.
        Forbidden: by a plain member; of an owner, of oneself, or in another organization.
    """
    principal.require(Action.DELETE_MEMBERSHIP, NOT_ALLOWED)
    found = await memberships.lock(conn, membership_id)
    if found is None:
        raise NotFound("organization membership")
    if found.organization_id != principal.organization_id:
        raise Forbidden(IS_ELSEWHERE)
    if found.user_id == principal.user.id:
        raise Forbidden(IS_ONESELF)
    if found.role == "owner":
        raise Forbidden(IS_OWNER)
    for one in await event_types.list_of_host(conn, principal.organization_id, found.user_id):
        if one.owner_id == found.user_id and one.active:
            await event_type_settings.switch_off(conn, one.organization_id, one.id, uris=uris, now=now)
        elif one.owner_id != found.user_id:
            await event_type_settings.take_out(conn, principal, one.id, found.user_id, uris=uris, now=now)
    await webhook_subscription_states.disable_of_user(conn, principal.organization_id, found.user_id, now=now)
    await pictures.forget(conn, found.user_id, now=now)
    await memberships.delete(conn, principal.organization_id, membership_id)
