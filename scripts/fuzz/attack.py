"""One run of schemathesis against a service, with a token or without."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.fuzz.service import Service

ROOT = Path(__file__).parents[2]
PHASES = "examples,coverage,fuzzing,stateful"
CHECKS = "all"
ANSWERS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
"""Checks that hold for every answer: they do not depend on the day, or on what others have booked."""
CALLERS = ("owner", "member", "nobody", "sandbox")
"""The last is the owner of another organization, whose clock it moves."""
SETTINGS = """\
continue-on-failure = true
request-timeout = 30
warnings = false

[generation]
database = "none"
# Documented: texts contain no NUL.
allow-x00 = false
# Documented: OpenSlot's own operations refuse unknown parameters, which OpenAPI can't express.
allow-extra-parameters = false

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 429]

[checks.positive_data_acceptance]
# These depend on the caller, on its rate and on the state of the service. rules.py judges each 400.
expected-statuses = ["2xx", 401, 403, 404, 409, 429]
"""

HEADERS = """
[headers]
Authorization = "Bearer ${FUZZ_TOKEN}"
"""


def attack(
    service: Service,
    caller: str,
    *,
    seed: int,
    examples: int,
    phases: str = PHASES,
    checks: str = CHECKS,
    only: tuple[str, ...] = (),
) -> int:
    """Run schemathesis, and return its exit code: 0 if it found nothing."""
    folder = service.folder / f"{caller}-{seed}"
    folder.mkdir()
    settings = folder / "schemathesis.toml"
    token = service.tokens[caller]
    settings.write_text(SETTINGS + (HEADERS if token else ""))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
        *("run", f"{service.api_url}/openapi.json", "--no-color", "--seed", str(seed), "--no-shrink"),
        *("--max-examples", str(examples), "--phases", phases, "--checks", checks),
        *(argument for path in only for argument in ("--include-path-regex", path)),
    ]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "scripts.fuzz.hooks",
        "PYTHONPATH": str(ROOT),
        "FUZZ_API_URL": service.api_url,
        "FUZZ_TOKEN": token,
        "FUZZ_LOOKING_TOKEN": service.tokens["sandbox" if caller == "sandbox" else "owner"],
        "FUZZ_SEED": str(seed),
    }
    return subprocess.run(command, env=environment, cwd=folder, check=False).returncode
