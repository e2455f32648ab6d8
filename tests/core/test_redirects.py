"""Where an event type leads after booking. Source: behaviours, section 14."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from openslot.core.redirects import BookedFacts, is_redirect, target

FACTS = BookedFacts(
    assigned_to="Grace Hopper", event_type_uuid="E", event_type_name="Kiln tour",
    event_start_time="2027-01-05T10:00:00+01:00", event_end_time="2027-01-05T10:30:00+01:00", invitee_uuid="I",
    invitee_full_name="Ada Example", invitee_first_name=None, invitee_last_name=None, invitee_email="ada@example.org",
    text_reminder_number=None, guests=["b@example.org", "c@example.org"], answers=["Clay & co", ""],
    tracking={"utm_source": "news"},
)  # fmt: skip


def test_the_site_learns_what_was_booked_by_calendlys_keys() -> None:
    assert target("https://shop.example/thanks?step=2&assigned_to=me#top", FACTS) == (
        "https://shop.example/thanks?step=2&assigned_to=me&event_type_uuid=E&event_type_name=Kiln%20tour"
        "&event_start_time=2027-01-05T10%3A00%3A00%2B01%3A00&event_end_time=2027-01-05T10%3A30%3A00%2B01%3A00"
        "&invitee_uuid=I&invitee_full_name=Ada%20Example&invitee_email=ada%40example.org"
        "&guests=b%40example.org%2Cc%40example.org&answer_1=Clay%20%26%20co&utm_source=news#top"
    )
    parted = structs.replace(FACTS, invitee_first_name="Ada", invitee_last_name="Example")
    query = dict(parse_qsl(urlsplit(target("https://shop.example", parted)).query))
    assert (query["invitee_first_name"], query["invitee_last_name"]) == ("Ada", "Example")
    assert "invitee_full_name" not in query


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "//evil.example", "/path", "ftp://a.example", "https://", "https://user:pw@a.example",
     "https://a.example/\n", "https://a.example:x", "data:text/html,x", "https:\\\\a.example", "https://[::1",
     "x" * 3000],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_none(text: str) -> None:
    assert not is_redirect(text)


@given(name=st.text(), answers=st.lists(st.text(), max_size=12))
def test_whatever_was_answered_the_site_stays_the_one_of_the_setting(name: str, answers: list[str]) -> None:
    facts = structs.replace(FACTS, invitee_full_name=name, answers=answers)
    parts = urlsplit(target("https://shop.example/thanks?a=1", facts))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "shop.example", "/thanks")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert query["a"] == "1"
    assert query.get("invitee_full_name", "") == name
