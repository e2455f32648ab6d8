"""What to copy into another site so that it shows a page of ours (docs/embed.md)."""

from dataclasses import replace
from html import escape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from litestar.response import Response

from openslot.html.colors import contrast
from openslot.html.fields import Choice, Field, problems
from openslot.html.looks import color_of
from openslot.html.page import read
from openslot.pages.visitor import ThisPage, VisitorPage

INLINE, POPUP, BADGE = "inline", "popup", "badge"
HIDE = "hide_event_type_details"
MAX_LENGTH = 500
"""Letters of each field."""


@read("/embed")
async def show(page: ThisPage) -> Response[bytes]:
    """A form, and below it what to copy, with a preview; the address holds all of it, so there is nothing to send."""
    wanted = {name: page.query.get(name, "")[:MAX_LENGTH] for name in ("page", "kind", "text", "color", "hide")}
    address = _address(page, wanted["page"])
    color = color_of(wanted["color"])
    fields = _fields(page, wanted)
    if wanted["page"] and address is None:
        fields[0] = replace(fields[0], error=page.gettext("This is no page of this service."))
    if wanted["color"] and color is None:
        fields[3] = replace(fields[3], error=page.gettext("Enter a color such as #0069ff."))
    is_wrong = any(field.error for field in fields)
    context: dict[str, object] = {
        "fields": fields,
        "problems": problems(page, fields) if is_wrong else [],
        "kept": page.trail.lean.kept,
        "snippet": None,
    }
    if address and not is_wrong:
        url = _with_query(address, **_looks(color, is_hidden=bool(wanted["hide"])))
        text = wanted["text"] or page.gettext("Schedule time with me")
        context["snippet"] = snippet(wanted["kind"], url, page.settings.base_url, text=text, color=color)
        context["preview"] = _with_query(url, embed_type="Inline").removeprefix(_origin(page))
    return page.render("embed.html", context, status=422 if is_wrong else 200)


def snippet(kind: str, url: str, base_url: str, *, text: str, color: str | None) -> str:
    """HTML that shows the page at ``url``; ``color`` is six hex digits, that of a badge."""
    address = escape(url)
    script = f'<script src="{escape(base_url)}/assets/external/widget.js" async></script>'
    if kind == POPUP:
        return f'<a href="{address}" data-openslot-popup>{escape(text)}</a>\n{script}'
    if kind == BADGE:
        shade = f' data-color="#{color}" data-text-color="{_text_color(color)}"' if color else ""
        return f'<div data-openslot-badge="{address}" data-text="{escape(text)}"{shade}></div>\n{script}'
    return f'<div class="openslot-inline" data-url="{address}" data-resize="true"></div>\n{script}'


def _text_color(color: str) -> str:
    return max("#ffffff", "#000000", key=lambda one: contrast(one[1:], color))


def _looks(color: str | None, *, is_hidden: bool) -> dict[str, str]:
    return ({"primary_color": color} if color else {}) | ({HIDE: "1"} if is_hidden else {})


def _origin(page: VisitorPage) -> str:
    return page.settings.base_url.removesuffix(page.prefix)


def _address(page: VisitorPage, text: str) -> str | None:
    """The full address of a page of this service; None: it is none."""
    base = page.settings.base_url
    try:
        parts = urlsplit(urljoin(f"{base}/", text.strip()))
    except ValueError:
        return None
    found = urlunsplit(parts._replace(fragment=""))
    return found if text and found.startswith(f"{base}/") and parts.path.strip("/") else None


def _with_query(address: str, **query: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query) + list(query.items()))))


def _fields(page: VisitorPage, wanted: dict[str, str]) -> list[Field]:
    kinds = [
        (INLINE, page.gettext("Inside the page")),
        (POPUP, page.gettext("In a window, behind a link")),
        (BADGE, page.gettext("In a window, behind a badge in the corner")),
    ]
    chosen = wanted["kind"] if wanted["kind"] in (POPUP, BADGE) else INLINE
    return [
        Field(
            "page", page.gettext("Address of the page"), required=True, value=wanted["page"],
            hint=page.gettext("Of a host, an event type or a routing form: %(base)s/…", base=page.settings.base_url),
        ),
        Field(
            "kind", page.gettext("How your site shows it"), "radios", required=True,
            choices=tuple(Choice(value, label, is_chosen=value == chosen) for value, label in kinds),
        ),
        Field("text", page.gettext("Text of the link or the badge"), value=wanted["text"]),
        Field("color", page.gettext("Color of buttons and badge"), value=wanted["color"], hint="#0069ff"),
        Field(
            "hide", page.gettext("Details"), "checkboxes",
            choices=(Choice("1", page.gettext("Hide host, name and description"), is_chosen=bool(wanted["hide"])),),
        ),
    ]  # fmt: skip
