"""Phone numbers as they are typed and pasted (ADR 0019)."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from openslot.core.phones import PhoneProblem, country_of, phone_number, read_phone

ROME = "+390655500123"
LONDON = "+442079460958"

NUMBERS = {
    "+390655500123": ROME,
    " +39 06 555 00123 ": ROME,
    "+39 (06) 555-00.123": ROME,
    "+39/06/55500123": ROME,
    "+49 30/12345678": "+493012345678",
    "+ 39 06 5550 0123": ROME,
    "(+39) 06 5550 0123": ROME,
    "[+39] 06 5550 0123": ROME,
    "+1\u00a0202\u00a0555\u00a00123": "+12025550123",
    "+1 (202) 555-0123": "+12025550123",
    "+44 (0)20 7946 0958": LONDON,
    "+44 ( 0 ) 20 7946 0958": LONDON,
    "+44 020 7946 0958": LONDON,
    "+44(0)2079460958": LONDON,
    "+49 (0) 30 1234567": "+49301234567",
    "+7 (0)495 123 4567": "+74951234567",
    "+39 (0)6 5550 0123": ROME,  # whose zero is a part of the number
    "+39 (0)348 123 4567": "+393481234567",  # a mobile, which has none
    "0039 06 5550 0123": ROME,
    "00390655500123": ROME,
    "(0039) 06 5550 0123": ROME,
    "0044 (0)20 7946 0958": LONDON,
    "+0039 06 5550 0123": ROME,
    "011 44 20 7946 0958": LONDON,
    "011 39 06 5550 0123": ROME,
    "\uff0b\uff13\uff19　\uff10\uff16　\uff15\uff15\uff15\uff10　\uff10\uff11\uff12\uff13": ROME,
    "+٣٩ ٠٦ \u0665\u0665\u0665\u0660 ٠١٢٣": ROME,
    "+۳۹ ۰۶ \u06f5\u06f5\u06f5\u06f0 ۰۱۲۳": ROME,
    "+३९ ०६ ५५५० ०१२३": ROME,
    "\u202a+39\u00a006\u20115550\u20120123\u202c": ROME,
    "\u200e+39 06 5550 0123\u200f": ROME,
    "+39\u221206\u20135550\u20140123": ROME,
    "+39\u200906\u202f5550\u30000123": ROME,
    "+39·06·5550·0123": ROME,
    "+39 06\n5550\t0123": ROME,
    "+39-06\u00ad-5550-0123\ufeff": ROME,
    "tel:+39-06-5550-0123": ROME,
    "TEL:+39%2006%205550%200123": ROME,
    "tel:0655500123;phone-context=+39": ROME,
    "Tel. +39 06 5550 0123": ROME,
    "Phone: +39 06 5550 0123.": ROME,
    "\u260e\ufe0f +39 06 5550 0123": ROME,
    "+6625550123": "+6625550123",
    "+80012345678": "+80012345678",
    "+33333333333": "+33333333333",
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_kept_as_e_164_however_it_is_written(text: str) -> None:
    assert read_phone(text) == NUMBERS[text]


WITHOUT_CODE = [
    "06 5550 0123", "0655500123", "020 7946 0958", "(202) 555-0123", "390655500123", "442079460958", "12",
    "011 5550 0123", "011 2345 6789", "0114 496 0123", "tel:0655500123",
    "tel:0655500123;phone-context=example.com",
]  # fmt: skip


@pytest.mark.parametrize("text", WITHOUT_CODE)
def test_a_number_without_its_country_is_refused_and_never_guessed(text: str) -> None:
    assert read_phone(text) == PhoneProblem.COUNTRY_CODE
    assert phone_number(text) is None


@pytest.mark.parametrize(
    "ending",
    [" ext. 5", " ext 5", "ext5", " extension 12", " x5", "x5", " #5", ",5", ",,5#", ";ext=5", " (ext 5)", " int. 3",
     " доб. 7", "\uff1bext=5", " \uff45\uff58\uff54\uff0e\uff15"],
)  # fmt: skip
def test_an_extension_is_refused_by_name_since_no_number_holds_it(ending: str) -> None:
    assert read_phone(f"+39 06 5550 0123{ending}") == PhoneProblem.EXTENSION
    assert read_phone(f"tel:+39-06-5550-0123{ending}") == PhoneProblem.EXTENSION


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "+", "00", "abc", "\u200b", "+39", "+123456", "+1234567", "+12345678", "+123456789012345",
        "+1234567890123456", "+0655500123", "+39O655500123", "+1-800-FLOWERS", "++390655500123",
        "+39 06 5550 0123 / +39 333 1234567", "+39 06 5550 0123/24", "0039 06 5550 0123 / 4",
        "+39 06 5550 0123 or so", "+390655500123abc", "+999 1234567",
        "call me", "+39 06 tel 5550 0123", "+" + "1" * 5000, "+39 06 5550\ud8000123", "\u00b2+39 06 5550 0123",
    ],
)  # fmt: skip
def test_what_no_country_has_is_no_number(text: str) -> None:
    assert read_phone(text) == PhoneProblem.WRONG


EXAMPLES = sorted(
    phonenumbers.format_number(number, PhoneNumberFormat.E164)
    for region in phonenumbers.SUPPORTED_REGIONS
    for number in (
        phonenumbers.example_number_for_type(region, kind)
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    )
    if number is not None
)
BLANKS = ["", " ", "\u00a0", "\u2009", "\u3000", "-", "\u2010", "\u2011", "\u2013", "\u2212", ".", "\u200e", "\u00ad"]
DIGITS = [0x30, 0xFF10, 0x660, 0x6F0, 0x966]


@given(st.data(), st.sampled_from(EXAMPLES))
def test_the_numbers_of_every_country_are_read_in_any_dress(data: st.DataObject, number: str) -> None:
    zero = data.draw(st.sampled_from(DIGITS))
    digits = [chr(zero + int(one)) + data.draw(st.sampled_from(BLANKS)) for one in number[1:]]
    begin = data.draw(st.sampled_from(["+", "\uff0b", "tel:+", "\u202a+", " + "]))

    assert read_phone(begin + "".join(digits)) == number


@given(st.sampled_from(EXAMPLES), st.sampled_from(["00", "011"]))
def test_a_number_dialled_from_abroad_is_that_one_or_refused(number: str, prefix: str) -> None:
    found = read_phone(f"{prefix} {number[1:]}")

    assert found in {number, PhoneProblem.COUNTRY_CODE}
    assert found == number or prefix == "011"


@given(st.sampled_from(EXAMPLES))
def test_a_number_as_it_is_written_at_home_is_never_another_country_s(number: str) -> None:
    parsed = phonenumbers.parse(number, None)

    assert read_phone(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)) in {number, *PhoneProblem}
    assert read_phone(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)) == number


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("06 5550 0123", "IT", "+390655500123"),
        ("011 555 0123", "IT", "+390115550123"),
        ("39 06 5550 0123", "IT", "+390655500123"),
        ("081 234 5678", "TH", "+66812345678"),
        ("001 39 06 5550 0123", "TH", "+390655500123"),
        ("(212) 736-5000", "US", "+12127365000"),
        ("011 39 06 5550 0123", "US", "+390655500123"),
        ("\u0660\u0662\u0660 7946 0958", "GB", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 20 7946 0958", "IT", "+442079460958"),
        ("06 5550 0123", "US", PhoneProblem.WRONG),
        ("06 5550 0123 ext. 4", "IT", PhoneProblem.EXTENSION),
        ("06 5550 0123", "XX", PhoneProblem.COUNTRY_CODE),
        ("06 5550 0123", "", PhoneProblem.COUNTRY_CODE),
        ("my number", "IT", PhoneProblem.WRONG),
        ("+39 06 5550 0123 / 06 5550 0124", "IT", PhoneProblem.WRONG),
    ],
)
def test_a_number_without_a_country_code_is_one_of_the_country_beside_it(
    text: str, country: str, number: str | PhoneProblem
) -> None:
    assert read_phone(text, country) == number


@given(st.sampled_from(EXAMPLES))
def test_the_numbers_of_every_country_are_read_as_they_are_written_there(number: str) -> None:
    parsed = phonenumbers.parse(number, None)
    country = country_of(number)
    assert country is not None

    assert read_phone(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL), country) == number
    assert read_phone(number, country) == number


@given(st.text() | st.text("+0123456789 ()-x٣\uff13"))
def test_a_cleaned_number_is_clean(text: str) -> None:
    cleaned = phone_number(text)

    assert cleaned is None or (cleaned.isascii() and len(cleaned) <= 16 and phone_number(cleaned) == cleaned)
