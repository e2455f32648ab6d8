"""Events per second through the receiver and one flow that does nothing, with its state in SQLite on this disk.

``python -m bench.flows``. The process is ``openslot flow run``, unchanged: it checks signatures, stores every event
before it answers, and records it as done afterwards. All events are different.
"""

import contextlib
import copy
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openslot.client.testing import Received, Reply, StandIn

ROOT = Path(__file__).parent.parent
EVENTS = 5000
CONNECTIONS = 32
PATIENCE_SECONDS = 60
FLOW = """
from openslot.connector import AsyncConnector, Flow, InviteeEvent

flow = Flow("nothing")


@flow.on("invitee.created")
async def nothing(event: InviteeEvent, _: AsyncConnector) -> None:
    pass
"""


def main() -> None:
    samples: dict[str, Any] = json.loads((ROOT / "tests/client/samples.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder, StandIn() as api:
        place = Path(folder)
        subscriptions: list[dict[str, Any]] = []
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        nothing = {"collection": [], "pagination": {"count": 0, "next_page": None, "previous_page": None}}
        api.on("GET", "/webhook_subscriptions", Reply(json=nothing))

        def subscribe(request: Received) -> Reply:
            subscriptions.append(request.json())
            return Reply(201, {"resource": samples["webhook_subscription"]})

        api.on("POST", "/webhook_subscriptions", subscribe)
        with listening(place, api.url) as port:
            accepted, done = measure(
                place, port, subscriptions[0]["signing_key"], samples["deliveries"]["invitee.created"]
            )
    print(f"{'events accepted per second':<50}{accepted:>10,.0f}")
    print(f"{'events accepted, run and recorded per second':<50}{done:>10,.0f}")


@contextlib.contextmanager
def listening(place: Path, url: str) -> Iterator[int]:
    """The process with the flow, and the port that it listens on."""
    (place / "nothing.py").write_text(FLOW, encoding="utf-8")
    env = {**os.environ, "OPENSLOT_TOKEN": "made-up", "OPENSLOT_BASE_URL": url}
    command = [sys.executable, "-m", "openslot.cli", "flow", "run", "nothing.py", "--state", "state.sqlite3"]
    with subprocess.Popen(command, cwd=place, env=env, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "listening on" in line, line + process.stderr.read()
        try:
            yield int(line.partition("listening on ")[2].split()[0].rpartition(":")[2])
        finally:
            process.terminate()


def measure(place: Path, port: int, key: str, sample: dict[str, Any]) -> tuple[float, float]:
    """Events per second until the last is answered, and until the last is recorded as done."""
    file = place / "requests"
    file.write_text("\n".join(json.dumps(one) for one in requests(port, key, sample)), encoding="utf-8")
    command = [sys.executable, str(ROOT / "bench/load.py"), "127.0.0.1", str(port), str(CONNECTIONS)]
    began = time.perf_counter()
    done = subprocess.run([*command, str(PATIENCE_SECONDS), str(file)], check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["statuses"] == {"200": EVENTS}, result
    with contextlib.closing(sqlite3.connect(place / "state.sqlite3")) as state:
        while state.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone() != (EVENTS,):
            assert time.perf_counter() - began < PATIENCE_SECONDS, "the flow did not finish"
            time.sleep(0.02)
    return result["per_second"], EVENTS / (time.perf_counter() - began)


def requests(port: int, key: str, sample: dict[str, Any]) -> Iterator[str]:
    """Deliveries of different events, signed now."""
    event = copy.deepcopy(sample)
    stamp = str(int(time.time()))
    for number in range(EVENTS):
        event["payload"]["uri"] = f"{sample['payload']['uri']}{number}"
        body = json.dumps(event)
        mac = hmac.new(key.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        yield (
            f"POST /invitee HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Calendly-Webhook-Signature: t={stamp},v1={mac}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


if __name__ == "__main__":
    main()
