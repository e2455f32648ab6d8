"""Reads answers that differ from the reference: something is missing, null or of another type.

The real service sends such answers (``tests/client/test_lenient.py`` names some), and one field must not cost a whole
list, or end a subscription. What was received is kept; nothing is made up:

- a list or an object that is missing or null is empty, so that loops and attributes work;
- anything else that is missing has the field's default, else ``None``;
- a value of another type is converted where its meaning is plain ("30", 30.0); otherwise the field is empty, and the
  value is in ``Open.unknown``, from where it is written again.

An answer without the content of its envelope is refused.
"""

from collections.abc import Hashable
from datetime import date
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast, get_origin

import msgspec
from msgspec import Struct, inspect

from openslot.wire import codec
from openslot.wire.common import MISFITS, Collection, Misfit, Open, Page, Resource
from openslot.wire.webhooks import WebhookPayload

T = TypeVar("T")

_MISSING: Any = object()
_CONTENTS = {Resource: "resource", Page: "collection", Collection: "collection", WebhookPayload: "payload"}
"""The field of each envelope that holds its content."""
_SCALARS: dict[type[inspect.Type], type] = {
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.DateType: date,
}
_JSON_NAMES: dict[type, str] = {dict: "object", list: "array", str: "str"}
"""The names in msgspec's error messages."""


def convert(raw: Any, kind: type[T]) -> T:
    """Read plain dicts and lists as ``kind``, whatever they lack.

    Raises:
        msgspec.ValidationError: it is no object, has no known field, lacks its URI, or is an empty envelope.
    """
    known = _type_info(cast("Hashable", kind))
    wanted = list if isinstance(known, inspect.ListType) else dict
    if not isinstance(raw, wanted):
        raise msgspec.ValidationError(f"Expected `{_JSON_NAMES[wanted]}`")
    if isinstance(known, inspect.StructType):
        _check_contents(cast("dict[str, Any]", raw), known)
    return cast("T", _read(raw, known).value)


def _check_contents(raw: dict[str, Any], kind: inspect.StructType) -> None:
    """Check that there is something to read.

    Raises:
        msgspec.ValidationError: there is nothing.
    """
    names = [field.encode_name for field in kind.fields]
    if names and raw.keys().isdisjoint(names):
        raise msgspec.ValidationError(f"Object missing required field `{names[0]}`")
    contents = _CONTENTS.get(get_origin(kind.cls) or kind.cls)
    for field in kind.fields:
        if field.encode_name == "uri" and field.required:
            _check_is(raw, "uri", str)
        elif field.encode_name == contents:
            _check_is(raw, contents, list if isinstance(field.type, inspect.ListType) else dict)
            if isinstance(field.type, inspect.StructType):
                _check_contents(raw[contents], field.type)


def _check_is(raw: dict[str, Any], name: str, wanted: type) -> None:
    if not isinstance(raw.get(name), wanted):
        raise msgspec.ValidationError(f"Expected `{_JSON_NAMES[wanted]}` - at `$.{name}`")


@cache
def _type_info(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


class _Reading(NamedTuple):
    value: Any
    fits: bool = True
    """Whether the value keeps everything that was received; a missing field loses nothing."""


_NOTHING = _Reading(None, fits=False)


def _read(raw: Any, kind: inspect.Type) -> _Reading:
    match kind:
        case inspect.Metadata(type=inner):
            return _read(raw, inner)
        case inspect.UnionType():
            return _read_union(raw, kind)
        case inspect.StructType():
            given = raw if isinstance(raw, dict) else {}
            return _Reading(_read_struct(given, kind), raw is given or raw is _MISSING)
        case inspect.ListType(item_type=entry):
            return _read_list(raw, entry)
        case inspect.DictType(value_type=inner):
            return _read_dict(raw, inner)
        case _:
            return _Reading(None) if raw is _MISSING else _read_scalar(raw, kind)


def _read_struct(raw: dict[str, Any], kind: inspect.StructType) -> Struct:
    values, misfits = {}, {}
    for field in kind.fields:
        if field.encode_name in raw or field.required:
            given = raw.get(field.encode_name, _MISSING)
            values[field.name], fits = _read(given, field.type)
            if not fits:
                read_as = msgspec.to_builtins(values[field.name], enc_hook=codec.enc_hook)
                misfits[field.name] = Misfit(field.encode_name, given, read_as)
    cls: type[Struct] = get_origin(kind.cls) or kind.cls  # generic ones are made by their class
    made = cls(**values)  # not msgspec.convert, which would check the types again
    if misfits and isinstance(made, Open):
        made.__dict__[MISFITS] = misfits
    return made


def _read_list(raw: Any, entry: inspect.Type) -> _Reading:
    """The entries that are of the list's type."""
    if not isinstance(raw, list):
        return _Reading([], raw is _MISSING)
    read = [_read(one, entry) for one in raw]
    return _Reading([one.value for one in read if one.fits], all(one.fits for one in read))


def _read_dict(raw: Any, inner: inspect.Type) -> _Reading:
    if not isinstance(raw, dict):
        return _Reading({}, raw is _MISSING)
    read = {key: _read(one, inner) for key, one in raw.items()}
    return _Reading({key: one.value for key, one in read.items() if one.fits}, all(one.fits for one in read.values()))


def _read_union(raw: Any, kind: inspect.UnionType) -> _Reading:
    kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    is_nullable = len(kinds) < len(kind.types)
    if raw is None or raw is _MISSING:
        return _Reading(None) if is_nullable else _read(raw, kinds[0])
    kinds.sort(key=lambda one: _SCALARS.get(type(one)) is not type(raw))  # "1" is a text before it is a number
    fitting = (read for one in kinds if (read := _read(raw, one)).fits)
    return next(fitting, _NOTHING if is_nullable else _read(_MISSING, kinds[0])._replace(fits=False))


def _read_scalar(raw: Any, kind: inspect.Type) -> _Reading:
    if isinstance(kind, inspect.AnyType):
        return _Reading(raw)
    if isinstance(raw, float) and raw.is_integer() and isinstance(kind, inspect.IntType):
        return _Reading(int(raw))
    wanted: Any = kind.cls if isinstance(kind, inspect.CustomType) else _SCALARS.get(type(kind))
    if wanted is None or raw is None:
        return _NOTHING
    try:
        return _Reading(codec.convert(raw, wanted, strict=False))
    except (msgspec.ValidationError, ValueError, OverflowError):
        return _NOTHING
