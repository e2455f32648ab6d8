"""The conditions of flows in YAML: tests of a value, and rows of a table."""

import csv
import os
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from openslot.connector.flows import GiveUp
from openslot.connector.flows.threads import in_thread
from openslot.connector.recipes.errors import located_at
from openslot.connector.recipes.placeholders import Context
from openslot.connector.recipes.templates import compiled, filled

Holds = Callable[[Context], Awaitable[bool]]
_Stamp = tuple[int, int, int]


class TableError(GiveUp):
    """The table lacks columns that the flow needs: trying again won't help."""


class Condition(Struct, forbid_unknown_fields=True):
    """Holds if ``value`` meets every test that is there; or if a row of the table ``csv`` has the values of ``has``."""

    value: Any = UNSET
    equals: Any = UNSET
    is_not: Any = UNSET
    one_of: list[Any] | UnsetType = UNSET
    contains: str | UnsetType = UNSET
    starts_with: str | UnsetType = UNSET
    ends_with: str | UnsetType = UNSET
    is_empty: bool | UnsetType = UNSET
    csv: str | UnsetType = UNSET
    has: dict[str, str] | UnsetType = UNSET

    def compiled(self, folder: Path) -> Holds:
        """The function that checks whether it holds; tables are in ``folder``.

        Raises:
            ValueError: it is neither of the two, or a template can't be read.
        """
        if (self.csv is UNSET) == (self.value is UNSET) or (self.csv is UNSET) != (self.has is UNSET):
            raise ValueError("a condition has a value and tests of it, or csv and has")
        return _test(self) if isinstance(self.csv, UnsetType) else _row(folder / self.csv, self.has)


def compiled_all(conditions: Sequence[Condition], folder: Path) -> tuple[Holds, ...]:
    """The functions that check whether each holds.

    Raises:
        RecipeError: as ``Condition.compiled``, with its place.
    """
    found = []
    for place, condition in enumerate(conditions):
        with located_at(f"conditions[{place}]"):
            found.append(condition.compiled(folder))
    return tuple(found)


def _test(spec: Condition) -> Holds:
    tests = {name: getattr(spec, name) for name in _TESTS if getattr(spec, name) is not UNSET}
    if not tests:
        raise ValueError(f"a condition tests its value by one of {', '.join(_TESTS)}")
    value, wanted = compiled(spec.value), compiled(tests)

    async def holds(context: Context) -> bool:
        found = filled(value, context)
        return all(_TESTS[name](found, one) for name, one in filled(wanted, context).items())

    return holds


def _row(file: Path, has: Any) -> Holds:
    table, wanted = _Table(file, tuple(has)), compiled(has)

    async def holds(context: Context) -> bool:
        row = filled(wanted, context)
        return tuple(map(_plain, row.values())) in await in_thread(table.rows)

    return holds


class _Table:
    """Some columns of a CSV file, read again when it has changed."""

    def __init__(self, file: Path, columns: tuple[str, ...]) -> None:
        self._file = file
        self._columns = columns
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._rows: frozenset[tuple[str, ...]] = frozenset()

    def rows(self) -> frozenset[tuple[str, ...]]:
        """The values of the columns in every row, as ``_plain`` makes them. Blocks.

        Raises:
            OSError: the file is not there. TableError: a column is not.
        """
        with self._lock, self._file.open(encoding="utf-8-sig", newline="") as lines:
            status = os.fstat(lines.fileno())
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            if stamp != self._stamp:
                reader = csv.DictReader(lines)
                missing = set(self._columns) - set(reader.fieldnames or ())
                if missing:
                    raise TableError(f"{self._file.name} has no column {', '.join(sorted(missing))}")
                self._rows = frozenset(tuple(_plain(row[name]) for name in self._columns) for row in reader)
                self._stamp = stamp
            return self._rows


def _same(one: Any, other: Any) -> bool:
    return bool(one == other or _plain(one) == _plain(other))


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "is_not": lambda found, wanted: not _same(found, wanted),
    "one_of": lambda found, wanted: any(_same(found, one) for one in wanted),
    "contains": lambda found, wanted: (
        any(_same(one, wanted) for one in found) if isinstance(found, list) else _plain(wanted) in _plain(found)
    ),
    "starts_with": lambda found, wanted: _plain(found).startswith(_plain(wanted)),
    "ends_with": lambda found, wanted: _plain(found).endswith(_plain(wanted)),
    "is_empty": lambda found, wanted: (found is None or found in ("", [], {})) == wanted,
}
"""Letters' case does not count."""
