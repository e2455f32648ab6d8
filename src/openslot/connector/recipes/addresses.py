"""The recipients of a mail as a template: it fixes their number and places, and its placeholders fill these in.

A name that a stranger chose can neither be an address nor add one.
"""

import re
import secrets
from collections.abc import Mapping
from email.headerregistry import Address
from email.utils import getaddresses

from msgspec import Struct

from openslot.connector.recipes.escapes import in_header
from openslot.connector.recipes.filters import as_text
from openslot.connector.recipes.placeholders import Context, Placeholder, TemplateError
from openslot.connector.recipes.templates import Template

_ADDRESS = re.compile(r"""(?!.*=\?)[^\s@<>(),:;"\\\[\]\x00-\x1f\x7f]+@[^\s@<>(),:;"\\\[\]\x00-\x1f\x7f]+""")
_SIGNS = re.compile(r'[\x00-\x1f\x7f"(),:;<>@\[\\\]]+')
"""What has a meaning in a header of addresses. Programs differ in how well they keep quoted ones apart."""


class Mailbox(Struct, frozen=True):
    """An address, and perhaps a name to it."""

    name: str
    address: str

    def header(self) -> Address:
        """As headers have it."""
        local, _, domain = self.address.rpartition("@")
        return Address(in_header(self.name), local, domain)

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def mailboxes(template: Template, context: Context) -> list[Mailbox] | None:
    """Those that the template stands for; ``None`` where it names nobody because its lists are empty.

    An empty text is no such list: a misspelling may be behind it.

    A place gives one address, or as many as there are in a list, which ``join`` may follow. Before an address in
    pointed brackets it gives a name. What is ours is read as if it stood in the template.

    Raises:
        TemplateError: as ``Template.render``; or this is no list of addresses, or a place does not give one.
    """
    text = ""
    given: dict[str, list[str]] = {}
    veils = set()
    for part in template.parts:
        if isinstance(part, str):
            text += part
        elif part.is_ours and part.veil(context) is None:
            text += as_text(part.value(context))
        else:
            mark = f"place{secrets.token_hex(8)}"
            given[mark] = _given(part, context)
            text += mark
            veils.add(part.veil(context))
    read = [(name, address) for name, address in getaddresses([text]) if name or address]
    if not all(any(mark in name or mark in address for name, address in read) for mark in given):
        raise TemplateError("addresses stand as in 'a@example.org, Name <b@example.org>'")
    boxes = [box for name, address in read for box in _filled(name, address, given, veils)]
    return boxes if boxes or not given or any(given.values()) else None


def _given(place: Placeholder, context: Context) -> list[str]:
    """The values of a place, one by one: a text that holds several addresses is not several values."""
    is_joined = bool(place.calls) and place.calls[-1].name == "join"
    value = (Placeholder(place.source, place.calls[:-1]) if is_joined else place).value(context)
    return [as_text(one).strip() for one in value] if isinstance(value, list) else [as_text(value).strip()]


def _filled(name: str, address: str, given: Mapping[str, list[str]], veils: set[str | None]) -> list[Mailbox]:
    for mark, values in given.items():
        name = name.replace(mark, _SIGNS.sub(" ", " ".join(values)))
    name = " ".join(name.split())
    addresses = given[address] if address in given else [_whole(address, given)]
    return [Mailbox(name, one if one in veils else _checked(one)) for one in addresses if one]


def _whole(address: str, given: Mapping[str, list[str]]) -> str:
    for mark, values in given.items():
        if mark in address:
            if any("@" in one for one in values):
                raise TemplateError("a part of an address has no @")
            address = address.replace(mark, "".join(values))
    return address


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise TemplateError(f"{address[:80]!r} is no e-mail address")
    return address
