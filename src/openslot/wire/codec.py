"""JSON in and out for the shapes of this package, and the one timestamp format of the wire."""

import re
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import msgspec

T = TypeVar("T")
D = TypeVar("D", bound=datetime)

# ``fromisoformat`` alone accepts dates, weeks and times without a zone, which the API refuses.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)", re.ASCII)


_isoformat = datetime.isoformat
_BEFORE_OFFSET = 26
"""Characters of an instant with six fractional digits."""


class Timestamp(datetime):
    """An instant as the API writes it: UTC, ISO 8601, six fractional digits, ``Z``.

    A ``datetime`` in every other respect. msgspec alone would drop zero microseconds, which strict clients refuse.
    """

    @classmethod
    def of(cls, instant: datetime) -> Self:
        """The same instant as ``instant`` (aware), in UTC.

        Raises:
            ValueError: ``instant`` is naive.
        """
        if instant.tzinfo is None:
            message = "a timestamp on the wire must be aware"
            raise ValueError(message)
        utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
        return cls(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, UTC)

    def __str__(self) -> str:
        return _isoformat(self, "T", "microseconds")[:_BEFORE_OFFSET] + "Z"


class WholeSeconds(Timestamp):
    """An instant as the API writes it in contacts: without a fraction.

    Source: behaviours, section 2.
    """

    def __str__(self) -> str:
        return f"{Timestamp.__str__(self)[:-8]}Z"


def enc_hook(value: object) -> str:
    """Write a value of a type that msgspec does not know.

    Raises:
        NotImplementedError: it is no ``Timestamp``.
    """
    if isinstance(value, Timestamp):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def dec_hook(kind: type, value: object) -> object:
    """Read a value of a type that msgspec does not know: an instant with ``Z`` or an offset, as ``parse_instant``.

    Raises:
        NotImplementedError: ``kind`` is not ``Timestamp``.
        TypeError: ``value`` is no text. ValueError: it is no instant. msgspec turns both into ``ValidationError``.
    """
    if kind is not Timestamp:
        raise NotImplementedError(kind.__name__)
    if not isinstance(value, str):
        message = f"Expected `str`, got `{'null' if value is None else type(value).__name__}`"  # msgspec's wording
        raise TypeError(message)
    return _read_instant(value, Timestamp)


def parse_instant(text: str) -> datetime:
    """Read ISO 8601 with ``Z`` or an offset, with or without seconds and fraction.

    A time without a zone is refused: read as UTC, a sender's local time would become another meeting.

    Raises:
        ValueError: ``text`` is not such a time.
    """
    return _read_instant(text, datetime)


def _read_instant(text: str, kind: type[D]) -> D:
    message = "invalid"
    # "+01:00" in a query arrives as " 01:00" where the client did not encode the plus sign
    if not _INSTANT.fullmatch(text := text.replace(" ", "+")):
        raise ValueError(message)
    try:
        instant = kind.fromisoformat(text)
        return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(message) from exc


_encoder = msgspec.json.Encoder(enc_hook=enc_hook)


def encode(value: Any) -> bytes:
    """``value`` as JSON, UTF-8, without spaces."""
    return _encoder.encode(value)


def decode(body: bytes | str, kind: type[T]) -> T:
    """Read ``body`` as ``kind``.

    Raises:
        msgspec.DecodeError: not JSON; its subclass ``ValidationError``: JSON of another shape.
    """
    return msgspec.json.decode(body, type=kind, dec_hook=dec_hook)


def convert(value: object, kind: type[T], *, strict: bool = True) -> T:
    """Read plain dicts and lists as ``kind``; with ``strict=False`` numbers and booleans may be strings (queries).

    Raises:
        msgspec.ValidationError: another shape.
    """
    return msgspec.convert(value, kind, strict=strict, dec_hook=dec_hook)
