"""Who books becomes a contact of each host, unless the host knows the address already (design).

Contacts are a user's own (behaviours, section 7). With several hosts, each meets the invitee, and none can see the
contacts of another: so each gets one. An existing contact stays as it is, since its user may have corrected what the
invitee writes. Guests have no part in the booking, so they become none.
"""

from datetime import datetime

from openslot.core.ids import ordered_id
from openslot.db import contacts
from openslot.db.contacts import Contact
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.wire.contacts import ContactEmail


async def become_known(conn: Conn, invitee: Invitee, event: ScheduledEvent, *, uris: Uris, now: datetime) -> None:
    """Make the invitee a contact of every host who has none with this address, and record it."""
    number = invitee.text_reminder_number
    wanted = [
        Contact(
            id=ordered_id(now),
            organization_id=invitee.organization_id,
            user_id=host.user_id,
            creation_source="booking",
            name=invitee.name,
            emails=[ContactEmail(invitee.email, is_primary=True)],
            phone_numbers=[] if number is None else [number],
            timezone=invitee.timezone,
            created_at=now,
            updated_at=now,
        )
        for host in event.hosts
    ]
    made = await contacts.insert_missing(conn, wanted)
    await outbox.record_contacts(conn, "contact.created", [one for one in wanted if one.id in made], uris, now=now)
