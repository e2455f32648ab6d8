"""The page of an authorization request."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl

from openslot.accounts.page import AccountPage
from openslot.services.oauth.authorizing import UntrustedRequest


@dataclass(frozen=True)
class OAuthPage(AccountPage):
    """What the handlers of the authorization page need to answer with HTML."""

    folders: ClassVar[tuple[Path, ...]] = (Path(__file__).parent / "templates",)

    @property
    def issuer(self) -> str:
        """The name of this server in its metadata."""
        return self.settings.base_url

    @property
    def parameters(self) -> dict[str, str]:
        """What the application asks for, as it was sent: the state goes back letter by letter (RFC 6749, 4.1.2).

        Raises:
            UntrustedRequest: one is sent twice, and nobody knows which one the other side reads.
        """
        pairs = parse_qsl(self.request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found = dict(pairs)
        if len(found) < len(pairs):
            raise UntrustedRequest("a parameter is sent twice")
        return found

    @property
    def here(self) -> str:
        """The address of this page, with all that it asks."""
        query = self.request.scope["query_string"].decode("latin-1")
        return f"{self.prefix}{self.request.scope['path']}?{query}"
