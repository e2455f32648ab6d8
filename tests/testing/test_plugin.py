"""The fixtures as a stranger uses them: the suite of docs/sandbox.md, run by a pytest of its own."""

import pytest

from openslot.testing import plugin
from testing_guide import blocks

pytest_plugins = ["pytester"]


def test_the_suite_of_the_guide_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, guide: str) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a stranger has none of ours
    files = dict(blocks(guide, "python"))
    pytester.makepyfile(**{name.removesuffix(".py"): code for name, code in files.items()})

    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", timeout=600)

    assert sorted(files) == ["conftest.py", "test_integration.py"]
    result.assert_outcomes(passed=files["test_integration.py"].count("\ndef test_"))


def test_the_guide_names_the_fixtures_that_there_are(guide: str) -> None:
    assert [name for name in ("openslot_service", "openslot_sandbox") if f"`{name}`" not in guide] == []
    assert {name for name in vars(plugin) if name.startswith("openslot_")} == {"openslot_service", "openslot_sandbox"}
