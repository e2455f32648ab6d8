"""A booking as a file for the invitee's calendar.

The entry has the UID of the one that comes by mail, so that a calendar keeps one (ADR 0043).
"""

from litestar.params import FromPath
from litestar.response import Response

from openslot.core import itip
from openslot.core.errors import NotFound
from openslot.core.itip import Attendee, Entry
from openslot.html.page import NO_STORE, read
from openslot.pages.calendar_entries import new_entry
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import find, for_invitee
from openslot.pages.visitor import ThisPage
from openslot.services.mails.composing import organizer, uid_of


@read("/calendar_files/{invitee_id:str}")
async def download(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The file.

    Raises:
        NotFound: the invitee is not there, or takes part no more.
    """
    booked = await find(page, conn, invitee_id)
    if booked.invitee.status != "active":
        raise NotFound("invitee")
    page = for_invitee(page, booked)
    invitee, event, new = booked.invitee, booked.event, new_entry(page, booked)
    entry = Entry(
        uid=uid_of(invitee.chain_id, page.uris),
        sequence=0,
        start=event.start_time,
        end=event.end_time,
        summary=new.title,
        description=new.description,
        location=new.location,
        organizer=organizer(page.settings.sender, [host.user_name for host in event.hosts]),
        attendees=[
            *(Attendee(host.user_email, host.user_name) for host in event.hosts),
            Attendee(invitee.email, invitee.name),
            *(Attendee(guest, accepts=False) for guest in booked.guests),
        ],
        created=event.created_at,
        stamp=page.now,
    )
    headers = {"Content-Disposition": 'attachment; filename="event.ics"', "Cache-Control": NO_STORE}
    return Response(itip.message(None, entry).encode(), media_type="text/calendar", headers=headers)
