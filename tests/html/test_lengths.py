"""Texts are as long on pages as the API takes them."""

import msgspec
import pytest

from openslot.html.lengths import LONGEST_REASON
from openslot.wire import codec
from openslot.wire.scheduled_events import CancelEvent


def test_the_longest_reason_is_the_longest_that_the_api_takes() -> None:
    assert codec.convert({"reason": "x" * LONGEST_REASON}, CancelEvent) == CancelEvent("x" * LONGEST_REASON)
    with pytest.raises(msgspec.ValidationError):
        codec.convert({"reason": "x" * (LONGEST_REASON + 1)}, CancelEvent)
