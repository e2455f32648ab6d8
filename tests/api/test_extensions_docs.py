"""docs/api-extensions.md says what the code does."""

import re
from pathlib import Path

from openslot.core.refusals import Code
from openslot.presenters.explanations import SENTENCES

DOCS = Path(__file__).parents[2] / "docs" / "api-extensions.md"


def test_every_code_is_documented_and_has_a_sentence() -> None:
    documented = re.findall(r"`([A-Z_]+)`(?=[^\n]*\|)", DOCS.read_text(encoding="utf-8"))

    assert sorted(documented) == sorted(code.value for code in Code)
    assert set(SENTENCES) == set(Code)
