"""Links by which hosts answer booking requests. Source: ADR 0043."""

from uuid import uuid4

import pytest

from openslot.security.answer_links import Answerable, read, token


def test_a_link_is_for_one_request_and_one_host() -> None:
    meant = Answerable(uuid4(), uuid4())

    assert read("key", token("key", meant)) == meant
    assert read("other", token("key", meant)) is None


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: text + "A", lambda text: "A" + text[1:]])
def test_a_link_that_was_changed_is_none(change: object) -> None:
    made = token("key", Answerable(uuid4(), uuid4()))
    assert callable(change)
    assert change(made) == made or read("key", change(made)) is None
    assert read("key", "é" * len(made)) is None
