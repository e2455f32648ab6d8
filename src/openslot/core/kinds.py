"""The kinds of event types and the ways in which hosts share one, spelled as the API spells them."""

from enum import StrEnum


class Kind(StrEnum):
    """How many invitees an event has."""

    SOLO = "solo"
    GROUP = "group"


class Pooling(StrEnum):
    """How several hosts share an event type."""

    ROUND_ROBIN = "round_robin"
    """One of them meets."""
    COLLECTIVE = "collective"
    """All of them meet."""
    MULTI_POOL = "multi_pool"
    """So many of each pool meet."""


LEDGERED = frozenset({Pooling.ROUND_ROBIN, Pooling.MULTI_POOL})
"""Where hosts are chosen by standing, and a ledger is kept."""

STANDARD, ONE_OFF = "StandardEventType", "AdhocEventType"
"""The types of event types: one that stays, and one that is made for one booking."""

LOCATION_SYNONYMS = {
    "google": "google_conference",
    "gotomeeting": "gotomeeting_conference",
    "microsoft_teams": "microsoft_teams_conference",
    "webex": "webex_conference",
    "zoom": "zoom_conference",
}
"""Kinds of conferences as old clients write them, and as they appear on events. Source: behaviours, section 13."""


def location_kind(written: str) -> str:
    """The kind of a location as it is configured, of whichever of its spellings."""
    return LOCATION_SYNONYMS.get(written, written)
