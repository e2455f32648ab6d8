"""Refuses names that hold a retired word; part of ``make check``.

The last table of ``docs/glossary.md`` has the words, what to write instead, and the names that are allowed. Texts are
not checked: there such a word may be the right one.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
FOLDERS = ("src", "tests", "scripts", "bench", "examples")

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
Parts = tuple[str, ...]


class Word(NamedTuple):
    """A retired word, or several in a row such as ``hand_on``."""

    text: str
    instead: tuple[str, ...]
    exceptions: tuple[str, ...]
    """Names in which the word is allowed, such as ``ask_minutes``."""


class Finding(NamedTuple):
    """A name that holds a retired word."""

    path: Path
    line: int
    name: str
    word: Word

    def __str__(self) -> str:
        instead = ", ".join(f'"{one}"' for one in self.word.instead)
        return f'{self.path}:{self.line}: {self.name} holds "{self.word.text}"; write {instead}'


def retired_words(glossary: str) -> list[Word]:
    """The words of the table under "Retired words".

    Raises:
        ValueError: the table is missing, or has no row.
    """
    _, _, section = glossary.partition("\n## Retired words\n")
    words = [
        Word(text, tuple(one.strip() for one in instead.split(",")), tuple(re.findall(r"`(\w+)`", exceptions)))
        for text, instead, exceptions in _ROW.findall(section)
    ]
    if not words:
        raise ValueError("the glossary has no table of retired words")
    return words


def parts(name: str) -> Parts:
    """The words of a name in snake_case or CamelCase, in lower case."""
    return tuple(part.lower() for part in _PART.findall(name))


def words_in(name: str, words: Iterable[Word]) -> Iterator[Word]:
    """The retired words that a name holds, except within the names that are allowed."""
    known = parts(name)
    for word in words:
        if word.text.partition("_")[0] in known:
            rest = known
            for exception in word.exceptions:
                rest = _without(rest, parts(exception))
            if _position(rest, parts(word.text)) is not None:
                yield word


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names that a module defines, with their lines; names that it only reads are defined elsewhere."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield line, name
            case ast.alias(asname=str(name)):
                yield line, name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield line, name
            case ast.MatchMapping(rest=str(name)):
                yield line, name
            case _:
                pass


def findings(root: Path, folders: Iterable[str], words: Iterable[Word]) -> Iterator[Finding]:
    """What the names of all Python files in the folders hold, with paths relative to ``root``."""
    known = list(words)
    begins = re.compile("|".join(word.text.partition("_")[0] for word in known), re.IGNORECASE)  # most names hold none
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root)
            modules = [(1, part) for part in (*path.parts[1:-1], file.stem)]
            names = [*modules, *names_in(ast.parse(file.read_text(encoding="utf-8"), str(file)))]
            for line, name in sorted(one for one in names if begins.search(one[1])):
                for word in words_in(name, known):
                    yield Finding(path, line, name, word)


def main() -> int:
    """Print the findings, and return the exit code: 1 if there are any."""
    found = list(findings(ROOT, FOLDERS, retired_words(GLOSSARY.read_text(encoding="utf-8"))))
    for one in found:
        print(one)
    if found:
        print(f"{len(found)} names hold retired words; see {GLOSSARY.relative_to(ROOT)}", file=sys.stderr)
    return 1 if found else 0


def _position(known: Parts, wanted: Parts) -> int | None:
    starts = range(len(known) - len(wanted) + 1)
    return next((start for start in starts if known[start : start + len(wanted)] == wanted), None)


def _without(known: Parts, removed: Parts) -> Parts:
    """``known`` with a gap for each place of ``removed``, so that its neighbours do not become one word."""
    while (start := _position(known, removed)) is not None:
        known = (*known[:start], "", *known[start + len(removed) :])
    return known


if __name__ == "__main__":
    sys.exit(main())
