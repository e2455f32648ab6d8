"""``pip install openslot`` alone: no server comes along, and the whole connector runs against one elsewhere."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from running import PATIENCE_SECONDS, Service, clean_environment, offer, rest_of, send_routing_form

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("standalone.py")
BASE = {
    "anyio", "certifi", "click", "h11", "httpcore", "httpx", "idna", "msgspec", "openslot", "pyyaml",
    "typing-extensions", "tzdata", "uvicorn",
}  # fmt: skip
"""All that the base install may bring in. A new name here is a decision: an automator's machine gets it too."""


def run(*command: str | Path, **environment: str) -> str:
    """What a command prints.

    Raises:
        CalledProcessError: it failed; a note says how.
    """
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        failed = subprocess.CalledProcessError(done.returncode, command)
        failed.add_note(done.stdout + done.stderr)
        raise failed
    return done.stdout


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel and its base requirements, at the locked versions and hashes."""
    place = tmp_path_factory.mktemp("base")
    here, there = Path(sys.executable), place / "venv" / "bin" / "python"
    uv = here.with_name("uv")
    run(uv, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", here, "--out-dir", place, ROOT)
    (wheel,) = place.glob("*.whl")
    wanted = place / "wanted.txt"
    wanted.write_text(f"openslot @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    run(uv, "venv", "--quiet", "--python", here, place / "venv")
    install: list[str | Path] = [
        *(uv, "pip", "install", "--quiet", "--python", there, "--require-hashes", "--requirement", wanted),
        *("--constraint", ROOT / "requirements" / "dev.txt"),
    ]
    try:
        run(*install, "--offline")  # everything is in uv's cache since `make setup`: no index needs to be quick
    except subprocess.CalledProcessError:
        run(*install, UV_HTTP_TIMEOUT="180")
    return there


def test_it_pulls_in_no_server(base: Path) -> None:
    listed = run(Path(sys.executable).with_name("uv"), "pip", "list", "--python", base, "--format", "freeze")

    assert {line.partition("==")[0] for line in listed.splitlines()} == BASE


def test_its_command_line_runs(base: Path) -> None:
    assert "event-types" in run(base.with_name("openslot"), "connector", "--help")


def test_the_helpers_of_tests_can_be_imported_without_the_server(base: Path) -> None:
    assert run(base, "-c", "from openslot.testing import serving; print(serving.__name__)") == "serving\n"


def test_flows_know_the_zones_of_invitees_where_the_system_knows_none(base: Path, tmp_path: Path) -> None:
    """Windows and slim containers have no zone files."""
    flow = tmp_path / "flow.yaml"
    at = "{{ '2031-04-10T23:30:00.000000Z' | date('%d %B %H:%M', payload.timezone) }}"
    flow.write_text(f'{{flow: x, trigger: invitee.created, actions: [slack: {{url: "http://x", text: "{at}"}}]}}')

    shown = run(base.with_name("openslot"), "flow", "test", flow, PYTHONTZPATH="")

    assert shown.splitlines()[1] == '  {"slack": {"text": "11 April 01:30"}}'


def test_all_actions_and_triggers_run_against_a_server_in_another_process(base: Path, demo: Service) -> None:
    place = offer(demo)
    with demo.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        form = api.get("/routing_forms", params={"organization": organization}).json()["collection"][0]
        listed = api.get("/event_types", params={"organization": organization, "active": True, "count": 100}).json()
    with subprocess.Popen(
        [base, "-I", "-W", "error", SCRIPT, place.uri, place.starts[-3], place.starts[-5]],
        env={**os.environ, "OPENSLOT_TOKEN": demo.token, "OPENSLOT_BASE_URL": demo.api_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            send_routing_form(demo, form)
            printed, complaints = rest_of(process, 2 * PATIENCE_SECONDS)
        finally:
            process.kill()

    slugs = [one["slug"] for one in listed["collection"]]
    met = " ".join(["intro-call", slugs[0], *slugs])
    assert (first, process.returncode, complaints) == ("listening\n", 0, "")
    assert printed.splitlines() == [
        met,
        met,
        "invitee.created InviteePayload",
        "invitee.created InviteePayload",
        "invitee_no_show.created InviteePayload",
        "invitee_no_show.created InviteePayload",
        "invitee_no_show.deleted InviteePayload",
        "invitee_no_show.deleted InviteePayload",
        "routing_form_submission.created RoutingFormSubmission",
    ]
    with demo.api() as api:
        scope = {"organization": organization, "scope": "organization", "count": 100}
        left = api.get("/webhook_subscriptions", params=scope).json()["collection"]
    assert [one["callback_url"] for one in left if "/invitee" in one["callback_url"]] == []
