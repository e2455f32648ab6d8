"""Every catalogue holds every message of templates and code, translated and confirmed."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from openslot.i18n import extraction, languages

TRANSLATED = [code for code in languages.codes() if code != languages.SOURCE]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
SPACE = re.compile(r"^\s+|\s+$")


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def messages(code: str) -> Iterator[Message]:
    return (message for message in extraction.read(code) if message.id)


def test_the_languages_that_pages_are_written_in_are_there() -> None:
    assert {"de", "es", "fr", "it", "nl", "pt", "th", "uk"} <= set(TRANSLATED)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_complete_and_nothing_in_it_is_fuzzy(code: str) -> None:
    assert extraction.untranslated(extraction.read(code)) == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_holds_the_messages_of_the_sources_and_no_others(code: str) -> None:
    sources = {message.id for message in extraction.messages() if message.id}
    assert {message.id for message in messages(code)} == sources


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_in_what_its_message_does(code: str) -> None:
    for message in messages(code):
        wanted = sorted(PLACEHOLDER.findall(texts(message.id)[-1]))
        for text in filter(None, texts(message.string)):
            assert sorted(PLACEHOLDER.findall(text)) == wanted, message.id
            assert text.count("%") == len(wanted), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_begins_and_ends_with_the_space_that_its_message_does(code: str) -> None:
    for message in messages(code):
        for source in texts(message.id):
            for text in filter(None, texts(message.string)):
                assert SPACE.findall(text) == SPACE.findall(source), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_written_as_the_update_would_write_it(
    code: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = languages.path_of(code).read_bytes()
    monkeypatch.setattr(languages, "FOLDER", tmp_path_factory.mktemp("locale"))
    languages.path_of(code).parent.mkdir(parents=True)
    languages.path_of(code).write_bytes(kept)
    assert extraction.update(code) == 0
    assert languages.path_of(code).read_bytes() == kept


def test_a_new_language_begins_with_every_message_and_none_translated(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages, "FOLDER", tmp_path_factory.mktemp("locale"))
    needed = [
        message for message in extraction.messages()
        if message.id and not all(file.startswith(extraction.OF_CONSOLE) for file, _ in message.locations)
    ]  # fmt: skip
    assert extraction.update("pl") == len(needed)
