"""Texts are as long on pages as the API takes them."""

import msgspec
import pytest

from openslot.pages.forms import tracking
from openslot.pages.limits import LONGEST_REASON, LONGEST_UTM
from openslot.wire import codec
from openslot.wire.invitees import NewTracking
from openslot.wire.scheduled_events import CancelEvent

UTM = dict.fromkeys(NewTracking.__struct_fields__, "x")


def test_the_longest_reason_is_the_longest_that_the_api_takes() -> None:
    assert codec.convert({"reason": "x" * LONGEST_REASON}, CancelEvent) == CancelEvent("x" * LONGEST_REASON)
    with pytest.raises(msgspec.ValidationError):
        codec.convert({"reason": "x" * (LONGEST_REASON + 1)}, CancelEvent)


@pytest.mark.parametrize("name", NewTracking.__struct_fields__)
def test_tracking_in_an_address_is_cut_to_what_the_api_takes(name: str) -> None:
    kept = getattr(tracking({name: "x" * (LONGEST_UTM + 1)}), name)
    assert getattr(codec.convert({**UTM, name: kept}, NewTracking), name) == "x" * LONGEST_UTM
    with pytest.raises(msgspec.ValidationError):
        codec.convert({**UTM, name: f"{kept}x"}, NewTracking)
