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
    """The header's value ``v1,<base64>``, an HMAC-SHA256 over id, time and body, joined by full stops.

    After the prefix ``whsec_`` the key is base64, as the libraries of Standard Webhooks expect; any other key is used
    as UTF-8.
    """
    stamp = str(int(sent_at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    mac = hmac.new(standard_key(key), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"
