import asyncio
import copy
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from openslot.client import Retries, TokenMissing, Unauthenticated, operations
from openslot.client.testing import Reply, StandIn
from openslot.connector import AsyncConnector, Connection, Connector

TOKEN = "osl_made-up-token-of-the-tests"


def test_calls_name_the_application_that_consumes(api: StandIn, connection: Connection) -> None:
    connection.me()

    sent = api.received[0].headers
    assert {name: sent[name] for name in ("authorization", "x-calendly-consumer-application")} == {
        "authorization": f"Bearer {TOKEN}",
        "x-calendly-consumer-application": "ms_power_automate",
    }


def test_the_caller_is_looked_up_once(api: StandIn, connection: Connection) -> None:
    assert connection.me() is connection.me()
    assert api.calls() == ["GET /users/me"]


async def test_the_caller_is_looked_up_once_for_all_tasks_and_threads(api: StandIn) -> None:
    async with Connection(TOKEN, api.url) as connection:
        own = await asyncio.gather(
            *(connection.ame() for _ in range(10)), *(asyncio.to_thread(connection.me) for _ in range(4))
        )

    assert ({user.name for user in own}, api.calls()) == ({"Host Person"}, ["GET /users/me"])


def test_a_failed_look_up_is_not_remembered(api: StandIn, connection: Connection, samples: Any) -> None:
    api.on("GET", "/users/me", Reply(401), Reply(json={"resource": samples["user"]}))

    with pytest.raises(Unauthenticated):
        connection.me()

    assert connection.me().name == "Host Person"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_has_no_token_until_it_is_given_one(api: StandIn, connection: Connection, copied: Any) -> None:
    other = copied(connection)

    with pytest.raises(TokenMissing):
        other.me()
    with other.with_token(TOKEN) as usable:
        assert (usable.base_url, usable.me().name) == (api.url, "Host Person")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("surface", [Connector, AsyncConnector])
def test_a_copy_of_a_connector_has_no_token(connection: Connection, surface: Any, copied: Any) -> None:
    other = copied(surface(connection))

    assert type(other) is surface
    with pytest.raises(TokenMissing, match=r"^this connection has no token"):
        other.connection.me()
    assert connection.me().name == "Host Person"


def test_the_token_is_not_in_a_pickle_and_in_no_repr(connection: Connection) -> None:
    connector = Connector(connection)
    assert TOKEN.encode() not in pickle.dumps(connection) + pickle.dumps(connector)
    assert TOKEN not in f"{connection!r} {vars(connection)!r} {connector!r} {vars(connector)!r}"


@pytest.mark.parametrize(("hidden", "base_url"), [(f"Bearer {TOKEN}", "https://x"), (TOKEN, "no URL")])
def test_an_error_at_the_start_does_not_show_the_token(connection: Connection, hidden: str, base_url: str) -> None:
    attempts: list[Callable[[], Connection]] = [
        lambda: Connection(hidden, base_url),
        lambda: connection.with_token(f"Bearer {hidden}"),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match=r"^a (secret|base URL)") as caught:
            attempt()

        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack[2:]
        assert [frame.locals for frame in frames if TOKEN in str(frame.locals)] == []


def test_a_copy_keeps_the_options(api: StandIn) -> None:
    options: Any = {"timeout_seconds": 3.0, "retries": Retries(attempts=2), "when_full": "fail"}
    with Connection(TOKEN, api.url, **options) as connection:
        other = copy.copy(connection)

    assert (other.client.core.timeout_seconds, other.async_client.core.retries.attempts) == (3.0, 2)


def test_closing_both_sides_once_is_enough(api: StandIn) -> None:
    async def both() -> None:
        async with Connection(TOKEN, api.url) as connection:
            await connection.ame()
            await asyncio.to_thread(connection.client.send, operations.GetCurrentUser())

    asyncio.run(both())

    assert len(api.received) == 2
