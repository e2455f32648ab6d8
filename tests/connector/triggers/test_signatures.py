"""Signatures. The vector is that of webhooks, section 4; all else is written down from the same section."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.client import Secret
from openslot.connector.triggers.signatures import SignatureRefused, verify
from openslot.security import signatures

KEY = "made-up-signing-key"
STAMP = 1932883200
BODY = '{"event":"invitee.created","payload":{"name":"Zoë"}}'.encode()
V1 = "b8322079b661a71588a07119645b4925fdff0aff9b325819f5a69c7b8c8a226f"
NOW = datetime.fromtimestamp(STAMP, UTC)


def check(header: str | None, *, body: bytes = BODY, key: str = KEY, now: datetime = NOW, **options: Any) -> None:
    headers = {} if header is None else {"Calendly-Webhook-Signature": header}
    verify(body, headers, Secret(key), now=now, **options)


def mac(body: bytes, key: str = KEY, stamp: str = str(STAMP)) -> str:
    return hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def test_the_contract_s_vector_is_good() -> None:
    check(f"t={STAMP},v1={V1}")


@pytest.mark.parametrize(
    "header",
    [
        f"v1={V1},t={STAMP}",
        f"t={STAMP}, v1={V1}",
        f"t={STAMP},v0=abc,v1={V1},v2=x=y,extra",
        f"t={STAMP},v1={'0' * 64},v1={V1}",
        f"t={STAMP},v1={V1},v1=",
    ],
    ids=["other order", "spaces", "unknown parts", "old and new key", "an empty one beside it"],
)
def test_other_spellings_of_a_good_signature_are_good(header: str) -> None:
    check(header)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "no signature"),
        ("", "no time"),
        (f"v1={V1}", "no time"),
        (f"t=,v1={V1}", "no time"),
        (f"t=soon,v1={V1}", "no time"),
        (f"t=-{STAMP},v1={V1}", "no time"),
        (f"t={STAMP}.0,v1={V1}", "no time"),
        (f"t=١٩٣٢٨٨٣٢٠٠,v1={V1}", "no time"),
        (f"t={STAMP},t={STAMP},v1={V1}", "more than one"),
        (f"t={STAMP}", "no v1"),
        (f"t={STAMP},v2={V1}", "no v1"),
        (f"t={STAMP},v1=", "does not match"),
        (f"t={STAMP},v1={V1.upper()}", "does not match"),
        (f"t={STAMP},v1={V1[:-1]}", "does not match"),
        (f"t={STAMP},v1={V1[:-1]}0", "does not match"),
        (f"t={STAMP},v1=sch\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel", "does not match"),
        (f"t={STAMP + 1},v1={V1}", "does not match"),
    ],
)
def test_a_signature_with_a_part_missing_or_wrong_is_refused(header: str | None, reason: str) -> None:
    with pytest.raises(SignatureRefused, match=reason):
        check(header)


def test_another_key_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="does not match"):
        check(f"t={STAMP},v1={V1}", key="another-made-up-key")


@given(position=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_any_altered_byte_is_refused(position: int, flip: int) -> None:
    altered = bytearray(BODY)
    altered[position] ^= flip

    with pytest.raises(SignatureRefused, match="does not match"):
        check(f"t={STAMP},v1={V1}", body=bytes(altered))


def test_the_same_json_in_other_bytes_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="does not match"):
        check(f"t={STAMP},v1={V1}", body=BODY.decode().replace("ë", "\\u00eb").encode())


@given(body=st.binary())
def test_any_bytes_can_be_signed(body: bytes) -> None:
    check(f"t={STAMP},v1={mac(body)}", body=body)


@given(body=st.text())
def test_any_text_can_be_signed(body: str) -> None:
    content = body.encode("utf-8", "surrogatepass")
    check(f"t={STAMP},v1={mac(content)}", body=content)


@pytest.mark.parametrize("seconds", [-180, -179, 0, 179, 180])
def test_a_signature_within_three_minutes_either_way_is_good(seconds: int) -> None:
    check(f"t={STAMP},v1={V1}", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-86400, -181, 181, 86400])
def test_an_older_or_later_one_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureRefused, match="more than 180 s away"):
        check(f"t={STAMP},v1={V1}", now=NOW + timedelta(seconds=seconds))


def test_the_tolerance_can_be_another() -> None:
    check(f"t={STAMP},v1={V1}", now=NOW + timedelta(seconds=300), tolerance=timedelta(seconds=300))


def test_headers_come_as_any_server_hands_them_over() -> None:
    value = f"t={STAMP},v1={V1}"

    for headers in (
        {"calendly-webhook-signature": value},
        {"CALENDLY-WEBHOOK-SIGNATURE": value, "Other": "x"},
        [(b"host", b"x"), (b"calendly-webhook-signature", value.encode())],
    ):
        verify(BODY, headers, Secret(KEY), now=NOW)


def test_two_headers_are_no_way_to_two_times() -> None:
    value = f"t={STAMP},v1={V1}".encode()

    with pytest.raises(SignatureRefused, match="more than one"):
        verify(BODY, [(b"calendly-webhook-signature", value)] * 2, Secret(KEY), now=NOW)


class TestStandardWebhooks:
    """Written down from https://www.standardwebhooks.com; the vector of its specification is the first test."""

    ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    TIME = 1614265330
    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    CONTENT = b'{"test": 2432232314}'
    V1 = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def check(self, body: bytes = CONTENT, key: str = SECRET, seconds: int = 0, **changed: str | None) -> None:
        given = {"webhook_id": self.ID, "webhook_timestamp": str(self.TIME), "webhook_signature": f"v1,{self.V1}"}
        headers = {name.replace("_", "-"): value for name, value in (given | changed).items() if value is not None}
        verify(body, headers, Secret(key), now=datetime.fromtimestamp(self.TIME + seconds, UTC))

    def sign(self, key: bytes, body: bytes) -> str:
        signed = f"{self.ID}.{self.TIME}.".encode() + body
        return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"

    def test_the_specification_s_vector_is_good(self) -> None:
        self.check()

    @pytest.mark.parametrize(
        "signature",
        [f"v1,{'A' * 43}= v1,{V1}", f"v1,{V1} v1a,xyz v2,=", f"v1a,xyz v1,{V1}", f"v1, v1,{V1}"],
        ids=["old and new key", "unknown versions behind", "and before", "an empty one beside it"],
    )
    def test_several_signatures_are_good_if_one_is(self, signature: str) -> None:
        self.check(webhook_signature=signature)

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"webhook_signature": None}, "there is no signature"),
            ({"webhook_signature": ""}, "no v1"),
            ({"webhook_signature": f"v2,{V1}"}, "no v1"),
            ({"webhook_signature": V1}, "no v1"),
            ({"webhook_signature": "v1,"}, "does not match"),
            ({"webhook_signature": f"v1,{V1[:-1]}"}, "does not match"),
            ({"webhook_signature": f"v1,{V1.lower()}"}, "does not match"),
            ({"webhook_signature": "v1,sch\u00fcssel"}, "does not match"),
            ({"webhook_id": None}, "no id"),
            ({"webhook_id": ""}, "no id"),
            ({"webhook_id": "msg_another"}, "does not match"),
            ({"webhook_timestamp": None}, "no time"),
            ({"webhook_timestamp": "soon"}, "no time"),
            ({"webhook_timestamp": f"{TIME}.0"}, "no time"),
            ({"webhook_timestamp": str(TIME + 1)}, "does not match"),
            ({"body": CONTENT + b" "}, "does not match"),
            ({"key": "whsec_AAAA"}, "does not match"),
            ({"seconds": 181}, "more than 180 s away"),
            ({"seconds": -181}, "more than 180 s away"),
        ],
    )
    def test_one_with_a_part_missing_or_wrong_is_refused(self, changed: Any, reason: str) -> None:
        with pytest.raises(SignatureRefused, match=reason):
            self.check(**changed)

    @pytest.mark.parametrize(
        ("key", "raw"),
        [
            (KEY, KEY.encode()),
            ("whsec_not*base64", b"whsec_not*base64"),
            (f"whsec_{base64.b64encode(b'any bytes at all').decode()}", b"any bytes at all"),
        ],
    )
    def test_keys_are_read_as_the_sender_reads_them(self, key: str, raw: bytes) -> None:
        self.check(BODY, key, webhook_signature=self.sign(raw, BODY))

    @given(body=st.binary(), key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
    def test_what_openslot_signs_is_good(self, body: bytes, key: str) -> None:
        at = datetime.fromtimestamp(self.TIME, UTC)
        self.check(body, key, webhook_signature=signatures.standard_signature(key, self.ID, body, at))
        verify(body, {"Calendly-Webhook-Signature": signatures.signature_header(key, body, at)}, Secret(key), now=at)

    def test_calendly_s_signature_counts_where_there_are_both(self) -> None:
        changed: Any = {"Calendly-Webhook-Signature": f"t={self.TIME},v1=0"}
        with pytest.raises(SignatureRefused, match="does not match"):
            self.check(**changed)

    def test_an_id_given_twice_is_none(self) -> None:
        headers = [(b"webhook-id", self.ID.encode())] * 2 + [
            (b"webhook-timestamp", str(self.TIME).encode()),
            (b"webhook-signature", f"v1,{self.V1}".encode()),
        ]
        with pytest.raises(SignatureRefused, match="more than one"):
            verify(self.CONTENT, headers, Secret(self.SECRET), now=datetime.fromtimestamp(self.TIME, UTC))
