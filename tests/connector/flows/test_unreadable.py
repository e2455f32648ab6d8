"""Deliveries that are no event: kept as dead letters, so that they end no subscription and are not lost."""

import pytest

from openslot.connector import AsyncConnector, Event, Flow, InviteeEvent, InviteeTrigger, RoutingFormSubmissionEvent
from openslot.connector.flows.contacts import about_any_of
from openslot.connector.triggers import UnreadableEvent

from .conftest import Run_, became

NAMED = UnreadableEvent(
    "Expected `object`", b'{"event": "invitee.created", "payload": "zoe@example.org"}', "invitee.created"
)
NAMELESS = UnreadableEvent("Input data was truncated", b'{"event": "zoe@example.org')


def flows() -> tuple[Flow, Flow, Flow]:
    bookings, cancellations, forms = Flow("bookings"), Flow("cancellations"), Flow("forms")

    @bookings.on("invitee.created")
    async def booked(_: InviteeEvent, __: AsyncConnector) -> None:
        raise AssertionError

    @cancellations.on("invitee.canceled")
    async def canceled(_: InviteeEvent, __: AsyncConnector) -> None:
        raise AssertionError

    @forms.on("routing_form_submission.created")
    async def sent(_: RoutingFormSubmissionEvent, __: AsyncConnector) -> None:
        raise AssertionError

    return bookings, cancellations, forms


async def keep(run: Run_, *unreadable: UnreadableEvent) -> list[tuple[str, str, str, int]]:
    async with run(*flows()) as runner:
        for one in unreadable:
            await runner.accept_unreadable(one, InviteeTrigger)
        await runner.settle()
        return sorted(await became(runner))


async def test_one_with_a_name_is_a_dead_letter_of_whoever_listens_to_it_however_often_it_comes(run: Run_) -> None:
    assert await keep(run, NAMED, NAMED) == [("bookings", "invitee.created", "failed", 1)]


async def test_one_without_a_name_is_one_of_whoever_listens_to_the_trigger(run: Run_) -> None:
    assert await keep(run, NAMELESS) == [
        ("bookings", "unreadable", "failed", 1),
        ("cancellations", "unreadable", "failed", 1),
    ]


async def test_it_names_the_reason_and_can_be_had_again_and_erased(run: Run_, caplog: pytest.LogCaptureFixture) -> None:
    async with run(*flows()) as runner:
        await runner.accept_unreadable(NAMED, InviteeTrigger)
        await runner.settle()
        (dead,) = await runner.store.runs()
        again = await runner.store.rerun(dead.id, 0)
    async with run(*flows()) as runner:
        await runner.settle()
        (still_dead,) = await runner.store.runs()
        erased = await runner.store.erase(about_any_of(["Zoe@example.org"]))

    reason = "GiveUp: invitee.created can't be read: Expected `object` - at `$.payload`"
    assert (dead.body, dead.error) == (NAMED.body, reason)
    assert (again, still_dead.state, still_dead.attempts) == (True, "failed", 1)
    assert "invitee.created can't be read" in caplog.text
    assert (erased.events, erased.runs) == (1, 1)


async def test_what_nobody_listens_to_is_no_dead_letter(run: Run_) -> None:
    async with run(flows()[2]) as runner:
        await runner.accept_unreadable(NAMELESS, InviteeTrigger)
        await runner.settle()

        assert await became(runner) == []


async def test_an_event_after_it_runs(run: Run_, booked: Event) -> None:
    seen = list[str]()
    flow = Flow("bookings")

    @flow.on("invitee.created")
    async def note(event: InviteeEvent, __: AsyncConnector) -> None:
        seen.append(event.event)

    async with run(flow) as runner:
        await runner.accept_unreadable(NAMED, InviteeTrigger)
        await runner.accept(booked)
        await runner.settle()

    assert seen == ["invitee.created"]
