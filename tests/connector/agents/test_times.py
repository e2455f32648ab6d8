from zoneinfo import ZoneInfo

import pytest

from openslot.connector.agents.times import zone_named


def test_an_iana_name_is_a_zone() -> None:
    assert zone_named("Europe/Rome") == ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    "name", [None, "", "Rome", "Europe", "../etc/passwd", "x" * 300, "localtime", "posix/Europe/Rome", "right/UTC"]
)
def test_what_the_service_would_refuse_is_no_zone(name: str | None) -> None:
    assert zone_named(name) is None
