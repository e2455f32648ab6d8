"""From a query to finished, typed rows, and pages of them by keyset."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar

import msgspec
from psycopg import AsyncCursor, sql

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


async def fetch_all(conn: Conn, kind: type[R], query: LiteralString | sql.Composed, params: Params) -> list[R]:
    """Every row of ``query``."""
    async with conn.cursor(row_factory=row_of(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()


async def fetch_one(conn: Conn, kind: type[R], query: LiteralString | sql.Composed, params: Params) -> R | None:
    """The first row of ``query``, or None."""
    async with conn.cursor(row_factory=row_of(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()


class Key(NamedTuple):
    """A column of the sort order."""

    column: LiteralString
    descending: bool = False


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

    Each key column must be readable as an attribute of ``kind`` by its last name (``event_types.name`` as ``name``).
    """
    clauses: list[sql.Composable] = [sql.SQL(condition) for condition in conditions]
    values = dict(params)
    directions = [key.descending != page.backward for key in page.keys]
    if page.cursor is not None:
        values |= {f"_key_{index}": value for index, value in enumerate(page.cursor)}
        clauses.append(_beyond(page.keys, directions))
    order = sql.SQL(", ").join(
        sql.SQL(key.column) + sql.SQL(" DESC" if descending else " ASC")
        for key, descending in zip(page.keys, directions, strict=True)
    )
    statement = sql.Composed([
        sql.SQL(query), sql.SQL(" WHERE "), sql.SQL(" AND ").join(clauses), sql.SQL(" ORDER BY "), order,
        sql.SQL(" LIMIT %(_limit)s"),
    ])  # fmt: skip
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
    return tuple(getattr(row, key.column.rpartition(".")[2]) for key in keys)


def _beyond(keys: Sequence[Key], directions: Sequence[bool]) -> sql.Composable:
    """The rows after the cursor. One direction for all columns is a row comparison, which an index serves whole."""
    columns = [sql.SQL(key.column) for key in keys]
    holders = [sql.SQL(f"%(_key_{index})s") for index in range(len(keys))]
    if len(set(directions)) == 1:
        operator = sql.SQL(" < " if directions[0] else " > ")
        left, right = sql.SQL(", ").join(columns), sql.SQL(", ").join(holders)
        return sql.SQL("(") + left + sql.SQL(")") + operator + sql.SQL("(") + right + sql.SQL(")")
    alternatives = []
    for index, descending in enumerate(directions):
        equal = [columns[i] + sql.SQL(" = ") + holders[i] for i in range(index)]
        beyond = columns[index] + sql.SQL(" < " if descending else " > ") + holders[index]
        alternatives.append(sql.SQL("(") + sql.SQL(" AND ").join([*equal, beyond]) + sql.SQL(")"))
    return sql.SQL("(") + sql.SQL(" OR ").join(alternatives) + sql.SQL(")")
