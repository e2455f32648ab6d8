"""What a value may be where it stands: in a URL, in a header, in a chat message."""

import re
from collections.abc import Collection
from urllib.parse import quote

from openslot.connector.recipes.placeholders import TemplateError

_HOST = re.compile(r"[^/]*//[^/]*")
_LABEL = re.compile(r"(?<=[/@.])[A-Za-z0-9-]+(?=\.)")
"""One that is whole, and not the last of a host."""
_CALLING = re.compile(r"(?<![\w.+-])@|@(?=everyone|here|(?:channel|all)\b)", re.IGNORECASE)


def in_url(value: str) -> str:
    """``value`` percent-encoded. It may still be a dot segment, see ``Template.render_url``."""
    return quote(value, safe="")


def in_header(value: str) -> str:
    """``value`` on one line and without control characters: another line would be another header.

    Nor may it hold an encoded word (RFC 2047), which stands for letters of any kind: Python's own mail library decodes
    it, line ends included.
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return line.replace("=?", "= ?")


def in_slack(value: str) -> str:
    """``value`` as plain text: a name can neither call a whole channel nor look like a link.

    Slack wants its signs escaped. Discord, Mattermost and Rocket.Chat go by a plain ``@here``: a space of no width
    keeps the letters apart there. Addresses of mail stay as they are.
    """
    return _CALLING.sub("@\u200b", value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def check_url_part(url: str, begin: int, end: int, ends: Collection[int]) -> None:
    """Whether what stands from ``begin`` to ``end`` may be there, ``ends`` being those of all that was put in.

    After the path anything may.

    Raises:
        TemplateError: it may not be there.
    """
    whole = re.split(r"[?#]", url, maxsplit=1)[0]
    host = _HOST.match(whole)
    if host is not None and begin <= host.end():
        _check_label(url, begin, end, host.end(), ends)
    elif begin <= len(whole):
        segment = whole[whole.rfind("/", 0, begin) + 1 :].partition("/")[0]
        if segment in {"", ".", ".."}:
            raise TemplateError(f"{segment!r} can't be a part of the path of a URL")


def _check_label(url: str, begin: int, end: int, host_end: int, ends: Collection[int]) -> None:
    """Whether it is a whole label, and not the last one: that would make it anybody's host, or one of ours within."""
    rest = url[end:host_end].partition(":")[0].rstrip(".")
    label = _LABEL.match(url, begin)
    is_last = not rest or end + len(rest) in ends
    if label is None or label.end() != end or "@" in url[end:host_end] or is_last:
        raise TemplateError(f"{url[begin:end]!r} can't be a part of the host of a URL")
