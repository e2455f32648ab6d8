"""How URIs and links are spelled. Source: behaviours, section 1."""

from datetime import datetime
from uuid import UUID

from openslot.presenters.uris import Uris

ONE, OTHER = UUID(int=1), UUID(int=2)
URIS = Uris("https://book.example/prefix", "https://book.example/prefix/api/v2")
API = URIS.api


def test_resources_are_named_by_full_uris() -> None:
    assert [
        URIS.user(ONE),
        URIS.organization(ONE),
        URIS.event_type(ONE),
        URIS.scheduled_event(ONE),
        URIS.invitee(ONE, OTHER),
        URIS.no_show(ONE),
        URIS.routing_form(ONE),
        URIS.routing_form_submission(ONE),
        URIS.webhook_subscription(ONE),
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
    assert [URIS.profile_page("ada"), URIS.page("ada", "30min"), URIS.cancel_page(ONE)] == [
        f"{URIS.pages}/ada",
        f"{URIS.pages}/ada/30min",
        f"{URIS.pages}/cancellations/{ONE}",
    ]
    assert URIS.reschedule_page(ONE) == f"{URIS.pages}/reschedulings/{ONE}"


def test_the_links_of_slots_open_their_days() -> None:
    page = URIS.page("ada", "30min")
    starts = ["2026-12-31T15:45:00+00:00", "2026-12-31T23:59:59+00:00", "2027-01-01T00:00:00+00:00"]

    assert list(URIS.slot_pages(page, (int(datetime.fromisoformat(start).timestamp()) for start in starts))) == [
        ("2026-12-31T15:45:00Z", f"{page}/2026-12-31T15:45:00Z?month=2026-12&date=2026-12-31"),
        ("2026-12-31T23:59:59Z", f"{page}/2026-12-31T23:59:59Z?month=2026-12&date=2026-12-31"),
        ("2027-01-01T00:00:00Z", f"{page}/2027-01-01T00:00:00Z?month=2027-01&date=2027-01-01"),
    ]
