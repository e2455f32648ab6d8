"""Security headers. A router, or one route of it, hands in the Content-Security-Policy of its pages as an option.

Where sites may frame the pages of a router, a request adds which ones (ADR 0044).
"""

from collections.abc import Sequence
from typing import Any, cast

from litestar.types import HTTPResponseStartEvent, Scope

POLICY = "content_security_policy"
"""The name of the option."""
FRAMES = "frame_ancestors"
"""The key of a request's state under which the sites are that may frame its page, as a directive's bytes."""
_DIRECTIVES = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; {}form-action {}"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
]


def content_policy(*, form_targets: str = "'self'", is_framed: bool = False) -> bytes:
    """The policy of pages that load nothing from other sites (design, section 8).

    ``form_targets``: where forms may lead. Browsers count the redirect after a form as its target.
    ``is_framed``: any page may be around these; otherwise only those of the service. Without a directive, since ``*``
    leaves out the pages of applications and of sandboxes, which have no address of the web.
    """
    return _DIRECTIVES.format("" if is_framed else "frame-ancestors 'self'; ", form_targets).encode()


USUAL = content_policy()
"""Also of addresses that lead nowhere, so that no answer goes out without a policy."""
NOTHING = b"default-src 'none'; frame-ancestors 'none'; sandbox"
"""Of what is no page: whatever a browser takes it for, it does nothing."""
FRAMED = content_policy(is_framed=True)
"""Of pages that other sites embed."""


def framed_by(sites: Sequence[str] | None) -> bytes:
    """What to put into a request's state where ``sites`` alone may frame its page; None: any site may."""
    if sites is None:
        return b""
    return " ".join(["; frame-ancestors 'self'", *sites]).encode()


def add_security_headers(message: HTTPResponseStartEvent, scope: Scope) -> None:
    """Add the headers to an answer's head, with the policy of the route that made it; those that the page set stay."""
    # An address that leads nowhere has no handler, although the framework's types give every request one.
    handler = cast(dict[str, Any], scope).get("route_handler")
    policy = USUAL if handler is None else handler.opt.get(POLICY, USUAL)
    if b"frame-ancestors" not in policy:
        policy += cast(dict[str, Any], scope).get("state", {}).get(FRAMES, b"")
    own = {name.lower() for name, _ in message["headers"]}
    usual = [*_HEADERS, (b"content-security-policy", policy)]
    message["headers"] = [*message["headers"], *[header for header in usual if header[0] not in own]]
