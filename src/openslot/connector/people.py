"""Whom an event is about: what ``openslot flow erase`` goes by."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec import Struct

from openslot.wire.characters import address_key


class _Guest(Struct):
    email: Any = None


class _Meeting(Struct):
    event_guests: list[_Guest] | None = None


class _Answer(Struct):
    answer: Any = None


class _Payload(Struct):
    email: Any = None
    scheduled_event: _Meeting | None = None
    questions_and_answers: list[_Answer] | None = None


class _Delivery(Struct):
    payload: _Payload


def about_any_of(emails: Collection[str]) -> Callable[[bytes], bool]:
    """Tells whether the body of a delivery is about somebody with one of these addresses, however they are written.

    That is who booked, who came along as a guest, and who gave the address as an answer, as in routing forms; not the
    hosts, whom every meeting of theirs names.
    """
    wanted = {address_key(email) for email in emails}
    return lambda body: not wanted.isdisjoint(_addresses(body))


def _addresses(body: bytes) -> set[str]:
    payload = msgspec.json.decode(body, type=_Delivery).payload
    guests = (payload.scheduled_event and payload.scheduled_event.event_guests) or []
    replies = payload.questions_and_answers or []
    texts = [payload.email, *(guest.email for guest in guests), *(reply.answer for reply in replies)]
    return {address_key(text) for text in texts if isinstance(text, str)}
