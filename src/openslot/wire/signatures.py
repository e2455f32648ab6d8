"""The names that signed webhooks go by, and what their keys stand for: for the side that signs and the one that checks.

Source: webhooks, section 4; https://www.standardwebhooks.com, the specification's "Signature scheme".
"""

import base64
import binascii

HEADER = "Calendly-Webhook-Signature"
ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
STANDARD_HEADER = "webhook-signature"
STANDARD_PREFIX = "whsec_"
"""What Standard Webhooks writes before a secret that is base64."""


def standard_key(key: str) -> bytes:
    """Return the bytes that a key of Standard Webhooks stands for: after ``whsec_`` base64, else its UTF-8 bytes."""
    if key.startswith(STANDARD_PREFIX):
        try:
            return base64.b64decode(key.removeprefix(STANDARD_PREFIX), validate=True)
        except binascii.Error:
            pass  # a key of one's own that only looks like it
    return key.encode()
