"""Where a meeting takes place, in words. Names of kinds and types: behaviours, section 13."""

from dataclasses import dataclass

from msgspec import UNSET

from openslot.pages.visitor import VisitorPage
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.scheduled_events import Location

WEB = {
    "google_conference": "Google Meet",
    "google": "Google Meet",
    "zoom_conference": "Zoom",
    "zoom": "Zoom",
    "gotomeeting_conference": "GoTo Meeting",
    "gotomeeting": "GoTo Meeting",
    "microsoft_teams_conference": "Microsoft Teams",
    "microsoft_teams": "Microsoft Teams",
    "webex_conference": "Webex",
    "webex": "Webex",
}


@dataclass(frozen=True)
class ShownLocation:
    """A location as pages show it."""

    icon: str
    title: str
    detail: str | None = None
    url: str | None = None


def offered(page: VisitorPage, configured: LocationConfiguration, *, is_hidden: bool = False) -> ShownLocation:
    """A location before the booking; telephone numbers, links and hidden custom ones are shown only afterwards."""
    match configured.kind:
        case "physical":
            return ShownLocation("pin", configured.location or page.gettext("In person"), configured.additional_info)
        case "ask_invitee":
            return ShownLocation("pin", page.gettext("A place that you suggest"))
        case "custom":
            where = None if is_hidden else configured.location
            return ShownLocation("pin", where or page.gettext("Details follow after booking"))
        case "outbound_call":
            return ShownLocation("phone", page.gettext("Phone call"), page.gettext("You will be called"))
        case "inbound_call":
            return ShownLocation("phone", page.gettext("Phone call"), page.gettext("You get the number after booking"))
        case kind:
            name = WEB.get(kind, page.gettext("Video call"))
            return ShownLocation("video", name, page.gettext("You get the details after booking"))


def booked(page: VisitorPage, location: Location | None) -> ShownLocation | None:
    """A scheduled event's location; None where nothing is known."""
    if location is None:
        return None
    where = location.location if location.location is not UNSET else None
    info = location.additional_info if location.additional_info is not UNSET else None
    match location.type:
        case "physical" | "ask_invitee" | "custom":
            return ShownLocation("pin", where, info) if where else None
        case "outbound_call":
            return ShownLocation("phone", page.gettext("You will be called"), where)
        case "inbound_call":
            return ShownLocation("phone", page.gettext("Call %(number)s", number=where) if where else "", info)
        case kind:
            name = WEB.get(kind, page.gettext("Video call"))
            url = location.join_url if location.join_url is not UNSET else None
            return ShownLocation("video", name, None if url else page.gettext("Your host will send you the link"), url)
