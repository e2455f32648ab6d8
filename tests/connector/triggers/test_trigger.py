import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openslot.client import Conflict, Forbidden
from openslot.client.testing import Reply, StandIn
from openslot.connector import (
    Connection,
    InviteeTrigger,
    RoutingFormSubmissionTrigger,
    SignatureRefused,
    UnknownEvent,
    UnreadableEvent,
    event_id,
)
from openslot.wire import codec
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.webhooks import WebhookPayload

TOKEN = "osl_made-up-token-of-the-tests"
URL = "https://flows.example.org/invitee"
KEY = "made-up-signing-key"
ORGANIZATION = "https://api.calendly.com/organizations/1f0a77c2-90be-4c55-8d2b-3a1e6f4b2c88"
USER = "https://api.calendly.com/users/5c1d3f60-8a0b-4a57-9f2e-0d6b1f0c7a11"
NOW = datetime(2031, 4, 1, 8, 15, 40, tzinfo=UTC)
INVITEE_EVENTS = ["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]
Json = dict[str, Any]


@pytest.fixture
def subscribed(api: StandIn, run: Any) -> Any:
    """Subscribes a trigger over one of the two surfaces."""

    def subscribed(kind: type[Any], *args: Any, replace: bool = False, **options: Any) -> Any:
        trigger = kind(Connection(TOKEN, api.url), *args, **options)
        run(
            trigger.connection,
            lambda: trigger.subscribe(URL, replace=replace),
            lambda: trigger.asubscribe(URL, replace=replace),
        )
        return trigger

    return subscribed


def listing(*subscriptions: Json) -> Reply:
    pagination = {"count": len(subscriptions), "next_page": None, "previous_page": None}
    return Reply(json={"collection": list(subscriptions), "pagination": pagination})


class TestSubscribing:
    def test_an_organization_is_listened_to_by_default(self, api: StandIn, subscribed: Any) -> None:
        trigger = subscribed(InviteeTrigger)

        body = api.received[-1].json()
        key = body.pop("signing_key")
        assert (api.calls(), body) == (
            ["GET /users/me", "POST /webhook_subscriptions"],
            {"url": URL, "events": ["invitee.created"], "organization": ORGANIZATION, "scope": "organization"},
        )
        assert (trigger.signing_key.reveal(), len(key) >= 43) == (key, True)
        assert trigger.subscription.uri == "https://api.calendly.com/webhook_subscriptions/1"

    def test_a_user_can_be_listened_to(self, api: StandIn, subscribed: Any) -> None:
        subscribed(InviteeTrigger, INVITEE_EVENTS, scope="user")

        body = api.received[-1].json()
        del body["signing_key"]
        assert body == {
            "url": URL,
            "events": INVITEE_EVENTS,
            "organization": ORGANIZATION,
            "scope": "user",
            "user": USER,
        }

    def test_routing_forms_have_a_trigger_of_their_own(self, api: StandIn, subscribed: Any) -> None:
        subscribed(RoutingFormSubmissionTrigger)

        assert api.received[-1].json()["events"] == ["routing_form_submission.created"]

    def test_every_subscription_has_a_key_of_its_own(self, subscribed: Any) -> None:
        keys = {subscribed(InviteeTrigger).signing_key.reveal() for _ in range(3)}

        assert len(keys) == 3

    @pytest.mark.parametrize(
        ("kind", "events", "scope", "reason"),
        [
            (InviteeTrigger, ["routing_form_submission.created"], "organization", "not among the events"),
            (InviteeTrigger, ["invitee.rescheduled"], "organization", "not among the events"),
            (RoutingFormSubmissionTrigger, None, "user", "can't be had in scope user"),
        ],
    )
    def test_what_cannot_be_listened_to_is_refused_before_any_call(
        self, api: StandIn, connection: Connection, kind: Any, events: Any, scope: Any, reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            kind(connection, events, scope=scope)

        assert api.received == []

    def test_a_plain_member_reads_what_they_may_listen_to(self, api: StandIn, subscribed: Any) -> None:
        api.on("POST", "/webhook_subscriptions", Reply(403, {"title": "Permission Denied", "message": "M"}))

        with pytest.raises(Forbidden) as caught:
            subscribed(InviteeTrigger)

        assert caught.value.__notes__ == [
            "only an owner or admin may listen to the whole organization; with scope 'user' anybody may to their own"
        ]

    def test_one_that_exists_already_is_a_conflict(self, api: StandIn, subscribed: Any) -> None:
        api.on("POST", "/webhook_subscriptions", Reply(409, {"title": "Already Exists", "message": "M"}))

        with pytest.raises(Conflict):
            subscribed(InviteeTrigger)

    def test_one_that_was_left_behind_is_replaced_and_no_other(
        self, api: StandIn, subscribed: Any, samples: Json
    ) -> None:
        stale = {**samples["webhook_subscription"], "callback_url": URL, "uri": "https://x/webhook_subscriptions/8"}
        foreign = {**stale, "callback_url": f"{URL}/other", "uri": "https://x/webhook_subscriptions/9"}
        api.on("GET", "/webhook_subscriptions", listing(foreign, stale))
        api.on("DELETE", "/webhook_subscriptions/8", Reply(204))

        trigger = subscribed(InviteeTrigger, replace=True)

        assert api.calls() == [
            "GET /users/me",
            "GET /webhook_subscriptions",
            "POST /webhook_subscriptions",
            "GET /openslot/webhook_subscriptions/8",
            "DELETE /webhook_subscriptions/8",
        ]
        assert api.received[1].query == {"organization": ORGANIZATION, "scope": "organization", "count": "100"}
        assert trigger.subscription.uri.endswith("/1")

    def test_a_trigger_subscribes_once(self, connection: Connection) -> None:
        trigger = InviteeTrigger(connection)
        trigger.subscribe(URL)

        with pytest.raises(RuntimeError, match="subscribed already"):
            trigger.subscribe(URL)


class TestUnsubscribing:
    def test_it_is_called_below_the_base_url_and_not_at_another_host(
        self, api: StandIn, subscribed: Any, run: Any
    ) -> None:
        trigger = subscribed(InviteeTrigger)

        run(trigger.connection, trigger.unsubscribe, trigger.aunsubscribe)

        assert (api.calls()[-1], trigger.subscription) == ("DELETE /webhook_subscriptions/1", None)

    def test_one_that_is_gone_already_is_no_error(self, api: StandIn, connection: Connection) -> None:
        trigger = InviteeTrigger(connection)
        trigger.subscribe(URL)
        api.on("DELETE", "/webhook_subscriptions/1", Reply(404))

        trigger.unsubscribe()

        assert trigger.subscription is None

    def test_without_a_subscription_nothing_is_called(self, api: StandIn, connection: Connection) -> None:
        InviteeTrigger(connection).unsubscribe()

        assert api.received == []


class TestReceiving:
    @pytest.mark.parametrize("event", INVITEE_EVENTS)
    def test_invitee_events_come_typed(self, connection: Connection, samples: Json, event: str) -> None:
        sample = samples["deliveries"][event]
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)

        received = trigger.receive(*delivery(sample))

        assert received == codec.convert(sample, WebhookPayload[InviteePayload])

    def test_submissions_come_typed(self, connection: Connection, samples: Json) -> None:
        sample = samples["deliveries"]["routing_form_submission.created"]
        trigger = RoutingFormSubmissionTrigger(connection, signing_key=KEY, now=lambda: NOW)

        received = trigger.receive(*delivery(sample))

        assert received == codec.convert(sample, WebhookPayload[RoutingFormSubmission])

    def test_any_letters_come_through(self, connection: Connection, samples: Json) -> None:
        sample = samples["deliveries"]["invitee.created"]
        sample["payload"]["name"] = "Zoë สมชาย 😀 \u0000"
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)

        assert trigger.receive(*delivery(sample)).payload.name == "Zoë สมชาย 😀 \u0000"

    def test_fields_that_have_no_name_here_come_along(self, connection: Connection, samples: Json) -> None:
        sample = samples["deliveries"]["invitee.created"]
        sample["version"] = 3
        sample["payload"] |= {"mood": "glad"}
        sample["payload"]["scheduled_event"] |= {"room": {"floor": 2}}
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)

        event = trigger.receive(*delivery(sample))

        found = (event.unknown, event.payload.unknown, event.payload.scheduled_event.unknown)
        assert found == ({"version": 3}, {"mood": "glad"}, {"room": {"floor": 2}})

    def test_the_key_of_the_subscription_is_the_one_that_counts(self, subscribed: Any, samples: Json) -> None:
        trigger = subscribed(InviteeTrigger, now=lambda: NOW)
        sample = samples["deliveries"]["invitee.created"]

        assert trigger.receive(*delivery(sample, key=trigger.signing_key.reveal())).event == "invitee.created"
        with pytest.raises(SignatureRefused):
            trigger.receive(*delivery(sample, key=KEY))

    @pytest.mark.parametrize("late", [timedelta(seconds=181), timedelta(seconds=-181)])
    def test_a_stale_or_future_delivery_is_refused(
        self, connection: Connection, samples: Json, late: timedelta
    ) -> None:
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW + late)

        with pytest.raises(SignatureRefused):
            trigger.receive(*delivery(samples["deliveries"]["invitee.created"]))

    @pytest.mark.parametrize("event", ["contact.created", "invitee.teleported", "routing_form_submission.created"])
    def test_an_event_of_another_trigger_is_unknown(self, connection: Connection, event: str) -> None:
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)

        with pytest.raises(UnknownEvent) as caught:
            trigger.receive(*delivery({"event": event, "payload": {}}))

        assert caught.value.event == event

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"event": "invitee.created"}', b"\xff"])
    def test_a_signed_body_of_another_shape_cannot_be_read(self, connection: Connection, body: bytes) -> None:
        trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)

        with pytest.raises(UnreadableEvent):
            trigger.receive(body, signed_headers(body))

    def test_without_a_key_nothing_is_received(self, connection: Connection) -> None:
        with pytest.raises(RuntimeError, match="subscribe first"):
            InviteeTrigger(connection).receive(b"{}", {})


def test_an_event_has_one_id_however_often_it_is_delivered(connection: Connection, samples: Json) -> None:
    trigger = InviteeTrigger(connection, signing_key=KEY, now=lambda: NOW)
    first, again, other = (
        trigger.receive(*delivery(samples["deliveries"][event]))
        for event in ("invitee.created", "invitee.created", "invitee.canceled")
    )

    assert event_id(first) == event_id(again)
    assert event_id(first) != event_id(other)


def delivery(sample: Json, key: str = KEY) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(sample, ensure_ascii=False).encode()
    return body, signed_headers(body, key)


def signed_headers(body: bytes, key: str = KEY) -> dict[str, str]:
    stamp = str(int(NOW.timestamp()))
    v1 = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Calendly-Webhook-Signature": f"t={stamp},v1={v1}"}
