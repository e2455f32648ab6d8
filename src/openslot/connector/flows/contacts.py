"""Whom an event is about: what ``openslot flow erase`` goes by."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec

from openslot.client import answers
from openslot.wire.characters import address_key, tidy_address


def about_any_of(emails: Collection[str]) -> Callable[[bytes], bool]:
    """Tells whether the body of a delivery is about somebody with one of these addresses, however they are written.

    That is who booked, who came along as a guest, and who gave the address as an answer, as in routing forms; not the
    hosts, whom every meeting of theirs names. Of a body that is no event, whoever is mentioned anywhere.
    """
    wanted = {address_key(email) for email in emails}

    def is_about(body: bytes) -> bool:
        try:
            delivery = answers.parse(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            text = tidy_address(body.decode("utf-8", "replace")).lower()
            return any(email in text for email in wanted)
        payload = _field(delivery, "payload")
        texts = _people(payload) if isinstance(payload, dict) else _texts(delivery)
        return not wanted.isdisjoint(address_key(text) for text in texts if isinstance(text, str))

    return is_about


def _people(payload: Any) -> Iterator[Any]:
    yield _field(payload, "email")
    for guest in _rows(_field(payload, "scheduled_event"), "event_guests"):
        yield _field(guest, "email")
    for reply in _rows(payload, "questions_and_answers"):
        yield _field(reply, "answer")


def _texts(value: Any) -> Iterator[Any]:
    """Every text in ``value``, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield value


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _rows(value: Any, name: str) -> list[Any]:
    found = _field(value, name)
    return found if isinstance(found, list) else []
