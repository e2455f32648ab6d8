"""From a query to finished, typed rows, and pages of them by keyset."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar

import msgspec
from psycopg import AsyncCursor

from openslot.db.pool import Conn
from openslot.wire import codec

R = TypeVar("R", bound=msgspec.Struct)
Params = Mapping[str, Any]


def row_of(kind: type[R]) -> Callable[[AsyncCursor[Any]], Callable[[Sequence[Any]], R]]:
    """A row factory that reads columns into ``kind`` by name; jsonb columns become the structs their fields name."""

    def factory(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], R]:
        # ``description`` would build an object per column, at a third of the cost of a small query
        result = cursor.pgresult
        names = [] if result is None else [(result.fname(i) or b"").decode() for i in range(result.nfields)]
        return lambda values: codec.convert(dict(zip(names, values, strict=True)), kind)

    return factory


async def fetch_all(conn: Conn, kind: type[R], query: LiteralString, params: Params) -> list[R]:
    """Every row of ``query``."""
    async with conn.cursor(row_factory=row_of(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


async def fetch_one(conn: Conn, kind: type[R], query: LiteralString, params: Params) -> R | None:
    """The first row of ``query``, or None."""
    async with conn.cursor(row_factory=row_of(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()


class Key(NamedTuple):
    """A column of the sort order."""

    column: LiteralString
    descending: bool = False
    attribute: str = ""
    """Of the row, where it is not the column's last name."""


class PageRequest(NamedTuple):
    """A page: ``limit`` rows after (or before) the row whose key values are ``cursor``.

    ``keys`` end with a unique column, so the order is total and rows added meanwhile shift no page.
    """

    keys: tuple[Key, ...]
    limit: int
    cursor: tuple[Any, ...] | None = None
    backward: bool = False


class PageOf(NamedTuple, Generic[R]):
    """One page of rows, in the requested order; ``next`` and ``previous`` are the cursors of its neighbours."""

    rows: list[R]
    next: tuple[Any, ...] | None
    previous: tuple[Any, ...] | None


async def fetch_page(
    conn: Conn,
    kind: type[R],
    query: LiteralString,
    conditions: Sequence[LiteralString],
    params: Params,
    page: PageRequest,
) -> PageOf[R]:
    """One page of ``query`` (a SELECT without WHERE) under ``conditions``, one statement.

    Each key must be readable as an attribute of ``kind`` (``event_types.name`` as ``name``).
    """
    values = dict(params)
    if page.cursor is not None:
        values |= {f"_key_{index}": value for index, value in enumerate(page.cursor)}
    statement = _page_statement(query, tuple(conditions), page.keys, page.backward, page.cursor is not None)
    rows = await fetch_all(conn, kind, statement, values | {"_limit": page.limit + 1})
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    if page.backward:
        rows.reverse()
    first = _cursor_of(rows[0], page.keys) if rows else page.cursor
    last = _cursor_of(rows[-1], page.keys) if rows else page.cursor
    came_from_before = page.cursor is not None and not page.backward
    came_from_after = page.cursor is not None and page.backward
    return PageOf(
        rows,
        next=last if came_from_after or (more and not page.backward) else None,
        previous=first if came_from_before or (more and page.backward) else None,
    )


def _cursor_of(row: msgspec.Struct, keys: Sequence[Key]) -> tuple[Any, ...]:
    return tuple(getattr(row, key.attribute or key.column.rpartition(".")[2]) for key in keys)


@lru_cache(maxsize=1000)
def _page_statement(
    query: LiteralString,
    conditions: tuple[LiteralString, ...],
    keys: tuple[Key, ...],
    backward: bool,  # noqa: FBT001 -- the cache knows positions
    has_cursor: bool,  # noqa: FBT001
) -> LiteralString:
    """The statement of a page.

    It is kept: there are only as many as lists, filters and orders, and making one takes as long as reading rows.
    """
    directions = [key.descending != backward for key in keys]
    clauses = [*conditions, *([_beyond(keys, directions)] if has_cursor else [])]
    order = ", ".join([
        f"{key.column} {'DESC' if descending else 'ASC'}" for key, descending in zip(keys, directions, strict=True)
    ])  # fmt: skip
    return f"{query} WHERE {' AND '.join(clauses)} ORDER BY {order} LIMIT %(_limit)s"


def _beyond(keys: Sequence[Key], directions: Sequence[bool]) -> LiteralString:
    """The rows after the cursor. One direction for all columns is a row comparison, which an index serves whole."""
    columns = [key.column for key in keys]
    holders: list[LiteralString] = [f"%(_key_{_NUMBERS[index]})s" for index in range(len(keys))]
    if len(set(directions)) == 1:
        return f"({', '.join(columns)}) {'<' if directions[0] else '>'} ({', '.join(holders)})"
    alternatives: list[LiteralString] = []
    for index, descending in enumerate(directions):
        equal = [f"{columns[i]} = {holders[i]}" for i in range(index)]
        beyond: LiteralString = f"{columns[index]} {'<' if descending else '>'} {holders[index]}"
        alternatives.append(f"({' AND '.join([*equal, beyond])})")
    return f"({' OR '.join(alternatives)})"


_NUMBERS: tuple[LiteralString, ...] = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
"""Of the columns of an order."""
