"""``openslot oauth-app``."""

import json

import pytest

from cli.test_users import Run, init, read, run

__all__ = ["init", "run"]

ADD = ["oauth-app", "add", "--name", "Kiln CRM", "--redirect-uri", "https://crm.example.org/callback"]


@pytest.mark.usefixtures("init")
def test_an_application_is_added_with_a_secret_listed_without_it_and_deleted(run: Run) -> None:
    made = read(run(*ADD, "--scope", "users:read", "--json"))
    assert made["client_secret"].startswith("osc_")
    assert (made["authorization_endpoint"], made["token_endpoint"]) == (
        "http://localhost:8000/oauth/authorize",
        "http://localhost:8000/oauth/token",
    )
    assert read(run("oauth-app", "list", "--json")) == [
        {
            "client_id": made["client_id"], "name": "Kiln CRM", "redirect_uris": ["https://crm.example.org/callback"],
            "is_native": False, "scopes": ["users:read"],
        }
    ]  # fmt: skip
    assert run("oauth-app", "list").stdout.splitlines()[1].split() == [
        made["client_id"], "Kiln", "CRM", "https://crm.example.org/callback",
    ]  # fmt: skip
    assert run("oauth-app", "delete", made["client_id"]).stdout == f"{made['client_id']} is deleted.\n"
    again = run("oauth-app", "delete", made["client_id"])
    assert (again.returncode, again.stderr) == (1, "Error: no such OAuth application\n")
    assert read(run("oauth-app", "list", "--json")) == []


@pytest.mark.usefixtures("init")
def test_an_application_on_a_device_has_no_secret(run: Run) -> None:
    done = run(*ADD[:3], "Phone", "--native", "--redirect-uri", "com.example.app:/callback")
    assert done.returncode == 0
    assert "Client secret" not in done.stdout
    assert json.loads(run("oauth-app", "list", "--json").stdout)[0]["is_native"] is True


@pytest.mark.usefixtures("init")
def test_what_can_not_be_is_refused(run: Run) -> None:
    wrong = run(*ADD[:4], "--redirect-uri", "http://crm.example.org")
    named = run("oauth-app", "delete", "no-id")
    assert (wrong.returncode, wrong.stderr) == (
        1, "Error: redirect_uris[0] must be https, or http with localhost\n",
    )  # fmt: skip
    assert named.returncode == 2
