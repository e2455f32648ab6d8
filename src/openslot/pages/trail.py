"""Links between pages that take along what the visitor's address held: language, zone, tracking, prefilled answers.

Links are relative to the host, below the prefix of ``PUBLIC_URL`` where it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from openslot.core.queries import Reader, addresses, maybe_number, without_blanks

TRACKING = ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid")
ANSWERS = tuple(f"a{number}" for number in range(1, 11))
NAMES = ("first_name", "last_name")
PREFILL = ("name", *NAMES, "email", "guests", "location", *ANSWERS)
READERS: Mapping[str, Reader] = {
    "email": without_blanks,
    "guests": addresses,
    "timezone": without_blanks,
    **dict.fromkeys(("location", *ANSWERS), maybe_number),
}
"""What a plus sign means in a query that somebody put together, other than a blank."""
SUBMISSION = "routing_form_submission"
DURATION = "duration"
"""Minutes: one of the durations to choose from."""
CLOCK = "clock"
"""Hours of the clock that the visitor has chosen: 12 or 24."""
EMBED = (
    "background_color", "text_color", "primary_color", "hide_event_type_details", "hide_landing_page_details",
    "hide_gdpr_banner", "embed_type", "embed_domain", "embed_changes", "embed_scheme", "back",
)  # fmt: skip
"""What a page around this one wishes for (``embed.py``). Source: behaviours, section 14; two of them are ours."""
ALWAYS = ("lang", CLOCK, *EMBED)
CARRIED = ("timezone", *ALWAYS, *TRACKING, *PREFILL, SUBMISSION, DURATION)


@dataclass(frozen=True)
class Trail:
    """Makes links. ``kept`` are the query keys that every link repeats."""

    prefix: str
    kept: Mapping[str, str]

    @classmethod
    def of(cls, prefix: str, query: Mapping[str, str]) -> "Trail":
        """Take along what is worth keeping of a page's own query."""
        return cls(prefix, {key: query[key] for key in CARRIED if query.get(key)})

    def to(self, *path: str, fragment: str = "", **query: str) -> str:
        """The link to a page; a query key set here beats the kept one, an empty one drops it."""
        merged = {key: value for key, value in {**self.kept, **query}.items() if value}
        address = f"{self.prefix}/{'/'.join(quote(segment, safe=':@') for segment in path)}"
        if merged:
            address += f"?{urlencode(merged)}"
        return f"{address}#{fragment}" if fragment else address

    def bare(self, *path: str) -> str:
        """The link without a query, for forms that send one."""
        return replace(self, kept={}).to(*path)

    @property
    def lean(self) -> "Trail":
        """Without tracking, zone and what was typed: for the links of a booking that is made."""
        return replace(self, kept={key: value for key, value in self.kept.items() if key in ALWAYS})

    def dropping(self, *keys: str) -> "Trail":
        """Taking along less."""
        return replace(self, kept=self.without(*keys))

    def without(self, *keys: str) -> dict[str, str]:
        """What is kept but for ``keys``: the hidden fields of a form that sets those itself."""
        return {key: value for key, value in self.kept.items() if key not in keys}
