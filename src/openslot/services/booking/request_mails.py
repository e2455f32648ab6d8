"""The mails about a booking request, from what its hold keeps."""

from datetime import datetime

from openslot.db import users
from openslot.db.holds import Hold
from openslot.db.pool import Conn
from openslot.services.booking.kept_requests import read
from openslot.services.mails import requests
from openslot.services.mails.kinds import Kind
from openslot.services.mails.requests import RequestFacts, RequestHost


async def announce(conn: Conn, hold: Hold, *, to_invitee: Kind, to_hosts: Kind | None = None, now: datetime) -> None:
    """Write the mails about a request."""
    found = read(hold)
    wanted = found.booking
    hosts = await users.list_by_id(conn, hold.user_ids)
    facts = RequestFacts(
        event_type_id=hold.event_type_id,
        start_time=hold.start_time,
        end_time=hold.end_time,
        name=found.name,
        email=wanted.email,
        timezone=wanted.timezone,
        language=wanted.language,
        guests=list(wanted.guests),
        answers=[(one.question, one.answer) for one in wanted.answers],
        hosts=[RequestHost(one.id, one.email, one.name) for one in hosts],
    )
    await requests.announce(
        conn, hold.organization_id, hold.id, facts, to_invitee=to_invitee, to_hosts=to_hosts, now=now
    )
