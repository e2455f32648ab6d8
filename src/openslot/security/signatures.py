"""Signatures of outgoing webhooks: Calendly's, and those of Standard Webhooks beside them.

Source: webhooks, section 4; https://www.standardwebhooks.com, the specification's "Signature scheme".
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

HEADER = "Calendly-Webhook-Signature"
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
STANDARD_HEADER = "webhook-signature"
STANDARD_PREFIX = "whsec_"
"""The prefix of a base64 secret in Standard Webhooks."""


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
    mac = hmac.new(_standard_key(key), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"


def _standard_key(key: str) -> bytes:
    if key.startswith(STANDARD_PREFIX):
        try:
            return base64.b64decode(key.removeprefix(STANDARD_PREFIX), validate=True)
        except binascii.Error:
            pass  # an ordinary key that only happens to begin with the prefix
    return key.encode()
