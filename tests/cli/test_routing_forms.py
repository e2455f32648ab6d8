"""``openslot routing-form``: a form from a file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.test_users import Run, read, run

__all__ = ["run"]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "routing-forms" / "how-can-we-help.yaml"


@pytest.fixture
def init(run: Run) -> None:
    run("init", "--organization", "Kiln & Co", "--name", "Ada Lovelace", "--email", "ada@example.org")


@pytest.fixture
def form() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    return found


def write(folder: Path, form: object) -> str:
    path = folder / "form.json"
    path.write_text(json.dumps(form))
    return str(path)


def test_the_example_of_the_documentation_is_the_file() -> None:
    page = (ROOT / "docs" / "routing-forms.md").read_text()
    [shown] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert yaml.safe_load(shown) == yaml.safe_load(EXAMPLE.read_text())


@pytest.mark.usefixtures("init")
def test_a_form_is_imported_and_listed(run: Run) -> None:
    made = read(run("routing-form", "import", str(EXAMPLE), "--json"))
    form = made["routing_form"]
    assert made["page"] == f"http://localhost:8000/routing_forms/{form['uri'].rpartition('/')[2]}"
    assert [(one["name"], one["type"], one["required"], one["answer_choices"]) for one in form["questions"]] == [
        ("Your name", "name", True, None),
        ("What do you need?", "radios", True, ["A meeting", "The documentation", "A job"]),
    ]
    assert read(run("routing-form", "list", "--json")) == [form]
    assert run("routing-form", "list").stdout.splitlines()[1].split("  ")[0] == "How can we help?"


@pytest.mark.usefixtures("init")
def test_a_form_of_the_same_name_is_replaced_only_when_that_is_meant(
    run: Run, form: dict[str, Any], tmp_path: Path
) -> None:
    before = read(run("routing-form", "import", write(tmp_path, form), "--json"))["routing_form"]
    again = run("routing-form", "import", write(tmp_path, form))
    form["questions"].append({"name": "Anything else?", "type": "textarea"})
    after = read(run("routing-form", "import", write(tmp_path, form), "--replace", "--json"))["routing_form"]
    assert (again.returncode, "use --replace" in again.stderr) == (1, True)
    assert after["uri"] == before["uri"]
    assert after["questions"][:2] == before["questions"]
    assert [one["name"] for one in after["questions"][2:]] == ["Anything else?"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: "),
    ({"questions": []}, "questions: "),
    ({"questions": [{"name": "Size", "type": "radios"}]}, "questions[0].choices are for select and radios"),
    ({"questions": [{"name": "Size", "choices": ["S"]}]}, "questions[0].choices are for select and radios"),
    ({"questions": [{"name": "Size"}, {"name": "Size"}]}, "questions[1].name must be another name"),
    ({"questions": [{"name": "Size", "type": "color"}]}, "questions[0].type: "),
    ({"questions": [{"name": "Size", "hidden": True, "required": True}]}, "questions[0].required must be false"),
    ({"routes": [{"when": {"Size": "S"}, "to": {"url": "https://x.example"}}]}, "'Size' is no question of the form"),
    ({"routes": [{"when": {}, "to": {"url": "https://x.example"}}]}, "routes[0].when must name an answer"),
    (
        {"routes": [{"when": {"What do you need?": "Tea"}, "to": {"url": "https://x.example"}}]},
        "'Tea' is no choice of 'What do you need?'",
    ),
    ({"otherwise": {}}, "otherwise must have one of"),
    ({"otherwise": {"url": "https://x.example", "event_type": "ada-lovelace/30min"}}, "otherwise must have one of"),
    ({"otherwise": {"url": "javascript:alert(1)"}}, "otherwise.url must begin with https:// or http://"),
    ({"otherwise": {"event_type": "nobody/here"}}, "'nobody/here' is no event type of the organization"),
    ({"color": "red"}, "color: is not a known key"),
]


@pytest.mark.usefixtures("init")
@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_what_does_not_fit_is_named(
    run: Run, form: dict[str, Any], tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    done = run("routing-form", "import", write(tmp_path, form | changes))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert message in done.stderr
    assert read(run("routing-form", "list", "--json")) == []


@pytest.mark.usefixtures("init")
@pytest.mark.parametrize("content", ["{", "just text", "[1]", "a: &a [*a]", "\x00"])
def test_a_file_that_holds_no_form_is_refused_in_one_line(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "form.yaml"
    path.write_text(content)
    done = run("routing-form", "import", str(path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
