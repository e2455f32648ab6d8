from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ledger import Assigned, Changed, Entry, Joined, Left, Released, after, replay
from openslot.core.pooling import (
    Mode,
    Standing,
    away_credit,
    changing_credit,
    hidden,
    joining_credit,
    leads,
    ranked,
    why,
)
from running import examples

EQUAL, MAXIMIZE = Mode.EQUAL_DISTRIBUTION, Mode.MAXIMIZE_AVAILABILITY
MILLIONTH = Fraction(1, 1_000_000)
Pool = list[Standing]


def host(number: int) -> UUID:
    return UUID(int=number + 1)


def pool(*assigned: int, weights: Sequence[int] = (), priorities: Sequence[int] = ()) -> Pool:
    return [
        Standing(
            host(number),
            position=number,
            weight=weights[number] if weights else 100,
            priority=priorities[number] if priorities else 2,
            assigned=count,
        )
        for number, count in enumerate(assigned)
    ]


def of_weights(weights: Sequence[int]) -> Pool:
    return pool(*(0 for _ in weights), weights=weights)


def hosts(standings: Pool) -> set[UUID]:
    return {one.host for one in standings}


def assigned(standings: Pool) -> dict[UUID, int]:
    return {one.host: one.assigned for one in standings}


def lags(standings: Pool) -> dict[UUID, Fraction]:
    """How many meetings each host is behind its share; ahead is negative."""
    total = sum(one.weight for one in standings)
    handed_out = sum((one.count for one in standings), Fraction(0))
    return {one.host: one.weight * handed_out / total - one.count for one in standings}


def assign_fairly(standings: Pool, sequence: int) -> Pool:
    return after(standings, Assigned(sequence, ranked(standings, hosts(standings), mode=EQUAL)[0].host))


class Step(NamedTuple):
    """Something that happens to a pool; ``pick`` says to whom."""

    kind: str
    pick: int
    weight: int
    priority: int


some_weight = st.integers(1, 5) | st.integers(1, 1000)
steps = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(["assigned", "assigned", "assigned", "joined", "changed", "left", "released"]),
        pick=st.integers(0, 7),
        weight=some_weight,
        priority=st.integers(1, 4),
    ),
    max_size=30,
)


def entry_of(step: Step, sequence: int, standings: Pool) -> Entry | None:
    """What ``step`` adds to the ledger of that pool; None where it can't happen."""
    if step.kind == "joined" or len(standings) < 2:
        credit = joining_credit(standings, step.weight)
        return Joined(sequence, host(sequence), step.weight, step.priority, step.pick, credit)
    one = standings[step.pick % len(standings)]
    if step.kind == "changed":
        credit = changing_credit(standings, one.host, step.weight)
        return Changed(sequence, one.host, step.weight, step.priority, step.pick, credit)
    if step.kind == "left":
        return Left(sequence, one.host)
    if step.kind == "released":
        return Released(sequence, one.host) if one.assigned else None
    return Assigned(sequence, one.host)


def ledger_of(happened: Sequence[Step]) -> list[Entry]:
    standings: Pool = []
    ledger: list[Entry] = []
    for sequence, step in enumerate(happened, 1):
        entry = entry_of(step, sequence, standings)
        if entry is not None:
            ledger.append(entry)
            standings = after(standings, entry)
    return ledger


ledgers = steps.map(ledger_of)
pools = ledgers.map(replay).filter(bool)


# Shares


@settings(deadline=None, max_examples=6)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8))
def test_after_every_one_of_10_000_assignments_each_host_is_within_a_meeting_of_its_share(weights: list[int]) -> None:
    assert_shares_hold(weights, 10_000)


@settings(deadline=None, max_examples=examples(150))
@given(st.lists(some_weight, min_size=2, max_size=8))
def test_shares_hold_from_the_first_assignment_on(weights: list[int]) -> None:
    assert_shares_hold(weights, 100)


def assert_shares_hold(weights: list[int], assignments: int) -> None:
    standings, total = of_weights(weights), sum(weights)
    for count in range(1, assignments + 1):
        standings = assign_fairly(standings, count)
        assert all(abs(one.assigned * total - count * one.weight) < total for one in standings)
    assert sum(one.assigned for one in standings) == assignments


def test_equal_hosts_take_turns_by_position() -> None:
    standings, order = of_weights([100, 100, 100]), []
    for sequence in range(1, 7):
        order.append(ranked(standings, hosts(standings), mode=EQUAL)[0].position)
        standings = assign_fairly(standings, sequence)
    assert order == [0, 1, 2, 0, 1, 2]


def test_a_host_of_double_weight_gets_every_other_meeting_not_two_in_a_row() -> None:
    standings, order = of_weights([2, 1, 1]), []
    for sequence in range(1, 9):
        order.append(ranked(standings, hosts(standings), mode=EQUAL)[0].position)
        standings = assign_fairly(standings, sequence)
    assert order == [0, 1, 2, 0, 0, 1, 2, 0]


def test_who_has_just_its_share_is_not_ahead_of_it() -> None:
    standings = pool(1, 1, 0, weights=[3, 2, 1])
    assert [one.host for one in ranked(standings, hosts(standings), mode=EQUAL)] == [host(0), host(2), host(1)]


def test_only_who_is_free_is_ranked_but_shares_are_reckoned_over_all() -> None:
    standings = pool(2, 0, 8, weights=[4, 1, 1])
    order = [one.host for one in ranked(standings, [host(1), host(0), host(9)], mode=EQUAL)]
    assert order == [host(0), host(1)]


def test_of_hosts_equally_due_the_higher_priority_is_first_then_the_longest_waiting() -> None:
    ledger = [*(Joined(number + 1, host(number), priority=[2, 2, 3][number]) for number in range(3))]
    standings = replay([*ledger, Assigned(4, host(1)), Assigned(5, host(0)), Assigned(6, host(2))])
    assert [one.host for one in ranked(standings, hosts(standings), mode=EQUAL)] == [host(2), host(1), host(0)]


# Those who come and go


@given(pools, some_weight)
def test_who_joins_stands_level_and_moves_nobody(standings: Pool, weight: int) -> None:
    newcomer = Joined(100, host(100), weight, credit=joining_credit(standings, weight))
    joined = after(standings, newcomer)
    assert assigned(joined) == assigned(standings) | {host(100): 0}
    before = lags(standings) | {host(100): Fraction(0)}
    assert all(abs(lag - before[one]) < MILLIONTH for one, lag in lags(joined).items())


@given(pools, st.integers(0, 7), some_weight)
def test_a_changed_weight_leaves_everybody_as_far_behind_as_before(standings: Pool, pick: int, weight: int) -> None:
    one = standings[pick % len(standings)]
    credit = changing_credit(standings, one.host, weight)
    changed = after(standings, Changed(100, one.host, weight, one.priority, one.position, credit))
    assert assigned(changed) == assigned(standings)
    before = lags(standings)
    assert all(abs(lag - before[of]) < MILLIONTH for of, lag in lags(changed).items())


@given(pools, st.integers(0, 7))
def test_the_same_weight_again_is_the_same_credit(standings: Pool, pick: int) -> None:
    one = standings[pick % len(standings)]
    assert changing_credit(standings, one.host, one.weight) == one.credit


@given(pools.filter(lambda standings: len(standings) > 1), st.integers(0, 7))
def test_who_leaves_hands_the_lag_on_to_the_others_by_weight(standings: Pool, pick: int) -> None:
    leaver = standings[pick % len(standings)]
    left = after(standings, Left(100, leaver.host))
    before, total = lags(standings), sum(one.weight for one in left)
    assert assigned(left) == {one: count for one, count in assigned(standings).items() if one != leaver.host}
    assert lags(left) == {one.host: before[one.host] + one.weight * before[leaver.host] / total for one in left}


@settings(deadline=None, max_examples=examples(80))
@given(st.lists(some_weight, min_size=1, max_size=4), st.lists(st.tuples(st.integers(0, 25), some_weight), max_size=6))
def test_however_many_join_everybody_stays_within_a_meeting(weights: list[int], joins: list[tuple[int, int]]) -> None:
    """The credits are rounded to a millionth each, so by so many millionths it may be more."""
    standings, sequence = of_weights(weights), 0
    for waiting, weight in [*joins, (25, 1)]:
        for _ in range(waiting):
            sequence += 1
            standings = assign_fairly(standings, sequence)
            assert all(abs(lag) < 1 + len(joins) * MILLIONTH for lag in lags(standings).values())
        sequence += 1
        credit = joining_credit(standings, weight)
        standings = after(standings, Joined(sequence, host(100 + sequence), weight, credit=credit))


@settings(deadline=None, max_examples=examples(80))
@given(st.lists(some_weight, min_size=3, max_size=8), st.integers(0, 60), st.integers(0, 7))
def test_after_one_has_left_nobody_is_further_off_than_a_meeting_and_its_share_of_the_next(
    weights: list[int], waiting: int, pick: int
) -> None:
    """A lag below one and, by weight, a part of the leaver's, below one too; ahead it is never more than a meeting."""
    standings = of_weights(weights)
    for sequence in range(1, waiting + 1):
        standings = assign_fairly(standings, sequence)
    standings = after(standings, Left(waiting + 1, standings[pick % len(standings)].host))
    total = sum(one.weight for one in standings)
    bounds = {one.host: 1 + Fraction(one.weight, total) for one in standings}
    for sequence in range(waiting + 2, waiting + 80):
        assert all(-1 <= lag < bounds[one] for one, lag in lags(standings).items())
        standings = assign_fairly(standings, sequence)


def test_in_a_pool_that_never_rests_nobody_was_seen_two_meetings_off() -> None:
    """No law, a measurement: who picks the changes with care could do worse."""
    for seed in range(25):
        random = Random(seed)
        standings = of_weights([random.randint(1, 1000) for _ in range(random.randint(2, 8))])
        for sequence in range(1, 200):
            weight, one = random.choice([random.randint(1, 4), random.randint(1, 1000)]), random.choice(standings)
            match random.randint(1, 20):
                case 1 if len(standings) < 12:
                    entry = Joined(sequence, host(100 + sequence), weight, credit=joining_credit(standings, weight))
                    standings = after(standings, entry)
                case 2 if len(standings) > 2:
                    standings = after(standings, Left(sequence, one.host))
                case 3:
                    credit = changing_credit(standings, one.host, weight)
                    standings = after(standings, Changed(sequence, one.host, weight, 2, one.position, credit))
                case _:
                    standings = assign_fairly(standings, sequence)
            assert max(abs(lag) for lag in lags(standings).values()) < 2


def test_a_joiner_of_a_pool_without_meetings_has_no_credit() -> None:
    assert joining_credit([], 300) == joining_credit(of_weights([100, 200]), 300) == 0


def test_credits_are_whole_millionths_rounded_down() -> None:
    standings = pool(1, 0, 0, weights=[1, 1, 1])
    assert joining_credit(standings, 1) == Fraction(333_333, 1_000_000)
    assert changing_credit(standings, host(1), 2) == Fraction(333_333, 1_000_000)
    assert changing_credit(standings, host(0), 2) == Fraction(333_333, 1_000_000)


def test_who_is_alone_keeps_the_credit_whatever_the_weight() -> None:
    alone = [Standing(host(0), assigned=4, credit=Fraction(1, 2))]
    assert changing_credit(alone, host(0), 700) == Fraction(1, 2)


def test_who_comes_back_begins_anew() -> None:
    ledger: list[Entry] = [Joined(1, host(0)), Joined(2, host(1)), Assigned(3, host(0)), Left(4, host(0))]
    assert replay([*ledger, Joined(5, host(0), credit=Fraction(1, 4))]) == [
        Standing(host(0), credit=Fraction(1, 4)),
        Standing(host(1)),
    ]


@pytest.mark.parametrize("weight", [0, -1])
def test_a_weight_is_positive(weight: int) -> None:
    standings = pool(1, 2)
    for refused in (
        lambda: joining_credit(standings, weight),
        lambda: changing_credit(standings, host(0), weight),
        lambda: Standing(host(0), weight=weight),
    ):
        with pytest.raises(ValueError, match=r"^weight must be positive$"):
            refused()


@pytest.mark.parametrize("priority", [0, 5])
def test_a_priority_is_one_to_four_stars(priority: int) -> None:
    with pytest.raises(ValueError, match=r"^priority must be 1 to 4$"):
        Standing(host(0), priority=priority)


# The ledger


@given(ledgers)
def test_the_ledger_replayed_is_the_ledger_followed_and_comes_to_the_same_again(ledger: list[Entry]) -> None:
    followed: Pool = []
    for entry in ledger:
        followed = after(followed, entry)
    assert replay(ledger) == replay(tuple(ledger)) == followed


@given(ledgers)
def test_counts_are_those_of_the_ledger(ledger: list[Entry]) -> None:
    counted: dict[UUID, int] = {}
    last: dict[UUID, int] = {}
    for entry in ledger:
        match entry:
            case Joined():
                counted[entry.host], last[entry.host] = 0, 0
            case Left():
                del counted[entry.host]
            case Assigned():
                counted[entry.host] += 1
                last[entry.host] = entry.sequence
            case Released():
                counted[entry.host] -= 1
    standings = replay(ledger)
    assert assigned(standings) == counted
    assert {one.host: one.last_sequence for one in standings} == {one: last[one] for one in counted}


def test_each_kind_of_entry_has_its_effect() -> None:
    standings = replay([
        Joined(1, host(0), weight=10, priority=1, position=5, credit=Fraction(1, 2)),
        Joined(2, host(1), position=3),
        Joined(3, host(2), position=4),
        Assigned(4, host(0)),
        Assigned(5, host(1)),
        Assigned(6, host(1)),
        Released(7, host(1)),
        Left(8, host(2)),
        Changed(9, host(0), weight=20, priority=4, position=1, credit=Fraction(-3, 2)),
    ])  # fmt: skip
    assert standings == [
        Standing(host(0), position=1, weight=20, priority=4, assigned=1, credit=Fraction(-3, 2), last_sequence=4),
        Standing(host(1), position=3, assigned=1, last_sequence=6),
    ]


def test_standings_come_by_position_and_then_by_id() -> None:
    standings = replay([Joined(1, host(2)), Joined(2, host(0), position=1), Joined(3, host(1))])
    assert [one.host for one in standings] == [host(1), host(2), host(0)]


def test_a_released_meeting_makes_the_host_due_again() -> None:
    standings = replay([Joined(1, host(0)), Joined(2, host(1), position=1), Assigned(3, host(0))])
    assert ranked(standings, hosts(standings), mode=EQUAL)[0].host == host(1)
    released = after(standings, Released(4, host(0)))
    assert assigned(released) == {host(0): 0, host(1): 0}
    # both are due, and host 1 has waited longer: releasing takes no turn back
    assert ranked(released, hosts(released), mode=EQUAL)[0].host == host(1)


@pytest.mark.parametrize(
    ("sequences", "message"), [((3, 3), "entry 3: comes after 3"), ((5, 4), "entry 4: comes after 5")]
)
def test_entries_out_of_order_are_refused(sequences: tuple[int, int], message: str) -> None:
    first, second = sequences
    with pytest.raises(ValueError, match=f"^{message}$"):
        replay([Joined(first, host(0)), Joined(second, host(1))])


@pytest.mark.parametrize("entry", [Left(7, host(1)), Assigned(7, host(1)), Released(7, host(1)),
                                   Changed(7, host(1), 100, 2, 0, Fraction(0))])  # fmt: skip
def test_an_entry_about_a_host_who_is_not_there_is_refused(entry: Entry) -> None:
    with pytest.raises(ValueError, match=f"^entry 7: {host(1)} is not in the pool$"):
        replay([Joined(1, host(0)), entry])


def test_joining_twice_and_releasing_what_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match=f"^entry 2: {host(0)} has joined already$"):
        replay([Joined(1, host(0)), Joined(2, host(0))])
    with pytest.raises(ValueError, match=f"^entry 2: {host(0)} has no meeting to release$"):
        replay([Joined(1, host(0)), Released(2, host(0))])


@given(pools, st.randoms(use_true_random=False), st.sampled_from(Mode), st.integers(1, 5))
def test_the_order_in_which_hosts_are_written_down_does_not_matter(
    standings: Pool, random: Random, mode: Mode, threshold: int
) -> None:
    shuffled, free = list(standings), sorted(hosts(standings))
    random.shuffle(shuffled)
    random.shuffle(free)
    assert ranked(shuffled, free, mode=mode) == ranked(standings, hosts(standings), mode=mode)
    assert leads(shuffled) == leads(standings)
    assert hidden(shuffled, mode=mode, threshold=threshold) == hidden(standings, mode=mode, threshold=threshold)


# Leads


@pytest.mark.parametrize(
    ("counts", "threshold", "leaders"),
    [
        ((3, 0), 3, {0: 3}),
        ((3, 1), 3, {}),
        ((2, 0), 3, {}),
        ((5, 2, 4, 3), 3, {0: 3}),
        ((9, 2, 6, 3), 3, {0: 7, 2: 4}),
        ((1, 0), 1, {0: 1}),
        ((4, 4, 4), 1, {}),
        ((9, 0), 10, {}),
        ((10, 0), 10, {0: 10}),
        ((50, 0), None, {}),
        ((7,), 1, {}),
        ((), 3, {}),
    ],
)
def test_a_host_so_many_meetings_ahead_is_hidden_until_the_others_catch_up(
    counts: tuple[int, ...], threshold: int | None, leaders: dict[int, int]
) -> None:
    """Source: Calendly, equal distribution: 3-0 is hidden, 3-1 shown again."""
    expected = {host(number): Fraction(lead) for number, lead in leaders.items()}
    assert hidden(pool(*counts), mode=EQUAL, threshold=threshold) == expected


def test_three_is_the_threshold_unless_another_is_given() -> None:
    assert hidden(pool(3, 0), mode=EQUAL) == {host(0): 3}
    assert hidden(pool(2, 0), mode=EQUAL) == {}


@given(pools, st.integers(1, 5))
def test_maximizing_availability_hides_nobody(standings: Pool, threshold: int) -> None:
    assert hidden(standings, mode=MAXIMIZE, threshold=threshold) == {}


def test_a_lead_is_counted_in_meetings_of_the_host_s_own_weight() -> None:
    """The second is due at 1/100, when the first has had three of its own: six is three over, and one for the turn."""
    assert leads(pool(6, 0, weights=[300, 100])) == {host(0): 4, host(1): 0}


@given(pools, st.integers(1, 5))
def test_the_furthest_behind_is_never_hidden_and_nobody_is_behind_oneself(standings: Pool, threshold: int) -> None:
    next_due = min(standings, key=lambda one: (one.count + 1) / one.weight)
    ahead = leads(standings)
    assert ahead[next_due.host] == 0 == min(ahead.values())
    assert next_due.host not in hidden(standings, mode=EQUAL, threshold=threshold)
    assert hidden(standings, mode=EQUAL, threshold=threshold).items() <= ahead.items()


@settings(deadline=None)
@given(st.lists(some_weight, min_size=1, max_size=8))
def test_while_everybody_is_free_nobody_is_two_meetings_ahead_so_nobody_is_hidden(weights: list[int]) -> None:
    standings = of_weights(weights)
    for sequence in range(1, 150):
        standings = assign_fairly(standings, sequence)
        assert max(leads(standings).values()) < 2
        assert hidden(standings, mode=EQUAL) == {}


def assign_to_the_visible(standings: Pool, away: set[int], sequence: int, threshold: int) -> Pool:
    """One step of a pool in which some are away, those who are visible taking what comes."""
    visible = hosts(standings) - set(hidden(standings, mode=EQUAL, threshold=threshold))
    order = ranked(standings, visible - {host(number) for number in away}, mode=EQUAL)
    return after(standings, Assigned(sequence, order[0].host)) if order else standings


absences = st.lists(st.sets(st.integers(0, 5)), max_size=40)


@settings(deadline=None)
@given(st.integers(1, 6), absences, st.integers(1, 5))
def test_of_equal_hosts_none_is_ever_further_ahead_than_the_threshold(
    count: int, away: list[set[int]], threshold: int
) -> None:
    standings = pool(*[0] * count)
    for sequence, absent in enumerate(away, 1):
        standings = assign_to_the_visible(standings, absent, sequence, threshold)
        assert max(leads(standings).values()) <= threshold


@settings(deadline=None)
@given(st.lists(some_weight, min_size=1, max_size=6), absences, st.integers(1, 5))
def test_of_weighted_hosts_none_is_ever_a_whole_meeting_over_the_threshold(
    weights: list[int], away: list[set[int]], threshold: int
) -> None:
    """One short of the threshold by a fraction may still be given a meeting."""
    standings = of_weights(weights)
    for sequence, absent in enumerate(away, 1):
        standings = assign_to_the_visible(standings, absent, sequence, threshold)
        assert max(leads(standings).values()) < threshold + 1


def test_who_is_hidden_is_shown_again_once_the_other_has_caught_up() -> None:
    standings, shown = pool(0, 0), []
    for sequence, away in enumerate([{1}, {1}, {1}, {1}, {0}, {1}, {1}], 1):
        standings = assign_to_the_visible(standings, away, sequence, 3)
        shown.append(tuple(one.assigned for one in standings))
    assert shown == [(1, 0), (2, 0), (3, 0), (3, 0), (3, 1), (4, 1), (4, 1)]


# Maximizing availability


def test_maximizing_takes_the_priority_first_then_who_waited_longest_then_the_position() -> None:
    standings = [
        Standing(host(0), position=3, priority=2, last_sequence=1),
        Standing(host(1), position=2, priority=3, last_sequence=9),
        Standing(host(2), position=1, priority=3, last_sequence=4),
        Standing(host(3), position=5, priority=2),
        Standing(host(4), position=4, priority=2),
        Standing(host(5), position=0, priority=1),
    ]
    order = [one.host for one in ranked(standings, hosts(standings), mode=MAXIMIZE)]
    assert order == [host(number) for number in (2, 1, 4, 3, 0, 5)]


@given(st.lists(some_weight, min_size=1, max_size=8), st.integers(0, 30))
def test_maximizing_equal_priorities_go_round_whatever_the_weights(weights: list[int], rounds: int) -> None:
    standings, order = of_weights(weights), []
    for sequence in range(1, rounds + 1):
        chosen = ranked(standings, hosts(standings), mode=MAXIMIZE)[0]
        order.append(chosen.position)
        standings = after(standings, Assigned(sequence, chosen.host))
    assert order == [turn % len(weights) for turn in range(rounds)]


# Reasons


@given(pools, st.sampled_from(Mode))
def test_the_numbers_behind_a_choice_are_those_of_the_standings(standings: Pool, mode: Mode) -> None:
    lag = lags(standings)
    for one in standings:
        reason = why(standings, one.host, mode=mode)
        share = reason.pop("share")
        assert Fraction(share) == lag[one.host] + one.count
        assert reason == {
            "mode": mode.value,
            "priority": one.priority,
            "weight": one.weight,
            "count": str(one.count),
            "last_sequence": one.last_sequence,
        }


@given(pools)
def test_who_is_given_a_meeting_is_by_the_numbers_not_ahead_of_its_share(standings: Pool) -> None:
    reason = why(standings, ranked(standings, hosts(standings), mode=EQUAL)[0].host, mode=EQUAL)
    assert Fraction(reason["count"]) <= Fraction(reason["share"])


def test_there_is_no_reason_for_a_host_who_is_not_in_the_pool() -> None:
    with pytest.raises(ValueError, match=f"^{host(9)} is not in the pool$"):
        why(pool(1, 2), host(9), mode=EQUAL)


# Who is away

absences = st.lists(st.sets(st.integers(0, 3), min_size=1), max_size=40)
"""Who is there at each meeting, by number."""


def assign_among(standings: Pool, present: set[UUID], sequence: int) -> Assigned:
    """The next meeting, given to the first of those who are there."""
    chosen = ranked(standings, present, mode=EQUAL)[0].host
    return Assigned(sequence, chosen, tuple(away_credit(standings, present).items()))


def test_who_is_away_is_credited_the_others_average_by_weight() -> None:
    three = pool(0, 0, 0, weights=[100, 300, 50])
    assert away_credit(three, {host(0), host(1)}) == {host(2): Fraction(125_000, 1_000_000)}
    assert away_credit(three, {host(0)}) == {host(1): Fraction(3), host(2): Fraction(1, 2)}
    assert away_credit(three, hosts(three)) == {}
    assert away_credit(three, set()) == {}


@given(absences)
def test_whoever_is_away_when_all_stay_within_a_few_meetings_of_their_shares(there: list[set[int]]) -> None:
    standings = pool(0, 0, 0, 0)
    for sequence, numbers in enumerate(there, 1):
        present = {host(number) for number in numbers}
        standings = after(standings, assign_among(standings, present, sequence))
        assert max(abs(lag) for lag in lags(standings).values()) < len(standings)
        assert hidden([one for one in standings if one.host in present], mode=EQUAL).keys() < present


@given(absences, st.integers(1, 12))
def test_who_comes_back_is_as_far_from_the_own_share_as_before_and_gets_no_more_than_it(
    there: list[set[int]], more: int
) -> None:
    standings = pool(0, 0, 0, 0)
    sequence = 0
    for numbers in there:  # the last host is away
        before = lags(standings)
        sequence += 1
        present = {host(number % 3) for number in numbers}
        standings = after(standings, assign_among(standings, present, sequence))
        assert abs(lags(standings)[host(3)] - before[host(3)]) <= 4 * MILLIONTH
    before_return = assigned(standings)[host(3)]
    for _ in range(more):
        sequence += 1
        standings = after(standings, assign_among(standings, hosts(standings), sequence))
    assert assigned(standings)[host(3)] - before_return <= more / 4 + 1


@given(absences, st.randoms(use_true_random=False))
def test_a_ledger_with_absences_replays_and_what_is_released_leaves_no_trace(
    there: list[set[int]], chance: Random
) -> None:
    standings: Pool = []
    entries: list[Entry] = []
    for number in range(4):
        entries.append(Joined(len(entries) + 1, host(number), position=number))
        standings = after(standings, entries[-1])
    given_: list[Assigned] = []
    for numbers in there:
        given_.append(assign_among(standings, {host(number) for number in numbers}, len(entries) + 1))
        entries.append(given_[-1])
        standings = after(standings, given_[-1])
    assert replay(entries) == standings
    for one in chance.sample(given_, len(given_)):
        entries.append(Released(len(entries) + 1, one.host, one.away))
    assert [one.count for one in replay(entries)] == [0, 0, 0, 0]
