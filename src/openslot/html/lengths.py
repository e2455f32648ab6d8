"""How long texts of forms may be: as long as the API takes them, since both read the same shapes."""

import msgspec
from msgspec.inspect import StrType, UnionType

from openslot.wire.scheduled_events import CancelEvent


def longest(shape: type[msgspec.Struct], name: str) -> int:
    """Characters that the text field ``name`` of a shape may have."""
    (kind,) = [field.type for field in msgspec.inspect.type_info(shape).fields if field.name == name]  # type: ignore[attr-defined] # of a struct
    kinds = kind.types if isinstance(kind, UnionType) else (kind,)
    (length,) = [one.max_length for one in kinds if isinstance(one, StrType) and one.max_length is not None]
    return length


MAX_REASON_LENGTH = longest(CancelEvent, "reason")
"""The input stops there, so a browser sends no more; what else comes is cut."""
