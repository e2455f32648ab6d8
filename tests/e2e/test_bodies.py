"""Bodies that are too large, broken or cut off, as real clients send them over a real connection."""

import asyncio
import http.client
import json
import shutil
import socket
import struct
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from running import PATIENCE_SECONDS, Service, raw_answer, serving
from running import offer as offered

LARGE = 20_000_000
TOO_LARGE = {"title": "Content Too Large", "message": "The request body is too large."}
HEAD = b"Host: localhost\r\n"
EXPECT = b"Expect: 100-continue\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"

Answer = tuple[int, str]


def urllib_client(url: str, token: str, file: Path) -> Answer:
    request = urllib.request.Request(url, file.read_bytes(), {"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read().decode()


def http_client(url: str, token: str, file: Path) -> Answer:
    """Sends all, then reads; a broken pipe while it sends would hide the answer."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    try:
        with file.open("rb") as body:
            connection.request("POST", parts.path, body, {"Authorization": f"Bearer {token}"}, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def requests_client(url: str, token: str, file: Path) -> Answer:
    requests = pytest.importorskip("requests")
    with file.open("rb") as body:
        answer = requests.post(url, data=body, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_SECONDS)
    return answer.status_code, answer.text


def httpx_client(url: str, token: str, file: Path) -> Answer:
    answer = httpx.post(url, content=file.read_bytes(), headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.text


def httpx_in_chunks(url: str, token: str, file: Path) -> Answer:
    def pieces() -> Iterator[bytes]:
        with file.open("rb") as opened:
            while piece := opened.read(65_536):
                yield piece

    answer = httpx.post(url, content=pieces(), headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.text


def run(*command: str) -> Answer:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    status, _, body = done.stdout.partition("\n")
    return int(status), body


def curl(url: str, token: str, file: Path, *options: str) -> Answer:
    found = run(
        "curl", "-sS", "-X", "POST", "-H", f"Authorization: Bearer {token}", *options,
        "-o", f"{file}.answer", "-w", "%{http_code}\n", "--data-binary", f"@{file}", url,
    )  # fmt: skip
    return found[0], Path(f"{file}.answer").read_text()


def curl_in_chunks(url: str, token: str, file: Path) -> Answer:
    return curl(url, token, file, "-H", "Transfer-Encoding: chunked", "-H", "Expect:")


def node_fetch(url: str, token: str, file: Path) -> Answer:
    script = """
      const [url, token, file] = process.argv.slice(1);
      const body = require("fs").readFileSync(file);
      fetch(url, {method: "POST", body, headers: {Authorization: `Bearer ${token}`}})
        .then(async (answer) => console.log(answer.status + "\\n" + await answer.text()));
    """
    return run("node", "-e", script, url, token, str(file))


CLIENTS = [urllib_client, http_client, requests_client, httpx_client, httpx_in_chunks, curl, curl_in_chunks, node_fetch]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("large") / "body"
    file.write_bytes(b" " * LARGE)
    return file


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_that_its_body_is_too_large(
    strict: Service, large: Path, client: Callable[[str, str, Path], Answer]
) -> None:
    status, body = client(f"{strict.api_url}/invitees", strict.token, large)

    assert (status, json.loads(body)) == (413, TOO_LARGE)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_without_a_token_reads_so_whatever_it_sends(
    strict: Service, large: Path, client: Callable[[str, str, Path], Answer]
) -> None:
    status, body = client(f"{strict.api_url}/invitees", "nobody's", large)

    assert (status, json.loads(body)["title"]) == (413, TOO_LARGE["title"])


async def test_a_form_that_is_too_large_is_answered_with_a_page(strict: Service) -> None:
    head = f"POST {offered(strict).path}/2027-01-05T09:00:00Z HTTP/1.1\r\n".encode() + HEAD + FORM
    length = b"Content-Length: %d\r\n\r\n" % LARGE

    answer = await raw_answer(strict.port, head + length + b"a" * LARGE)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"That is too much text" in answer


async def test_a_client_that_expects_100_continue_is_refused_at_once(strict: Service) -> None:
    head = b"POST /api/v2/invitees HTTP/1.1\r\n" + HEAD + f"Authorization: Bearer {strict.token}\r\n".encode()

    answer = await raw_answer(strict.port, head + b"Expect: 100-continue\r\nContent-Length: 20000000\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer


@pytest.mark.parametrize(("kind", "words"), [("API", b"did not arrive in time"), ("form", b"That took too long")])
async def test_a_body_that_arrives_too_slowly_is_answered_with_408(strict: Service, kind: str, words: bytes) -> None:
    answer = await raw_answer(strict.port, heads(strict)[kind] + b"Content-Length: 500\r\n\r\nab")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert words in answer


@pytest.mark.parametrize("chunk", [b"ZZ\r\n", b"3\r\nabcd\r\n", b"ffffffffffffffffffff\r\n", b"-1\r\n"])
@pytest.mark.parametrize("kind", ["API", "form"])
async def test_a_malformed_chunk_is_the_callers_mistake(strict: Service, kind: str, chunk: bytes) -> None:
    head = heads(strict)[kind] + b"Transfer-Encoding: chunked\r\n\r\n"

    answer = await raw_answer(strict.port, head + chunk)

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_who_hangs_up_leaves_one_quiet_line(new_data_dir: Callable[[str], Path]) -> None:
    """On a service of its own: the lines of others come when they come, and this machine may stop for seconds."""
    with serving(new_data_dir("hung-up"), "--demo", OPENSLOT_LOG_LEVEL="info") as service:
        before = len(service.lines)

        def posts(lines: list[str]) -> list[str]:
            return [line for line in lines[before:] if "POST" in line]

        for head in heads(service).values():
            for _ in range(5):
                await hang_up(service.port, head + EXPECT + b"Content-Length: 500\r\n\r\n", b"ab")
                await hang_up(service.port, head + EXPECT + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nab")
        await asyncio.to_thread(service.wait_until, lambda lines: len(posts(lines)) >= 20)

        assert [line for line in service.lines[before:] if " info " not in line] == []
    statuses = [line.partition("Z ")[2].split()[-4] for line in posts(service.lines)]
    assert sorted(statuses) == ["400"] * 10 + ["499"] * 10


async def test_a_booking_whose_caller_hangs_up_is_made_whole_or_not_at_all(strict: Service) -> None:
    offer = offered(strict)
    starts = offer.starts[-5:]
    for start in starts:
        body = json.dumps(
            {
                "event_type": offer.uri,
                "start_time": start,
                "invitee": {"name": "Ada", "email": "gone@example.org", "timezone": "UTC"},
            }
        ).encode()
        await hang_up(strict.port, heads(strict)["API"] + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with strict.api() as api:  # the only connection to the database is there again
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        query = {"organization": organization, "invitee_email": "gone@example.org"}
        events = api.get("/scheduled_events", params=query).json()["collection"]
        invitees = [api.get(f"{one['uri']}/invitees").json()["collection"] for one in events]
    assert {one["start_time"][:19] for one in events} <= {start[:19] for start in starts}
    assert [[one["email"] for one in of_event] for of_event in invitees] == [["gone@example.org"]] * len(events)
    assert {start[:19] for start in offered(strict).starts}.isdisjoint(one["start_time"][:19] for one in events)


def heads(service: Service) -> dict[str, bytes]:
    """How a request with a body begins, at the API and at a form."""
    token = f"Authorization: Bearer {service.token}\r\n".encode()
    form = offered(service).path.encode() + b"/2027-01-05T09:00:00Z"
    return {
        "API": b"POST /api/v2/invitees HTTP/1.1\r\n" + HEAD + token,
        "form": b"POST " + form + b" HTTP/1.1\r\n" + HEAD + FORM,
    }


async def hang_up(port: int, sent: bytes, body: bytes = b"") -> None:
    """Send, and be gone the hard way; what comes before ``body`` has been read by then.

    Whatever the service has not read when the connection is reset is lost, and with it the request.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    if body:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await reader.readuntil(b"100 Continue\r\n\r\n")
        writer.write(body)
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
