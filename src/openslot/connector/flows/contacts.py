"""The e-mail addresses of an event's invitees and guests, by which ``openslot flow erase`` finds it."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec

from openslot.client import answers
from openslot.wire.characters import address_key, tidy_address


def about_any_of(emails: Collection[str]) -> Callable[[bytes], bool]:
    """Return a check whether a delivery's body is about somebody with one of these addresses, however they are written.

    That is an invitee, a guest, or somebody who gave the address as an answer, as in routing forms; not a host, since
    every meeting of theirs names them. A body that is no event is searched as a whole.
    """
    wanted = {address_key(email) for email in emails}

    def is_about(body: bytes) -> bool:
        try:
            delivery = answers.parse(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            text = tidy_address(body.decode("utf-8", "replace")).lower()
            return any(email in text for email in wanted)
        payload = _field(delivery, "payload")
        texts = _addresses(payload) if isinstance(payload, dict) else _texts(delivery)
        return not wanted.isdisjoint(address_key(text) for text in texts if isinstance(text, str))

    return is_about


def _addresses(payload: Any) -> Iterator[Any]:
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
