"""Signatures of outgoing webhooks. Source: webhooks, section 4."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from openslot.security.signatures import HEADER, signature_header


def test_the_reference_s_example_comes_out() -> None:
    body = '{"event":"invitee.created","payload":{"name":"Zoë"}}'.encode()

    header = signature_header("made-up-signing-key", body, datetime.fromtimestamp(1932883200, UTC))

    assert HEADER == "Calendly-Webhook-Signature"
    assert header == "t=1932883200,v1=b8322079b661a71588a07119645b4925fdff0aff9b325819f5a69c7b8c8a226f"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary(), st.integers(0, 4_000_000_000))
def test_it_is_the_mac_of_time_stop_body_under_the_key_in_utf_8(key: str, body: bytes, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    expected = hmac.new(key.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()

    assert signature_header(key, body, at) == f"t={seconds},v1={expected}"
    elsewhere = (at + timedelta(milliseconds=999)).astimezone(timezone(timedelta(hours=13, minutes=45)))
    assert signature_header(key, body, elsewhere) == signature_header(key, body, at)
