"""E-mail addresses and names as they are stored; all code that accepts or looks for one uses this (ADR 0019)."""

import re
import unicodedata
from collections.abc import Iterable

import email_validator
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from openslot.wire.characters import address_key, one_line, tidy_address

MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 255

# Private networks use names such as .test, .example and localhost, so the library must not refuse them.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

_FORMERLY_ACCEPTED = re.compile(r"[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,64}@[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,190}")


def email_address(text: str) -> str | None:
    """``text`` as the address to store, or None where it is not an address.

    Invisible characters are removed and full-width letters folded. A domain in non-ASCII letters is stored in these, in
    lower case; an address in ASCII is stored as typed, case included. Source: RFC 5321, 5322, 6531; IDNA 2008.
    """
    checked = _checked(text)
    if checked is None:
        return None
    tidy = tidy_address(text)
    if checked.domain == checked.ascii_domain and tidy.isascii():
        return tidy
    if tidy_address(checked.normalized) == checked.normalized:
        return checked.normalized
    return f"{checked.local_part}@{checked.ascii_domain}"  # the domain in its own letters contains a joiner


def known_address(text: str) -> str | None:
    """An address to search for: as ``email_address``, or one that earlier versions accepted; None: neither."""
    address = email_address(text)
    if address is not None:
        return address
    tidy = tidy_address(text)
    return tidy if _was_accepted(tidy) else None


def spellings(text: str) -> list[str]:
    """The ways in which an address may be stored: its domain in its own letters or in ASCII. Case is not considered."""
    checked = _checked(text)
    if checked is None:
        return [tidy_address(text)]
    return list(dict.fromkeys([checked.normalized, f"{checked.local_part}@{checked.ascii_domain}"]))


def is_same_address(one: str, other: str) -> bool:
    """Whether both are spellings of the same address."""
    return address_key(one) == address_key(other)


def unique_addresses(texts: Iterable[str]) -> list[str]:
    """The addresses without duplicates, each in its first spelling."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(address_key(text), text)
    return list(found.values())


def person_name(*parts: str | None) -> str:
    """A name as it is stored, joined from its parts: one line; empty where nothing of it is visible."""
    return " ".join(filter(None, (one_line(part) for part in parts if part)))


def _checked(text: str) -> ValidatedEmail | None:
    tidy = tidy_address(text)
    # A text that NFKC would change may contain look-alikes of a dot or an @.
    if len(tidy) > MAX_EMAIL_LENGTH or not unicodedata.is_normalized("NFKC", tidy):
        return None
    try:
        checked = validate_email(tidy, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        return None
    domain = checked.ascii_domain
    return checked if "." in domain or domain == "localhost" else None


def _was_accepted(text: str) -> bool:
    """Whether earlier versions, which checked less of the syntax, accepted this: such as ``a..b@example.org``."""
    labels = text.rpartition("@")[2].split(".")
    return (
        len(text) <= MAX_EMAIL_LENGTH
        and _FORMERLY_ACCEPTED.fullmatch(text) is not None
        and len(labels) > 1
        and not any(label.startswith("-") or label.endswith("-") or not label for label in labels)
    )
