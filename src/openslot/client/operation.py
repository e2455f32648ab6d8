"""An operation: method, path, parameters, body and answer, in one class declaration.

A field that is named in the path fills it, with an id or a whole URI. ``body`` is sent as JSON, or as it is if it is
bytes. Every other field is a query parameter, which is left out while ``None``.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from msgspec import UNSET, Struct

from openslot.client import answers
from openslot.client.errors import BrokenPages
from openslot.client.messages import Request, resource_id
from openslot.client.parameters import Count, PageToken
from openslot.wire import codec, common
from openslot.wire.common import Open, Page

T = TypeVar("T")
R = TypeVar("R")

_PLACE = re.compile(r"\{(\w+)\}")
_BODY = "body"
FILE_TYPE = "application/octet-stream"
"""The type of a body that is a file; what it is, its content shows."""
_OK, _CREATED, _NO_CONTENT = 200, 201, 204


class Operation(Struct, Generic[R]):
    """A call that answers with an ``R``. Declare operations by the subclasses below."""

    method: ClassVar[str] = "GET"
    path: ClassVar[str]
    scopes: ClassVar[tuple[str, ...]]
    """A token with any of these may make the call; ``:write`` includes ``:read``."""
    answers_with: ClassVar[int | None] = None
    """The status of a success, if it is not the usual one."""
    absent: ClassVar[str] = ""
    """When the call is answered with 404 although it names nothing, if ever."""
    conflicts: ClassVar[str] = ""
    """When the call is answered with 409, if ever."""
    refuses: ClassVar[str] = ""
    """When the call is answered with 400 for the state that something is in, if ever."""

    def request(self, base_url: str) -> Request:
        """The request that makes this call.

        Raises:
            ValueError: a part of the path is neither an id nor a URI.
        """
        places = _PLACE.findall(self.path)
        url = base_url + _PLACE.sub(lambda place: resource_id(getattr(self, place[1])), self.path)
        query = {
            name: _query_text(value)
            for name in self.__struct_fields__
            if name not in places and name != _BODY and (value := getattr(self, name)) is not None
        }
        body = getattr(self, _BODY, None)
        address = f"{url}?{urlencode(query)}" if query else url
        if isinstance(body, bytes):
            return Request(self.method, address, body, {"Content-Type": FILE_TYPE})
        return Request(self.method, address, None if body is None else codec.encode(without_defaults(body)))

    def read(self, content: bytes) -> R:
        """The answer in the body of a success.

        Raises:
            msgspec.DecodeError: it is not of the documented shape.
        """
        raise NotImplementedError

    @classmethod
    def answer(cls) -> Any:
        """The type in the brackets of the declaration."""
        return get_args(cls.__orig_bases__[0])[0]  # type: ignore[attr-defined]  # typing sets it on every subclass

    @classmethod
    def envelope(cls) -> Any:
        """The type of the whole body of a success; ``None`` if it has none."""
        raise NotImplementedError

    @classmethod
    def success(cls) -> int:
        """The status of a success."""
        return cls.answers_with or (_CREATED if cls.method == "POST" else _OK)


class One(Operation[T], Generic[T]):
    """Answers with one resource."""

    def read(self, content: bytes) -> T:
        envelope: common.Resource[T] = _decode(content, self.envelope())
        return envelope.resource

    @classmethod
    def envelope(cls) -> Any:
        return common.Resource[cls.answer()]  # type: ignore[misc]


class Many(Operation[Page[T]], Generic[T], kw_only=True):
    """Answers with a page of resources."""

    count: Count | None = None
    """Rows per page, 1 to 100. Left out: 20."""
    page_token: PageToken | None = None
    """The ``next_page_token`` or ``previous_page_token`` of another page."""

    def read(self, content: bytes) -> Page[T]:
        page: Page[T] = _decode(content, self.envelope())
        return page

    @classmethod
    def envelope(cls) -> Any:
        return Page[cls.answer()]  # type: ignore[misc]

    def after(self, page: Page[T]) -> Self | None:
        """The call for the page after ``page``, with the same filters; ``None`` at the end.

        Of ``next_page`` only the page token is used: the caller's access token must not be sent to another host, and a
        server behind a proxy may know itself by another name.

        Raises:
            BrokenPages: ``next_page`` has no page token.
        """
        pagination = page.pagination
        token = pagination.next_page_token or _page_token(pagination.next_page)
        if token is None:
            return None
        return msgspec.structs.replace(self, page_token=token)


class Sortable(Many[T], Generic[T], kw_only=True):
    """Answers with a page of resources, in the order that ``sort`` names."""

    sort_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    usual_sort: ClassVar[str] = "created_at:asc"

    sort: str | None = None
    """Comma-separated list of ``field`` or ``field:asc|desc``."""


class All(Operation[list[T]], Generic[T]):
    """Answers with all resources at once, where the API has no pages."""

    def read(self, content: bytes) -> list[T]:
        envelope: common.Collection[T] = _decode(content, self.envelope())
        return envelope.collection

    @classmethod
    def envelope(cls) -> Any:
        return common.Collection[cls.answer()]  # type: ignore[misc]


class Lines(Operation[list[T]], Generic[T]):
    """Answers with all resources at once, one a line (JSON lines). The server sends them as it reads them."""

    def read(self, content: bytes) -> list[T]:
        return [_decode(line, self.envelope()) for line in content.splitlines()]

    @classmethod
    def envelope(cls) -> Any:
        return cls.answer()


class Bare(Operation[T], Generic[T]):
    """Answers with a value without an envelope."""

    def read(self, content: bytes) -> T:
        value: T = _decode(content, self.envelope())
        return value

    @classmethod
    def envelope(cls) -> Any:
        return cls.answer()


class Nothing(Operation[None]):
    """Answers with a status and no body."""

    answers_with: ClassVar[int | None] = _NO_CONTENT

    def read(self, content: bytes) -> None:
        """There is nothing to read."""

    @classmethod
    def envelope(cls) -> None:
        return None


def without_defaults(value: object) -> object:
    """``value`` without the fields that have their default, so that a server gets only what the caller set.

    Required fields stay, ``None`` included: tracking needs all six of its keys (behaviours, section 10). Unknown fields
    stay, too, where a shape of an answer is sent back.
    """
    if isinstance(value, Struct):
        return dict(_set_fields(value))
    if isinstance(value, list):
        return [without_defaults(entry) for entry in value]
    return value


def _set_fields(value: Struct) -> Iterator[tuple[str, object]]:
    config = value.__struct_config__
    if config.tag_field is not None:
        yield config.tag_field, config.tag
    for field in msgspec.structs.fields(value):
        given = getattr(value, field.name)
        default = field.default_factory() if callable(field.default_factory) else field.default
        if given is not UNSET and given != default:  # a required field has no default that it could equal
            yield field.encode_name, without_defaults(given)
    if isinstance(value, Open):
        yield from answers.besides(value).items()


def _decode(content: bytes, kind: Any) -> Any:
    return answers.decode(content, kind)  # a type that is only known at run time


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(codec.Timestamp.of(value))
    return str(value)


def _page_token(next_page: str | None) -> str | None:
    if next_page is None:
        return None
    tokens = parse_qs(urlsplit(next_page).query).get("page_token")
    if not tokens:
        raise BrokenPages("next_page holds no page_token")
    return tokens[0]
