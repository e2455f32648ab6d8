"""Tables as CSV, which spreadsheets open: a text that would be a formula there is no formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
"""Without it, Excel reads the letters of other languages as those of the machine's old code page."""


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file: a line for the header and one for each row, in UTF-8 (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([inert(one) for one in row])
    return f"{BOM}{text.getvalue()}".encode()


def inert(text: str) -> str:
    """``text`` with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
