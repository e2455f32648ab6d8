"""Names that hold a retired word are found; what is allowed, or only read, is not."""

from pathlib import Path

import pytest
from scripts.check_words import GLOSSARY, Finding, Word, findings, parts, retired_words, words_in

from scripts import check_words

TABLE = """
## Retired words

| retired | write instead | except |
|---|---|---|
| `told` | reported, described | |
| `ask` | request, prompt | `ask_minutes`, `ask_invitee` |
| `hand_on` | forward | |
"""
WORDS = retired_words(TABLE)


def test_the_table_has_the_words_with_their_replacements_and_exceptions() -> None:
    assert retired_words(TABLE) == [
        Word("told", ("reported", "described"), ()),
        Word("ask", ("request", "prompt"), ("ask_minutes", "ask_invitee")),
        Word("hand_on", ("forward",), ()),
    ]


def test_a_glossary_without_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of retired words"):
        retired_words("# Glossary\n\n| `told` | reported | |\n")


def test_the_glossary_of_the_project_has_each_word_once() -> None:
    texts = [word.text for word in retired_words(GLOSSARY.read_text("utf-8"))]

    assert set(texts) >= {"deed", "crew", "hand_on"}
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("was_told_at", ("was", "told", "at")),
        ("DeedFailed", ("deed", "failed")),
        ("HTTPAsk2", ("http", "ask", "2")),
        ("_ASKED_FOR", ("asked", "for")),
    ],
)
def test_a_name_is_split_at_underscores_and_capitals(name: str, expected: tuple[str, ...]) -> None:
    assert parts(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("told", ["told"]),
        ("NeverTold", ["told"]),
        ("hand_it_on", []),
        ("_handed", []),
        ("hand_on_told", ["told", "hand_on"]),
        ("ask", ["ask"]),
        ("ask_minutes", []),
        ("reconfirm_ask_minutes_before", []),
        ("ASK_INVITEE", []),
        ("ask_minutes_to_ask", ["ask"]),
        ("task", []),
    ],
)
def test_whole_words_are_found_but_for_the_names_that_are_allowed(name: str, expected: list[str]) -> None:
    assert [word.text for word in words_in(name, WORDS)] == expected


def test_what_a_module_defines_counts_and_what_it_reads_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "told"
    folder.mkdir(parents=True)
    (folder / "ask.py").write_text(
        "import os as told_os\n"
        "class Ask:\n"
        "    told: int\n"
        "def f(told, *, ask_minutes): return told, file.ask(told=1)\n"
        "self.told = told_elsewhere\n"
        "match x:\n"
        "    case {**told}: pass\n"
    )

    assert [str(one).partition(" holds ")[0] for one in findings(tmp_path, ["src"], WORDS)] == [
        f"{Path('src/told/ask.py')}:{line}"
        for line in ("1: ask", "1: told", "1: told_os", "2: Ask", "3: told", "4: told", "5: told", "7: told")
    ]


def test_a_finding_names_the_place_the_name_and_what_to_write() -> None:
    found = Finding(Path("src/a.py"), 7, "was_told", WORDS[0])

    assert str(found) == 'src/a.py:7: was_told holds "told"; write "reported", "described"'


@pytest.mark.parametrize(("source", "code"), [("reported = 1\n", 0), ("told = 1\n", 1)])
def test_the_check_fails_for_findings(
    source: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(source)
    (tmp_path / "glossary.md").write_text(TABLE)
    monkeypatch.setattr(check_words, "ROOT", tmp_path)
    monkeypatch.setattr(check_words, "GLOSSARY", tmp_path / "glossary.md")

    assert check_words.main() == code
    assert len(capsys.readouterr().out.splitlines()) == code
