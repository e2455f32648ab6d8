"""Payments that came too late: the slot is gone, so the money has to go back, and somebody has to see to it.

No provider is called from here: what is owed is in the event log, under a name of our own. Source: rules, section 9.
"""

from datetime import datetime

from openslot.core.contacts import email_address
from openslot.core.ids import new_id
from openslot.db import invitees
from openslot.db.pool import Conn
from openslot.presenters import booking_requests as present
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.services.booking.command import Booking
from openslot.services.serving import Served
from openslot.telemetry import correlation


async def owe(conn: Conn, served: Served, refused: Booking, *, uris: Uris, now: datetime) -> bool:
    """Record that the payment of a booking that found its slot gone is to be given back; whether there is one.

    Belongs in a transaction that outlives the refusal. A booking that is sent again after it went through is refused
    too, and nothing is owed for it: its payment has an invitee.
    """
    payment = refused.payment
    if payment is None or not payment.successful:
        return False
    if await invitees.has_paid(
        conn, refused.organization_id, refused.event_type_id, refused.start_time, payment.provider, payment.external_id
    ):
        return False
    await outbox.record(
        conn,
        "payment.to_refund",
        organization_id=refused.organization_id,
        chain_id=new_id(),
        correlation_id=correlation.current(),
        user_ids=[host.user_id for host in served.stored.hosts],
        event_type_id=refused.event_type_id,
        uris=uris,
        payload=present.to_refund(
            refused.event_type_id, refused.start_time, email_address(refused.email) or refused.email, payment, uris
        ),
        now=now,
    )
    return True
