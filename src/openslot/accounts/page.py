"""A page of a member, with the templates of accounts."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlencode

from openslot.db.users import User
from openslot.html.page import Page
from openslot.i18n import timezones
from openslot.presenters.uris import Uris


@dataclass(frozen=True)
class AccountPage(Page):
    """What a handler of pages for members needs to answer with HTML."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates",)

    @property
    def uris(self) -> Uris:
        """Full addresses, for payloads."""
        return Uris(pages=self.settings.base_url, api=self.settings.api_url)

    def for_member(self, user: User) -> Self:
        """In the member's language, unless the address names another, and on the member's clock."""
        page = self.in_language(user.locale)
        hours = {"12h": 12, "24h": 24}.get(user.time_notation)
        zone = timezones.find(user.timezone) or page.formats.zone
        return replace(page, formats=replace(page.formats, zone=zone, hours=hours))

    def to(self, path: str, **query: str) -> str:
        """The address of a page of ours."""
        named = self.query.get("lang")
        query |= {"lang": named} if named else {}
        return f"{self.prefix}{path}" + (f"?{urlencode(query)}" if query else "")

    def own_path(self, text: str) -> str | None:
        """``text`` where it is a path of pages for members, so that nobody is sent elsewhere after signing in."""
        own = text.removeprefix(self.prefix)
        return text if text == self.prefix + own and _OWN_PATH.fullmatch(own) else None


_OWN_PATH = re.compile(r"/app/(?!.*\.\.)[\w/.-]*(?:\?[!-\[\]-~]*)?|/oauth/authorize\?[!-\[\]-~]*", re.ASCII)
"""A page of members, with a query of visible letters but for a backslash."""
