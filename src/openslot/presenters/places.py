"""Where a meeting takes place, in words. Names of kinds and types: behaviours, section 13."""

from dataclasses import dataclass
from typing import Protocol

from msgspec import UNSET

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


class Reader(Protocol):
    """Whose language it is: that of a page, or of a mail."""

    def gettext(self, message: str, **values: object) -> str:
        """``message`` in that language, with ``%(name)s`` filled in."""


@dataclass(frozen=True)
class ShownLocation:
    """A location as pages and mails show it."""

    icon: str
    title: str
    detail: str | None = None
    url: str | None = None


def offered(reader: Reader, configured: LocationConfiguration, *, is_hidden: bool = False) -> ShownLocation:
    """A location before the booking; telephone numbers, links and hidden custom ones are shown only afterwards."""
    match configured.kind:
        case "physical":
            return ShownLocation("pin", configured.location or reader.gettext("In person"), configured.additional_info)
        case "ask_invitee":
            return ShownLocation("pin", reader.gettext("A place that you suggest"))
        case "custom":
            where = None if is_hidden else configured.location
            return ShownLocation("pin", where or reader.gettext("Details follow after booking"))
        case "outbound_call":
            return ShownLocation("phone", reader.gettext("Phone call"), reader.gettext("You will be called"))
        case "inbound_call":
            return ShownLocation(
                "phone", reader.gettext("Phone call"), reader.gettext("You get the number after booking")
            )
        case kind:
            name = WEB.get(kind, reader.gettext("Video call"))
            return ShownLocation("video", name, reader.gettext("You get the details after booking"))


def booked(reader: Reader, location: Location | None) -> ShownLocation | None:
    """A scheduled event's location; None where nothing is known."""
    if location is None:
        return None
    where = location.location if location.location is not UNSET else None
    info = location.additional_info if location.additional_info is not UNSET else None
    match location.type:
        case "physical" | "ask_invitee" | "custom":
            return ShownLocation("pin", where, info) if where else None
        case "outbound_call":
            return ShownLocation("phone", reader.gettext("You will be called"), where)
        case "inbound_call":
            return ShownLocation("phone", reader.gettext("Call %(number)s", number=where) if where else "", info)
        case kind:
            name = WEB.get(kind, reader.gettext("Video call"))
            url = location.join_url if location.join_url is not UNSET else None
            return ShownLocation(
                "video", name, None if url else reader.gettext("Your host will send you the link"), url
            )
