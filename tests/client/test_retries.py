import json
import socket
import threading
import time
from email.utils import formatdate
from typing import Any

import pytest

from openslot.client import (
    Client,
    ClientError,
    InvalidArgument,
    NoAnswer,
    NotFound,
    RateLimited,
    Retries,
    Unavailable,
    extensions,
    operations,
)
from openslot.client.messages import Response
from openslot.client.retries import may_repeat, retry_after_of
from openslot.client.testing import HangUp, Reply, StandIn
from openslot.wire.groups import ChangeGroup, PutMembers
from openslot.wire.no_shows import CreateNoShow

ME = operations.GetCurrentUser()
MARK = operations.CreateInviteeNoShow(CreateNoShow("https://x/scheduled_events/1/invitees/2"))
UNMARK = operations.DeleteInviteeNoShow("1")
GROUP = {
    "uri": "https://x/groups/1",
    "name": "Sales",
    "organization": "https://x/organizations/1",
    "created_at": "2031-04-01T08:00:00.000000Z",
    "updated_at": "2031-04-01T08:00:00.000000Z",
    "member_count": 0,
}
Json = dict[str, Any]


@pytest.mark.parametrize("trouble", [Reply(500), Reply(502), Reply(503), Reply(504), Reply(429), HangUp()])
def test_a_read_in_trouble_is_repeated(
    api: StandIn, call: Any, clock: Any, samples: Json, trouble: Reply | HangUp
) -> None:
    api.on("GET", "/users/me", trouble, trouble, Reply(json={"resource": samples["user"]}))

    assert call(ME).name == "Host Person"
    first, second = clock.slept
    assert 0 <= first <= 0.5
    assert 0 <= second <= 1.0


def test_after_the_last_attempt_the_error_is_raised(api: StandIn, call: Any) -> None:
    api.on("GET", "/users/me", Reply(503))

    with pytest.raises(Unavailable):
        call(ME)

    assert api.calls() == ["GET /users/me"] * 4


def test_what_is_wrong_for_good_is_not_repeated(api: StandIn, call: Any) -> None:
    api.on("GET", "/users/me", Reply(400))

    with pytest.raises(InvalidArgument):
        call(ME)

    assert len(api.received) == 1


def test_what_can_be_done_twice_is_repeated(api: StandIn, call: Any) -> None:
    api.on("PUT", "/openslot/groups/1/members", Reply(502), HangUp(), Reply(json={"resource": GROUP}))

    assert call(extensions.PutGroupMembers("1", PutMembers([]))).name == "Sales"


def test_a_change_of_what_may_have_changed_meanwhile_is_not_repeated(api: StandIn, call: Any) -> None:
    api.on("PATCH", "/openslot/groups/1", Reply(502))

    with pytest.raises(Unavailable):
        call(extensions.UpdateGroup("1", ChangeGroup("Sales")))

    assert len(api.received) == 1


@pytest.mark.parametrize(("trouble", "error"), [(Reply(503), Unavailable), (HangUp(), NoAnswer)])
def test_a_post_that_may_have_arrived_is_not_repeated(
    api: StandIn, call: Any, trouble: Reply | HangUp, error: type[ClientError]
) -> None:
    api.on("POST", "/invitee_no_shows", trouble)

    with pytest.raises(error):
        call(MARK)

    assert len(api.received) == 1


def test_a_post_that_was_one_too_many_is_repeated(api: StandIn, call: Any, samples: Json) -> None:
    api.on("POST", "/invitee_no_shows", Reply(429), Reply(201, {"resource": samples["no_show"]}))

    assert call(MARK).uri == samples["no_show"]["uri"]


def test_a_post_is_repeated_after_an_answer_with_a_time_to_retry(
    api: StandIn, call: Any, clock: Any, samples: Json
) -> None:
    away = Reply(503, headers={"Retry-After": "9"})
    api.on("POST", "/invitee_no_shows", away, Reply(201, {"resource": samples["no_show"]}))

    assert call(MARK).uri == samples["no_show"]["uri"]
    assert clock.slept == [9.0]


def test_a_post_that_reached_nobody_is_repeated(clock: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            Client("made-up", f"http://127.0.0.1:{nobody.getsockname()[1]}", clock=clock) as client,
            pytest.raises(NoAnswer) as caught,
        ):
            client.send(MARK)

    assert (len(clock.slept), caught.value.left) == (3, False)


@pytest.mark.parametrize("trouble", [HangUp(), Reply(502)])
def test_a_delete_that_was_done_before_its_answer_was_lost_is_done(
    api: StandIn, call: Any, trouble: Reply | HangUp
) -> None:
    api.on("DELETE", "/invitee_no_shows/1", trouble, Reply(404))

    assert call(UNMARK) is None


@pytest.mark.parametrize("before", [(), (Reply(429),)], ids=["at once", "after a refusal"])
def test_a_delete_of_what_is_not_there_is_an_error(api: StandIn, call: Any, before: tuple[Reply, ...]) -> None:
    api.on("DELETE", "/invitee_no_shows/1", *before, Reply(404))

    with pytest.raises(NotFound):
        call(UNMARK)


def test_a_read_of_what_is_not_there_is_an_error_whatever_was_before(api: StandIn, call: Any) -> None:
    api.on("GET", "/users/me", HangUp(), Reply(404))

    with pytest.raises(NotFound):
        call(ME)


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "42"}, 42.0),
        ({"Retry-After": "3", "X-RateLimit-Reset": "42"}, 3.0),
        ({"Retry-After": "60"}, 60.0),
        ({"Retry-After": "1.5"}, 1.5),
    ],
)
def test_the_wait_that_the_server_requests_is_kept(
    api: StandIn, call: Any, clock: Any, samples: Json, headers: dict[str, str], slept: float
) -> None:
    api.on("GET", "/users/me", Reply(429, headers=headers), Reply(json={"resource": samples["user"]}))

    call(ME)

    assert clock.slept == [slept]


def test_a_date_is_kept_although_the_server_sends_no_time(clock: Any, samples: Json) -> None:
    """Then our own clock counts. Source: RFC 9110, 6.6.1."""
    retry_at = formatdate(time.time() + 20, usegmt=True)
    away = f"HTTP/1.1 503 Away\r\nRetry-After: {retry_at}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    body = json.dumps({"resource": samples["user"]})
    back = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for answer in (away, back):
                accepted, _ = listening.accept()
                with accepted:
                    accepted.recv(65536)
                    accepted.sendall(answer.encode())

        serving = threading.Thread(target=serve)
        serving.start()
        with Client("made-up", f"http://127.0.0.1:{listening.getsockname()[1]}", clock=clock) as client:
            assert client.send(ME).name == "Host Person"
        serving.join()

    (slept,) = clock.slept
    assert 15 < slept <= 20


def test_a_wait_that_is_too_long_ends_the_attempts(api: StandIn, call: Any, clock: Any) -> None:
    api.on("GET", "/users/me", Reply(429, headers={"Retry-After": "61"}))

    with pytest.raises(RateLimited) as caught:
        call(ME)

    assert (clock.slept, caught.value.retry_after_seconds) == ([], 61.0)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, {"retry-after": "Thu, 01 Apr 2032 08:00:30 GMT", "date": "Thu, 01 Apr 2032 08:00:00 GMT"}, 30.0),
        (503, {"retry-after": "Thu, 01 Apr 2032 08:00:00 GMT", "date": "Thu, 01 Apr 2032 08:00:09 GMT"}, 0.0),
        (503, {"retry-after": "Thu, 01 Apr 2032 08:00:30 GMT"}, None),
        (503, {"retry-after": "soon"}, None),
        (503, {"retry-after": "-1"}, None),
        (503, {"x-ratelimit-reset": "42"}, None),
        (429, {}, None),
    ],
)
def test_a_wait_is_read_from_the_server_s_own_clock(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_of(Response(status, "", headers, b"")) == seconds


def test_waits_double_up_to_the_longest() -> None:
    retries = Retries(attempts=7, first_wait_seconds=0.5, longest_wait_seconds=4.0)

    assert [retries.wait_seconds(attempt, None, 1.0) for attempt in range(1, 8)] == [0.5, 1, 2, 4, 4, 4, None]


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_what_never_left_may_be_repeated(method: str) -> None:
    assert may_repeat(method, None, left=False)


@pytest.mark.parametrize("trouble", [Reply(500), Reply(503), HangUp()])
def test_a_write_with_a_key_is_repeated_with_the_same_key(api: StandIn, call: Any, trouble: Reply | HangUp) -> None:
    done = {
        "uri": "https://x/invitee_no_shows/1",
        "invitee": "https://x/i",
        "created_at": "2031-04-01T08:00:00.000000Z",
    }
    api.on("POST", "/invitee_no_shows", trouble, trouble, Reply(201, json={"resource": done}))

    call(MARK, keyed_writes=True)
    call(MARK, keyed_writes=True)

    keys = [one.headers["idempotency-key"] for one in api.received]
    assert len(keys) == 4
    assert len(set(keys[:3])) == 1
    assert len(set(keys)) == 2


def test_without_that_option_nothing_has_a_key_and_with_it_no_read_has(api: StandIn, call: Any, samples: Json) -> None:
    api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
    api.on("DELETE", "/invitee_no_shows/1", Reply(204))
    call(UNMARK)
    call(ME, keyed_writes=True)

    assert [one for one in api.received if "idempotency-key" in one.headers] == []
