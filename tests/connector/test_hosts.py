"""The pages of docs/hosts say whether they were tried, can be found, and lead somewhere."""

import re
from pathlib import Path

import pytest

from openslot.connector.agents.tools import TOOLS

ROOT = Path(__file__).parents[2]
HOSTS = ROOT / "docs" / "hosts"
PAGES = sorted(HOSTS.glob("*.md"))
TRIED = {"container", "cron", "mcp-client", "n8n", "python"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pages
def test_a_page_shows_first_whether_it_was_tried(page: Path) -> None:
    title, blank, mark, *_ = page.read_text("utf-8").splitlines()

    assert (title.startswith("# "), blank) == (True, "")
    assert mark.startswith("> **Tried" if page.stem in TRIED else "> **Not tried here: needs ")


def test_the_readme_names_every_page() -> None:
    named = re.findall(r"\(docs/hosts/(\S+?)\)", (ROOT / "README.md").read_text("utf-8"))

    assert sorted(named) == [page.name for page in PAGES]


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for file, _, heading in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", page.read_text("utf-8")):
        target = (page.parent / file).resolve() if file else page
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
        assert not heading or heading in anchors


def test_the_table_of_tools_is_that_of_the_server() -> None:
    document = (HOSTS / "mcp-client.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| ?(.*?) ?\|$", document, re.MULTILINE)

    changes = {True: "takes away", False: "adds"}
    assert rows == [(tool.name, "" if tool.read_only else changes[tool.destructive]) for tool in TOOLS]
