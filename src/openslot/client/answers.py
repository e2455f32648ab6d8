"""JSON in and out without loss: fields that this version does not know stay with the shape that they came in.

``Open.unknown`` returns them, ``encode`` writes them again. The shapes themselves are those of ``wire``. JSON that does
not quite fit a shape is read all the same, see ``lenient``.
"""

import json
import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import UNSET, Struct, inspect

from openslot.client import lenient
from openslot.wire import codec
from openslot.wire.common import MISFITS, UNKNOWN, Misfit, Open

T = TypeVar("T")

_log = logging.getLogger("openslot.client")
_HALF_LETTER = re.compile("[\ud800-\udfff]")
_LEAVES = (
    inspect.NoneType,
    inspect.BoolType,
    inspect.IntType,
    inspect.FloatType,
    inspect.StrType,
    inspect.DateType,
    inspect.CustomType,
    inspect.DictType,
    inspect.LiteralType,
)
"""Types whose values contain no shapes; a plain dict holds its JSON as received."""


def decode(content: bytes | str, kind: type[T]) -> T:
    """Read ``content`` as ``kind``, with everything that it contains.

    Raises:
        msgspec.DecodeError: not JSON; its subclass ``ValidationError``: JSON of another shape.
    """
    return convert(parse(content), kind)


def parse(content: bytes | str) -> Any:
    """JSON as plain dicts and lists.

    Raises:
        msgspec.DecodeError: it is no JSON, or nested too deeply. UnicodeDecodeError: it is not UTF-8.
    """
    try:
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            return _parse_with_half_letters(content)
    except RecursionError as exc:
        raise msgspec.DecodeError("JSON is nested too deeply") from exc


def convert(raw: Any, kind: type[T]) -> T:
    """Read plain dicts and lists as ``kind``, with everything that they contain.

    Raises:
        msgspec.ValidationError: ``kind`` is a shape, and ``raw`` is no object or lacks what the shape is for.
    """
    try:
        value = codec.convert(raw, kind)  # the fast way, which most answers take
    except msgspec.ValidationError as exc:
        value = lenient.convert(raw, kind)
        _log.info("an answer is not quite as documented: %s", exc)
    _keep(value, raw)
    return value


def encode(value: object) -> bytes:
    """``value`` as JSON, with the unknown fields that its shapes were received with."""
    return msgspec.json.encode(builtins(value))


def builtins(value: object, *, as_it_came: Callable[[Misfit], bool] = lambda _: True) -> Any:
    """``value`` as plain dicts and lists, with the unknown fields that its shapes were received with.

    A value that is not of its field's type is written as received where ``as_it_came`` accepts it; otherwise as it was
    read, which is null, an empty list or an empty object.
    """
    plain = _plain(value)
    _give_back(value, plain, as_it_came)
    return plain


def besides(value: Open, as_it_came: Callable[[Misfit], bool] = lambda _: True) -> dict[str, Any]:
    """What is written with a shape besides its fields: unknown fields, and misfits whose field is unchanged."""
    misfits: dict[str, Misfit] = value.__dict__.get(MISFITS, {})
    untouched = {
        one.name: one.value
        for attribute, one in misfits.items()
        if as_it_came(one) and _plain(getattr(value, attribute)) == one.read_as
    }
    return {**untouched, **value.__dict__.get(UNKNOWN, {})}


def _plain(value: object) -> Any:
    return None if value is UNSET else msgspec.to_builtins(value, enc_hook=codec.enc_hook)


def _parse_with_half_letters(content: bytes | str) -> Any:
    """Read JSON with half of a surrogate pair, as of a text that was cut within an emoji; U+FFFD replaces the half.

    msgspec refuses such JSON.

    Raises:
        msgspec.DecodeError: it is no JSON for another reason. UnicodeDecodeError: it is not UTF-8.
    """
    try:
        whole = json.dumps(json.loads(content), ensure_ascii=False)
    except ValueError as exc:
        if isinstance(exc, UnicodeDecodeError):
            raise
        raise msgspec.DecodeError(str(exc)) from exc
    return msgspec.json.decode(_HALF_LETTER.sub("\N{REPLACEMENT CHARACTER}", whole))


def _keep(value: object, raw: Any) -> None:
    if isinstance(value, list) and isinstance(raw, list):
        # lengths differ where entries did not fit: ``lenient`` has kept the whole list
        for one, one_raw in zip(value, raw, strict=True) if len(value) == len(raw) else ():
            _keep(one, one_raw)
    elif isinstance(value, Struct) and isinstance(raw, dict):
        names, nested = _plan(type(value))
        if not raw.keys() <= names and isinstance(value, Open):
            value.__dict__[UNKNOWN] = {name: field for name, field in raw.items() if name not in names}
        for attribute, name in nested:
            if (inner := getattr(value, attribute)) and name in raw:
                _keep(inner, raw[name])


def _give_back(value: object, plain: Any, as_it_came: Callable[[Misfit], bool]) -> None:
    if isinstance(value, list):
        for one, one_plain in zip(value, plain, strict=True):
            _give_back(one, one_plain, as_it_came)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _give_back(inner, plain[key], as_it_came)
    elif isinstance(value, Struct):
        for attribute, name in _plan(type(value))[1]:
            if name in plain:
                _give_back(getattr(value, attribute), plain[name], as_it_came)
        if isinstance(value, Open):
            plain.update(besides(value, as_it_came))


@cache
def _plan(kind: type[Struct]) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """The names of a shape's fields in JSON, and those whose values may hold shapes, as attribute and name."""
    fields = cast("inspect.StructType", inspect.type_info(kind)).fields
    nested = tuple((field.name, field.encode_name) for field in fields if not _is_leaf(field.type))
    return frozenset(field.encode_name for field in fields), nested


def _is_leaf(kind: inspect.Type) -> bool:
    match kind:
        case inspect.UnionType(types):
            return all(_is_leaf(one) for one in types)
        case inspect.ListType(item_type=entry):
            return _is_leaf(entry)
        case inspect.Metadata(type=inner):
            return _is_leaf(inner)
        case _:
            return isinstance(kind, _LEAVES)
