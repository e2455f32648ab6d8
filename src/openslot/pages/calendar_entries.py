"""A booking as an entry of the invitee's calendar, and the links that open a new one there."""

from openslot.core import calendar_links
from openslot.core.calendar_links import NewEntry
from openslot.pages.visitor import VisitorPage
from openslot.presenters import places
from openslot.presenters.scheduled_events import location_of
from openslot.services.booking.invitees import BookedInvitee


def new_entry(page: VisitorPage, booked: BookedInvitee) -> NewEntry:
    """What the invitee's entry says."""
    invitee, event = booked.invitee, booked.event
    place = places.booked(page, location_of(invitee, event))
    lines = [
        f"{page.gettext('Reschedule')}: {page.uris.reschedule_page(invitee.id)}",
        f"{page.gettext('Cancel')}: {page.uris.cancel_page(invitee.id)}",
    ]
    hosts = page.formats.listed([host.user_name for host in event.hosts])
    return NewEntry(
        title=page.gettext("%(event)s with %(person)s", event=event.name, person=hosts) if hosts else event.name,
        start=event.start_time,
        end=event.end_time,
        location=", ".join(part for part in (place.title, place.detail, place.url) if part) if place else "",
        description="\n".join(lines),
    )


def links(page: VisitorPage, booked: BookedInvitee) -> list[tuple[str, str]]:
    """Names of calendars, and where they open the entry; the last one is the file."""
    entry = new_entry(page, booked)
    return [
        ("Google", calendar_links.google(entry)),
        ("Outlook.com", calendar_links.outlook(entry)),
        ("Microsoft 365", calendar_links.office(entry)),
        (page.gettext("Calendar file (.ics)"), page.trail.lean.to("calendar_files", str(booked.invitee.id))),
    ]
