"""docs/sandbox.md: its calls are made, its commands are there, and its workflows are YAML of known commands."""

import json
import re
import shlex
from pathlib import Path

import click
import httpx
import pytest
import yaml

from openslot.cli import main
from openslot.testing import Sandbox, Service
from testing_guide import blocks

ROOT = Path(__file__).parents[2]


def test_every_call_of_the_guide_is_answered(sandbox: Sandbox, guide: str) -> None:
    (((_, text),)) = blocks(guide, "http")
    calls = [one.split("\n", 1) for one in text.strip().split("\n\n")]
    with httpx.Client(base_url=sandbox.api_url, headers={"Authorization": f"Bearer {sandbox.token}"}) as client:
        answers = []
        for line, *body in calls:
            method, path = line.split()
            answers.append(client.request(method, path, json=json.loads(body[0]) if body else None))

    assert len(calls) == 7
    assert [one.text for one in answers if one.status_code != 200] == []


def commands(guide: str) -> list[str]:
    """Every line of the guide that runs ``openslot``, in its shell blocks, its workflows and its sentences."""
    lines = [line.strip() for _, text in blocks(guide, "sh") for line in text.splitlines()]
    for _, text in blocks(guide, "yaml"):
        for job in yaml.safe_load(text)["jobs"].values():
            lines += [line for step in job["steps"] for line in step.get("run", "").splitlines()]
    lines += re.findall(r"`(openslot [a-z][^`]*)`", guide)
    return [line[line.index("openslot ") :] for line in lines if re.search(r"(?:^|\s)openslot [a-z]", line)]


def test_every_command_of_the_guide_is_one_of_ours(guide: str) -> None:
    found = commands(guide)
    for line in found:
        words = shlex.split(re.split(r" (?:&$|[>|] )", line)[0])[1:]
        context = click.Context(main, info_name="openslot")
        command: click.Command | None = main
        while isinstance(command, click.Group):
            command = command.get_command(context, words.pop(0))
        assert command is not None, line
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line
    assert len(found) == 5


def test_the_sandbox_of_the_guide_is_made_beside_the_running_service(openslot_service: Service, guide: str) -> None:
    (line,) = [one for one in commands(guide) if one.startswith("openslot init") and "Kiln & Co" in one]
    made = json.loads(openslot_service.run(*shlex.split(line)[1:]))
    shown = httpx.get(f"{made['api_url']}/openslot/sandbox", headers={"Authorization": f"Bearer {made['token']}"})

    assert shown.json()["resource"]["organization"] == made["organization"]


def workflows(guide: str) -> list[str]:
    return [text for _, text in blocks(guide, "yaml")]


def test_the_workflows_check_out_install_and_test(guide: str) -> None:
    for text in workflows(guide):
        read = yaml.safe_load(text)
        steps = read["jobs"]["test"]["steps"]
        assert [one.get("uses") for one in steps[:2]] == ["actions/checkout@v4", "actions/setup-python@v5"]
        assert all("run" in one for one in steps[2:])
        assert read[True] == ["push", "pull_request"]  # YAML 1.1 reads "on" so


def test_the_extras_that_the_guide_installs_are_there(guide: str) -> None:
    declared = re.findall(r"^(\w+) = \[$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert set(re.findall(r"openslot\[(\w+)\]", guide)) == {"testing", "server"}
    assert {"testing", "server"} <= set(declared)


@pytest.mark.parametrize("name", ["token", "api_url"])
def test_the_workflow_reads_what_the_command_prints(name: str, openslot_service: Service) -> None:
    printed = openslot_service.run(
        *("init", "--sandbox", "--organization", "Tests", "--name", "Tester"),
        *("--email", f"tester-{name.replace('_', '-')}@example.com", "--json"),
    )
    assert name in json.loads(printed)
