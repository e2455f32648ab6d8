"""What every resource of the API uses: open shapes, envelopes, pages, errors, tracking."""

from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import UNSET, Struct, UnsetType

T = TypeVar("T")

UNKNOWN = "_unknown"
"""The attribute in which ``Open`` keeps fields that this version does not know."""
MISFITS = "_misfits"
"""The attribute in which ``Open`` keeps values that are not of their field's type."""


class Misfit(NamedTuple):
    """A value that is not of its field's type."""

    name: str
    """The field's name in JSON."""
    value: Any
    """The value as received."""
    read_as: Any
    """The value that the field has instead, as plain JSON."""


KEYS_OF = "keys_of"
"""In ``Meta.extra`` of a list of free objects: the shape whose fields are the keys that they may have."""
URI_OF = "uri_of"
"""In ``Meta.extra`` of a text: the resource whose URI it is, named as in paths."""


SENT_AS = "sent_as"
"""A class variable of shapes: JSON Schema keywords that hold in requests, in addition to those of the field types."""
ANSWERED_AS = "answered_as"
"""The same for answers: what is in values that the client takes as they come."""


class Open(Struct, dict=True):  # dict: unknown fields are kept in ``__dict__``
    """A shape of the API's answers; the client keeps what an answer has beyond its fields.

    Neither ``==`` nor msgspec looks at what is kept so.
    """

    @property
    def unknown(self) -> dict[str, Any]:
        """What the JSON had and no field holds, as received.

        These are fields that this version does not know, and values that are not of the documented type.
        """
        misfits: dict[str, Misfit] = self.__dict__.get(MISFITS, {})
        return {**{one.name: one.value for one in misfits.values()}, **self.__dict__.get(UNKNOWN, {})}


class Resource(Struct, Generic[T]):
    """The envelope of one resource."""

    resource: T


class Pagination(Open):
    """Links to the neighbouring pages; ``None`` at either end."""

    count: int
    """Rows on this page, not the limit of the request."""
    next_page: str | None
    previous_page: str | None
    next_page_token: str | None = None
    previous_page_token: str | None = None


class Page(Open, Generic[T]):
    """The envelope of a page of resources."""

    collection: list[T]
    pagination: Pagination


class Collection(Struct, Generic[T]):
    """The envelope of a whole list, where the API has no pages (available times)."""

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
    """The public profile that an event type belongs to."""

    type: str
    """``User`` or ``Team``."""
    name: str
    owner: str
    """URI of the user or team."""
