"""Pages within pages of other sites: what those wish for in the query, and what they are notified of (ADR 0044)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from openslot.html.colors import DARK_SURFACE, LIGHT_SURFACE
from openslot.html.looks import Look, color_of

DONE = "done"
"""The key of an address to which a form has led that was sent: what it has done, so that it is reported once."""
SCHEDULED, RESCHEDULED, CANCELED = "scheduled", "rescheduled", "canceled"
PROFILE_VIEWED = "calendly.profile_page_viewed"
EVENT_TYPE_VIEWED = "calendly.event_type_viewed"
TIME_SELECTED = "calendly.date_and_time_selected"
_EVENTS = {
    SCHEDULED: "calendly.event_scheduled",
    RESCHEDULED: "calendly.event_rescheduled",
    CANCELED: "calendly.event_canceled",
}
_ON = frozenset({"1", "true"})


@dataclass(frozen=True)
class Embed:
    """The wishes of the page around this one. Source of the keys: behaviours, section 14.

    ``embed_changes`` (1: canceled and moved bookings are reported too) and ``embed_scheme`` are ours.
    """

    query: Mapping[str, str]

    @property
    def sends_messages(self) -> bool:
        """Whether the page around this one is to be notified."""
        return bool(self.query.get("embed_domain"))

    @property
    def is_embedded(self) -> bool:
        """Whether the page is made for a frame."""
        return bool(self.query.get("embed_type")) or self.sends_messages

    @property
    def shows_back(self) -> bool:
        """Whether the page of an event type leads back to the host's."""
        return self._is_on("back")

    @property
    def classes(self) -> str:
        """Of the document, for ``embed.css``."""
        wanted = {
            "embedded": self.is_embedded,
            "hides-event-type": self._is_on("hide_event_type_details"),
            "hides-landing-page": self._is_on("hide_landing_page_details"),
        }
        return " ".join(name for name, is_wanted in wanted.items() if is_wanted)

    def look(self, accent: str) -> Look | None:
        """The colors of the page; ``accent`` where none is wished for. None: ours, as the visitor's screen has them.

        The site around it is light even on a dark screen, unless ``embed_scheme`` is ``dark``, or ``auto``, for a site
        that is as the screen.
        """
        background, text, primary = (
            color_of(self.query.get(f"{name}_color", "")) for name in ("background", "text", "primary")
        )
        if background is None and self.is_embedded and self.query.get("embed_scheme") != "auto":
            background = DARK_SURFACE if self.query.get("embed_scheme") == "dark" else LIGHT_SURFACE
        if not (background or text or primary):
            return None
        return Look(background, text, primary or accent.removeprefix("#").lower())

    def done(self, what: str) -> dict[str, str]:
        """What to add to the address that a form leads to, so that its page reports what was done."""
        is_wanted = self.sends_messages and (what == SCHEDULED or self._is_on("embed_changes"))
        return {DONE: what} if is_wanted else {}

    def report(self, what: str, **uris: str) -> str | None:
        """The message about what a form has done that led to this page; ``uris`` are those of the API, by noun.

        None: it led here before, or nobody is to be notified.
        """
        if self.query.get(DONE) != what or not self.done(what):
            return None
        return message(_EVENTS[what], {noun: {"uri": uri} for noun, uri in uris.items()})

    def _is_on(self, key: str) -> bool:
        return self.query.get(key, "") in _ON


def message(event: str, payload: Mapping[str, Any] | None = None) -> str:
    """What the page around this one receives, as JSON."""
    return msgspec.json.encode({"event": event, "payload": payload or {}}).decode()
