"""Pages: query parameters to a page request, and back to tokens and full URLs.

Source: behaviours, section 3. A token is letters and digits; it holds the direction and the key values of one row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, LiteralString, NamedTuple, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Response
from msgspec import Meta, Struct

from openslot.api.decoding import query_values
from openslot.api.replies import reply
from openslot.core import page_tokens
from openslot.core.errors import invalid
from openslot.db.rows import Key, PageOf, PageRequest
from openslot.edges import AnyRequest
from openslot.presenters.uris import Uris
from openslot.wire.common import Page, Pagination

R = TypeVar("R", bound=Struct)
T = TypeVar("T")

DEFAULT_COUNT = 20


class UnsortedPageQuery(Struct, kw_only=True):
    """The query parameters of every paged list. Where there is no ``sort``, it is ignored as any unknown key is."""

    count: Annotated[int, Meta(ge=1, le=100)] = DEFAULT_COUNT
    page_token: str | None = None


class PageQuery(UnsortedPageQuery, kw_only=True):
    """Those of a list that can be sorted."""

    sort: str | None = None


class SortField(NamedTuple):
    """A column that a list may be sorted by, and the type of its values."""

    column: LiteralString
    kind: type[str | int | datetime | UUID]


@dataclass(frozen=True)
class Sorting:
    """What a list may be sorted by: the API's field names, the default, and the column that makes the order total."""

    fields: Mapping[str, SortField]
    default: str
    tiebreak: LiteralString

    def keys(self, sort: str | None) -> tuple[Key, ...]:
        """The sort order for a ``sort`` parameter: comma list of ``field`` or ``field:asc|desc``.

        Raises:
            Invalid: an unknown field or direction.
        """
        directions: dict[LiteralString, bool] = {}
        for part in (sort or self.default).split(","):
            name, colon, direction = part.strip().partition(":")
            if name not in self.fields or (colon and direction not in {"asc", "desc"}):
                raise invalid("sort")
            directions.setdefault(self.fields[name].column, direction == "desc")  # named again, a field sorts nothing
        keys = [Key(column, descending) for column, descending in directions.items()]
        return tuple(keys) if self.tiebreak in directions else (*keys, Key(self.tiebreak, keys[-1].descending))

    def kinds(self, keys: tuple[Key, ...]) -> list[type]:
        by_column: dict[str, type] = {one.column: one.kind for one in self.fields.values()}
        return [by_column.get(key.column, UUID) for key in keys]


def by_creation(table: LiteralString) -> Sorting:
    """The sorting of lists that can be sorted by ``created_at`` only."""
    return Sorting({"created_at": SortField(f"{table}.created_at", datetime)}, "created_at:asc", f"{table}.id")


def page_request(query: UnsortedPageQuery, sorting: Sorting) -> PageRequest:
    """The page that a query requests.

    Raises:
        Invalid: an unknown sort field, or a token that is not one of this list's.
    """
    keys = sorting.keys(query.sort if isinstance(query, PageQuery) else None)
    if query.page_token is None:
        return PageRequest(keys, query.count)
    backward, cursor = page_tokens.read(query.page_token, sorting.kinds(keys))
    return PageRequest(keys, query.count, cursor, backward)


def paged(
    request: AnyRequest, uris: Uris, path: str, query: Struct, page: PageOf[R], present: Callable[[R], T]
) -> Response[bytes]:
    """The answer: presented rows, and the neighbours."""
    return reply(Page([present(row) for row in page.rows], pagination_of(request, uris, path, query, page)))


def pagination_of(request: AnyRequest, uris: Uris, path: str, query: Struct, page: PageOf[R]) -> Pagination:
    """The neighbours of a page as tokens and full URLs with every parameter of the call."""
    next_token = None if page.next is None else page_tokens.write(page.next, backward=False)
    previous_token = None if page.previous is None else page_tokens.write(page.previous, backward=True)
    # What was read, also from a body that held the filters, and whatever else the call named.
    read = {name: value for name in query.__struct_fields__ if (value := getattr(query, name)) is not None}
    parameters = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in read.items()}
    parameters |= query_values(request)

    def url(token: str | None) -> str | None:
        if token is None:
            return None
        ordered = sorted((parameters | {"page_token": token}).items())
        return f"{uris.api}{path}?{urlencode(ordered, quote_via=quote, safe='')}"

    return Pagination(len(page.rows), url(next_token), url(previous_token), next_token, previous_token)
