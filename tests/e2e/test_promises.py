"""What sets the service apart, proven on real processes: one taker per slot, and no event is ever lost."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from running import PATIENCE_SECONDS, Inbox, Service, free_port, offer, serving, subscribe

FILLED = {
    "title": "Invalid Argument",
    "message": "The supplied parameters are invalid.",
    "details": [
        {"parameter": "event.start_time", "message": "That start time has been filled", "code": "already_filled"}
    ],
}
WRITTEN_BY_A_BOOKING = {
    "scheduled_events": 1,
    "scheduled_event_hosts": 1,
    "occupancy": 1,
    "invitees": 1,
    "guests": 1,
    "contacts": 1,
    "events": 2,  # one of the invitee, one of the contact
    "deliveries": 1,
}


def booking(uri: str, start: str, name: str, *, email: str = "ada@example.org") -> dict[str, object]:
    who = {"name": name, "email": email, "timezone": "Europe/Rome"}
    return {"event_type": uri, "start_time": start, "invitee": who, "event_guests": ["guest@example.org"]}


def rows(service: Service) -> Counter[str]:
    conninfo = f"host={service.data_dir / 'run'} user=openslot dbname=openslot"
    with psycopg.connect(conninfo, autocommit=True) as conn:
        return Counter(
            {
                table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]
                for table in WRITTEN_BY_A_BOOKING
            }
        )


async def test_fifty_simultaneous_takers_of_one_slot_get_it_once(demo: Service, inbox: Inbox) -> None:
    place = offer(demo)
    subscription = subscribe(demo, inbox.url, "invitee.created").json()["resource"]
    email = f"{uuid4()}@example.org"  # no contact yet, whichever test ran before
    before = rows(demo)
    limits = httpx.Limits(max_connections=50)
    headers = {"Authorization": f"Bearer {demo.token}"}
    async with httpx.AsyncClient(base_url=demo.api_url, headers=headers, limits=limits, timeout=60) as api:
        await asyncio.gather(*[api.get("/users/me") for _ in range(50)])  # every connection is open
        answers = await asyncio.gather(
            *[
                api.post("/invitees", json=booking(place.uri, place.starts[0], f"Taker {n}", email=email))
                for n in range(50)
            ]
        )
        statuses = Counter(one.status_code for one in answers)
        refusals = [one.json() for one in answers if one.status_code != 201]
        arrived = await inbox.wait_for(1)
        await api.delete(subscription["uri"])
    assert statuses == {201: 1, 400: 49}
    assert refusals == [FILLED] * 49
    assert rows(demo) - before == Counter(WRITTEN_BY_A_BOOKING)
    assert [one["payload"]["uri"] for one in arrived] == [
        one.json()["resource"]["uri"] for one in answers if one.status_code == 201
    ]


async def test_overlapping_starts_of_two_event_types_of_one_host_are_never_both_taken(demo: Service) -> None:
    """The hour-long visit has buffers of 15 and 30 minutes; the half-hour call has none."""
    visit, call = offer(demo, "workshop-visit"), offer(demo, "intro-call")
    around = next(
        [start, *[one for one in call.starts if abs(seconds_between(one, start)) < 45 * 60]]
        for start in visit.starts
        if start in call.starts
    )
    headers = {"Authorization": f"Bearer {demo.token}"}
    question = {"questions_and_answers": [{"question": "How many visitors?", "answer": "2", "position": 0}]}
    bodies = [booking(visit.uri, around[0], "Visitor") | question] * 5
    bodies += [booking(call.uri, start, "Caller") for start in around[1:]] * 5
    async with httpx.AsyncClient(base_url=demo.api_url, headers=headers, timeout=60) as api:
        answers = await asyncio.gather(*[api.post("/invitees", json=body) for body in bodies])
    taken = [
        (body["event_type"], body["start_time"])
        for body, one in zip(bodies, answers, strict=True)
        if one.status_code == 201
    ]
    assert {one.status_code for one in answers} == {201, 400}
    assert len(taken) == len(set(taken))
    # either the visit got its time, and then no call inside its buffers, or only calls did
    assert all(uri == call.uri for uri, _ in taken) or taken == [(visit.uri, around[0])]


def seconds_between(one: str, other: str) -> float:
    return (datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds()


async def test_a_worker_killed_before_it_saw_the_booking_loses_nothing(demo: Service, inbox: Inbox) -> None:
    place = offer(demo)
    subscription = subscribe(demo, inbox.url, "invitee.created").json()["resource"]
    worker = demo.children()["worker"]
    os.kill(worker, signal.SIGSTOP)  # it is there, and does nothing more
    with demo.api() as api:
        booked = api.post("/invitees", json=booking(place.uri, place.starts[1], "Early Bird")).json()["resource"]
        os.kill(worker, signal.SIGKILL)
        [arrived] = await inbox.wait_for(1)
        api.delete(subscription["uri"])
    assert arrived["payload"]["uri"] == booked["uri"]
    assert demo.children()["worker"] != worker


async def test_a_worker_killed_in_the_middle_of_a_delivery_loses_nothing(demo: Service, inbox: Inbox) -> None:
    """The next worker takes the job over once the dead one has been silent for some seconds."""
    place = offer(demo)
    inbox.hanging = True
    subscription = subscribe(demo, inbox.url, "invitee.created").json()["resource"]
    with demo.api() as api:
        booked = api.post("/invitees", json=booking(place.uri, place.starts[2], "Unlucky")).json()["resource"]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await inbox.reached.wait()
        os.kill(demo.children()["worker"], signal.SIGKILL)
        inbox.hanging = False
        [arrived] = await inbox.wait_for(1)
        api.delete(subscription["uri"])
    assert arrived["payload"]["uri"] == booked["uri"]


async def test_a_database_that_dies_is_started_again_and_nothing_is_lost(
    new_data_dir: Callable[[str], Path], inbox: Inbox
) -> None:
    with serving(new_data_dir("dying"), "--demo") as service:
        place = offer(service)
        subscribe(service, inbox.url, "invitee.created")
        with service.api() as api:
            first = api.post("/invitees", json=booking(place.uri, place.starts[0], "Before")).json()["resource"]
            await inbox.wait_for(1)
            postmaster = int((service.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
            os.kill(postmaster, signal.SIGKILL)
            await asyncio.to_thread(service.wait_for_line, "PostgreSQL ended (code -9) and was started again")
            answers = (api.post("/invitees", json=booking(place.uri, place.starts[1], "After")) for _ in range(100))
            second = next(one for one in answers if one.status_code == 201).json()["resource"]
        await inbox.wait_until(lambda arrived: arrived[-1]["payload"]["uri"] == second["uri"])
        assert service.stop() == 0
    # The first may come twice: the database can die after it arrived and before that is recorded.
    assert list(dict.fromkeys(one["payload"]["uri"] for one in inbox.received)) == [first["uri"], second["uri"]]


async def test_a_receiver_that_fails_gets_the_delivery_again(demo: Service, inbox: Inbox) -> None:
    place = offer(demo)
    refusals = iter([500])
    inbox.answer = lambda: next(refusals, 200)
    subscription = subscribe(demo, inbox.url, "invitee.created").json()["resource"]
    with demo.api() as api:
        booked = api.post("/invitees", json=booking(place.uri, place.starts[3], "Patient")).json()["resource"]
        [arrived] = await inbox.wait_for(1)
        api.delete(subscription["uri"])
    assert arrived["payload"]["uri"] == booked["uri"]


async def test_one_dead_receiver_does_not_hold_up_another(demo: Service, inbox: Inbox) -> None:
    place = offer(demo)
    dead = subscribe(demo, f"http://127.0.0.1:{free_port()}/", "invitee.created").json()["resource"]
    alive = subscribe(demo, inbox.url, "invitee.created").json()["resource"]
    with demo.api() as api:
        booked = api.post("/invitees", json=booking(place.uri, place.starts[4], "Quick")).json()["resource"]
        [arrived] = await inbox.wait_for(1)
        for one in (dead, alive):
            api.delete(one["uri"])
    assert arrived["payload"]["uri"] == booked["uri"]
