"""What every resource of the API uses: openness, envelopes, pages, errors, tracking."""

from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import UNSET, Struct, UnsetType

T = TypeVar("T")

UNKNOWN = "_unknown"
"""Where ``Open`` keeps the fields that have no name here."""
MISFITS = "_misfits"
"""Where ``Open`` keeps the values that are not of their field's type."""


class Misfit(NamedTuple):
    """A value that is not of its field's type."""

    name: str
    """Of the field, in JSON."""
    value: Any
    """As it came."""
    read_as: Any
    """What the field was given instead, as plain JSON."""


KEYS_OF = "keys_of"
"""In ``Meta.extra`` of a list of free objects: the shape that tells which keys they know."""
URI_OF = "uri_of"
"""In ``Meta.extra`` of a text: the resource whose URI it is, as paths name it."""


SENT_AS = "sent_as"
"""A class variable of shapes: JSON Schema keywords that hold where the shape is in a request, beside its types'."""


class Open(Struct, dict=True):
    """A shape of the API's answers: what comes with it beyond its fields is kept beside them by the client.

    Neither ``==`` nor msgspec looks at what is beside the fields.
    """

    @property
    def unknown(self) -> dict[str, Any]:
        """What came with it and is in no field, as it was in the JSON.

        Fields that this version has no name for, and values that are not of the type that the API documents.
        """
        misfits: dict[str, Misfit] = self.__dict__.get(MISFITS, {})
        return {**{one.name: one.value for one in misfits.values()}, **self.__dict__.get(UNKNOWN, {})}


class Resource(Struct, Generic[T]):
    """The envelope of one."""

    resource: T


class Pagination(Open):
    """Where the neighbouring pages are; ``None`` at either end."""

    count: int
    """Rows on this page, not the limit that was asked for."""
    next_page: str | None
    previous_page: str | None
    next_page_token: str | None = None
    previous_page_token: str | None = None


class Page(Open, Generic[T]):
    """The envelope of many."""

    collection: list[T]
    pagination: Pagination


class Collection(Struct, Generic[T]):
    """The envelope of many where the API has no pages (available times)."""

    collection: list[T]


class ErrorDetail(Struct, omit_defaults=True):
    """One parameter that was refused."""

    message: str
    parameter: str | None = None
    code: str | None = None
    """Only on endpoints of 2025 and later, such as ``already_filled``."""


class Error(Struct):
    """The body of every error."""

    title: str
    message: str
    details: list[ErrorDetail] | UnsetType = UNSET
    required_scopes: list[str] | UnsetType = UNSET


class Tracking(Open):
    """Where an invitee came from; each value up to 255 characters."""

    utm_campaign: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None
    salesforce_uuid: str | None = None


class Profile(Open):
    """The public face that an event type belongs to."""

    type: str
    """``User`` or ``Team``."""
    name: str
    owner: str
    """URI of the user or team."""
