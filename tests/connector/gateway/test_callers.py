"""The limit of calls: 100 per 60 s and connection, whatever others do. Source: connector.json, throttling."""

import asyncio
import threading
from collections import Counter

import httpx
import pytest

from lockstep import LockstepClock, most_in_a_window
from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.connector.gateway import Gateway, callers

from .conftest import OTHER, TOKEN, UNAUTHENTICATED, Clock, Json, caller, page, talking


async def statuses(gateway: Gateway, token: str, calls: int = 1, path: str = "/users/me") -> list[int]:
    async with caller(gateway, token) as client:
        return [(await client.get(path)).status_code for _ in range(calls)]


def remembered(gateway: Gateway) -> int:
    return len(gateway._callers._known) + len(gateway._callers._unknown)


@pytest.fixture
def only_known_tokens(api: StandIn) -> None:
    """The API refuses tokens that begin with ``made-up``."""
    user = api.answer(Received("GET", "/users/me", {}, {}, b""))

    def answer(request: Received) -> Reply | HangUp:
        return Reply(401, UNAUTHENTICATED) if "Bearer made-up" in request.headers["authorization"] else user

    api.on("GET", "/users/me", answer)


@pytest.mark.parametrize("latency_seconds", [0.0, 0.3, 7.0])
async def test_250_calls_from_20_tasks_never_exceed_100_in_any_window(api: StandIn, latency_seconds: float) -> None:
    clock = LockstepClock(workers=20)
    arrived: list[float] = []
    left: list[float] = []
    lock = threading.Lock()
    user = api.answer(Received("GET", "/users/me", {}, {}, b""))

    def answer(_: Received) -> Reply | HangUp:
        with lock:
            arrived.append(clock.now)
            clock.advance(latency_seconds / 20)
            left.append(clock.now)
        return user

    api.on("GET", "/users/me", answer)
    calls = iter(range(250))
    refused: list[float] = []

    async with Gateway(api.url, monotonic=clock.monotonic) as gateway, caller(gateway) as client:

        async def worker() -> None:
            for _ in calls:
                while (answer := await client.get("/users/me")).status_code == 429:
                    refused.append(clock.now)
                    await clock.async_sleep(float(answer.headers["retry-after"]))
                assert answer.status_code == 200
            clock.retire()

        await asyncio.gather(*(worker() for _ in range(20)))

    assert (len(arrived), bool(refused)) == (250, True)
    assert most_in_a_window(sorted(arrived)) <= 100
    assert most_in_a_window(sorted(left)) <= 100
    # and the limit is used: three windows are enough for 250, whatever the latency adds to each
    assert clock.now < 120 + 250 * latency_seconds + 3


async def test_two_connections_do_not_share(gateway: Gateway) -> None:
    both = await asyncio.gather(*(statuses(gateway, token, 101) for token in (TOKEN, OTHER)))

    assert both == [[200] * 100 + [429]] * 2


async def test_calls_at_once_of_a_token_that_is_new_are_counted() -> None:
    arrived = 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    async with talking(answer) as url, Gateway(url) as gateway, caller(gateway) as client:
        answers = await asyncio.gather(*(client.get("/users/me") for _ in range(130)))

    assert Counter(one.status_code for one in answers) == {200: 100, 429: 30}
    assert arrived == 100


async def test_calls_beyond_the_limit_get_the_platform_s_429(
    api: StandIn, call: httpx.AsyncClient, clock: Clock
) -> None:
    made = []
    for _ in range(100):
        made.append((await call.get("/users/me")).status_code)
        clock.now += 0.5
    refused = await call.get("/users/me")

    assert made == [200] * 100
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (
        429,
        "10",
        {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 10 seconds."},
    )
    assert len(api.received) == 100
    clock.now += 10
    assert [(await call.get("/users/me")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(("seconds_ago", "wait"), [(0, "60"), (0.25, "60"), (59, "1"), (59.75, "1")])
async def test_the_wait_that_is_sent_is_never_too_short(
    gateway: Gateway, call: httpx.AsyncClient, clock: Clock, seconds_ago: float, wait: str
) -> None:
    await statuses(gateway, TOKEN, 100)
    clock.now += seconds_ago
    refused = await call.get("/users/me")
    clock.now += float(wait)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, wait)
    assert (await call.get("/users/me")).status_code == 200


async def test_the_gateway_s_own_calls_do_not_count(api: StandIn, gateway: Gateway) -> None:
    api.on("GET", "/event_types", page())

    assert await statuses(gateway, TOKEN, 101, "/event_types") == [200] * 100 + [429]
    assert len(api.received) == 101


@pytest.mark.usefixtures("only_known_tokens")
class TestNobodySwitchesTheLimitOff:
    @pytest.fixture(autouse=True)
    def room_for_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(callers, "REMEMBERED", 3)

    async def test_by_made_up_tokens_which_take_no_room(self, gateway: Gateway) -> None:
        await statuses(gateway, TOKEN, 100)

        made_up = [await statuses(gateway, f"made-up-{number}") for number in range(10)]

        assert made_up == [[401]] * 10
        assert remembered(gateway) == 1
        assert await statuses(gateway, TOKEN) == [429]

    async def test_by_paths_that_lead_nowhere(self, gateway: Gateway) -> None:
        await statuses(gateway, TOKEN, 100)

        nowhere = [await statuses(gateway, f"made-up-{number}", 1, "/event_types/%20") for number in range(10)]

        assert nowhere == [[404]] * 10
        assert await statuses(gateway, TOKEN) == [429]

    async def test_by_tokens_of_their_own_for_which_there_is_no_room(self, gateway: Gateway, clock: Clock) -> None:
        await statuses(gateway, TOKEN, 100)
        others = [await statuses(gateway, token) for token in ("one", "two", "three")]
        async with caller(gateway, "three") as client:
            refused = await client.get("/users/me")

        assert others == [[200], [200], [503]]
        assert (refused.headers["retry-after"], refused.json()) == (
            "60",
            {"title": "Service Unavailable", "message": "Too many connections call at once. Try again."},
        )
        assert [await statuses(gateway, token) for token in (TOKEN, "one")] == [[429], [200]]

        clock.now += 60
        assert [await statuses(gateway, token) for token in ("three", TOKEN)] == [[200], [200]]

    async def test_while_a_call_of_theirs_is_under_way(self, api: StandIn, gateway: Gateway, clock: Clock) -> None:
        began, over = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def dawdle(_: Received) -> Reply:
            loop.call_soon_threadsafe(began.set)
            over.wait(30)
            return Reply(404)

        api.on("GET", "/event_types/1", dawdle)
        await statuses(gateway, TOKEN)
        async with caller(gateway, TOKEN) as client:
            slow = asyncio.create_task(client.get("/event_types/1"))
            await began.wait()
            clock.now += 3600
            others = [await statuses(gateway, token) for token in ("one", "two", "three")]
            over.set()
            await slow

        assert others == [[200], [200], [503]]
        assert await statuses(gateway, TOKEN, 100) == [200] * 99 + [429]

    async def test_and_one_that_is_busy_keeps_no_room_for_those_that_are_not(
        self, api: StandIn, gateway: Gateway, clock: Clock
    ) -> None:
        began, over = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def dawdle(_: Received) -> Reply:
            loop.call_soon_threadsafe(began.set)
            over.wait(30)
            return Reply(404)

        api.on("GET", "/event_types/1", dawdle)
        for token in (TOKEN, "one", "two"):
            await statuses(gateway, token)
        clock.now += 100
        async with caller(gateway, TOKEN) as client:
            slow = asyncio.create_task(client.get("/event_types/1"))
            await began.wait()
            others = [await statuses(gateway, token) for token in ("three", "four", "five")]
            over.set()
            await slow

        assert others == [[200], [200], [503]]

    async def test_a_connection_that_calls_no_more_is_forgotten(self, gateway: Gateway, clock: Clock) -> None:
        await statuses(gateway, TOKEN)
        clock.now += 1800
        await statuses(gateway, "one")
        clock.now += 1800
        await statuses(gateway, "one")

        assert remembered(gateway) == 1


class TestWhileTheApiDoesNotAnswer:
    """Nobody can tell then who is who."""

    @pytest.fixture
    def api(self, api: StandIn) -> StandIn:
        api.on("GET", "/users/me", HangUp())
        return api

    @pytest.fixture(autouse=True)
    def room_for_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(callers, "REMEMBERED", 3)

    async def test_the_limit_holds_for_a_new_connection_until_its_calls_count_no_more(
        self, gateway: Gateway, clock: Clock
    ) -> None:
        first = await statuses(gateway, TOKEN, 101)
        clock.now += 59
        then = await statuses(gateway, TOKEN)
        clock.now += 1
        later = await statuses(gateway, TOKEN, 101)

        assert (first, then, later) == ([502] * 100 + [429], [429], [502] * 100 + [429])

    async def test_the_limit_holds_while_it_hangs(self) -> None:
        async def answer_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read()

        async with (
            talking(answer_nothing) as url,
            Gateway(url, timeout_seconds=0.3) as gateway,
            caller(gateway) as client,
        ):
            rounds = [
                Counter(one.status_code for one in await asyncio.gather(*(client.get("/users/me") for _ in range(60))))
                for _ in range(2)
            ]

        assert rounds == [{504: 60}, {504: 40, 429: 20}]

    async def test_made_up_tokens_take_no_room_from_those_that_are_known(
        self, api: StandIn, gateway: Gateway, clock: Clock, samples: Json
    ) -> None:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
        known = [await statuses(gateway, token, 100) for token in (TOKEN, OTHER)]
        api.on("GET", "/users/me", HangUp())
        made_up = [await statuses(gateway, f"made-up-{number}") for number in range(5)]

        assert known == [[200] * 100] * 2
        assert made_up == [[502]] * 3 + [[503]] * 2
        assert [await statuses(gateway, token) for token in (TOKEN, OTHER)] == [[429], [429]]
        clock.now += 60
        assert await statuses(gateway, "made-up-5") == [502]
        assert remembered(gateway) == 3

    async def test_a_new_connection_s_limit_is_not_pushed_out_by_others(self, gateway: Gateway) -> None:
        await statuses(gateway, TOKEN, 100)

        made_up = [await statuses(gateway, f"made-up-{number}") for number in range(5)]

        assert made_up == [[502]] * 2 + [[503]] * 3
        assert await statuses(gateway, TOKEN) == [429]

    async def test_a_token_that_turns_out_to_be_made_up_is_forgotten(self, api: StandIn, gateway: Gateway) -> None:
        api.on("GET", "/users/me", HangUp(), Reply(401, UNAUTHENTICATED))

        assert (await statuses(gateway, "made-up", 2), remembered(gateway)) == ([502, 401], 0)

    async def test_a_token_that_turns_out_to_be_known_keeps_its_count(
        self, api: StandIn, gateway: Gateway, samples: Json
    ) -> None:
        api.on("GET", "/users/me", HangUp(), Reply(json={"resource": samples["user"]}))

        assert await statuses(gateway, TOKEN, 101) == [502] + [200] * 99 + [429]
