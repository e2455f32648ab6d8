"""What a shape refuses in a value: every field at once, by its path as the API writes it.

msgspec stops at the first. Here the value is walked along the shape's own fields, so that one answer names them all.
Source: since-september, section 7.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo

from openslot.core.booking_form import INVALID, MUST_BE_FILLED
from openslot.core.errors import FieldError
from openslot.core.ids import parse_uri
from openslot.wire import codec
from openslot.wire.common import KEYS_OF, URI_OF

T = TypeVar("T")

IS_MISSING = "is missing"
IS_UNKNOWN = "is not a known key"
MAX_ERRORS = 100
"""So many are named; a body of a megabyte could hold many more."""

_LENGTH = re.compile(r"Expected `\w+` of length (?P<bound>[<>]=) (?P<length>\d+)")
_STAND_INS: dict[Any, Any] = {
    str: "", int: 0, float: 0, bool: False, list: [], dict: {}, tuple: [], date: "1970-01-01",
    codec.Timestamp: "1970-01-01T00:00:00Z",
}  # fmt: skip


class Examined(NamedTuple, Generic[T]):
    """A value and what is wrong with it; ``value`` holds stand-ins for that, so that the rest can be looked at."""

    value: T | None
    wrong: list[FieldError]


def examine(value: object, kind: type[T], *, strict: bool, closed: bool) -> Examined[T]:
    """``value`` as ``kind``, or what keeps it from that: wrong and missing fields, and where ``closed`` unknown keys.

    ``null`` for a field that may be left out and can't be ``null`` counts as left out, as typed clients mean it; not
    where leaving out means that something stays as it is. ``value`` is None where even stand-ins make no ``kind``.
    A shape that forbids unknown fields refuses them in any call: those few of Calendly's that do.
    A shape may have a ``missing_message`` for its missing fields, in which ``{path}`` is the field's.
    """
    wrong = _wrong_uris(value, kind) + ([] if strict else _nulls(value, kind))
    if not closed:
        try:
            return Examined(codec.convert(value, kind, strict=strict), wrong)
        except msgspec.ValidationError:
            pass
    walk = _Walk(strict=strict, closed=closed)
    walk.wrong += wrong
    cleaned = walk.value("", value, kind)
    try:
        return Examined(codec.convert(cleaned, kind, strict=strict), walk.wrong)
    except msgspec.ValidationError:
        return Examined(None, walk.wrong or [FieldError("body", INVALID)])


def unrelated(errors: Sequence[FieldError], wrong: Sequence[FieldError]) -> list[FieldError]:
    """Those ``errors`` that come from no stand-in: they are about other fields, or rows of a list, than ``wrong``."""
    return [one for one in errors if not any(_touch(_row(one.parameter), _row(other.parameter)) for other in wrong)]


def _row(path: str) -> str:
    """``questions_and_answers[0].answer`` as ``questions_and_answers[0]``."""
    head, bracket, _ = path.partition("]")
    return head + bracket


def _touch(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


def _wrong_uris(value: object, kind: type) -> list[FieldError]:
    if not isinstance(value, dict):
        return []
    named = [(name, value[name], resource) for name, resource in _uris_of(kind) if isinstance(value.get(name), str)]
    return [FieldError(name, INVALID) for name, uri, resource in named if parse_uri(uri, resource) is None]


def _nulls(value: object, kind: type) -> list[FieldError]:
    """The fields of a query that hold the word null where no text is expected: msgspec would take it for None."""
    named = value if isinstance(value, dict) else {}
    return [
        FieldError(name, INVALID)
        for name in _other_than_text(kind)
        if isinstance(named.get(name), str) and named[name].lower() == "null"
    ]


@cache
def _other_than_text(kind: type) -> list[str]:
    """The fields of a shape that hold no free text."""
    fields = msgspec.structs.fields(kind) if issubclass(kind, Struct) else ()
    return [
        field.encode_name
        for field in fields
        if str not in {_bare(one)[0] for one in [field.type, *get_args(field.type)]}
    ]


@cache
def _uris_of(kind: type) -> list[tuple[str, str]]:
    """The fields of a shape that hold URIs, and of what."""
    found = []
    for field in msgspec.structs.fields(kind) if issubclass(kind, Struct) else ():
        for member in [field.type, *get_args(field.type)]:
            _, metas = _bare(member)
            found += [(field.encode_name, meta.extra[URI_OF]) for meta in metas if meta.extra and URI_OF in meta.extra]
    return found


class _Walk:
    """One walk through a value; each step returns the value as it can be read, and notes what is wrong."""

    def __init__(self, *, strict: bool, closed: bool) -> None:
        self.strict = strict
        self.closed = closed
        self.wrong: list[FieldError] = []

    def value(self, path: str, value: object, kind: Any) -> Any:
        bare, metas = _bare(kind)
        if get_origin(bare) in (Union, UnionType):
            if value is None and NoneType in get_args(bare):
                return None
            members = [one for one in get_args(bare) if one not in (NoneType, UnsetType)]
            one = _member(value, members)
            return self._leaf(path, value, Union[tuple(members)]) if one is None else self.value(path, value, one)  # noqa: UP007 -- made of a list
        if isinstance(bare, type) and issubclass(bare, Struct):
            return self._struct(path, value, bare)
        if get_origin(bare) in (list, tuple):
            return self._list(path, value, kind, get_args(bare)[0], metas)
        return self._leaf(path, value, kind)

    def _struct(self, path: str, value: object, kind: type[Struct]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._note(path, MUST_BE_FILLED if value is None else INVALID)
            muted = _Walk(strict=self.strict, closed=False)  # one error stands for all that is in it
            return muted._struct(path, {}, kind)
        fields = msgspec.structs.fields(kind)
        tag = kind.__struct_config__.tag_field
        cleaned: dict[str, Any] = {} if tag is None else {tag: kind.__struct_config__.tag}
        for field in fields:
            name = field.encode_name
            at = f"{path}.{name}".lstrip(".")
            if name in value and not (value[name] is None and is_as_left_out(field)):
                before = len(self.wrong)
                inner = self.value(at, value[name], field.type)
                if field.required or len(self.wrong) == before or _has_parts(field.type):
                    cleaned[name] = inner
            elif field.required:
                message: str = getattr(kind, "missing_message", IS_MISSING)
                self._note(at, message.format(path=at))
                cleaned[name] = _stand_in(field.type)
        if self.closed or kind.__struct_config__.forbid_unknown_fields:
            known = {field.encode_name for field in fields} | {tag}
            for key in value:
                if key not in known:
                    self._note(f"{path}.{key}".lstrip("."), IS_UNKNOWN)
        return cleaned

    def _list(self, path: str, value: object, kind: Any, item: Any, metas: Sequence[Meta]) -> Any:
        if not isinstance(value, list):
            return self._leaf(path, value, kind)
        before = len(self.wrong)
        bounds: Any = list[Any]
        for meta in metas:
            bounds = Annotated[bounds, meta]
        self._leaf(path, value, bounds)
        if len(self.wrong) > before:
            return []
        known = next((meta.extra[KEYS_OF] for meta in metas if meta.extra and KEYS_OF in meta.extra), None)
        if known is not None:
            self._keys(path, value, known)
        return [self.value(f"{path}[{index}]", one, item) for index, one in enumerate(value)]

    def _keys(self, path: str, value: Sequence[object], kind: type[Struct]) -> None:
        """The unknown keys of free objects; the service that reads those checks the rest."""
        if not self.closed:
            return
        walk = _Walk(strict=self.strict, closed=True)
        for index, one in enumerate(value):
            if isinstance(one, dict):
                walk.value(f"{path}[{index}]", one, kind)
        for error in walk.wrong:
            if error.message == IS_UNKNOWN:
                self._note(error.parameter, IS_UNKNOWN)

    def _leaf(self, path: str, value: object, kind: Any) -> Any:
        try:
            codec.convert(value, kind, strict=self.strict)
        except msgspec.ValidationError as exc:
            self._note(path, _words(str(exc)))
            return _stand_in(kind)
        return value

    def _note(self, path: str, message: str) -> None:
        if len(self.wrong) < MAX_ERRORS:
            self.wrong.append(FieldError(path or "body", message))


def _bare(kind: Any) -> tuple[Any, Sequence[Meta]]:
    """A type without what is annotated, and that."""
    metas: list[Meta] = []
    while get_origin(kind) is Annotated:
        metas += [one for one in kind.__metadata__ if isinstance(one, Meta)]
        kind = kind.__origin__
    return kind, metas


def _member(value: object, members: Sequence[Any]) -> Any:
    """The one of a union's types that ``value`` is to be; None where only msgspec can decide."""
    if len(members) == 1:
        return members[0]
    if not isinstance(value, dict):
        return None
    tagged = [one for one in members if isinstance(one, type) and issubclass(one, Struct)]
    found = [one for one in tagged if value.get(one.__struct_config__.tag_field or "") == one.__struct_config__.tag]
    return found[0] if len(found) == 1 else None


def is_as_left_out(field: FieldInfo) -> bool:
    """Whether ``null`` is as good as nothing: the field has a value of its own without it, and takes no ``null``."""
    if field.required or field.default is UNSET:
        return False
    bare, _ = _bare(field.type)
    return not (get_origin(bare) in (Union, UnionType) and NoneType in get_args(bare))


def _has_parts(kind: Any) -> bool:
    """Whether what is right in a value of the type can be looked at although something in it is wrong."""
    bare, _ = _bare(kind)
    members = [_bare(one)[0] for one in get_args(bare)] if get_origin(bare) in (Union, UnionType) else [bare]
    return any(get_origin(one) is list or (isinstance(one, type) and issubclass(one, Struct)) for one in members)


def _stand_in(kind: Any) -> Any:
    """Something of the type, for a value that is not."""
    bare, _ = _bare(kind)
    if get_origin(bare) in (Union, UnionType):
        members = get_args(bare)
        return None if NoneType in members else _stand_in(members[0])
    if get_origin(bare) is Literal:
        return get_args(bare)[0]
    if isinstance(bare, type) and issubclass(bare, Struct):
        return {
            field.encode_name: _stand_in(field.type) for field in msgspec.structs.fields(bare) if field.required
        } | ({} if bare.__struct_config__.tag_field is None else {"type": bare.__struct_config__.tag})
    return _STAND_INS.get(get_origin(bare) or bare)


def _words(message: str) -> str:
    """Msgspec's words in the API's."""
    if length := _LENGTH.match(message):
        words = "is too long (maximum is {})" if length["bound"] == "<=" else "is too short (minimum is {})"
        return words.format(length["length"])
    return MUST_BE_FILLED if "got `null`" in message else INVALID
