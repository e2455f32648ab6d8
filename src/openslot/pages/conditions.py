"""What a visitor is told before booking: whether the host decides first, and until when plans can be changed."""

from openslot.db.event_types import EventType
from openslot.pages.visitor import VisitorPage
from openslot.presenters.places import ShownLocation


def conditions(page: VisitorPage, event_type: EventType, *, host: str | None) -> list[ShownLocation]:
    """The lines about approval and cut-offs, shaped like those about places.

    ``host`` is the name of the one who comes, where that is known. The cut-offs are those that
    ``services/booking/policies.py`` applies.
    """
    shown = []
    if event_type.requires_approval:
        title = page.gettext("Booked by request")
        detail = page.gettext("You send a request. The time is yours once the host accepts it.")
        shown.append(ShownLocation("person", title, detail))
    cancel, move = event_type.cancel_cutoff_minutes or 0, event_type.reschedule_cutoff_minutes or 0
    later = page.gettext("After that, ask %(name)s.", name=host) if host else page.gettext("After that, ask the host.")
    if cancel and cancel == move:
        title = page.gettext("Can be canceled or rescheduled until %(time)s before", time=page.formats.duration(cancel))
        return [*shown, ShownLocation("calendar", title, later)]
    if cancel:
        title = page.gettext("Can be canceled until %(time)s before", time=page.formats.duration(cancel))
        shown.append(ShownLocation("calendar", title, None if move else later))
    if move:
        title = page.gettext("Can be rescheduled until %(time)s before", time=page.formats.duration(move))
        shown.append(ShownLocation("calendar", title, later))
    return shown
