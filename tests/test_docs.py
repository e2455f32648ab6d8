"""The documents say what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from openslot.config import PREFIX, Settings

ROOT = Path(__file__).parent.parent


def test_every_setting_has_its_line_and_every_line_its_setting() -> None:
    documented = re.findall(r"^\| `(OPENSLOT_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    assert documented == [PREFIX + one.name.upper() for one in fields(Settings)]


def test_the_documented_defaults_are_the_code_s() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    documented = dict(re.findall(r"^\| `OPENSLOT_(\w+)` \| `([^`{]+)` \|", text, re.MULTILINE))
    settings = Settings()
    actual = {name: getattr(settings, name.lower()) for name in documented}
    written = {
        name: ",".join(map(str, value)) if isinstance(value, tuple) else str(value) for name, value in actual.items()
    }
    assert documented == written


def test_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in ("README.md", "CONTRIBUTING.md")
        for target in re.findall(r"(?:^|`)make ([a-z]+)\b", (ROOT / document).read_text(), re.MULTILINE)
    }
    assert named <= targets
