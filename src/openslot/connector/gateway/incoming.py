"""What the gateway reads of a call: its token, our own URL as it names it, and the rest."""

import contextlib
from collections.abc import Iterable

from msgspec import Struct

from openslot.client import Secret
from openslot.client.messages import base_url as checked_base_url
from openslot.connector import asgi
from openslot.connector.gateway import replies
from openslot.connector.gateway.replies import Declined
from openslot.connector.gateway.routes import Route


class Call(Struct, frozen=True):
    """A call that came in."""

    route: Route
    resource_id: str
    query: dict[str, str]
    body: bytes
    token: Secret
    own_url: str
    deadline: float
    """On the clock of the loop. Later calls have later ones, so that who waits for another's look-up keeps theirs."""


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers of a request, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def token_in(headers: dict[str, str]) -> Secret:
    """The caller's token, with ``Bearer`` before it or alone, as hosts without policies send it.

    Raises:
        Declined: there is none, or it can't be one.
    """
    words = headers.get("authorization", "").split()
    if words and words[0].lower() == "bearer":
        words = words[1:]
    with contextlib.suppress(ValueError):
        return Secret(" ".join(words))
    raise Declined(replies.unauthenticated())


def own_url_of(scope: asgi.Scope, headers: dict[str, str]) -> str:
    """Our URL, as far as a request shows it."""
    host, port = scope.get("server") or ("localhost", None)
    address = headers.get("host") or (f"{host}:{port}" if port else host)
    return f"{scope['scheme']}://{address}{scope.get('root_path', '')}"


def checked_public_url(text: str) -> str:
    """``text`` without a slash at its end.

    Raises:
        ValueError: it can't be a public URL.
    """
    try:
        return checked_base_url(text)
    except ValueError:
        raise ValueError(
            "a public URL looks like https://connector.example.org, perhaps with a path, and without user name, query "
            "or fragment"
        ) from None
