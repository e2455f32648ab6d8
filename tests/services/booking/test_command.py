"""The command to book, as logs and error reports show it."""

from openslot.core.ids import new_id
from openslot.services.booking.command import Booking
from services.conftest import START


def test_a_command_shows_no_token() -> None:
    shown = repr(
        Booking(
            organization_id=new_id(),
            event_type_id=new_id(),
            start_time=START,
            email="ada@example.org",
            timezone="Europe/Rome",
            hold_token="secret of a hold",
            link_token="secret of a link",
        )
    )

    assert "ada@example.org" in shown
    assert "secret" not in shown
