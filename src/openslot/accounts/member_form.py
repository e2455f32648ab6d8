"""What somebody fills in who becomes a member: name, time zone and password."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from openslot.accounts.page import AccountPage
from openslot.accounts.passwords import password_message
from openslot.core.contacts import MAX_NAME_LENGTH, person_name
from openslot.core.passwords import MIN_LENGTH, password_problem
from openslot.html.fields import Field, Filled, first
from openslot.i18n import timezones

TIMEZONE = "timezone"


class MemberFields(NamedTuple):
    """The questions, with what is wrong with their answers."""

    name: Field
    zone: Field
    """The template lists the zones."""
    password: Field


@dataclass(frozen=True, kw_only=True)
class MemberAnswers:
    """What the form holds, and what of it can't be taken, by field."""

    name: str
    zone: ZoneInfo | None
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Filled) -> Self:
        """What was sent."""
        password = (data.get("password") or [""])[0]
        return cls(name=person_name(first(data, "name")), zone=timezones.find(first(data, TIMEZONE)), password=password)

    def checked(self, page: AccountPage, email: str) -> Self:
        """The same with what is wrong, in the reader's words; ``email`` is an address that anybody would guess."""
        errors = {}
        if not 1 <= len(self.name) <= MAX_NAME_LENGTH:
            errors["name"] = page.gettext("Enter a shorter name") if self.name else page.gettext("Enter your name")
        if self.zone is None:
            errors[TIMEZONE] = page.gettext("Choose a time zone")
        problem = password_problem(self.password, email, self.name)
        if problem is not None:
            errors["password"] = password_message(page, problem)
        return replace(self, errors=errors)

    def fields(self, page: AccountPage) -> MemberFields:
        """The questions with these answers; a password is not shown again."""
        return MemberFields(
            Field(
                "name", page.gettext("Your name"), required=True, value=self.name, autocomplete="name",
                error=self.errors.get("name"),
            ),
            Field(TIMEZONE, page.gettext("Time zone"), "select", required=True, error=self.errors.get(TIMEZONE)),
            Field(
                "password", page.gettext("Password"), "password", required=True, autocomplete="new-password",
                hint=page.gettext("At least %(number)s characters", number=MIN_LENGTH),
                error=self.errors.get("password"),
            ),
        )  # fmt: skip
