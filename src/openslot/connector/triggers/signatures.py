"""Whether a delivery is what the service sent, and sent just now: by Calendly's signature or by Standard Webhooks'.

Source: webhooks, section 4; https://www.standardwebhooks.com, the specification's "Signature scheme".
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from openslot.client import ClientError, Secret

HEADER = "calendly-webhook-signature"
STANDARD_HEADER = "webhook-signature"
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
STANDARD_PREFIX = "whsec_"
TOLERANCE = timedelta(seconds=180)

_SECONDS = re.compile(r"[0-9]{1,12}")

Headers = Mapping[str, str] | Iterable[tuple[bytes, bytes]]


class SignatureRefused(ClientError):
    """The delivery is not signed with our key, or not now. Answer 401 and do nothing."""


def verify(body: bytes, headers: Headers, key: Secret, *, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Check the signature over the exact bytes of ``body``, in constant time, and its age either way.

    Calendly's counts where there is one, that of Standard Webhooks where there is none.

    Raises:
        SignatureRefused: says why.
    """
    given = _given(headers)
    stamp, signatures, mac = _calendly(given, key, body) if given[HEADER] else _standard(given, key, body)
    # all are compared, so that time tells nothing about which one matched
    matches = [hmac.compare_digest(mac, signature.encode("utf-8", "replace")) for signature in signatures]
    if not any(matches):
        raise SignatureRefused("the signature does not match")
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise SignatureRefused(f"signed more than {tolerance.total_seconds():.0f} s away from now")


def _given(headers: Headers) -> dict[str, list[str]]:
    """The headers that we read, each with its values."""
    given: dict[str, list[str]] = {name: [] for name in (HEADER, STANDARD_HEADER, ID_HEADER, TIMESTAMP_HEADER)}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        if (known := _text(name).lower()) in given:
            given[known].append(_text(value))
    return given


def _calendly(given: dict[str, list[str]], key: Secret, body: bytes) -> tuple[str, list[str], bytes]:
    stamp, signatures = _parts(",".join(given[HEADER]))
    mac = hmac.new(key.reveal().encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return stamp, signatures, mac.hexdigest().encode()


def _standard(given: dict[str, list[str]], key: Secret, body: bytes) -> tuple[str, list[str], bytes]:
    if not given[STANDARD_HEADER]:
        raise SignatureRefused("there is no signature")
    ids, stamps = given[ID_HEADER], given[TIMESTAMP_HEADER]
    if len(stamps) != 1 or not _SECONDS.fullmatch(stamps[0]):
        raise SignatureRefused("the signature has no time, or more than one")
    if len(ids) != 1 or not ids[0]:
        raise SignatureRefused("the signature has no id, or more than one")
    pairs = [part.partition(",") for part in " ".join(given[STANDARD_HEADER]).split(" ")]
    signatures = [value for version, _, value in pairs if version == "v1"]
    if not signatures:
        raise SignatureRefused("the signature has no v1")
    signed = f"{ids[0]}.{stamps[0]}.".encode() + body
    mac = hmac.new(_standard_key(key.reveal()), signed, hashlib.sha256)
    return stamps[0], signatures, base64.b64encode(mac.digest())


def _standard_key(key: str) -> bytes:
    """Behind ``whsec_`` what the base64 stands for; any other key is its UTF-8 bytes."""
    if key.startswith(STANDARD_PREFIX):
        try:
            return base64.b64decode(key.removeprefix(STANDARD_PREFIX), validate=True)
        except binascii.Error:
            pass  # a key of one's own that only looks like it
    return key.encode()


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
