"""A page of a member, with the templates of accounts."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

from openslot.html.page import Page
from openslot.presenters.uris import Uris


@dataclass(frozen=True)
class AccountPage(Page):
    """What a handler of pages for members needs to answer with HTML."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates",)

    @property
    def uris(self) -> Uris:
        """Full addresses, for payloads."""
        return Uris(pages=self.settings.base_url, api=self.settings.api_url)

    def to(self, path: str, **query: str) -> str:
        """The address of a page of ours."""
        named = self.query.get("lang")
        query |= {"lang": named} if named else {}
        return f"{self.prefix}{path}" + (f"?{urlencode(query)}" if query else "")

    def own_path(self, text: str) -> str | None:
        """``text`` where it is a path of pages for members, so that nobody is sent elsewhere after signing in."""
        begins = tuple(f"{self.prefix}{one}" for one in ("/app", "/oauth/authorize"))
        is_path = text.startswith(begins) and not text.startswith("//") and "\\" not in text and text.isprintable()
        return text if is_path else None
