"""How URIs and links are spelled. Source: behaviours, section 1."""

from datetime import datetime
from uuid import UUID

from openslot.presenters.links import Links

ONE, OTHER = UUID(int=1), UUID(int=2)
LINKS = Links("https://book.example/prefix", "https://book.example/prefix/api/v2")
API = LINKS.api


def test_resources_are_named_by_full_uris() -> None:
    assert [
        LINKS.user(ONE),
        LINKS.organization(ONE),
        LINKS.event_type(ONE),
        LINKS.scheduled_event(ONE),
        LINKS.invitee(ONE, OTHER),
        LINKS.no_show(ONE),
        LINKS.routing_form(ONE),
        LINKS.routing_form_submission(ONE),
        LINKS.webhook_subscription(ONE),
    ] == [
        f"{API}/users/{ONE}",
        f"{API}/organizations/{ONE}",
        f"{API}/event_types/{ONE}",
        f"{API}/scheduled_events/{ONE}",
        f"{API}/scheduled_events/{ONE}/invitees/{OTHER}",
        f"{API}/invitee_no_shows/{ONE}",
        f"{API}/routing_forms/{ONE}",
        f"{API}/routing_form_submissions/{ONE}",
        f"{API}/webhook_subscriptions/{ONE}",
    ]


def test_pages_are_on_the_page_host() -> None:
    assert [LINKS.profile_page("ada"), LINKS.page("ada", "30min"), LINKS.cancel_page(ONE)] == [
        f"{LINKS.pages}/ada",
        f"{LINKS.pages}/ada/30min",
        f"{LINKS.pages}/cancellations/{ONE}",
    ]
    assert LINKS.reschedule_page(ONE) == f"{LINKS.pages}/reschedulings/{ONE}"


def test_the_links_of_slots_open_their_days() -> None:
    page = LINKS.page("ada", "30min")
    starts = ["2026-12-31T15:45:00+00:00", "2026-12-31T23:59:59+00:00", "2027-01-01T00:00:00+00:00"]

    assert list(LINKS.slot_pages(page, (int(datetime.fromisoformat(start).timestamp()) for start in starts))) == [
        ("2026-12-31T15:45:00Z", f"{page}/2026-12-31T15:45:00Z?month=2026-12&date=2026-12-31"),
        ("2026-12-31T23:59:59Z", f"{page}/2026-12-31T23:59:59Z?month=2026-12&date=2026-12-31"),
        ("2027-01-01T00:00:00Z", f"{page}/2027-01-01T00:00:00Z?month=2027-01&date=2027-01-01"),
    ]
