"""What every shape is made of can be read and written, whatever is in it."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct, inspect

import openslot.db
import openslot.wire
from openslot.wire.codec import Timestamp


def shapes(package: Any) -> Iterator[type[Struct]]:
    """The shapes that the modules of a package define."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.ispkg:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == module.name:
                yield value


def custom_types(kind: inspect.Type) -> Iterator[type]:
    """The types that msgspec leaves to a hook of ours."""
    match kind:
        case inspect.CustomType(cls=custom):
            yield custom
        case inspect.UnionType(types=inner):
            for one in inner:
                yield from custom_types(one)
        case inspect.ListType(item_type=one) | inspect.VarTupleType(item_type=one) | inspect.Metadata(type=one):
            yield from custom_types(one)
        case inspect.DictType(key_type=key, value_type=one):
            yield from custom_types(key)
            yield from custom_types(one)


@pytest.mark.parametrize("shape", [*shapes(openslot.wire), *shapes(openslot.db)], ids=lambda one: one.__qualname__)
def test_nothing_is_of_a_type_that_fails_once_there_is_a_value(shape: type[Struct]) -> None:
    """``dict[str, object]`` is read while it is empty, and raises at its first key."""
    if getattr(shape, "__parameters__", ()):  # an envelope: what is in it is looked at by itself
        return
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)

    assert {one for field in info.fields for one in custom_types(field.type)} <= {Timestamp}
