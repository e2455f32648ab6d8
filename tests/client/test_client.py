import asyncio
import copy
import logging
import pickle
import socket
import threading
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from openslot.client import (
    AsyncClient,
    BrokenPages,
    Client,
    ClientError,
    Conflict,
    Forbidden,
    InvalidArgument,
    NoAnswer,
    NotFound,
    RateLimited,
    Refused,
    Retries,
    Secret,
    TimedOut,
    Unauthenticated,
    Unavailable,
    UnreadableAnswer,
    operations,
)
from openslot.client.testing import HangUp, Received, Reply, StandIn
from openslot.wire import codec
from openslot.wire.common import ErrorDetail
from openslot.wire.event_types import EventType
from openslot.wire.invitees import CreateInvitee, NewInvitee, NewTracking
from openslot.wire.no_shows import CreateNoShow
from openslot.wire.users import User

TOKEN = "osl_made-up-token-of-the-tests"
ME = operations.GetCurrentUser()
NO_RETRIES = Retries(attempts=1)
Json = dict[str, Any]


def page(rows: list[Any], next_page: str | None = None, next_page_token: str | None = None) -> Reply:
    pagination = {"count": len(rows), "next_page": next_page, "previous_page": None, "next_page_token": next_page_token}
    return Reply(json={"collection": rows, "pagination": pagination})


def test_a_resource_comes_back_typed(api: StandIn, call: Any, samples: Json) -> None:
    api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))

    assert call(ME) == codec.convert(samples["user"], User)


def test_every_request_carries_the_token_and_accepts_json(api: StandIn, call: Any, samples: Json) -> None:
    api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))

    call(ME, headers={"X-Calendly-Consumer-Application": "ms_power_automate"})

    sent = api.received[0].headers
    names = ("authorization", "accept", "user-agent", "x-calendly-consumer-application")
    assert {name: sent.get(name) for name in names} == {
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json",
        "user-agent": "openslot",
        "x-calendly-consumer-application": "ms_power_automate",
    }


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_the_base_url_may_have_a_prefix_and_a_trailing_slash(prefix: str, slash: str, samples: Json) -> None:
    with StandIn(prefix) as api, Client(TOKEN, api.url + slash) as client:
        api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))

        assert client.send(ME).uri == samples["user"]["uri"]


@pytest.mark.parametrize(
    "url", ["", "api.calendly.com", "ftp://example.org", "https://", "https://me@example.org", "https://x.org/?a=1"]
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a base URL"):
        Client(TOKEN, url)


@pytest.mark.parametrize(
    "uuid", ["0f4c2b9e", "https://api.calendly.com/event_types/0f4c2b9e", "/event_types/0f4c2b9e/"]
)
def test_an_id_may_be_given_as_a_uri(uuid: str) -> None:
    assert operations.GetEventType(uuid).request("http://x").url == "http://x/event_types/0f4c2b9e"


@pytest.mark.parametrize("uuid", ["", "..", "a b", "x?y=1", "é"])
def test_what_is_neither_id_nor_uri_is_refused(uuid: str) -> None:
    with pytest.raises(ValueError, match="neither a resource id nor a resource URI"):
        operations.GetEventType(uuid).request("http://x")


def test_filters_arrive_as_the_api_writes_them(api: StandIn, call: Any) -> None:
    api.on("GET", "/scheduled_events", page([]))
    rome = timezone(timedelta(hours=2))

    call(
        operations.ListScheduledEvents(
            user="https://api.calendly.com/users/1?&", min_start_time=datetime(2031, 4, 10, 15, tzinfo=rome), count=5
        )
    )

    assert api.received[0].query == {
        "user": "https://api.calendly.com/users/1?&",
        "min_start_time": "2031-04-10T13:00:00.000000Z",
        "count": "5",
    }


def test_booleans_arrive_as_words(api: StandIn, call: Any) -> None:
    api.on("GET", "/event_types", page([]))

    call(operations.ListEventTypes(active=True, admin_managed=False))

    assert api.received[0].query == {"active": "true", "admin_managed": "false"}


def test_a_booking_sends_what_was_set_and_nothing_else(api: StandIn, call: Any, samples: Json) -> None:
    invitee = samples["deliveries"]["invitee.created"]["payload"]
    api.on("POST", "/invitees", Reply(201, {"resource": invitee}))
    start = codec.Timestamp.of(datetime(2031, 4, 10, 13, tzinfo=UTC))

    booked = call(
        operations.CreateEventInvitee(
            CreateInvitee(
                event_type=samples["event_type"]["uri"],
                start_time=start,
                invitee=NewInvitee(email="ada@example.org", timezone="Europe/Rome", name="Ada Example"),
                tracking=NewTracking(None, "flyer", None, None, None, None),
            )
        )
    )

    assert booked.uri == invitee["uri"]
    assert api.received[0].json() == {
        "event_type": samples["event_type"]["uri"],
        "start_time": "2031-04-10T13:00:00.000000Z",
        "invitee": {"email": "ada@example.org", "timezone": "Europe/Rome", "name": "Ada Example"},
        "tracking": {
            "utm_campaign": None,
            "utm_source": "flyer",
            "utm_medium": None,
            "utm_content": None,
            "utm_term": None,
            "salesforce_uuid": None,
        },
    }


def test_an_empty_answer_is_none(api: StandIn, call: Any) -> None:
    api.on("DELETE", "/invitee_no_shows/1", Reply(204))

    assert call(operations.DeleteInviteeNoShow("1")) is None


def test_available_times_are_a_plain_list(api: StandIn, call: Any) -> None:
    row = {
        "status": "available",
        "invitees_remaining": 1,
        "start_time": "2031-04-10T13:00:00Z",
        "scheduling_url": "https://calendly.com/host-person/kiln-tour/2031-04-10T13:00:00Z",
    }
    api.on("GET", "/event_type_available_times", Reply(json={"collection": [row]}))
    start = datetime(2031, 4, 10, tzinfo=UTC)

    times = call(operations.ListEventTypeAvailableTimes("https://x/event_types/1", start, start + timedelta(days=1)))

    assert [msgspec.to_builtins(time) for time in times] == [row]


def test_sample_data_has_no_envelope(api: StandIn, call: Any, samples: Json) -> None:
    sample = samples["deliveries"]["invitee.created"]
    api.on("GET", "/sample_webhook_data", Reply(json=sample))

    answer = call(operations.GetSampleWebhookData("invitee.created", "https://x/organizations/1", "organization"))

    assert (answer.event, answer.payload) == ("invitee.created", sample["payload"])


def test_fields_and_values_from_the_future_are_no_error(api: StandIn, call: Any, samples: Json) -> None:
    later = {**samples["event_type"], "kind": "quantum", "pooling_type": "entangled", "spin": {"up": 1}}
    api.on("GET", "/event_types/1", Reply(json={"resource": later, "links": []}))

    event_type = call(operations.GetEventType("1"))

    assert (event_type.kind, event_type.pooling_type) == ("quantum", "entangled")


class TestPages:
    def test_all_rows_stream_from_all_pages(self, api: StandIn, samples: Json) -> None:
        rows = [{**samples["event_type"], "slug": f"type-{number}"} for number in range(5)]
        api.on(
            "GET",
            "/event_types",
            page(rows[:2], "https://elsewhere.example/event_types?count=100&page_token=second"),
            page(rows[2:4], "https://elsewhere.example/event_types?page_token=ignored", "third"),
            page(rows[4:]),
        )

        with Client(TOKEN, api.url) as client:
            slugs = [row.slug for row in client.stream(operations.ListEventTypes(active=True))]

        assert slugs == ["type-0", "type-1", "type-2", "type-3", "type-4"]
        assert [request.query for request in api.received] == [
            {"active": "true", "count": "100"},
            {"active": "true", "count": "100", "page_token": "second"},
            {"active": "true", "count": "100", "page_token": "third"},
        ]

    async def test_all_rows_stream_from_all_pages_under_asyncio(self, api: StandIn, samples: Json) -> None:
        rows = [{**samples["event_type"], "slug": f"type-{number}"} for number in range(3)]
        api.on("GET", "/event_types", page(rows[:2], "http://x/?page_token=second"), page(rows[2:]))

        async with AsyncClient(TOKEN, api.url) as client:
            slugs = [row.slug async for row in client.stream(operations.ListEventTypes(count=2))]

        assert slugs == ["type-0", "type-1", "type-2"]
        assert [request.query for request in api.received] == [
            {"count": "2"},
            {"count": "2", "page_token": "second"},
        ]

    def test_a_page_is_fetched_only_when_it_is_reached(self, api: StandIn, samples: Json) -> None:
        api.on("GET", "/event_types", page([samples["event_type"]], "http://x/?page_token=second"))

        with Client(TOKEN, api.url) as client:
            first: EventType = next(client.stream(operations.ListEventTypes()))

        assert (first.slug, len(api.received)) == ("kiln-tour", 1)

    @pytest.mark.parametrize("next_page", ["http://x/event_types", "http://x/?page_token=same"])
    def test_a_page_that_leads_nowhere_is_an_error_and_no_endless_loop(self, api: StandIn, next_page: str) -> None:
        api.on("GET", "/event_types", page([], next_page))

        with Client(TOKEN, api.url) as client, pytest.raises(BrokenPages):
            list(client.stream(operations.ListEventTypes(page_token="same")))

    def test_pages_that_lead_in_a_circle_are_an_error(self, api: StandIn, samples: Json) -> None:
        turns = [page([samples["event_type"]], f"http://x/?page_token={token}") for token in ("a", "b", "a")]
        api.on("GET", "/event_types", *turns)

        with Client(TOKEN, api.url) as client, pytest.raises(BrokenPages, match="circle"):
            list(client.stream(operations.ListEventTypes()))

        assert len(api.received) == 3


HTML = "the answer is not the API's JSON (text/html, 15 bytes); is it the base URL? OpenSlot's ends in /api/v2"


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (302, Refused),
            (400, InvalidArgument),
            (401, Unauthenticated),
            (403, Forbidden),
            (404, NotFound),
            (409, Conflict),
            (418, Refused),
            (422, InvalidArgument),
            (424, Unavailable),
            (429, RateLimited),
            (500, Unavailable),
            (503, Unavailable),
        ],
    )
    def test_a_status_has_its_class(self, api: StandIn, call: Any, status: int, kind: type[Refused]) -> None:
        api.on("POST", "/invitee_no_shows", Reply(status, {"title": "T", "message": "M"}))

        with pytest.raises(Refused) as caught:
            call(operations.CreateInviteeNoShow(CreateNoShow("x")), retries=NO_RETRIES)

        assert (type(caught.value), caught.value.status, caught.value.title) == (kind, status, "T")

    def test_an_error_carries_its_facts(self, api: StandIn, call: Any) -> None:
        api.on(
            "GET",
            "/event_types/1",
            Reply(
                400,
                {
                    "title": "Invalid Argument",
                    "message": "The supplied parameters are invalid.",
                    "details": [
                        {"parameter": "count", "message": "invalid", "code": "out_of_range"},
                        "a bare text",
                        {"parameter": "sort"},
                        7,
                    ],
                    "required_scopes": ["event_types:read"],
                },
                {"X-Request-Id": "made-up-id"},
            ),
        )

        with pytest.raises(InvalidArgument) as caught:
            call(operations.GetEventType("1"))

        error = caught.value
        assert error.details == (
            ErrorDetail(message="invalid", parameter="count", code="out_of_range"),
            ErrorDetail(message="a bare text"),
            ErrorDetail(message="{'parameter': 'sort'}"),
            ErrorDetail(message="7"),
        )
        assert error.required_scopes == ("event_types:read",)
        assert str(error) == (
            "400 Invalid Argument: The supplied parameters are invalid.; count: invalid; a bare text; "
            "{'parameter': 'sort'}; 7; the token lacks one of: event_types:read "
            f"[GET {api.url}/event_types/1, request made-up-id]"
        )

    @pytest.mark.parametrize(
        ("body", "kind", "title", "message"),
        [
            (b"", "text/html", "Not Found", "the answer has no body"),
            (b"<html>no</html>", "text/html", "Not Found", HTML),
            (b"upstream is away\nmore", "text/plain", "Not Found", "upstream is away"),
            (
                b'{"title": 7',
                "application/json",
                "Not Found",
                "the answer is not the API's JSON (application/json, 11 bytes)",
            ),
            (b"[1]", "application/json", "Not Found", "the answer is not the API's JSON (application/json, 3 bytes)"),
            (b"\xff\xfe", "text/plain; charset=utf-8", "Not Found", "\N{REPLACEMENT CHARACTER}" * 2),
            (b'{"error": "invalid_grant", "error_description": "used"}', "application/json", "invalid_grant", "used"),
        ],
    )
    def test_a_body_of_any_kind_makes_an_error(
        self, api: StandIn, call: Any, body: bytes, kind: str, title: str, message: str
    ) -> None:
        api.on("GET", "/users/me", Reply(404, body=body, headers={"Content-Type": kind}))

        with pytest.raises(NotFound) as caught:
            call(ME)

        assert (caught.value.title, caught.value.message, caught.value.body) == (title, message, body)

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"resource": {"uri": 1}}', b"\xff"])
    def test_a_success_that_cannot_be_read_is_an_error(self, api: StandIn, call: Any, body: bytes) -> None:
        api.on("GET", "/users/me", Reply(200, body=body))

        with pytest.raises(UnreadableAnswer) as caught:
            call(ME)

        assert (caught.value.status, caught.value.body) == (200, body)

    def test_a_server_that_is_not_there_is_no_answer(self, call: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

        with pytest.raises(NoAnswer) as caught:
            call(ME, base_url=f"http://127.0.0.1:{port}", retries=NO_RETRIES)

        error = caught.value
        assert (type(error), error.method, error.url, error.left) == (
            NoAnswer,
            "GET",
            f"http://127.0.0.1:{port}/users/me",
            False,
        )

    def test_a_server_that_hangs_up_is_no_answer(self, api: StandIn, call: Any) -> None:
        api.on("GET", "/users/me", HangUp())

        with pytest.raises(NoAnswer) as caught:
            call(ME, retries=NO_RETRIES)

        assert (type(caught.value), caught.value.left) == (NoAnswer, True)

    def test_a_server_that_takes_too_long_is_timed_out(self, api: StandIn, call: Any) -> None:
        release = threading.Event()

        def late(_: Received) -> Reply:
            release.wait(10)
            return Reply()

        api.on("GET", "/users/me", late)

        with pytest.raises(TimedOut) as caught:
            call(ME, retries=NO_RETRIES, timeout_seconds=0.05)

        release.set()
        assert caught.value.left

    @pytest.mark.parametrize(
        "answer",
        [
            Reply(403, {"title": "T", "message": "M", "required_scopes": ["a"]}, {"X-Request-Id": "7"}),
            HangUp(),
            Reply(200, body=b"no"),
        ],
    )
    def test_errors_survive_a_pickle(self, api: StandIn, call: Any, answer: Reply | HangUp) -> None:
        api.on("GET", "/users/me", answer)
        with pytest.raises(ClientError) as caught:
            call(ME, retries=NO_RETRIES)

        thawed = pickle.loads(pickle.dumps(caught.value))

        assert (type(thawed), str(thawed), vars(thawed)) == (
            type(caught.value),
            str(caught.value),
            vars(caught.value),
        )


def traceback_with_values(error: BaseException, since: str) -> str:
    """The traceback with the values of all frames from the first ``since`` on, as error reporters show them."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    names = [frame.name for frame in found.stack]
    frames = found.stack[names.index(since) :]
    return "".join([*traceback.StackSummary.from_list(frames).format(), *found.format_exception_only()])


class TestToken:
    @pytest.mark.parametrize("text", ["", "  ", "two words", "line\nbreak", "schlüssel"])
    def test_what_no_header_can_carry_is_refused_without_being_shown(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^a secret is one word of visible ASCII characters$"):
            Client(text)

    def test_white_space_around_a_token_is_dropped(self) -> None:
        assert Secret(" abc\n").reveal() == "abc"

    @pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy, pickle.dumps])
    @pytest.mark.parametrize("kind", [Secret, Client, AsyncClient, lambda token: Client(token).core])
    def test_a_token_and_its_clients_refuse_to_be_copied(self, kind: Any, copying: Any) -> None:
        with pytest.raises(TypeError, match="a secret does not travel"):
            copying(kind(TOKEN))

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    @pytest.mark.parametrize(
        ("hidden", "base_url", "words"),
        [(f"Bearer {TOKEN}", "https://x", "a secret is one word"), (TOKEN, "no URL", "a base URL")],
    )
    def test_an_error_at_the_start_does_not_show_it(self, kind: type, hidden: str, base_url: str, words: str) -> None:
        with pytest.raises(ValueError, match=words) as caught:
            kind(hidden, base_url)

        assert TOKEN not in traceback_with_values(caught.value, since="__init__")

    def test_the_token_is_in_no_log_and_no_repr(
        self, api: StandIn, call: Any, samples: Json, caplog: pytest.LogCaptureFixture
    ) -> None:
        api.on("GET", "/users/me", Reply(500), Reply(json={"resource": samples["user"]}))
        caplog.set_level(logging.DEBUG)

        call(ME)

        client = Client(TOKEN)
        assert caplog.records
        assert TOKEN not in caplog.text
        assert TOKEN not in f"{client!r} {client.core!r} {vars(client)!r} {Secret(TOKEN)} {Secret(TOKEN)!r}"

    @pytest.mark.parametrize(
        "answer", [HangUp(), Reply(502, body=f"you sent Bearer {TOKEN}".encode()), Reply(200, body=b"x")]
    )
    def test_the_token_is_in_no_error_nor_in_the_values_of_its_frames(
        self, api: StandIn, call: Any, answer: Reply | HangUp
    ) -> None:
        api.on("GET", "/users/me", answer)

        with pytest.raises(ClientError) as caught:
            call(ME, retries=NO_RETRIES)

        error = caught.value
        assert TOKEN not in traceback_with_values(error, since="send")
        assert TOKEN.encode() not in pickle.dumps(error)
        assert error.__cause__ is None or isinstance(error.__cause__, msgspec.DecodeError | UnicodeDecodeError)

    async def test_the_token_is_not_in_the_frames_of_a_call_that_was_broken_off(self, api: StandIn) -> None:
        arrived, over = threading.Event(), threading.Event()

        def answer(_: Received) -> Reply:
            arrived.set()
            over.wait(10)
            return Reply(500)

        api.on("GET", "/users/me", answer)
        async with AsyncClient(TOKEN, api.url) as client:
            task = asyncio.create_task(client.send(ME))
            await asyncio.to_thread(arrived.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            over.set()

        assert TOKEN not in traceback_with_values(caught.value, since="send")

    def test_the_token_never_follows_a_redirect(self, api: StandIn, call: Any) -> None:
        with StandIn() as elsewhere:
            api.on("GET", "/users/me", Reply(302, headers={"Location": f"{elsewhere.url}/users/me"}))

            with pytest.raises(Refused) as caught:
                call(ME)

            message = f"the API redirects to {elsewhere.url}/users/me: give the base URL that needs no redirect"
            assert (elsewhere.received, caught.value.message) == ([], message)


def test_event_loops_of_several_threads_share_a_client(api: StandIn, samples: Json) -> None:
    api.on("GET", "/users/me", Reply(json={"resource": samples["user"]}))
    client = AsyncClient(TOKEN, api.url)

    async def outer() -> str:
        async with client:
            name = (await client.send(ME)).name
            return name + await asyncio.to_thread(asyncio.run, inner())

    async def inner() -> str:
        async with client:
            return f" and {(await client.send(ME)).name}"

    assert [asyncio.run(outer()), asyncio.run(inner())] == ["Host Person and Host Person", " and Host Person"]
