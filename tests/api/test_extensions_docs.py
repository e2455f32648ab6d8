"""docs/api-extensions.md agrees with the code."""

import json
import re
from pathlib import Path

from factories import LINKS, Caller, Organization
from openslot import api
from openslot.api import extensions
from openslot.core.refusals import Code
from openslot.presenters.explanations import SENTENCES

DOCS = (Path(__file__).parents[2] / "docs" / "api-extensions.md").read_text(encoding="utf-8")


def test_every_code_is_documented_and_has_a_sentence() -> None:
    why = DOCS.partition("## Why not?")[2].partition("\n## ")[0]
    documented = re.findall(r"`([A-Z_]+)`(?=[^\n]*\|)", why)

    assert sorted(documented) == sorted(code.value for code in Code)
    assert set(SENTENCES) == set(Code)


def test_every_call_is_documented_and_there_is_no_other() -> None:
    documented = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/openslot/[^`?]+)", DOCS)
    answered = [
        (method, path.replace(":str", ""))
        for handler in extensions.HANDLERS
        for path in handler.paths
        for method in handler.http_methods
    ]

    assert sorted(set(documented)) == sorted(answered)
    assert set(extensions.HANDLERS) <= set(api.ROUTES)


async def test_the_event_type_that_is_shown_can_be_made(owner: Caller, organization: Organization) -> None:
    shown = next(block for block in re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL) if "Talk to the team" in block)
    wanted = json.loads(shown)
    wanted["hosts"][0]["user"] = LINKS.user(organization.owner.id)

    made = (await owner.post("/openslot/event_types", wanted)).json()["resource"]

    wanted["date_range"] |= {"first": None, "last": None}
    assert {name: made[name] for name in wanted} == wanted
