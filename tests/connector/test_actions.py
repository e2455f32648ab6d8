from typing import Any

import pytest

from openslot.client import Conflict, Forbidden, operations
from openslot.client.testing import Reply, StandIn
from openslot.connector import AsyncConnector, Connection, Connector
from openslot.wire import codec
from openslot.wire.event_types import EventType
from openslot.wire.no_shows import NoShow

TOKEN = "osl_made-up-token-of-the-tests"
ORGANIZATION = "https://api.calendly.com/organizations/1f0a77c2-90be-4c55-8d2b-3a1e6f4b2c88"
USER = "https://api.calendly.com/users/5c1d3f60-8a0b-4a57-9f2e-0d6b1f0c7a11"
DENIED = {"title": "Permission Denied", "message": "You do not have permission"}


@pytest.fixture
def act(api: StandIn, run: Any) -> Any:
    """Runs an action, named as its method, over one of the two surfaces; streams come back as lists."""

    def act(name: str, *args: Any, connection: Connection | None = None, **kwargs: Any) -> Any:
        connection = connection or Connection(TOKEN, api.url)

        def blocking() -> Any:
            outcome = getattr(Connector(connection), name)(*args, **kwargs)
            return list(outcome) if name.startswith("each") else outcome

        async def awaiting() -> Any:
            outcome = getattr(AsyncConnector(connection), name)(*args, **kwargs)
            return [row async for row in outcome] if name.startswith("each") else await outcome

        return run(connection, blocking, awaiting)

    return act


def page(*rows: Any, token: str | None = None) -> Reply:
    following = f"https://x/event_types?page_token={token}" if token else None
    return Reply(
        json={
            "collection": rows,
            "pagination": {
                "count": len(rows),
                "next_page": following,
                "previous_page": None,
                "next_page_token": token,
                "previous_page_token": None,
            },
        }
    )


def test_an_invitee_is_marked_as_absent(api: StandIn, act: Any, samples: Any) -> None:
    api.on("POST", "/invitee_no_shows", Reply(201, {"resource": samples["no_show"]}))

    assert act("create_invitee_no_show", samples["no_show"]["invitee"]) == codec.convert(samples["no_show"], NoShow)
    assert api.received[0].json() == {"invitee": samples["no_show"]["invitee"]}


def test_an_invitee_that_is_marked_already_is_a_conflict_or_as_the_server_answers(api: StandIn, act: Any) -> None:
    api.on("POST", "/invitee_no_shows", Reply(409, {"title": "Already Exists", "message": "M"}))

    with pytest.raises(Conflict):
        act("create_invitee_no_show", "https://x/scheduled_events/1/invitees/2")


@pytest.mark.parametrize("uuid", ["93d8e2f0", "https://api.calendly.com/invitee_no_shows/93d8e2f0"])
def test_a_mark_is_taken_back_by_id_or_uri(api: StandIn, act: Any, uuid: str) -> None:
    api.on("DELETE", "/invitee_no_shows/93d8e2f0", Reply(204))

    assert act("delete_invitee_no_show", uuid) is None
    assert api.calls() == ["DELETE /invitee_no_shows/93d8e2f0"]


@pytest.mark.parametrize("uuid", ["0f4c2b9e", "https://api.calendly.com/event_types/0f4c2b9e"])
def test_an_event_type_is_found_by_id_or_uri(api: StandIn, act: Any, samples: Any, uuid: str) -> None:
    api.on("GET", "/event_types/0f4c2b9e", Reply(json={"resource": samples["event_type"]}))

    assert act("get_event_type", uuid) == codec.convert(samples["event_type"], EventType)


def test_event_types_are_those_of_the_caller_s_organization(api: StandIn, act: Any, samples: Any) -> None:
    api.on("GET", "/event_types", page(samples["event_type"], token="second"))

    answer = act("get_event_types", active=True, count=1, page_token="first", admin_managed=False)

    assert [request.query for request in api.received] == [
        {},
        {
            "active": "true",
            "admin_managed": "false",
            "count": "1",
            "page_token": "first",
            "organization": ORGANIZATION,
        },
    ]
    assert codec.encode(answer.collection) == codec.encode([codec.convert(samples["event_type"], EventType)])
    assert answer.pagination.next_page_token == "second"


def test_all_event_types_come_as_one_stream(api: StandIn, act: Any, samples: Any) -> None:
    row = samples["event_type"]
    api.on("GET", "/event_types", page({**row, "slug": "a"}, {**row, "slug": "b"}, token="more"), page(row))

    assert [event_type.slug for event_type in act("each_event_type", active=True)] == ["a", "b", "kiln-tour"]
    assert [request.query for request in api.received[1:]] == [
        {"active": "true", "count": "100", "organization": ORGANIZATION},
        {"active": "true", "count": "100", "organization": ORGANIZATION, "page_token": "more"},
    ]


def test_a_plain_member_gets_their_own_event_types(api: StandIn, act: Any, samples: Any) -> None:
    row = samples["event_type"]
    api.on("GET", "/event_types", Reply(403, DENIED), page({**row, "slug": "a"}, token="more"), page(row))

    assert [event_type.slug for event_type in act("each_event_type")] == ["a", "kiln-tour"]
    assert [request.query for request in api.received[1:]] == [
        {"count": "100", "organization": ORGANIZATION},
        {"count": "100", "user": USER},
        {"count": "100", "user": USER, "page_token": "more"},
    ]


def test_a_token_without_the_scope_gets_the_reason(api: StandIn, act: Any) -> None:
    lacking = {**DENIED, "title": "Insufficient scope", "required_scopes": ["event_types:read"]}
    api.on("GET", "/event_types", Reply(403, lacking))

    with pytest.raises(Forbidden, match="event_types:read"):
        act("get_event_types")

    assert len(api.received) == 2


def test_who_may_not_even_list_their_own_gets_the_reason(api: StandIn, act: Any) -> None:
    api.on("GET", "/event_types", Reply(403, DENIED))

    with pytest.raises(Forbidden):
        act("get_event_types")


def test_the_connection_remembers_that_its_caller_is_a_plain_member(api: StandIn, samples: Any) -> None:
    api.on("GET", "/event_types", Reply(403, DENIED), page(samples["event_type"]))
    with Connection(TOKEN, api.url) as connection:
        Connector(connection).get_event_types()
        Connector(connection).get_event_types()

    assert [sorted(request.query) for request in api.received[1:]] == [["organization"], ["user"], ["user"]]


def test_where_both_are_refused_it_is_not_about_the_role(api: StandIn, samples: Any) -> None:
    refused = Reply(403, DENIED)
    api.on("GET", "/event_types", refused, refused, page(samples["event_type"]))
    with Connection(TOKEN, api.url) as connection:
        with pytest.raises(Forbidden):
            Connector(connection).get_event_types()
        Connector(connection).get_event_types()

    assert [sorted(request.query) for request in api.received[1:]] == [["organization"], ["user"], ["organization"]]


def test_the_client_s_own_operations_are_at_hand_too(connection: Connection) -> None:
    assert connection.client.send(operations.GetCurrentUser()).current_organization == ORGANIZATION
