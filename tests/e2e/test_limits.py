"""Rate limits of several web processes together, as a user runs them. Source: ADR 0036."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from running import serving

CALLS, MOST = 120, 50


def test_web_processes_allow_exactly_as_many_calls_together_as_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(
        tmp_path, "--demo", OPENSLOT_WEB_WORKERS="3", OPENSLOT_OPERATION_LIMITS=f"GET /users/me {MOST}/day"
    ) as up:
        headers = {"Authorization": f"Bearer {up.token}"}

        def call(_: int) -> httpx.Response:  # on a connection of its own, which any of the processes may take
            return httpx.get(f"{up.api_url}/users/me", headers=headers, timeout=60)

        with ThreadPoolExecutor(8) as callers:
            answers = list(callers.map(call, range(CALLS)))

    passed = [one for one in answers if one.status_code == 200]
    refused = [one for one in answers if one.status_code == 429]
    assert (len(passed), len(refused)) == (MOST, CALLS - MOST)
    assert sorted(int(one.headers["x-ratelimit-remaining"]) for one in passed) == list(range(MOST))
    assert {one.headers["x-ratelimit-limit"] for one in answers} == {str(MOST)}
    assert {one.headers["retry-after"] == one.headers["x-ratelimit-reset"] for one in refused} == {True}
