"""The hosts whom a page names, before and after the booking."""

from typing import NamedTuple

import pytest

from conftest import Clock
from factories import Organization
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from pages.offers import put_on_show
from pages.plain_browser import PlainBrowser

SLOT = "2027-01-05T09:00:00Z"


class Pooling(NamedTuple):
    kind: str | None
    sizes: list[int] | None
    line: str


@pytest.mark.parametrize(
    "pooling",
    [
        Pooling("round_robin", None, "One of 3 hosts"),
        Pooling("collective", None, "{0}, {1}, and {2}"),
        Pooling("multi_pool", [1, 1], "2 of 3 hosts"),
        Pooling(None, None, "{0}"),
    ],
)
async def test_no_host_is_promised_who_may_not_come(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, pooling: Pooling
) -> None:
    members = [organization.owner, organization.admin, organization.member]
    hosts = [NewHost(one.id, position=place, pool=place // 2) for place, one in enumerate(members)]
    offer = await put_on_show(
        conn, organization, now=clock.now, pooling_type=pooling.kind, pool_sizes=pooling.sizes,
        hosts=hosts if pooling.kind else None,
    )  # fmt: skip
    expected = pooling.line.format(*(one.user.name for one in members))
    browser.headers = {"accept-language": "en-US"}
    for path in (offer.path, f"{offer.path}/{SLOT}"):
        page = await browser.open(path)
        shown = page.all("p", class_="host")[0]
        assert " ".join(node.text for node in shown.children if not isinstance(node, str))[-len(expected) :] == expected
        assert bool(shown.all("a")) == (pooling.kind is None)
        if pooling.kind in ("round_robin", "multi_pool"):
            assert organization.owner.user.name not in page.one("main").text


async def test_after_the_booking_the_one_who_comes_is_named(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    members = [organization.owner, organization.admin, organization.member]
    offer = await put_on_show(
        conn, organization, now=clock.now, pooling_type="round_robin", hosts=[one.id for one in members]
    )
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send({"name": "Ada", "email": "ada@example.org"})
    assert browser.heading == "You are scheduled"
    named = [one.user.name for one in members if one.user.name in browser.document.one("dl").text]
    assert len(named) == 1
