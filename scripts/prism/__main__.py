"""``python -m scripts.prism``: exits with 1 if the mock refuses a request of the client, or the client its answer.

Prism is a program for Node.js, which nothing else of the project needs: it is looked for on the path, then in the cache
of npm, and fetched with it once if it is in neither.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from scripts.prism.samples import samples

from contract.schemas import contract
from openslot.client import Operation
from openslot.client.messages import Request

PACKAGE = "@stoplight/prism-cli@5"
PATIENCE_SECONDS = 120


def main() -> int:
    """Send everything, print what is wrong, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="openslot-prism-") as folder:
        document = Path(folder) / "contract.json"
        document.write_text(json.dumps(contract()))  # the file, with what is newer laid over it
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        mocking = subprocess.Popen(
            [*prism(), "mock", "--host", "127.0.0.1", "--port", str(port), str(document)],
            stdout=subprocess.DEVNULL,
        )
        try:
            return send_all(f"http://127.0.0.1:{port}", mocking)
        finally:
            mocking.terminate()
            mocking.wait(PATIENCE_SECONDS)


def prism() -> list[str]:
    """The command that runs Prism."""
    if installed := shutil.which("prism"):
        return [installed]
    if npx := shutil.which("npx"):
        return [npx, "--yes", "--package", PACKAGE, "prism"]
    sys.exit("Prism is a program for Node.js: install Node.js with npm, or Prism itself, and try again.")


def send_all(url: str, mocking: "subprocess.Popen[bytes]") -> int:
    """Send every sample to the mock."""
    wait_for(url, mocking)
    sent, wrong = 0, 0
    with httpx.Client(timeout=PATIENCE_SECONDS) as http:
        for operation in samples():
            sent += 1
            trouble = trouble_of(http, operation, operation.request(url))
            if trouble:
                wrong += 1
                print(f"{type(operation).__name__}: {trouble}")
    print(f"{sent} requests, {wrong} of them refused or answered with what the client can't read")
    return 1 if wrong else 0


def trouble_of(http: httpx.Client, operation: Operation[object], request: Request) -> str:
    """What is wrong with a request, or with its answer; empty if nothing is."""
    headers = {"Authorization": "Bearer made-up"} | ({"Content-Type": "application/json"} if request.content else {})
    answer = http.request(request.method, request.url, content=request.content, headers=headers)
    # It also looks at the answers that it makes up itself, whose patterns it does not always meet.
    violations = json.loads(answer.headers.get("sl-violations", "[]"))
    refused = [one for one in violations if one["location"][0] == "request"]
    if refused or answer.status_code != operation.success():
        return f"{answer.status_code} {refused or answer.text}"
    try:
        operation.read(answer.content)
    except (ValueError, TypeError) as exc:
        return f"{exc}: {answer.text}"
    return ""


def wait_for(url: str, mocking: "subprocess.Popen[bytes]") -> None:
    """Wait until the mock answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while mocking.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    sys.exit("Prism did not start")


if __name__ == "__main__":
    sys.exit(main())
