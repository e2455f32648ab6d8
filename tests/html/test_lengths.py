"""Texts are as long on pages as the API takes them."""

import msgspec
import pytest

from openslot.html.lengths import MAX_REASON_LENGTH
from openslot.wire import codec
from openslot.wire.scheduled_events import CancelEvent


def test_the_longest_reason_is_the_longest_that_the_api_takes() -> None:
    assert codec.convert({"reason": "x" * MAX_REASON_LENGTH}, CancelEvent) == CancelEvent("x" * MAX_REASON_LENGTH)
    with pytest.raises(msgspec.ValidationError):
        codec.convert({"reason": "x" * (MAX_REASON_LENGTH + 1)}, CancelEvent)
