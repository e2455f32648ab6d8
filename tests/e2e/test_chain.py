"""The main job, end to end: a booking in a browser runs a flow through the connector, and the flow acts back."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page

from openslot.connector import (
    AsyncConnector,
    Connection,
    Event,
    Flow,
    InviteeEvent,
    RoutingFormSubmissionEvent,
    running,
)
from openslot.connector.flows import InviteeEventName
from openslot.wire import codec
from openslot.wire.invitees import InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.scheduled_events import Cancellation
from running import PATIENCE_SECONDS, Offer, Service, offer, send_routing_form

CONNECTOR = json.loads((Path(__file__).parent.parent / "contract" / "connector.json").read_text())
INVITEE_EVENTS: tuple[InviteeEventName, ...] = (
    "invitee.created",
    "invitee.canceled",
    "invitee_no_show.created",
    "invitee_no_show.deleted",
)
NOT_SOLD_YET = {
    "Payment.external_id", "Payment.provider", "Payment.amount", "Payment.currency", "Payment.terms",
    "Payment.successful", "Reconfirmation.created_at", "Reconfirmation.confirmed_at", "LegacyCalendarEvent.kind",
    "LegacyCalendarEvent.external_id", "Location.status", "Location.join_url",
}  # fmt: skip
"""Rows of what no event here has: payments, reconfirmation requests, linked calendars, conferences."""


class Recorder:
    """A flow that remembers what it was given."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._arrived = asyncio.Condition()
        self.flow = Flow("recorder")
        self.flow.on(*INVITEE_EVENTS)(self.on_invitee)
        self.flow.on("routing_form_submission.created")(self.on_submission)
        self.marks = False

    async def on_invitee(self, event: InviteeEvent, connector: AsyncConnector) -> None:
        if self.marks and event.event == "invitee.created":
            await connector.create_invitee_no_show(event.payload.uri)
        await self._remember(event)

    async def on_submission(self, event: RoutingFormSubmissionEvent, _: AsyncConnector) -> None:
        await self._remember(event)

    async def _remember(self, event: Event) -> None:
        async with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    async def wait_for(self, *names: str) -> list[Event]:
        """All that came, once every one of ``names`` is among it (as often as it is named)."""

        def complete() -> bool:
            came = [event.event for event in self.events]
            return all(came.count(name) >= names.count(name) for name in names)

        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(complete)
        return self.events


def invitees(recorder: Recorder) -> list[InviteePayload]:
    """What the invitee events carried, in the order in which they came."""
    return [event.payload for event in recorder.events if isinstance(event.payload, InviteePayload)]


@pytest.fixture
async def connection(demo: Service) -> AsyncIterator[Connection]:
    async with Connection(demo.token, demo.api_url) as opened:
        yield opened


@pytest.fixture
async def recorder(connection: Connection) -> AsyncIterator[Recorder]:
    """A flow that runs: subscribed when the test begins, unsubscribed when it ends."""
    recording = Recorder()
    async with running([recording.flow], connection, unsubscribe=True):
        yield recording


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
async def page(request: pytest.FixtureRequest, chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(
        java_script_enabled=request.param,
        locale="en-US",
        timezone_id="Europe/Rome",
        viewport={"width": 1280, "height": 900},
    )
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    assert complaints == []


@pytest.fixture
def starts(demo: Service) -> Iterator[str]:
    """Starts of the workshop visit that are free now, one after the other."""
    return iter(offer(demo, "workshop-visit").starts)


async def choose(page: Page, start: str) -> None:
    """On a calendar page: open the day, then the time."""
    query = f"month={start[:7]}&timezone=Europe/Rome"
    await page.goto(f"{page.url}{'&' if '?' in page.url else '?'}{query}")
    await page.locator(f'a[href*="date={start[:10]}"]').first.click()
    await page.locator(f'a[href*="/{start}"]').click()
    await page.wait_for_url(f"**/{start}*")


async def book(page: Page, service: Service, start: str, *, name: str) -> str:
    """Book the workshop visit as a person would; the confirmation's address."""
    await page.goto(f"{service.base_url}/ada-lovelace/workshop-visit?utm_source=flyer")
    await choose(page, start)
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Email", exact=True).fill("mario@example.org")
    await page.get_by_label("How many visitors?").fill("Three")
    await page.get_by_label("Kiln").check()
    await page.get_by_text("Add guests").click()
    await page.locator("details.guests").locator("textarea, input").first.fill("guest@example.org")
    await page.get_by_role("button", name="Schedule event").click()
    await page.get_by_role("heading", name="You are scheduled").wait_for()
    return page.url


async def test_a_booking_on_the_page_reaches_the_flow_which_marks_a_no_show(
    demo: Service, page: Page, recorder: Recorder, starts: Iterator[str]
) -> None:
    recorder.marks = True
    start = next(starts)
    await book(page, demo, start, name="Mario Rossi")
    await recorder.wait_for("invitee.created", "invitee_no_show.created")
    invitee, marked = invitees(recorder)
    assert [event.event for event in recorder.events] == ["invitee.created", "invitee_no_show.created"]
    assert (invitee.name, invitee.email, invitee.timezone) == ("Mario Rossi", "mario@example.org", "Europe/Rome")
    assert invitee.scheduled_event.start_time == codec.parse_instant(start)
    assert invitee.scheduled_event.name == "Workshop visit"
    assert [guest.email for guest in invitee.scheduled_event.event_guests] == ["guest@example.org"]
    assert [(one.question, one.answer, one.position) for one in invitee.questions_and_answers] == [
        ("How many visitors?", "Three", 0),
        ("What would you like to see?", "Kiln", 1),
    ]
    assert invitee.tracking.utm_source == "flyer"
    assert invitee.scheduling_method is None
    assert invitee.no_show is None
    assert marked.uri == invitee.uri
    assert marked.no_show is not None


async def test_a_reschedule_on_the_page_arrives_as_canceled_and_created(
    demo: Service, page: Page, recorder: Recorder, starts: Iterator[str]
) -> None:
    first, second = next(starts), next(starts)
    await book(page, demo, first, name="Moving Person")
    await page.get_by_role("link", name="Reschedule").click()
    await choose(page, second)
    await page.get_by_label("Reason").fill("A later train")
    await page.get_by_role("button", name="Reschedule event").click()
    await page.get_by_role("heading", name="You are scheduled").wait_for()
    await recorder.wait_for("invitee.created", "invitee.canceled", "invitee.created")
    booked, old, new = invitees(recorder)
    assert [event.event for event in recorder.events] == ["invitee.created", "invitee.canceled", "invitee.created"]
    assert (old.uri, old.status, old.rescheduled, old.old_invitee, old.new_invitee) == (
        booked.uri, "canceled", True, None, new.uri,
    )  # fmt: skip
    assert (new.status, new.rescheduled, new.old_invitee, new.new_invitee) == ("active", False, old.uri, None)
    assert isinstance(old.cancellation, Cancellation)
    assert (old.cancellation.canceler_type, old.cancellation.reason) == ("invitee", "A later train")
    assert isinstance(new.cancellation, msgspec.UnsetType)
    assert old.scheduled_event.status == "canceled"
    assert new.scheduled_event.start_time == codec.parse_instant(second)
    assert new.event != old.event
    assert new.questions_and_answers == booked.questions_and_answers
    assert [guest.email for guest in new.scheduled_event.event_guests] == ["guest@example.org"]


async def test_a_cancellation_on_the_page_arrives_with_its_reason_and_frees_the_time(
    demo: Service, page: Page, recorder: Recorder, starts: Iterator[str]
) -> None:
    start = next(starts)
    await book(page, demo, start, name="Leaving Person")
    assert start not in offer(demo, "workshop-visit").starts
    await page.get_by_role("link", name="Cancel").click()
    await page.get_by_label("Reason").fill("Caught a cold")
    await page.get_by_role("button", name="Cancel event").click()
    await page.get_by_role("heading", name="This event was canceled").wait_for()
    await recorder.wait_for("invitee.created", "invitee.canceled")
    _, canceled = invitees(recorder)
    assert isinstance(canceled.cancellation, Cancellation)
    assert (canceled.cancellation.canceled_by, canceled.cancellation.reason, canceled.cancellation.canceler_type) == (
        "Leaving Person", "Caught a cold", "invitee",
    )  # fmt: skip
    assert (canceled.rescheduled, canceled.new_invitee) == (False, None)
    assert canceled.scheduled_event.invitees_counter.active == 0
    assert start in offer(demo, "workshop-visit").starts


async def test_a_routing_form_leads_to_its_three_results_and_reaches_the_flow(
    demo: Service, page: Page, recorder: Recorder
) -> None:
    with demo.api() as api:
        organization = api.get("/users/me").json()["resource"]["current_organization"]
        form = api.get("/routing_forms", params={"organization": organization}).json()["collection"][0]
    address = f"{demo.base_url}/routing_forms/{form['uri'].rsplit('/', 1)[-1]}"

    async def send(need: str) -> None:
        await page.goto(address)
        await page.get_by_label("Your name").fill("Ada Example")
        await page.get_by_label("Work e-mail").fill("ada@example.org")
        await page.get_by_label(need).check()
        await page.get_by_role("button", name="Continue").click()

    await send("A job")
    await page.get_by_role("heading", name="Thank you").wait_for()
    requested: list[str] = []

    async def catch(route: Any) -> None:
        requested.append(route.request.url)
        await route.fulfill(status=200, body="elsewhere")

    await page.context.route("https://example.com/**", catch)
    await send("The documentation")
    await page.wait_for_url("https://example.com/docs*")
    await send("A meeting")
    await page.wait_for_url("**/ada-lovelace/intro-call*")
    free = offer(demo, "intro-call").starts[0]
    submissions = await recorder.wait_for(*["routing_form_submission.created"] * 3)
    results = [one.payload.result for one in submissions if isinstance(one.payload, RoutingFormSubmission)]
    assert [one.type for one in results if not isinstance(one, msgspec.UnsetType)] == [
        "custom_message", "external_url", "event_type",
    ]  # fmt: skip
    assert [url.partition("?")[0] for url in requested] == ["https://example.com/docs"]
    await book_linked(page, free)
    await recorder.wait_for("invitee.created")
    assert invitees(recorder)[-1].routing_form_submission == submissions[2].payload.uri


async def book_linked(page: Page, start: str) -> None:
    """From where the routing form led: its answers are filled in already."""
    await page.locator(f'a[href*="month={start[:7]}"], a[href*="date={start[:10]}"]').first.wait_for()
    if not await page.locator(f'a[href*="date={start[:10]}"]').count():
        await page.locator(f'a[href*="month={start[:7]}"]').first.click()
    await page.locator(f'a[href*="date={start[:10]}"]').first.click()
    await page.locator(f'a[href*="/{start}"]').click()
    await page.wait_for_url(f"**/{start}*")
    assert await page.get_by_label("Name", exact=True).input_value() == "Ada Example"
    assert await page.get_by_label("Email", exact=True).input_value() == "ada@example.org"
    await page.get_by_role("button", name="Schedule event").click()
    await page.get_by_role("heading", name="You are scheduled").wait_for()


def plain(value: object) -> Any:
    return json.loads(codec.encode(value))


def has(document: Any, path: list[str]) -> bool:
    """Whether a path is there, through every list on its way."""
    if not path:
        return True
    if isinstance(document, list):
        return any(has(one, path) for one in document)
    return isinstance(document, dict) and path[0] in document and has(document[path[0]], path[1:])


async def test_all_144_contract_rows_are_met_by_what_really_travels(
    demo: Service, recorder: Recorder, connection: Connection
) -> None:
    """Parameters are sent, returns and definition fields are looked up in what came; each row is counted."""
    connector = AsyncConnector(connection)
    place: Offer = offer(demo, "workshop-visit")
    body = {
        "event_type": place.uri,
        "start_time": place.starts[-1],
        "invitee": {"name": "Row Counter", "email": "rows@example.org", "timezone": "Europe/Rome"},
        "questions_and_answers": [{"question": "How many visitors?", "answer": "144", "position": 0}],
        "event_guests": ["guest@example.org"],
    }
    with demo.api() as api:
        invitee = api.post("/invitees", json=body).raise_for_status().json()["resource"]
        no_show = await connector.create_invitee_no_show(invitee=invitee["uri"])
        await connector.delete_invitee_no_show(uuid=no_show.uri)
        api.post(f"{invitee['event'].removeprefix(demo.api_url)}/cancellation", json={"reason": "Counted"})
        form = api.get("/routing_forms", params={"organization": connection.me().current_organization}).json()
    send_routing_form(demo, form["collection"][0])
    event_type = await connector.get_event_type(uuid=place.uri.rsplit("/", 1)[-1])
    first = await connector.get_event_types(active=True, count=1, admin_managed=False)
    second = await connector.get_event_types(
        active=True, count=1, page_token=first.pagination.next_page_token or "", admin_managed=False
    )
    events = [plain(event) for event in await recorder.wait_for(*INVITEE_EVENTS, "routing_form_submission.created")]
    returned = {
        "CreateInviteeNoShow": [{"resource": plain(no_show)}],
        "DeleteInviteeNoShow": [{"204": None}],
        "GetEventType": [{"resource": plain(event_type)}],
        "GetEventTypes": [plain(first), plain(second)],
        "CreateWebhookSubscription": [event for event in events if event["event"] in INVITEE_EVENTS],
        "CreateWebhookSubscriptionRoutingFormSubmission": [
            event for event in events if event["event"] == "routing_form_submission.created"
        ],
    }
    payloads = [event["payload"] for event in returned["CreateWebhookSubscription"]]
    scheduled = [payload["scheduled_event"] for payload in payloads]
    defined = {
        "ScheduledEvent": scheduled,
        "Cancellation": [payload.get("cancellation") for payload in payloads],
        "Guest": [one["event_guests"] for one in scheduled],
        "Location": [one["location"] for one in scheduled],
        "LegacyCalendarEvent": [one["calendar_event"] for one in scheduled],
        "Payment": [payload["payment"] for payload in payloads],
        "NoShow": [payload["no_show"] for payload in payloads],
        "EventType": [plain(event_type), *plain(first.collection), *plain(second.collection)],
        "Reconfirmation": [payload["reconfirmation"] for payload in payloads],
    }
    sent = [row for operation in CONNECTOR["operations"] for row in operation["parameters"]]
    rows = {
        f"{operation['operation_id']}.{row['path']}": has(
            returned[operation["operation_id"]], [row["path"]] if row["path"] == "204" else row["path"].split(".")
        )
        for operation in CONNECTOR["operations"]
        for row in operation["returns"]
    }
    fields = {
        f"{name}.{row['path']}": has(defined[name], row["path"].split("."))
        for name, definition in CONNECTOR["definitions"].items()
        for row in definition
    }
    assert len(sent) + len(rows) + len(fields) == CONNECTOR["counts"]["rows"] == 144
    assert {name for name, met in (rows | fields).items() if not met} == NOT_SOLD_YET
