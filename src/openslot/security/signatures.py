"""Signatures of outgoing webhooks: Calendly's, and those of Standard Webhooks beside them.

Source: webhooks, section 4; https://www.standardwebhooks.com, the specification's "Signature scheme".
"""

import base64
import hashlib
import hmac
from datetime import datetime

from openslot.wire.signatures import HEADER, ID_HEADER, STANDARD_HEADER, TIMESTAMP_HEADER, standard_key

__all__ = [
    "HEADER",
    "ID_HEADER",
    "STANDARD_HEADER",
    "TIMESTAMP_HEADER",
    "signature_header",
    "standard_signature",
]


def signature_header(key: str, body: bytes, sent_at: datetime) -> str:
    """The header's value ``t=<unix seconds>,v1=<hex>``: HMAC-SHA256 over t, a full stop and the body's exact bytes."""
    stamp = str(int(sent_at.timestamp()))
    mac = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()}"


def standard_signature(key: str, message_id: str, body: bytes, sent_at: datetime) -> str:
    """``v1,<base64>``: HMAC-SHA256 over id, time and body, joined by full stops.

    A key that begins with ``whsec_`` is the base64 that follows, as its libraries expect; any other is its UTF-8 bytes.
    """
    stamp = str(int(sent_at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    mac = hmac.new(standard_key(key), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"
