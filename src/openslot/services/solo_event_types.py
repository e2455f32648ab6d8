"""One-on-one event types as Calendly's API makes and changes them; the rules are those of ``event_type_settings``.

Source: behaviours, section 8.
"""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from openslot.core.errors import invalid
from openslot.core.kinds import STANDARD, Kind
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.served_event_types import ServedEventType
from openslot.presenters.uris import Uris
from openslot.services import event_type_settings, serving
from openslot.services.access import Principal
from openslot.wire.event_type_settings import ChangeEventType, CreateEventType
from openslot.wire.event_types import ChangeSoloEventType, CreateSoloEventType


async def create(
    conn: Conn, principal: Principal, owner_id: UUID, wanted: CreateSoloEventType, *, uris: Uris, now: datetime
) -> ServedEventType:
    """A new event type that its owner alone hosts. It is inactive whatever is wanted, as Calendly's are.

    Raises:
        Invalid, Forbidden, Conflict: as ``event_type_settings.create``.
    """
    shared = {name: getattr(wanted, name) for name in ChangeSoloEventType.__struct_fields__}
    command = CreateEventType(**shared | {"active": False})
    return await event_type_settings.create(conn, principal, owner_id, command, uris=uris, now=now)


async def change(
    conn: Conn, principal: Principal, event_type_id: UUID, wanted: ChangeSoloEventType, *, uris: Uris, now: datetime
) -> ServedEventType:
    """Change an event type of one host for one invitee; its slug stays, whatever its name becomes.

    Raises:
        NotFound, Forbidden: as ``event_type_settings.change``.
        Invalid: it has several hosts or seats, or is for one meeting; what is wanted can't be.
    """
    require_solo(await serving.own(conn, principal, event_type_id))
    command = ChangeEventType(**structs.asdict(wanted))
    return await event_type_settings.change(conn, principal, event_type_id, command, uris=uris, now=now)


def require_solo(event_type: EventType) -> None:
    """Check that an event type is one-on-one, and not for one meeting only.

    Raises:
        Invalid: it is not.
    """
    if event_type.kind != Kind.SOLO or event_type.pooling_type is not None or event_type.type != STANDARD:
        raise invalid("event_type", "must be a one-on-one event type")
