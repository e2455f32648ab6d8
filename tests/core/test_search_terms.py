"""What a search term of the activity log finds: its regular expression, as PostgreSQL reads it."""

import pytest

from openslot.core.search_terms import MAX_DEPTH, pattern
from openslot.db.pool import Conn

VALUES = ("invitee", "created", "Ada Lovelace", "ada@example.org", "A tour, 100% of the kiln; no-show?", "+39 06 1234")
DOCUMENT = "\x1f".join(VALUES)


@pytest.mark.parametrize(
    "found",
    [
        "ada",
        "ADA love*",
        '"ada lovelace"',
        '"of the kiln"',
        "ada@example.org",
        "example.org",
        "100%",
        "no-show",
        "nobody | ada",
        "nobody|ada",
        "ada + kiln",
        "ada +kiln -nobody",
        "-nobody",
        "- nobody",
        "(nobody | ada) kiln",
        "(nobody | (ada kiln)) + -(canceled | nobody)",
        "ada)",
        "((ada",
        '"ada lovelace',
        "ada | ",
        "() ada",
        "| ada",
        "ada -",
    ],
)
async def test_it_finds(conn: Conn, found: str) -> None:
    assert await matches(conn, found)


@pytest.mark.parametrize(
    "missed",
    [
        "love",
        "ada nobody",
        "ada + nobody",
        "nobody | canceled",
        '"lovelace ada"',
        '"love*"',
        "-ada",
        "ada -kiln",
        "-(nobody | ada)",
        "(nobody | ada) canceled",
        "exampleXorg",
        "a.a",
        ".*",
        "[a-z]",
        "nobody) canceled",
        "kiln \\",
    ],
)
async def test_it_does_not_find(conn: Conn, missed: str) -> None:
    assert not await matches(conn, missed)


@pytest.mark.parametrize("empty", ["", "  ", "()", "|", "(|)", '""', "+", "-", "*", "- | +", ")("])
def test_what_has_no_words_finds_all(empty: str) -> None:
    assert pattern(empty) is None


def test_parentheses_are_nested_so_deeply_at_most() -> None:
    assert pattern("(" * MAX_DEPTH + "ada") == pattern("ada")
    with pytest.raises(ValueError, match="parentheses are nested too deeply"):
        pattern("(" * (MAX_DEPTH + 1) + "ada")


async def matches(conn: Conn, term: str) -> bool:
    cursor = await conn.execute("SELECT %s ~* %s", (DOCUMENT, pattern(term)))
    (found,) = await cursor.fetchone() or (False,)
    return bool(found)
