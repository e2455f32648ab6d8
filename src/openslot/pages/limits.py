"""How long texts may be: exactly as long as the API takes them, since its shapes are asked."""

import msgspec
from msgspec.inspect import StrType, UnionType

from openslot.wire.invitees import NewTracking
from openslot.wire.scheduled_events import CancelEvent


def longest(shape: type[msgspec.Struct], name: str) -> int:
    """Characters that the text field ``name`` of a shape may have."""
    (kind,) = [field.type for field in msgspec.inspect.type_info(shape).fields if field.name == name]  # type: ignore[attr-defined] # of a struct
    kinds = kind.types if isinstance(kind, UnionType) else (kind,)
    (length,) = [one.max_length for one in kinds if isinstance(one, StrType) and one.max_length is not None]
    return length


LONGEST_REASON = longest(CancelEvent, "reason")
"""The form stops there, so what is beyond was typed by no visitor."""
LONGEST_UTM = longest(NewTracking, "utm_source")
"""A longer value in an address keeps nobody from booking; it is cut."""
