"""Addresses and names of people, as they are kept. What takes one, and what looks for one, comes here (ADR 0019)."""

import re
import unicodedata
from collections.abc import Iterable

import email_validator
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from openslot.wire.characters import address_key, one_line, tidy_address

LONGEST_EMAIL = 254
LONGEST_NAME = 255

# Names such as .test, .example and localhost are real in networks of one's own: nobody is asked whether mail arrives.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

_TAKEN_ONCE = re.compile(r"[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,64}@[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,190}")


def email_address(text: str) -> str | None:
    """``text`` as the address to keep, or None where it is none.

    What is not seen is left out and full-width letters are folded. A domain in other letters is kept in these and in
    lower case; what ASCII holds stays as it is typed, case included. Source: RFC 5321, 5322, 6531; IDNA 2008.
    """
    checked = _checked(text)
    if checked is None:
        return None
    tidy = tidy_address(text)
    if checked.domain == checked.ascii_domain and tidy.isascii():
        return tidy
    if tidy_address(checked.normalized) == checked.normalized:
        return checked.normalized
    return f"{checked.local_part}@{checked.ascii_domain}"  # the domain's own letters hold a joiner


def known_address(text: str) -> str | None:
    """An address to look for: as ``email_address``, or one that was kept when less was refused; None: neither."""
    address = email_address(text)
    if address is not None:
        return address
    tidy = tidy_address(text)
    return tidy if _was_taken(tidy) else None


def spellings(text: str) -> list[str]:
    """How the address may be kept: its domain in its own letters, or in ASCII. Case is for the database to ignore."""
    checked = _checked(text)
    if checked is None:
        return [tidy_address(text)]
    return list(dict.fromkeys([checked.normalized, f"{checked.local_part}@{checked.ascii_domain}"]))


def is_same_address(one: str, other: str) -> bool:
    """Whether both are one person's address, however each is written."""
    return address_key(one) == address_key(other)


def different_addresses(texts: Iterable[str]) -> list[str]:
    """Each person's address once, as it is first written."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(address_key(text), text)
    return list(found.values())


def person_name(*parts: str | None) -> str:
    """A name to keep, of its parts: one line; empty where nothing of it is seen."""
    return " ".join(filter(None, (one_line(part) for part in parts if part)))


def _checked(text: str) -> ValidatedEmail | None:
    tidy = tidy_address(text)
    if len(tidy) > LONGEST_EMAIL or not unicodedata.is_normalized("NFKC", tidy):  # a dot or an @ in disguise
        return None
    try:
        checked = validate_email(tidy, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        return None
    domain = checked.ascii_domain
    return checked if "." in domain or domain == "localhost" else None


def _was_taken(text: str) -> bool:
    """Whether this was an address before its syntax was read by the book: ``a..b@example.org`` was one."""
    labels = text.rpartition("@")[2].split(".")
    return (
        len(text) <= LONGEST_EMAIL
        and _TAKEN_ONCE.fullmatch(text) is not None
        and len(labels) > 1
        and not any(label.startswith("-") or label.endswith("-") or not label for label in labels)
    )
