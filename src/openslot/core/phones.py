"""Parses phone numbers as they are typed and pasted into E.164. An ambiguous text is refused, never guessed.

Source: behaviours, section 2; ADR 0019; RFC 3966; the numbering plans that the ``phonenumbers`` library carries.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from openslot.wire.characters import without_unseen


class PhoneProblem(StrEnum):
    """Why a text is refused as a number; the values are messages of the API."""

    COUNTRY_CODE = "must begin with the country code, such as +39"
    EXTENSION = "must have no extension"
    WRONG = "is not a valid phone number"


_MAX_OF_NUMBER, _MIN_OF_NUMBER = 10, 5
"""Digits around a slash: at least so many before it are a whole number, and fewer than so many behind it are the ending
of a second number."""
MAX_TEXT_LENGTH = 250
"""In characters, more than any number needs."""

_LABEL = re.compile(r"^(?:tel(?:efono|efon|ephone)?|phone|mobile|cell)\b[.:\s]*")
_SIGNS = re.compile(r"^[^\w+()\[\]]+|[^\w+()\[\]#]+$")
"""Signs around a number, such as a telephone symbol before it or a full stop behind it."""
_EXTENSION = re.compile(
    r"\d[\s.,;()\-]*(?:(?:extension|extn?|xt?|int(?:erno)?|anexo|доб)[\s.:=]*|[#,;]\s*)\d{1,9}[\s)#]*$"
)
_WRITTEN = re.compile(r"[\s(\[]*(?P<plus>\+?)(?P<rest>[\s\d\-./()\[\]]+)")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_ABROAD, _ABROAD_IN_AMERICA = "00", "011"
"""The prefixes dialled before a country code: as recommended by the ITU, and in North America. Numbers of Turin begin
with 011 as well."""


def phone_number(text: str) -> str | None:
    """``text`` as E.164 (``+390655500123``), or None where it is no such number."""
    found = read_phone(text)
    return None if isinstance(found, PhoneProblem) else found


def calling_code(country: str) -> int | None:
    """What numbers of a country (``IT``) begin with, such as 39; None where there is no such country."""
    return phonenumbers.country_code_for_region(country) or None


def countries() -> frozenset[str]:
    """The codes of the countries and territories that have telephone numbers of their own."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def country_of(number: str) -> str | None:
    """The country (``IT``) of a number in E.164; None where it belongs to none alone, as satellites' do."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return None


def read_phone(text: str, country: str = "") -> str | PhoneProblem:
    """``text`` as E.164, or what is wrong with it.

    A number without a country code is one of ``country`` (``IT``), as people dial it there, if one is given. Spaces,
    hyphens, brackets and digits of any script are accepted, and so are ``tel:``, ``00`` and the zero in ``+44 (0)20``.
    The length must be possible in the number's country; the number need not be assigned to anybody.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return PhoneProblem.WRONG
    plain = _plain(text)
    if _EXTENSION.search(plain):
        return PhoneProblem.EXTENSION
    if _is_two(plain):
        return PhoneProblem.WRONG
    found = _read(plain)
    if isinstance(found, PhoneProblem) and "+" not in plain and country in phonenumbers.SUPPORTED_REGIONS:
        return _at_home(plain, country)
    return found


def _at_home(plain: str, country: str) -> str | PhoneProblem:
    """The number that ``plain`` reaches when it is dialled in ``country``, prefixes for calls abroad included.

    It must be of a range that is assigned: the country may be a guess, in which few numbers of others have a meaning.
    """
    written = _WRITTEN.fullmatch(plain)
    try:
        number = phonenumbers.parse(_digits(plain), country)
    except NumberParseException:
        return PhoneProblem.WRONG
    if written is None or not phonenumbers.is_valid_number(number):
        return PhoneProblem.WRONG
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_two(plain: str) -> bool:
    """Whether the text abbreviates two numbers, as in ``+39 06 5550 0123/24``; ``+49 30/1234567`` is one number."""
    before, _, behind = plain.rpartition("/")
    whole = len(_digits(before)) >= _MAX_OF_NUMBER and not isinstance(_read(before), PhoneProblem)
    return whole and len(_digits(behind)) < _MIN_OF_NUMBER


def _read(plain: str) -> str | PhoneProblem:
    written = _WRITTEN.fullmatch(plain)
    if written is None:
        return PhoneProblem.WRONG
    digits = _digits(written["rest"])
    shorter = _digits(_TRUNK_ZERO.sub("", written["rest"]))
    if written["plus"]:
        return _international(digits.removeprefix("00"), shorter.removeprefix("00")) or PhoneProblem.WRONG
    return _dialled(digits, shorter) if digits else PhoneProblem.WRONG


def _plain(text: str) -> str:
    """The text in lower case, with ASCII digits, hyphens and spaces, without a label such as ``tel:``."""
    plain = "".join(map(_plain_character, unicodedata.normalize("NFKC", without_unseen(text)))).lower()
    if plain.startswith("tel:"):  # a URI, whose parameters follow the number
        number, *parameters = unquote(plain.removeprefix("tel:")).split(";")
        given = dict(one.partition("=")[::2] for one in parameters)
        if not number.strip().startswith("+") and given.get("phone-context", "").startswith("+"):
            number = given["phone-context"] + number
        plain = f"{number} ext {given['ext']}" if given.get("ext") else number
    return _SIGNS.sub("", _LABEL.sub("", _SIGNS.sub("", plain), count=1))


def _plain_character(one: str) -> str:
    if one.isdecimal():
        return str(unicodedata.decimal(one))
    if unicodedata.category(one) == "Pd" or one in "\u2212\u00b7\u2022\u2027\u30fb\u02d7":
        return "-"
    return " " if one.isspace() else one


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _international(digits: str, shorter: str) -> str | None:
    """The number in E.164, from ``digits`` that begin with a country code; None where none fits or two do.

    ``shorter`` are the digits without a zero in brackets.
    """
    number = _possible(digits)
    if digits == shorter:
        return number
    if number is None:
        return _possible(shorter)
    # The library drops the zero where a country dials one at home; elsewhere it may belong to the number (Italy).
    if phonenumbers.ndd_prefix_for_region(_region(number), strip_non_digits=True):
        return number
    readings = [one for one in (number, _possible(shorter)) if one is not None and _is_known(one)]
    return readings[0] if len(readings) == 1 else None


def _dialled(digits: str, shorter: str) -> str | PhoneProblem:
    """The number behind a prefix for calls abroad. A country code is required where the prefix may be part of it."""
    if digits.startswith(_ABROAD):
        return _international(digits.removeprefix(_ABROAD), shorter.removeprefix(_ABROAD)) or PhoneProblem.WRONG
    if digits.startswith(_ABROAD_IN_AMERICA):
        found = _international(digits.removeprefix(_ABROAD_IN_AMERICA), shorter.removeprefix(_ABROAD_IN_AMERICA))
        if found is not None and _readings(digits) == {found}:
            return found
    return PhoneProblem.COUNTRY_CODE


@lru_cache(maxsize=256)  # a form is checked several times with the same number, and each time costs 245 countries
def _readings(digits: str) -> frozenset[str]:
    """The numbers that would be reached by dialling ``digits``, over all countries."""
    found = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        try:
            number = phonenumbers.parse(digits, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.add(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return frozenset(found)


def _region(number: str) -> str:
    code = phonenumbers.parse(number, None).country_code
    return phonenumbers.region_code_for_country_code(0 if code is None else code)


def _is_known(number: str) -> bool:
    """Whether numbers of this range are assigned, according to the library's data."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number, None))


def _possible(digits: str) -> str | None:
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
