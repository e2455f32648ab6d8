"""The port of a service is its own, though its web workers share it."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import click
import pytest

from openslot.cli import ports

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "CLAIM_SECONDS", 0)


def listening(port: int) -> socket.socket:
    """As Granian's workers listen."""
    worker = socket.socket()
    worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    worker.bind((HOST, port))
    worker.listen()
    return worker


def test_several_workers_listen_on_a_claimed_port_and_take_every_call() -> None:
    claimed = ports.claim(HOST, 0)
    with claimed.keeper, listening(claimed.port) as first, listening(claimed.port) as second:
        calls = [socket.create_connection((HOST, claimed.port)) for _ in range(20)]
        for worker in (first, second):
            worker.setblocking(False)
        taken = sum(all_of(worker.accept) for worker in (first, second))
        for call in calls:
            call.close()

    assert taken == len(calls)


def all_of(accept: Callable[[], tuple[socket.socket, object]]) -> int:
    taken = 0
    while True:
        try:
            accept()[0].close()
        except BlockingIOError:
            return taken
        taken += 1


@pytest.mark.parametrize("host", [HOST, "0.0.0.0"])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_service_is_refused_before_and_after_workers_listen(host: str, workers: int) -> None:
    claimed = ports.claim(HOST, 0)
    running = [listening(claimed.port) for _ in range(workers)]
    with claimed.keeper, pytest.raises(click.ClickException, match=f"port {claimed.port} is taken on {host}"):
        ports.claim(host, claimed.port)
    for worker in running:
        worker.close()


def test_of_those_who_claim_a_port_at_the_same_moment_one_gets_it() -> None:
    port = ports.claim(HOST, 0)
    port.keeper.close()
    together = Barrier(4)

    def claim(_: int) -> ports.Claim | None:
        together.wait()
        try:
            return ports.claim(HOST, port.port)
        except click.ClickException:
            return None

    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            [claimed] = [one for one in threads.map(claim, range(4)) if one is not None]
            claimed.keeper.close()


def test_a_port_can_be_claimed_again_while_old_connections_linger() -> None:
    first = ports.claim(HOST, 0)
    with listening(first.port) as worker:
        caller = socket.create_connection((HOST, first.port))
        worker.accept()[0].close()  # who closes first keeps the connection for a while
        caller.close()
    first.keeper.close()

    ports.claim(HOST, first.port).keeper.close()


def test_what_is_started_besides_does_not_get_the_socket() -> None:
    claimed = ports.claim(HOST, 0)
    with claimed.keeper:
        assert not claimed.keeper.get_inheritable()
