"""Whether a delivery is what the service sent, and sent just now. Source: webhooks, section 4."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from openslot.client import ClientError, Secret

HEADER = "calendly-webhook-signature"
TOLERANCE = timedelta(seconds=180)

_SECONDS = re.compile(r"[0-9]{1,12}")

Headers = Mapping[str, str] | Iterable[tuple[bytes, bytes]]


class SignatureRefused(ClientError):
    """The delivery is not signed with our key, or not now. Answer 401 and do nothing."""


def verify(body: bytes, headers: Headers, key: Secret, *, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Check the signature over the exact bytes of ``body``, in constant time, and its age either way.

    Raises:
        SignatureRefused: says why.
    """
    stamp, signatures = _parts(_header(headers))
    mac = hmac.new(key.reveal().encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    # all are compared, so that time tells nothing about which one matched
    matches = [hmac.compare_digest(mac, signature.encode("utf-8", "replace")) for signature in signatures]
    if not any(matches):
        raise SignatureRefused("the signature does not match")
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise SignatureRefused(f"signed more than {tolerance.total_seconds():.0f} s away from now")


def _header(headers: Headers) -> str:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    values = [_text(value) for name, value in pairs if _text(name).lower() == HEADER]
    if not values:
        raise SignatureRefused("there is no signature")
    return ",".join(values)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _parts(header: str) -> tuple[str, list[str]]:
    """The time and the signatures; parts that we do not know are for others."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(stamps) != 1 or not _SECONDS.fullmatch(stamps[0]):
        raise SignatureRefused("the signature has no time, or more than one")
    if not signatures:
        raise SignatureRefused("the signature has no v1")
    return stamps[0], signatures
