"""What an OAuth client is answered when something is refused. Source: RFC 6749, sections 4.1.2.1 and 5.2; RFC 7591."""

from openslot.core.errors import ErrorKind, OpenSlotError
from openslot.core.oauth import Resources, UnknownResource


class OAuthError(OpenSlotError):
    """A refusal with the code that clients know; ``code`` is one of RFC 6749, 7009 or 7591."""

    kind = ErrorKind.INVALID

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code}: {description}")


class InvalidClient(OAuthError):
    """The application is unknown, or its secret is wrong."""

    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self, description: str = "The client is unknown, or its secret is wrong.") -> None:
        super().__init__("invalid_client", description)


class NotItsToken(OAuthError):
    """The token is another application's."""

    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("unauthorized_client", "The token was issued to another client.")


def invalid_request(description: str) -> OAuthError:
    """A parameter is missing or malformed."""
    return OAuthError("invalid_request", description)


def invalid_grant(description: str) -> OAuthError:
    """A code or a refresh token that is unknown, has ended, or is not the client's."""
    return OAuthError("invalid_grant", description)


def servers_of(resources: Resources, named: str) -> list[str]:
    """The servers besides the API that tokens for a resource are for.

    Raises:
        OAuthError: tokens of this service can't be for it (RFC 8707, section 2).
    """
    try:
        return resources.named(named)
    except UnknownResource as unknown:
        raise OAuthError("invalid_target", "resource is neither the API nor a server of its operator") from unknown
