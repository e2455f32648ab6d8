"""Questions for telephone numbers: the country beside the number, and the number that both stand for."""

from openslot.core.phones import PhoneProblem, country_of, read_phone
from openslot.html.assets import countries_path
from openslot.html.fields import Countries, Field, Filled, first
from openslot.html.page import Page
from openslot.i18n import countries

COUNTRY = "-country"
"""Ends the name of the field that holds the country of a number."""


def phone_field(page: Page, name: str, label: str, data: Filled, *, required: bool = False) -> Field:
    """The question for a number. Its country is the one chosen, that of a number filled in, or the reader's.

    The list has likely countries alone; a script adds the others, and a number that begins with + needs none.
    """
    value = first(data, name)
    named = country_of(value) or "" if value.startswith("+") else ""
    chosen = first(data, f"{name}{COUNTRY}") if f"{name}{COUNTRY}" in data else named or page.country
    likely = dict.fromkeys(code for code in (chosen, named, page.country) if code)
    offered = [found for code in likely if (found := countries.option(page.language.locale, code)) is not None]
    known = chosen if any(one.code == chosen for one in offered) else ""
    return Field(
        name,
        label,
        "tel",
        required=required,
        value=value,
        countries=Countries(offered, known, f"{page.prefix}{countries_path(page.language)}"),
        autocomplete="tel",
        missing=page.gettext("Enter your phone number"),
        wrong=_wrong(page, read_phone(value, known), is_at_home=bool(known) and not value.startswith("+")),
    )


def phone_answer(data: Filled, name: str) -> str:
    """The number of a question in E.164, or what was typed where that is none."""
    typed = first(data, name)
    found = read_phone(typed, first(data, f"{name}{COUNTRY}"))
    return typed if isinstance(found, PhoneProblem) else found


def _wrong(page: Page, found: str | PhoneProblem, *, is_at_home: bool) -> str:
    """The sentence for a number that is refused."""
    match found:
        case PhoneProblem.COUNTRY_CODE:
            return page.gettext("Enter a phone number with its country code, such as +39 06 5550 0123")
        case PhoneProblem.EXTENSION:
            return page.gettext("Enter the phone number without its extension, which is not kept")
        case _ if is_at_home:
            return page.gettext("Check the phone number and its country: there is no such number there")
        case _:
            return page.gettext("Check the phone number: no country has one like this")
