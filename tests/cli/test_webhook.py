"""``openslot webhook``, as an operator runs it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from factories import URIS, Organization, make_booking, make_subscription
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.security.vault import Vault
from running import run_command

NOW = datetime.now(UTC)
SOON = (NOW + timedelta(days=14)).replace(hour=12, minute=0, second=0, microsecond=0)
START = SOON + timedelta(days=-SOON.weekday() % 7)
AN_HOUR_AGO = NOW - timedelta(hours=1)


class Shell:
    """Runs the command on the tests' database."""

    def __init__(self, database_url: str) -> None:
        self._environment = {"OPENSLOT_DATABASE_URL": database_url, "OPENSLOT_PUBLIC_URL": URIS.pages}

    def __call__(self, *arguments: object) -> list[str]:
        """The lines that are printed."""
        done = run_command("webhook", *map(str, arguments), **self._environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def json(self, *arguments: object) -> Any:
        (line,) = self(*arguments, "--json")
        return json.loads(line)

    def refused(self, *arguments: object) -> tuple[int, str]:
        """The exit code and the last line of the complaint."""
        done = run_command("webhook", *map(str, arguments), **self._environment)
        return done.returncode, done.stderr.splitlines()[-1]


@pytest.fixture
def shell(database_url: str) -> Shell:
    return Shell(database_url)


@pytest.fixture
async def hook(conn: Conn, organization: Organization, vault: Vault) -> WebhookSubscription:
    return await make_subscription(conn, organization.owner, vault=vault, now=AN_HOUR_AGO, signing_key="key")


@pytest.fixture
async def delivery_id(conn: Conn, organization: Organization, hook: WebhookSubscription) -> str:
    """One that failed, an hour ago, with words that a terminal might obey."""
    await make_booking(conn, organization, START, now=AN_HOUR_AGO)
    cursor = await conn.execute(
        """
        UPDATE deliveries SET state = 'failed', attempts = 1, next_attempt_at = NULL, finished_at = created_at
        WHERE subscription_id = %s RETURNING id::text, organization_id, created_at
        """,
        (hook.id,),
    )
    ((found, organization_id, at),) = await cursor.fetchall()
    await conn.execute(
        "INSERT INTO delivery_attempts VALUES (%s, %s, 1, %s, 87, 500, NULL, %s)",
        (organization_id, found, at, "out\n of \x1b[31morder"),
    )
    return str(found)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


async def test_subscriptions_are_listed_with_how_they_stand(
    conn: Conn, shell: Shell, organization: Organization, hook: WebhookSubscription
) -> None:
    await make_booking(conn, organization, START, now=AN_HOUR_AGO)
    await conn.execute("UPDATE webhook_subscriptions SET retry_started_at = %s WHERE id = %s", (AN_HOUR_AGO, hook.id))

    ours = URIS.organization(organization.id)
    assert [line.split() for line in shell("list", "--organization", ours)] == [
        ["ID", "STATE", "SCOPE", "WAITING", "FAILING", "SINCE", "URL"],
        [str(hook.id), "failing", "organization", "1", *stamp(AN_HOUR_AGO).split(), "https://hooks.example/receiver"],
    ]
    assert [one["uri"] for one in shell.json("list", "--organization", organization.id)["collection"]] == [
        URIS.webhook_subscription(hook.id)
    ]
    assert str(hook.id) in [line.split()[0] for line in shell("list")]
    assert shell("list", "--organization", new_id()) == ["No webhook subscriptions."]


async def test_one_is_shown(shell: Shell, organization: Organization, hook: WebhookSubscription) -> None:
    lines = dict(line.split("  ", 1) for line in shell("show", URIS.webhook_subscription(hook.id)))

    assert {name: value.strip() for name, value in lines.items()} == {
        "Subscription": str(hook.id),
        "URL": "https://hooks.example/receiver",
        "State": "active",
        "Waiting": "nothing",
        "Events": "invitee.created, invitee.canceled",
        "Scope": "organization",
        "Organization": URIS.organization(organization.id),
        "Signed": "yes",
        "Made": stamp(AN_HOUR_AGO),
        "By": URIS.user(organization.owner.id),
    }


async def test_deliveries_are_listed_by_state_and_time(
    conn: Conn, shell: Shell, organization: Organization, hook: WebhookSubscription, delivery_id: str
) -> None:
    await make_booking(conn, organization, START + timedelta(hours=1), now=NOW)

    lines = [line.split() for line in shell("deliveries", hook.id)]
    assert lines[0] == ["ID", "HAPPENED", "EVENT", "STATE", "ATTEMPTS", "LAST", "ANSWER", "NEXT", "ATTEMPT"]
    assert [line[1:] for line in lines[1:]] == [
        [*stamp(NOW).split(), "invitee.created", "pending", "0", *stamp(NOW).split()],
        [*stamp(AN_HOUR_AGO).split(), "invitee.created", "failed", "1", "500"],
    ]
    assert [one["state"] for one in shell.json("deliveries", hook.id, "--since", "30m")["collection"]] == ["pending"]
    since = (AN_HOUR_AGO - timedelta(minutes=1)).isoformat()
    assert len(shell.json("deliveries", hook.id, "--since", since)["collection"]) == 2
    (failed,) = shell.json("deliveries", hook.id, "--state", "failed")["collection"]
    assert failed["uri"].endswith(delivery_id)
    assert shell("deliveries", hook.id, "--count", 1)[-1] == "These are the newest 1; --count shows more."
    assert shell("deliveries", hook.id, "--state", "discarded") == ["No such deliveries."]


async def test_a_delivery_is_shown_with_attempts_and_request(
    conn: Conn, shell: Shell, hook: WebhookSubscription, delivery_id: str
) -> None:
    cursor = await conn.execute(
        "SELECT head, event.correlation_id::text, payload FROM deliveries"
        " JOIN events AS event ON event.id = event_id WHERE subscription_id = %s",
        (hook.id,),
    )
    ((head, correlation_id, payload),) = await cursor.fetchall()

    lines = shell("delivery", delivery_id)

    assert [line.split() for line in lines[:6]] == [
        ["Delivery", delivery_id],
        ["Subscription", str(hook.id)],
        ["Event", "invitee.created"],
        ["Happened", *stamp(AN_HOUR_AGO).split()],
        ["State", "failed"],
        ["Correlation", correlation_id],
    ]
    assert lines[6:] == [
        "",
        "ATTEMPT  AT                    TOOK   ANSWER  BEGINNING OF ITS BODY",
        f"1        {stamp(AN_HOUR_AGO)}  87 ms  500     out of [31morder",
        "",
        "POST https://hooks.example/receiver",
        "Content-Type: application/json",
        "User-Agent: OpenSlot",
        f"webhook-id: {delivery_id}",
        f"openslot-correlation-id: {correlation_id}",
        "webhook-timestamp: (anew for every attempt)",
        "Calendly-Webhook-Signature: (anew for every attempt)",
        "webhook-signature: (anew for every attempt)",
        "",
        f"{head}{payload}}}",
    ]
    assert shell.json("delivery", delivery_id)["attempts"][0]["response_excerpt"] == "out\n of \x1b[31morder"


def test_one_is_delivered_again_or_everything_since_a_time(
    shell: Shell, hook: WebhookSubscription, delivery_id: str
) -> None:
    assert shell("replay", hook.id, "--since", "30m") == ["0 deliveries are due."]
    assert shell("replay", hook.id, "--since", "2h", "--until", "30m") == ["1 delivery is due."]
    assert shell("redeliver", delivery_id) == [f"Delivery {delivery_id} of invitee.created is due."]
    assert shell.json("redeliver", delivery_id)["state"] == "pending"
    assert shell.json("replay", hook.id, "--since", "1w") == {"deliveries": 0}


def test_a_test_event_is_sent_and_deliveries_are_paused_and_go_on(shell: Shell, hook: WebhookSubscription) -> None:
    (line,) = shell("test", hook.id, "--event", "event_type.created")
    (listed,) = shell.json("deliveries", hook.id)["collection"]
    made = listed["uri"].rpartition("/")[2]

    assert line == f"A made-up event_type.created is due. See what becomes of it: openslot webhook delivery {made}"
    assert "event_type.created (test)" in shell("deliveries", hook.id)[1]
    assert shell.json("test", hook.id)["event"] == "invitee.created"
    assert "State         disabled" in shell("disable", hook.id)
    assert shell.refused("test", hook.id) == (
        1, "Error: This webhook subscription is disabled: enable it first.",
    )  # fmt: skip
    assert "State         active" in shell("enable", hook.id)
    assert shell.json("disable", hook.id)["state"] == "disabled"
    assert shell.json("enable", hook.id)["state"] == "active"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "x"], 2, "'x' is neither an id nor a URI"),
        (["show", str(new_id())], 1, "no webhook subscription"),
        (["enable", str(new_id())], 1, "see 'openslot webhook list'"),
        (["delivery", str(new_id())], 1, "no webhook delivery"),
        (["replay", str(new_id())], 2, "--since"),
        (["replay", str(new_id()), "--since", "soon"], 2, "neither such as 2027-01-05T10:00:00Z nor such as 30m"),
        (["replay", str(new_id()), "--since", "999999w"], 2, "too long ago"),
    ],
)
def test_what_can_not_be_done_is_one_clear_line(shell: Shell, arguments: list[str], code: int, words: str) -> None:
    got, line = shell.refused(*arguments)

    assert got == code
    assert words in line
