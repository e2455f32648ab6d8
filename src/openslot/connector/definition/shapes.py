"""What the definition is made of: operations, parameters, rows, and what people read of them."""

import re
from typing import Any, Literal, Protocol, get_args

from msgspec import UNSET, Struct, UnsetType

from openslot.client.operation import Operation

Language = Literal["en", "it", "th"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Those that everything here has a name in. English and Italian are the public connector's own, slips included."""


class Named(Protocol):
    """An entry with a name to show."""

    @property
    def name(self) -> str: ...

    @property
    def name_it(self) -> str: ...

    @property
    def name_th(self) -> str: ...


def name_in(language: str, named: Named) -> str:
    """The name to show in a language, such as ``it`` or ``th-TH``; in English where there is none in it."""
    names = {"it": named.name_it, "th": named.name_th}
    return names.get(_base(language), named.name)


class Text(Struct, frozen=True):
    """A text of ours, where the public connector has none: a sentence, or the name of a field that has no row."""

    en: str
    it: str
    th: str


def text_in(language: str, text: Text) -> str:
    """The text to show in a language, as ``name_in`` chooses a name."""
    return {"it": text.it, "th": text.th}.get(_base(language), text.en)


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


class Row(Struct, frozen=True):
    """A value that an operation returns or that a definition has."""

    path: str
    """Field names joined by dots, through lists too; ``204`` where the status alone is the answer."""
    type: str
    """A JSON type, a format of string, ``array of`` one, or the name of a definition."""
    name: str
    name_it: str
    name_th: str


class Parameter(Struct, frozen=True):
    """A value that the caller of an operation gives."""

    key: str
    type: str
    required: bool
    name: str
    name_it: str
    name_th: str
    description: Text
    minimum: int | None = None
    """With ``maximum`` and ``default``: of the API. Source: ``tests/contract/calendly-v2.openapi.yaml``."""
    maximum: int | None = None
    default: int | None = None


class Definition(Struct, frozen=True):
    """A shape that rows refer to by name."""

    name: str
    name_it: str
    name_th: str
    description: Text
    shape: type[Struct]
    rows: tuple[Row, ...]


class Action(Struct, frozen=True, kw_only=True):
    """An operation that is called."""

    operation_id: str
    name: str
    name_it: str
    name_th: str
    description: Text
    operation: type[Operation[Any]]
    """What is sent."""
    answer: Any
    """The shape of the whole body that comes back; ``None`` where there is none."""
    parameters: tuple[Parameter, ...] = ()
    returns: tuple[Row, ...] = ()

    @property
    def method_name(self) -> str:
        """The operation's id in snake case: ``get_event_types``, as the method of a connector is called."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.operation_id).lower()

    @property
    def platform_path(self) -> str:
        """Where the connector platform calls it: the operation's path, with the connector's word for an id."""
        return re.sub(r"\{\w+\}", "{uuid}", self.operation.path)


class TriggerDefinition(Struct, frozen=True, kw_only=True):
    """An operation that is subscribed to, and then happens."""

    operation_id: str
    name: str
    name_it: str
    name_th: str
    description: Text
    hint: Text
    """How to make it happen, for who waits for it in a designer."""
    platform_path: str
    """Where the connector platform posts the subscription before its policies rewrite the path to ``operation``'s."""
    operation: type[Operation[Any]]
    unsubscribe: type[Operation[Any]]
    answer: Any
    """The shape of a delivery."""
    events: tuple[str, ...]
    default_event: str
    hidden: tuple[str, ...]
    """Keys of the subscription's body that the connector fills in itself."""
    default_scope: Literal["organization", "user"]
    parameters: tuple[Parameter, ...]
    returns: tuple[Row, ...]


class ConnectionDefinition(Struct, frozen=True, kw_only=True):
    """How the connector proves who it is."""

    parameters: tuple[Parameter, ...]
    request_headers: dict[str, str]
    """Besides ``Authorization``."""
    test: Action
    """What the platform calls to try a connection."""

    @property
    def test_operation_id(self) -> str:
        return self.test.operation_id

    @property
    def test_operation(self) -> type[Operation[Any]]:
        return self.test.operation


class Throttling(Struct, frozen=True, kw_only=True):
    """How often one connection may call."""

    name: str
    name_it: str
    name_th: str
    calls: int
    period_seconds: int


class LimitReached(Struct, rename="camel"):
    """The body of a call above the limit: the platform's where it was ours, ``message`` alone where the API's."""

    message: str
    status_code: int | UnsetType = UNSET


class Failure(Struct, frozen=True):
    """An answer to a call that could not be done."""

    status: str
    """Of HTTP; ``default`` for every other."""
    description: Text
    shape: type[Struct]
