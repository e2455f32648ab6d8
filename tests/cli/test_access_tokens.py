"""``openslot token``, as an operator runs it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from conftest import serving
from factories import URIS, Organization, make_organization
from openslot.cli.access_tokens import End, token
from openslot.config import Settings
from openslot.core.scopes import SCOPES
from openslot.db.pool import connected
from running import run_command

Run = Callable[..., Result]


@pytest.fixture
async def organization(own_database_url: str) -> Organization:
    async with connected(own_database_url) as conn:
        return await make_organization(conn, now=datetime.now(UTC))


@pytest.fixture
def run(own_database_url: str) -> Run:
    """Runs ``openslot token`` with these words, and with ``given`` at its standard input."""
    environment = {"OPENSLOT_DATABASE_URL": own_database_url, "OPENSLOT_PUBLIC_URL": URIS.pages}

    def run(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(token, words, env=environment, input=given)

    return run


def listed(run: Run, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("list", "--json", *words).stdout)
    return found


def test_a_token_is_made_with_scopes_and_an_end(run: Run, organization: Organization) -> None:
    email = organization.member.user.email

    made = run(
        "create", "--email", email, "--name", "reports", "--scope", "users:read", "--scope", "event_types:read",
        "--expires", "2099-01-31",
    )  # fmt: skip

    _, (first, reports) = made, listed(run, "--email", email)
    assert (made.exit_code, made.stdout[:4], len(made.stdout.strip())) == (0, "osl_", 47)
    assert reports == {
        "id": reports["id"], "email": email, "user_name": organization.member.user.name, "name": "reports",
        "scopes": ["event_types:read", "users:read"], "created_at": reports["created_at"],
        "expires_at": "2099-02-01T00:00:00.000000Z", "revoked_at": None,
    }  # fmt: skip
    assert (first["name"], first["scopes"], first["expires_at"]) == ("test", None, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scope", "events:read"], "'events:read' is not one of"),
        (["--expires", "soon"], "'soon' is none of 90d, 12h, 2027-01-31 and 2027-01-31T18:00:00Z"),
        (["--expires", "2027-02-30"], "'2027-02-30' is none of 90d"),
        (["--expires", "2027-01-31T18:00"], "is none of 90d"),
        (["--expires", "0d"], "is none of 90d"),
        (["--expires", "99999d"], "at most 36500d"),
        (["--expires", "2020-01-01"], "expires_at must be in the future"),
    ],
)
def test_a_wrong_scope_or_end_makes_no_token(
    run: Run, organization: Organization, options: list[str], message: str
) -> None:
    refused = run("create", "--email", organization.member.user.email, *options)

    assert refused.exit_code in {1, 2}
    assert message in refused.stderr
    assert len(listed(run, "--email", organization.member.user.email, "--all")) == 1


def test_the_list_shows_what_works_and_on_demand_what_has_ended(run: Run, organization: Organization) -> None:
    run("revoke", "--stdin", given=organization.admin.token)

    working, every = run("list").stdout.splitlines(), run("list", "--all").stdout.splitlines()

    assert [line.split()[1] for line in working[::2]] == [organization.owner.user.email, organization.member.user.email]
    assert [line.split()[1] for line in every[::2]] == [
        one.user.email for one in (organization.admin, organization.owner, organization.member)
    ]
    assert "revoked 2" in every[1]
    assert working[1].endswith(", never expires; scopes: all")
    assert not any(one.token in "".join(every) for one in (organization.owner, organization.admin))


def test_a_leaked_token_is_ended_by_what_it_reads_and_is_not_repeated(run: Run, organization: Organization) -> None:
    done = run("revoke", "--stdin", given=f"\n  {organization.member.token} \n{organization.member.token}\n")
    again = run("revoke", "--stdin", given=organization.member.token)

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert done.stdout.endswith(f"{organization.member.user.email}  test: revoked\n")
    assert "test: had ended before, 2" in again.stdout
    assert organization.member.token not in done.output + again.output


@pytest.mark.parametrize(
    "words",
    [[], ["--email", "a@example.org"], ["--all"], ["--all", "--email", "a@example.org", "--stdin"], ["osl_leaked"]],
)
@pytest.mark.usefixtures("organization")
def test_the_tokens_to_revoke_are_named_in_one_way(run: Run, words: list[str]) -> None:
    refused = run("revoke", *words, given="osl_x\n")

    assert refused.exit_code == 2
    assert "osl_leaked" not in refused.output
    assert len(listed(run)) == 3


def test_an_unknown_token_is_an_error_in_one_line(run: Run, organization: Organization) -> None:
    ids = [str(listed(run)[0]["id"])]

    refused = run("revoke", *ids, "--stdin", given=f"{organization.member.token}\nosl_mistyped\n")

    assert (refused.exit_code, refused.stderr) == (1, "Error: no such token number 2 of those given\n")
    assert len(listed(run)) == 3


def test_every_token_of_a_user_is_ended_at_once(run: Run, organization: Organization) -> None:
    email = organization.member.user.email
    run("create", "--email", email, "--name", "another")

    done, again = run("revoke", "--all", "--email", email), run("revoke", "--all", "--email", email)

    assert [line.rpartition("  ")[2] for line in done.stdout.splitlines()] == ["test: revoked", "another: revoked"]
    assert again.stdout == "There was none that worked.\n"
    assert len(listed(run)) == 2


async def test_two_web_processes_refuse_a_token_at_the_next_call(
    own_database_url: str, organization: Organization, tmp_path: Path
) -> None:
    settings = Settings(database_url=own_database_url, data_dir=tmp_path, public_url=URIS.pages, secret_key="x" * 32)
    email, headers = organization.member.user.email, organization.member.headers

    def now() -> datetime:
        return datetime.now(UTC)

    async def statuses(*clients: httpx.AsyncClient) -> list[int]:
        return [(await one.get("/api/v2/users/me", headers=headers)).status_code for one in clients]

    async with serving(settings, now) as first, serving(settings, now) as second:
        before = await statuses(first, second)
        done = run_command("token", "revoke", "--all", "--email", email, OPENSLOT_DATABASE_URL=own_database_url)
        after = await statuses(first, second)

    assert (before, done.returncode, after) == ([200, 200], 0, [401, 401])


def test_a_length_counts_from_now_and_a_date_is_its_whole_day() -> None:
    kind = End()

    before = datetime.now(UTC)
    days, hours = kind.convert("90d", None, None), kind.convert("12h", None, None)
    after = datetime.now(UTC)

    assert before <= days - timedelta(days=90) <= after
    assert before <= hours - timedelta(hours=12) <= after
    assert kind.convert("2027-01-31", None, None) == datetime(2027, 2, 1, tzinfo=UTC)
    assert kind.convert("2027-01-31T18:00:00+01:00", None, None) == datetime(2027, 1, 31, 17, tzinfo=UTC)
    with pytest.raises(click.BadParameter):
        kind.convert("9999-12-31", None, None)


def test_calendly_s_scopes_are_all_known() -> None:
    contract = (Path(__file__).parents[1] / "contract" / "calendly-v2.openapi.yaml").read_text("utf-8")
    listed = contract.partition("          scopes:\n")[2].partition("            default:")[0]
    theirs = {line.strip().rpartition(":")[0] for line in listed.splitlines()} - {""}

    assert len(theirs) >= 23
    assert theirs - set(SCOPES) == set()
