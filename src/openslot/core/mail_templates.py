"""Texts that an organization writes for its mails. Variables such as ``{event}`` stand for facts of the meeting.

A template holds text alone: nothing in it is executed, and what a variable stands for is never read as a template.
"""

import re
from collections.abc import Mapping

from openslot.core.errors import FieldError
from openslot.wire.characters import is_seen, one_line, stripped

VARIABLES = ("event", "host", "invitee", "date", "time", "timezone", "location", "reason")
"""``host`` and ``invitee`` are names; ``date``, ``time`` and ``timezone`` are as the reader writes and lives them."""
_VARIABLE = re.compile(r"\{\s*(\w+)\s*\}")


def check(subject: str | None, opening: str | None, *, is_title: bool, errors: list[FieldError]) -> None:
    """Append what is wrong with a template to ``errors``.

    ``is_title``: calendars take the subject as the title of the meeting, so it has to name that (faces, section 3).
    """
    for parameter, text in (("subject", subject), ("opening", opening)):
        unknown = [name for name in _VARIABLE.findall(text or "") if name not in VARIABLES]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            errors.append(FieldError(parameter, f"has no variable {{{unknown[0]}}}; there are {known}"))
        elif text is not None and not is_seen(text):
            errors.append(FieldError(parameter, "must be filled, or null"))
    if is_title and subject is not None and "event" not in _VARIABLE.findall(subject):
        errors.append(FieldError("subject", "must hold {event}: calendars take it as the title of the meeting"))


def subject(template: str, values: Mapping[str, str]) -> str:
    """The subject on one line; a variable without a value is left out."""
    return one_line(_filled(template, values))


def paragraphs(template: str, values: Mapping[str, str]) -> list[str]:
    """The paragraphs of a text, which blank lines separate; a paragraph may have several lines."""
    parts = re.split(r"\n\s*\n", template.replace("\r\n", "\n"))
    return [text for part in parts if (text := stripped(_filled(part, values)))]


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), template)
