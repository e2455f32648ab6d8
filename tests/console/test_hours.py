"""Hours of a day as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.console.hours import NotHours, read, write


def interval(first: str, last: str) -> dict[str, str]:
    return {"from": first, "to": last}


@pytest.mark.parametrize(
    ("text", "intervals"),
    [
        ("", []),
        (" , ", []),
        ("9-17", [interval("09:00", "17:00")]),
        ("9:00\u201312:00, 13:30 - 17.15", [interval("09:00", "12:00"), interval("13:30", "17:15")]),
        ("9 to 12 and 14 to 18", [interval("09:00", "12:00"), interval("14:00", "18:00")]),
        ("9am-5pm", [interval("09:00", "17:00")]),
        ("9 AM \u2014 5:30 PM", [interval("09:00", "17:30")]),
        ("1-5 pm", [interval("13:00", "17:00")]),
        ("9-5 pm", [interval("09:00", "17:00")]),
        ("10-12 pm", [interval("10:00", "12:00")]),
        ("12am-12pm", [interval("00:00", "12:00")]),
        ("22:00-02:00", [interval("22:00", "02:00")]),
        ("00:00-24:00", [interval("00:00", "24:00")]),
    ],
)
def test_hours_are_read_in_the_usual_spellings(text: str, intervals: list[dict[str, str]]) -> None:
    assert read(text) == intervals


@pytest.mark.parametrize(
    "text", ["x", "9", "9-", "25-26", "9:60-10", "24:30-25", "13pm-2pm", "0am-1am", "9-17-18", "-3"]
)
def test_what_names_no_hours_is_refused(text: str) -> None:
    with pytest.raises(NotHours):
        read(text)


times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(st.lists(st.builds(interval, times, times), max_size=4))
def test_what_is_shown_is_read_as_it_was(intervals: list[dict[str, str]]) -> None:
    assert read(write(intervals)) == intervals
