"""Killed while runs wait for their time, and started again with other flows."""

from datetime import UTC, datetime, timedelta

from openslot.wire.codec import Timestamp

from .crashing import Crashing

ON_BOOKINGS = "'invitee.created'"


async def test_delayed_runs_survive_a_kill_while_they_wait_and_when_they_are_due(crashing: Crashing) -> None:
    """Booking 1 is due and under way, 2 in a moment, 3 and 4 in ten years; 4 is canceled while nobody listens."""
    flow = crashing.flow("reminding", f"{ON_BOOKINGS}, after='start_time'")
    now = datetime.now(UTC)
    starts = {1: now, 2: now + timedelta(seconds=2), 3: now + timedelta(days=3650), 4: now + timedelta(days=3650)}
    bookings = [
        crashing.event("invitee.created", number, start_time=str(Timestamp.of(start)))
        for number, start in starts.items()
    ]
    canceled = crashing.event("invitee.canceled", 4)
    with crashing.running(flow, hang_at=["begin invitee.created 1", "begin invitee.created 2"]) as process:
        answered = await crashing.send(*bookings)
        process.wait_for("begin invitee.created 1")
        process.kill()
    missed = await crashing.send(canceled)
    with crashing.running(flow) as process:
        again = await crashing.send(canceled, *bookings)
        process.wait_for("end invitee.created 1", "end invitee.created 2")
        lines = process.stop()

    assert (answered, missed, again) == ([200] * 4, [None], [200] * 5)
    assert sorted(lines) == sorted(f"{word} invitee.created {one}" for word in ("begin", "end") for one in (1, 2))
    assert await crashing.states() == {
        "invitee.created 1": "done",
        "invitee.created 2": "done",
        "invitee.created 3": "waiting",
        "invitee.created 4": "canceled",
    }


async def test_another_set_of_flows_takes_over_what_waits_and_leaves_what_is_not_its_own(crashing: Crashing) -> None:
    """Each event goes to the flows that run when it is answered, each for itself, whenever they run again."""
    a, b, c = (crashing.flow(name, ON_BOOKINGS, prefix=f"{name} ") for name in "abc")
    one, two, three, four = (crashing.event("invitee.created", number) for number in (1, 2, 3, 4))
    points = [f"{name} begin invitee.created {number}" for name in "ab" for number in (1, 2)]
    lives: list[list[str]] = []
    with crashing.running(a, b, hang_at=points) as process:
        answered = await crashing.send(one, two)
        process.wait_for(*points)
        process.kill()
    missed = await crashing.send(three)
    with crashing.running(a, c) as process:
        answered += await crashing.send(three)
        process.wait_for(*(f"{name} end invitee.created {number}" for name, number in ("a1", "a2", "a3", "c3")))
        lives.append(process.stop())
    with crashing.running(c, b, a) as process:
        answered += await crashing.send(four)
        process.wait_for(*(f"{name} end invitee.created {number}" for name, number in ("a4", "b1", "b2", "b4", "c4")))
        lives.append(process.stop())

    assert (answered, missed, crashing.there.made) == ([200] * 4, [None], 1)
    assert [sorted(line for line in lines if " end " in line) for lines in lives] == [
        [f"{name} end invitee.created {number}" for name, number in ("a1", "a2", "a3", "c3")],
        [f"{name} end invitee.created {number}" for name, number in ("a4", "b1", "b2", "b4", "c4")],
    ]
    assert {run.state for run in await crashing.runs()} == {"done"}
