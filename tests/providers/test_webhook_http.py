"""The HTTP of deliveries: what a name resolves to is judged at each connection. Source: design, section 8."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp.resolver import ThreadedResolver

from openslot.providers.webhook_http import AiohttpSender
from openslot.security.outbound import OutboundPolicy


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server on loopback that says 200 to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What names resolve to, instead of what the network says."""

    def resolve_to(*addresses: str) -> None:
        async def resolve(_: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:  # noqa: ARG001
            return [
                {
                    "hostname": host, "host": address, "port": port, "proto": 0, "flags": socket.AI_NUMERICHOST,
                    "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                }
                for address in addresses
            ]  # fmt: skip

        monkeypatch.setattr(ThreadedResolver, "resolve", resolve)

    return resolve_to


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1", "0.0.0.0"]
)
async def test_a_name_that_leads_into_a_private_network_is_refused(port: int, names: Names, address: str) -> None:
    names(address)
    async with AiohttpSender(OutboundPolicy()) as sender:
        answer = await sender.post(f"http://innocent.example:{port}/", b"{}", {})

    assert answer.status is None
    assert "innocent.example resolves to a private network only" in (answer.error or "")


async def test_of_several_addresses_only_permitted_ones_are_tried(port: int, names: Names) -> None:
    names("10.0.0.1", "127.0.0.1", "::1")
    async with AiohttpSender(OutboundPolicy(["127.0.0.1/32"])) as sender:
        answer = await sender.post(f"http://mixed.example:{port}/", b"{}", {})

    assert (answer.status, answer.error) == (200, None)


async def test_a_name_that_changes_is_judged_anew(port: int, names: Names) -> None:
    async with AiohttpSender(OutboundPolicy(["127.0.0.0/30"])) as sender:
        names("127.0.0.1")
        before = await sender.post(f"http://rebound.example:{port}/", b"{}", {})
        names("127.0.0.9")
        after = await sender.post(f"http://rebound.example:{port}/", b"{}", {})

    assert before.status == 200
    assert "private network" in (after.error or "")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "localhost"])
async def test_loopback_is_refused_however_it_is_written(port: int, host: str) -> None:
    async with AiohttpSender(OutboundPolicy()) as sender:
        answer = await sender.post(f"http://{host}:{port}/", b"{}", {})

    assert answer.status is None
    assert any(words in (answer.error or "") for words in ("private network", "not a canonical IPv4 address"))


async def test_what_the_operator_allows_is_reached(port: int) -> None:
    async with AiohttpSender(OutboundPolicy(["127.0.0.0/8"])) as sender:
        answer = await sender.post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert (answer.status, answer.error) == (200, None)


async def test_an_unknown_name_is_an_answer_and_no_exception(names: Names) -> None:
    names()
    async with AiohttpSender(OutboundPolicy()) as sender:
        answer = await sender.post("http://nowhere.example/", b"{}", {})

    assert answer.status is None
    assert answer.error
