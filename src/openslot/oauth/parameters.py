"""Parameters of a client's call: form-encoded, or JSON as Calendly takes it too; and the client's credentials."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from litestar.enums import RequestEncodingType

from openslot.edges import AnyRequest
from openslot.services.oauth.errors import InvalidClient, invalid_request

MAX_FIELDS = 50


@dataclass(frozen=True)
class ClientCall:
    """A call of a client."""

    values: Mapping[str, str] = field(repr=False)
    client_id: str
    client_secret: str | None = field(repr=False)
    """None: it has sent none."""

    def required(self, name: str) -> str:
        """The value of a parameter.

        Raises:
            OAuthError: it is missing.
        """
        value = self.values.get(name, "")
        if not value:
            raise invalid_request(f"{name} is missing.")
        return value


async def client_call(request: AnyRequest) -> ClientCall:
    """The parameters and the credentials of a call.

    Raises:
        OAuthError: they can't be read, or one is sent twice.
        InvalidClient: there are no credentials, or two of them.
    """
    values = await _values(request)
    in_header = _basic(request.headers.get("authorization", ""))
    named, secret = values.get("client_id", ""), values.get("client_secret") or None
    if in_header is None:
        if not named:
            raise InvalidClient("The client is not named: neither in the Authorization header nor as client_id.")
        return ClientCall(values, named, secret)
    if secret is not None or (named and named != in_header[0]):
        raise invalid_request("The client is named twice.")
    return ClientCall(values, in_header[0], in_header[1] or None)


def is_basic(request: AnyRequest) -> bool:
    """Whether the client names itself in the Authorization header."""
    return request.headers.get("authorization", "").lower().startswith("basic")


async def _values(request: AnyRequest) -> dict[str, str]:
    body = await request.body()
    if request.content_type[0] == RequestEncodingType.JSON:
        return _json_values(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as exc:  # too many fields, or not UTF-8
        raise invalid_request("The body can't be read.") from exc
    values = dict(pairs)
    if len(values) < len(pairs):
        raise invalid_request("A parameter is sent twice.")
    return values


def _json_values(body: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(body, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as exc:
        raise invalid_request("The body must be a JSON object of texts.") from exc


def _basic(header: str) -> tuple[str, str] | None:
    """Client id and secret of the header, each percent-encoded within (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError) as exc:
        raise InvalidClient("The Authorization header can't be read.") from exc
    return unquote_plus(client_id), unquote_plus(secret)
