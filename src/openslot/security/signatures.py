"""Signatures of outgoing webhooks. Source: webhooks, section 4."""

import hashlib
import hmac
from datetime import datetime

HEADER = "Calendly-Webhook-Signature"


def signature_header(key: str, body: bytes, sent_at: datetime) -> str:
    """The header's value ``t=<unix seconds>,v1=<hex>``: HMAC-SHA256 over t, a full stop and the body's exact bytes."""
    stamp = str(int(sent_at.timestamp()))
    mac = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()}"
