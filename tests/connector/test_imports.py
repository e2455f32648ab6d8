"""The base install: the connector needs nothing of the server, and nothing slow before the first call."""

import subprocess
import sys

import pytest

from openslot import connector

SERVER = {
    "litestar", "granian", "psycopg", "procrastinate", "aiohttp", "jinja2", "babel", "cryptography", "argon2",
    "structlog", "prometheus_client", "holidays", "yoyo",
}  # fmt: skip
SLOW = {
    "httpx", "httpcore", "anyio", "certifi", "h11",  # before the first call
    "uvicorn", "http.server", "http.client", "socketserver", "multiprocessing",  # before the first server
    "yaml",  # before the first flow in it
    "rich", "pygments",  # httpx's own command
    "pydantic", "mcp", "starlette", "jsonschema",  # before an agent connects
    "unittest",
}  # fmt: skip


def loaded_by(module: str) -> set[str]:
    """Every module that importing all names of one brings in, in a process of its own."""
    script = f"import sys; from {module} import *; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8")
    return set(done.stdout.split())


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
    assert (SERVER | SLOW) & loaded_by(module) == set()


@pytest.mark.parametrize("module", ["openslot.client", "openslot.connector"])
def test_the_library_does_not_bring_in_its_own_command_line(module: str) -> None:
    loaded = loaded_by(module)

    assert [name for name in loaded if name == "click" or name.startswith("openslot.cli.")] == []


def test_the_connector_imports_what_is_used_and_no_more() -> None:
    script = "import sys, openslot.connector; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8")

    assert {"asyncio", "msgspec", "openslot.client"} & set(done.stdout.split()) == set()


def test_every_name_of_the_connector_is_there_and_listed() -> None:
    assert set(connector.__all__) <= set(dir(connector))
    assert [name for name in connector.__all__ if getattr(connector, name, None) is None] == []
    assert connector.definition.ACTIONS
    with pytest.raises(AttributeError, match="has no attribute 'Webhook'"):
        connector.Webhook  # type: ignore[attr-defined] # noqa: B018 -- looking it up is the test


def test_openslot_s_own_operations_are_loaded_by_who_wants_them() -> None:
    assert "openslot.client.extensions" not in loaded_by("openslot.connector")
