"""The rules of OAuth that need no database: redirect URIs, PKCE, scopes, lifetimes.

Source: behaviours, section 4; RFC 6749, 7636 (PKCE), 7591 (registration), 8252 (native apps), 8707 (resources), 9207
(issuer).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from openslot.core.scopes import SCOPES

CODE_LIFETIME = timedelta(minutes=10)
ACCESS_LIFETIME = timedelta(hours=2)
MAX_REDIRECT_URIS = 20
MAX_URI_LENGTH = 2000
MAX_STATE_LENGTH = 4000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_SCOPE = "default"
"""What clients of before March 2026 ask for: all that the application may do."""
MCP_READ, MCP_WRITE = "mcp:scheduling:read", "mcp:scheduling:write"
"""What clients of the Model Context Protocol ask for."""
S256 = "S256"
_PORTS = {"http": 80, "https": 443}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""The characters of RFC 3986, without those that browsers take for others, such as a backslash for a slash."""
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host with or without a port, and no user in front of it."""
_PRIVATE_SCHEME = re.compile(r"(?!(?:javascript|data|vbscript)\.)[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")
"""A scheme of an app's own: the name of a domain, backwards (RFC 8252, section 7.1)."""

HTTPS_OR_LOOPBACK = "must be https, or http with localhost"
NO_FRAGMENT = "must have no fragment"
NOT_A_URI = "must be a URI of at most 2000 characters"


class UnknownScope(ValueError):
    """A scope that there is not; its text is the scope."""


class UnknownResource(ValueError):
    """A server that access tokens can't be for; its text is the server's URL."""


@dataclass(frozen=True)
class Resources:
    """Whom access tokens can be for: the API, and servers of its operator that call it with their callers' tokens.

    Source: RFC 8707; ADR 0042.
    """

    issuer: str
    api: str
    servers: Sequence[str] = ()
    """URLs, as clients know them."""

    def named(self, url: str) -> list[str]:
        """The servers that a token is for, besides the API, where a client asks for one for ``url``.

        Empty: any that there are. A service on ``localhost`` is one to try things with: any server there will do.

        Raises:
            UnknownResource: it is neither the API nor one of the servers.
        """
        if not url:
            return list(self.servers)
        if _plain(url) in {_plain(self.issuer), _plain(self.api)}:
            return []
        known = [one for one in self.servers if _plain(one) == _plain(url)]
        if not known and not (_is_local(self.issuer) and _is_local(url)):
            raise UnknownResource(url)
        return known or [url]


@dataclass(frozen=True)
class IssuedTokens:
    """What a client is given."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str
    """Names separated by blanks."""
    user_id: UUID
    organization_id: UUID
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class TokenFacts:
    """What a working token stands for."""

    scope: str
    client_id: UUID
    user_id: UUID
    organization_id: UUID
    issued_at: datetime
    expires_at: datetime | None
    """None: it does not expire."""


def redirect_uri_problem(uri: str, *, is_native: bool = False) -> str | None:
    """Why an application can't be sent back to ``uri``; None: it can.

    ``is_native``: an app on a device, which may use a scheme of its own.
    """
    parts = _split(uri)
    if parts is None:
        return NOT_A_URI
    if "#" in uri:
        return NO_FRAGMENT
    is_web = parts.scheme == "https" and bool(parts.hostname)
    is_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    is_own = is_native and _PRIVATE_SCHEME.fullmatch(parts.scheme) is not None
    return None if is_web or is_loopback or is_own else HTTPS_OR_LOOPBACK


def is_registered(uri: str, registered: Iterable[str], *, is_native: bool = False) -> bool:
    """Whether ``uri`` is one of those that an application has registered, letter by letter.

    A native app listens on whichever port is free, so the port of a loopback address does not count (RFC 8252,
    section 7.3).
    """
    known = list(registered)
    if redirect_uri_problem(uri, is_native=is_native) is not None:
        return False
    if uri in known:
        return True
    return is_native and _without_port(uri) in {_without_port(one) for one in known} - {None}


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def is_challenge(text: str) -> bool:
    """Whether ``text`` can be an S256 challenge."""
    return _CHALLENGE.fullmatch(text) is not None


def answers_challenge(verifier: str, challenge: str) -> bool:
    """Whether ``verifier`` is the one behind ``challenge``."""
    return _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(challenge_of(verifier), challenge)


def read_scopes(text: str) -> list[str] | None:
    """The scopes that ``text`` asks for, sorted and with those of MCP spelled out; None: all that there are.

    Names are separated by blanks, or by commas or plus signs, as some clients write them.

    Raises:
        UnknownScope: one of them is not known.
    """
    names = re.split(r"[\s,+]+", text.strip()) if text.strip() else [DEFAULT_SCOPE]
    found: set[str] = set()
    for name in names:
        if name in {DEFAULT_SCOPE, MCP_WRITE}:
            return None
        if name == MCP_READ:
            found.update(scope for scope in SCOPES if scope.endswith(":read"))
        elif name in SCOPES:
            found.add(name)
        else:
            raise UnknownScope(name)
    return sorted(found)


def within(wanted: Sequence[str] | None, allowed: Sequence[str] | None) -> list[str] | None:
    """The scopes of ``wanted`` that ``allowed`` has; None stands for all. ``:write`` allows ``:read`` too.

    What is asked for beyond is left out rather than refused: the answer names what was granted (RFC 6749, section 3.3).
    """
    if allowed is None:
        return None if wanted is None else list(wanted)
    if wanted is None:
        return list(allowed)
    return [one for one in wanted if one in allowed or one.replace(":read", ":write") in allowed]


def spell_scopes(scopes: Sequence[str] | None) -> str:
    """The scopes as answers give them: all by name where every one is granted."""
    return " ".join(sorted(SCOPES) if scopes is None else scopes)


def _split(uri: str) -> SplitResult | None:
    """The parts of a URI that every browser reads in the same way; None for any other text."""
    if len(uri) > MAX_URI_LENGTH or not _URI.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    is_plain = not parts.netloc or _HOST.fullmatch(parts.netloc) is not None
    return parts if parts.scheme and is_plain else None


def _without_port(uri: str) -> str | None:
    """A loopback address without its port; None for other addresses."""
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return None
    return parts._replace(netloc=f"[{parts.hostname}]").geturl()


def _plain(url: str) -> tuple[str, str, int | None, str]:
    """What of a URL counts where two are compared: RFC 3986, section 6.2.3."""
    parts = _split(url)
    if parts is None:
        return ("", url, None, "")
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")


def _is_local(url: str) -> bool:
    parts = _split(url)
    return (
        parts is not None
        and parts.scheme == "http"
        and parts.hostname in LOOPBACK
        and not (parts.username or parts.password or parts.fragment)
    )
