"""Checks that a delivery was sent by the service, and just now: by Calendly's signature or by Standard Webhooks'.

Source: webhooks, section 4; https://www.standardwebhooks.com, the specification's "Signature scheme".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from openslot.client import ClientError, Secret
from openslot.wire.signatures import HEADER, ID_HEADER, STANDARD_HEADER, TIMESTAMP_HEADER, standard_key

TOLERANCE = timedelta(seconds=180)

_BY_LOWER = {name.lower(): name for name in (HEADER, STANDARD_HEADER, ID_HEADER, TIMESTAMP_HEADER)}
"""Names of headers come in any case."""
_SECONDS = re.compile(r"[0-9]{1,12}")

Headers = Mapping[str, str] | Iterable[tuple[bytes, bytes]]


class SignatureRefused(ClientError):
    """The delivery is not signed with our key, or not now. Answer 401 and do nothing."""


def verify(body: bytes, headers: Headers, key: Secret, *, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Check the signature over the exact bytes of ``body``, in constant time, and its age either way.

    Calendly's signature counts where there is one, that of Standard Webhooks where there is none.

    Raises:
        SignatureRefused: there is none, it does not match, or it is too old or in the future; the message has
            the reason.
    """
    given = _given(headers)
    stamp, signatures, mac = _calendly(given, key, body) if given[HEADER] else _standard(given, key, body)
    # all are compared, so that the time taken does not depend on which one matched
    matches = [hmac.compare_digest(mac, signature.encode("utf-8", "replace")) for signature in signatures]
    if not any(matches):
        raise SignatureRefused("the signature does not match")
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise SignatureRefused(f"signed more than {tolerance.total_seconds():.0f} s away from now")


def _given(headers: Headers) -> dict[str, list[str]]:
    """The headers that we read, each with its values."""
    given: dict[str, list[str]] = {name: [] for name in _BY_LOWER.values()}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        if known := _BY_LOWER.get(_text(name).lower()):
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
    mac = hmac.new(standard_key(key.reveal()), signed, hashlib.sha256)
    return stamps[0], signatures, base64.b64encode(mac.digest())


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _parts(header: str) -> tuple[str, list[str]]:
    """The time and the signatures of Calendly's header; unknown parts are ignored."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(stamps) != 1 or not _SECONDS.fullmatch(stamps[0]):
        raise SignatureRefused("the signature has no time, or more than one")
    if not signatures:
        raise SignatureRefused("the signature has no v1")
    return stamps[0], signatures
