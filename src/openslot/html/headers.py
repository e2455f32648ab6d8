"""Security headers. A router, or one route of it, hands in the Content-Security-Policy of its pages as an option."""

from typing import Any, cast

from litestar.types import HTTPResponseStartEvent, Scope

POLICY = "content_security_policy"
"""The name of the option."""
_DIRECTIVES = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "form-action {}"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
]


def content_policy(*, form_targets: str = "'self'") -> bytes:
    """The policy of pages that load nothing from other sites and are framed by no other (design, section 8).

    ``form_targets``: where forms may lead. Browsers count the redirect after a form as its target.
    """
    return _DIRECTIVES.format(form_targets).encode()


USUAL = content_policy()
"""Also of addresses that lead nowhere, so that no answer goes out without a policy."""


def add_security_headers(message: HTTPResponseStartEvent, scope: Scope) -> None:
    """Add the headers to an answer's head, with the policy of the route that made it; those that the page set stay."""
    # An address that leads nowhere has no handler, although the framework's types give every request one.
    handler = cast(dict[str, Any], scope).get("route_handler")
    policy = USUAL if handler is None else handler.opt.get(POLICY, USUAL)
    own = {name.lower() for name, _ in message["headers"]}
    usual = [*_HEADERS, (b"content-security-policy", policy)]
    message["headers"] = [*message["headers"], *[header for header in usual if header[0] not in own]]
