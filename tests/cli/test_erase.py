"""``openslot erase``, as an operator runs it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from factories import URIS, Organization, make_booking, make_organization
from openslot.db.pool import connected
from running import run_command

ADA = "ada@example.org"
URL = {"OPENSLOT_PUBLIC_URL": URIS.pages}
SOON = (datetime.now(UTC) + timedelta(days=14)).replace(minute=0, second=0, microsecond=0)
NOON = (SOON + timedelta(days=-SOON.weekday() % 7)).replace(hour=12)


@pytest.fixture
async def organization(own_database_url: str) -> Organization:
    """The only one, which Ada has booked with."""
    async with connected(own_database_url) as conn:
        made = await make_organization(conn, now=datetime.now(UTC))
        await make_booking(conn, made, NOON, now=datetime.now(UTC))
        return made


async def emails(database_url: str) -> list[str]:
    async with connected(database_url) as conn:
        return [email for (email,) in await (await conn.execute("SELECT email FROM invitees")).fetchall()]


@pytest.mark.usefixtures("organization")
async def test_the_receipt_is_printed(own_database_url: str) -> None:
    done = run_command("erase", ADA.title(), OPENSLOT_DATABASE_URL=own_database_url, **URL)

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in lines[:7]] == [
        ["Erased", "1", "address."], ["contact_emails", "1"], ["contacts", "1"], ["events", "2"], ["invitees", "1"],
        ["mails", "1"], ["canceled,", "were", "to", "come", "1"],
    ]  # fmt: skip
    assert lines[7].split()[1].startswith(f"{URIS.api}/openslot/erasures/")
    assert ADA not in done.stdout.lower()
    assert [one.partition("@")[2] for one in await emails(own_database_url)] == ["erased.invalid"]


def test_the_receipt_of_the_api_is_printed_as_json(organization: Organization, own_database_url: str) -> None:
    done = run_command(
        "erase", ADA, "nobody@example.org", "--json", "--organization", URIS.organization(organization.id),
        OPENSLOT_DATABASE_URL=own_database_url, **URL,
    )  # fmt: skip
    receipt = json.loads(done.stdout)

    assert receipt == {
        "uri": receipt["uri"], "addresses": 2,
        "erased": {"contact_emails": 1, "contacts": 1, "events": 2, "invitees": 1, "mails": 1}, "canceled": 1,
        "asked_by": None, "created_at": receipt["created_at"],
    }  # fmt: skip


async def test_where_there_are_several_organizations_one_is_named(
    organization: Organization, own_database_url: str
) -> None:
    async with connected(own_database_url) as conn:
        other = await make_organization(conn, now=datetime.now(UTC))
    none, wrong, right = [
        run_command("erase", ADA, *options, OPENSLOT_DATABASE_URL=own_database_url, **URL)
        for options in ([], ["--organization", "Kiln & Co"], ["--organization", str(other.id)])
    ]

    assert (none.returncode, wrong.returncode, right.returncode) == (2, 2, 0)
    assert "there are 2 organizations: name one with --organization" in none.stderr
    assert "no organization 'Kiln & Co'" in wrong.stderr
    assert right.stdout.splitlines()[0] == "Erased 1 address."
    assert await emails(own_database_url) == [ADA]
    assert organization.id != other.id


@pytest.mark.usefixtures("organization")
async def test_what_is_no_address_is_a_usage_error(own_database_url: str) -> None:
    done = run_command("erase", ADA, "ada", "@", OPENSLOT_DATABASE_URL=own_database_url, **URL)

    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: no e-mail address: ada, @")
    assert await emails(own_database_url) == [ADA]
