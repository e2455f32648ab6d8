"""What pages load besides: the list of time zones at an address of its own."""

import httpx
import pytest

from pages.plain_browser import read


@pytest.mark.parametrize(
    ("address", "area", "option"),
    [
        ("/assets/timezones/en-US/2027-01-01.html", "Americas", ("America/New_York", "New York (UTC\N{MINUS SIGN}5)")),
        ("/assets/timezones/en-DE/2027-07-01.html", "Europe", ("Europe/Rome", "Rome (UTC+2)")),
        ("/assets/timezones/en-150/2027-01-01.html", "Europe", ("Europe/Rome", "Rome (UTC+1)")),
        ("/assets/timezones/it-IT/2027-01-01.html", "Europa", ("Europe/Rome", "Roma (UTC+1)")),
        ("/assets/timezones/th-TH/2027-01-01.html", "เอเชีย", ("Asia/Bangkok", "กรุงเทพ (UTC+7)")),
    ],
)
async def test_the_list_of_time_zones_is_in_the_readers_language_with_the_offsets_of_the_day(
    http: httpx.AsyncClient, address: str, area: str, option: tuple[str, str]
) -> None:
    response = await http.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "max-age=86400, public"
    (group,) = read(response.text).all("optgroup", label=area)
    assert option in [(one.attributes["value"], one.text) for one in group.all("option")]


@pytest.mark.parametrize(
    "name",
    [
        "en-US/2027-13-01.html", "en-US/2027-01-01", "en-US/x", "en-US/1900-01-01.html", "en-US/9999-01-01.html",
        "pl-PL/2027-01-01.html", "en/2027-01-01.html", "EN-us/2027-01-01.html", "en-US/20270101.html", "x/y",
    ],
)  # fmt: skip
async def test_a_list_has_one_address(http: httpx.AsyncClient, name: str) -> None:
    """So that nobody can have a cache filled with the same under many."""
    assert (await http.get(f"/assets/timezones/{name}")).status_code == 404
