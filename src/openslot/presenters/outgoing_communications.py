"""Mails about events as the API shows them. Source: GET /outgoing_communications."""

from openslot.db.mails import SentMail
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.outgoing_communications import OutgoingCommunication


def outgoing_communication(row: SentMail, sender: str, uris: Uris) -> OutgoingCommunication:
    """``sender`` is the address that mails come from; answers go to the host, who is the sender here."""
    path = (row.owner_slug, row.slug) if row.link_token is None else ("d", row.link_token, row.slug)
    return OutgoingCommunication(
        type="email",
        subject=row.subject,
        to=row.recipient,
        body=row.text,
        sender_uri=None if row.host_id is None else uris.user(row.host_id),
        sender_email=row.host_email,
        event_type_uri=uris.event_type(row.event_type_id),
        event_uri=uris.scheduled_event(row.scheduled_event_id),
        sent_at=Timestamp.of(row.finished_at),
        created_at=Timestamp.of(row.created_at),
        scheduling_url=uris.page(*path),
        from_=sender,
    )
