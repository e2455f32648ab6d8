"""The page of an authorization request."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from openslot.accounts.page import AccountPage


@dataclass(frozen=True)
class OAuthPage(AccountPage):
    """What the handlers of the authorization page need to answer with HTML."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates",)

    @property
    def issuer(self) -> str:
        """The name of this server in its metadata."""
        return self.settings.base_url

    @property
    def here(self) -> str:
        """The address of this page, with all that it asks."""
        query = self.request.scope["query_string"].decode("latin-1")
        return f"{self.prefix}{self.request.scope['path']}?{query}"
