"""The base install: the connector needs nothing of the server, and nothing slow before the first call."""

import subprocess
import sys

import pytest

SERVER = {"litestar", "granian", "psycopg", "procrastinate", "aiohttp", "jinja2", "babel", "cryptography", "argon2"}
SLOW = {"httpx", "uvicorn"}


@pytest.mark.parametrize(
    "module",
    [
        "openslot.client",
        "openslot.connector",
        "openslot.cli.connector",
        "openslot.cli.flow",
        "openslot.connector.gateway",
    ],
)
def test_importing_it_brings_in_neither_the_server_nor_what_is_slow(module: str) -> None:
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8").stdout

    assert (SERVER | SLOW) & set(loaded.split()) == set()
