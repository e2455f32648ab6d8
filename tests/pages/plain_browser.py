"""A browser without JavaScript, as far as forms and links go: it reads HTML, keeps cookies, posts what a form holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
Values = Mapping[str, str | Sequence[str]]


@dataclass
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None" = None
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in here, blanks joined."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def walk(self) -> Iterator["Node"]:
        """This and everything below, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str, **attributes: str) -> list["Node"]:
        """Elements by tag and attributes; ``class_`` is one of the classes, ``for_`` is ``for``."""
        return [node for node in self.walk() if node.tag == tag and node.has(attributes)]

    def one(self, tag: str, **attributes: str) -> "Node":
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def has(self, attributes: Mapping[str, str]) -> bool:
        for name, value in attributes.items():
            held = self.attributes.get(name.rstrip("_").replace("_", "-"))
            if held is None or (value not in held.split() if name == "class_" else held != value):
                return False
        return True


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Node("document", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(node)
        if tag not in VOID:
            self.open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.children.append(Node(tag, {name: value or "" for name, value in attrs}, self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.tag == tag, f"</{tag}> closes <{self.open.tag}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def read(html: str) -> Node:
    """The document; elements must be closed in order, and ids unique."""
    builder = _Builder()
    builder.feed(html)
    assert builder.open is builder.root, f"<{builder.open.tag}> is never closed"
    ids = [node.attributes["id"] for node in builder.root.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids)), "an id is used twice"
    return builder.root


class PlainBrowser:
    """One visitor: an address, a document, cookies."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.headers: dict[str, str] = {}
        self.response: httpx.Response
        self.document: Node

    @property
    def url(self) -> httpx.URL:
        return self.response.url

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def heading(self) -> str:
        """The page's only first heading."""
        return self.document.one("h1").text

    async def open(self, address: str) -> Node:
        """Go to an address, through redirects."""
        self.response = await self.client.get(address, headers=self.headers, follow_redirects=True)
        return self._show()

    async def follow(self, *, text: str = "", label: str = "") -> Node:
        """Follow the link with that text, or that accessible name."""
        links = [
            link
            for link in self.document.all("a")
            if (text and link.text == text) or (label and link.attributes.get("aria-label") == label)
        ]
        assert links, f"no link {text or label!r}"
        return await self.open(urljoin(str(self.url), links[0].attributes["href"]))

    async def send(self, values: Values | None = None, *, form: Node | None = None, follow: bool = True) -> Node:
        """Submit the page's form: what it holds already, then ``values``; an empty sequence unchecks."""
        form = form or self.document.one("form", method="post")
        given = dict(values or {})
        held = [(name, value) for name, value in self.held(form) if name not in given]
        for name, value in given.items():
            assert any(node.attributes.get("name") == name for node in self.document.walk()), f"no field {name!r}"
            held += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        address = urljoin(str(self.url), form.attributes["action"])
        if form.attributes["method"] == "get":
            return await self.open(f"{address}?{urlencode(held)}")
        self.response = await self.client.post(
            address,
            content=urlencode(held),
            headers={"content-type": "application/x-www-form-urlencoded", **self.headers},
            follow_redirects=follow,
        )
        return self._show()

    def held(self, form: Node) -> list[tuple[str, str]]:
        """What a form would send now, controls elsewhere on the page that name it included."""
        inside = list(form.walk())
        linked = [
            node for node in self.document.walk() if node.attributes.get("form") == form.attributes.get("id", "?")
        ]
        return [pair for node in [*inside, *linked] for pair in _pairs(node)]

    def _show(self) -> Node:
        is_html = self.response.headers.get("content-type", "").startswith("text/html")
        self.document = read(self.response.text) if is_html else Node("document", {})
        return self.document


def _pairs(node: Node) -> list[tuple[str, str]]:
    name = node.attributes.get("name")
    if not name:
        return []
    match node.tag:
        case "input" if node.attributes.get("type") in ("radio", "checkbox"):
            return [(name, node.attributes.get("value", "on"))] if "checked" in node.attributes else []
        case "input":
            return [(name, node.attributes.get("value", ""))]
        case "textarea":
            text = "".join(child for child in node.children if isinstance(child, str))
            return [(name, text.removeprefix("\n").replace("\n", "\r\n"))]
        case "select":
            options = node.all("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            return [(name, option.attributes["value"]) for option in chosen]
        case _:
            return []
