"""What the page of an event type tells before a time is chosen, and what previews of its link show."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from conftest import Clock
from factories import Organization, make_event_type
from openslot.core.ids import new_id
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser
from pages.real_browser import DESKTOP, PHONE, check, opened

LATER = "After that, ask Owner."
REQUEST = "Booked by request You send a request. The time is yours once the host accepts it."
HEIGHT = "(text) => text.offsetHeight"
LONG = "Bring a piece of yours. " * 40


def lines(page: Node) -> list[str]:
    """The facts beside the calendar, but for the length."""
    return [line.text for line in page.all("ul", class_="facts")[0].all("li")][1:]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"requires_approval": True}, [REQUEST]),
        (
            {"cancel_cutoff_minutes": 1440, "reschedule_cutoff_minutes": 1440},
            [f"Can be canceled or rescheduled until 24 hours before {LATER}"],
        ),
        ({"cancel_cutoff_minutes": 90}, [f"Can be canceled until 1 hour 30 minutes before {LATER}"]),
        (
            {"cancel_cutoff_minutes": 120, "reschedule_cutoff_minutes": 60},
            ["Can be canceled until 2 hours before", f"Can be rescheduled until 1 hour before {LATER}"],
        ),
        (
            {"reschedule_cutoff_minutes": 60, "pooling_type": "round_robin"},
            ["Can be rescheduled until 1 hour before After that, ask the host."],
        ),
    ],
)
async def test_approval_and_cut_offs_are_shown_before_booking(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    values: dict[str, Any],
    expected: list[str],
) -> None:
    await conn.execute("UPDATE users SET name = 'Owner' WHERE id = %s", (organization.owner.id,))
    hosts = [organization.owner.id, organization.member.id] if "pooling_type" in values else None
    offer = await put_on_show(conn, organization, now=clock.now, hosts=hosts, **values)
    assert lines(await browser.open(f"{offer.path}?lang=en")) == expected


def meta(page: Node) -> dict[str, str]:
    """What is said to search engines and previews."""
    held = {node.attributes.get("property") or node.attributes.get("name", ""): node for node in page.all("meta")}
    known = {name: node.attributes["content"] for name, node in held.items() if name.startswith(("og:", "twitter:"))}
    found = known | {name: held[name].attributes["content"] for name in ("description", "robots") if name in held}
    canonical = [link.attributes["href"] for link in page.all("link", rel="canonical")]
    return found | ({"canonical": canonical[0]} if canonical else {})


async def test_public_pages_have_what_previews_and_search_engines_show(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    offer = await put_on_show(
        conn, organization, now=clock.now, name='Kiln "visit"', description_plain=f"See the\nworkshop. {LONG}"
    )
    page = await browser.open(f"{offer.path}?month=2027-02&lang=en&utm_source=x")
    found = meta(page)
    assert (len(found["description"]) <= 200, found["description"][-1]) == (True, "\N{HORIZONTAL ELLIPSIS}")
    assert found["description"].startswith("See the workshop. Bring a piece")
    assert found == {
        "description": found["description"],
        "og:description": found["description"],
        "og:title": f'Kiln "visit" \N{EN DASH} {host.name}',
        "og:type": "website",
        "og:site_name": "OpenSlot",
        "og:url": f"https://book.example{offer.path}",
        "twitter:card": "summary",
        "canonical": f"https://book.example{offer.path}",
    }
    found = meta(await browser.open(f"/{host.slug}?lang=en"))
    assert (found["og:title"], found["canonical"]) == (host.name, f"https://book.example/{host.slug}")


async def test_what_is_private_has_none_of_it(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    host = organization.owner.user
    token = f"s{new_id().hex}"
    await make_event_type(conn, host, now=clock.now, slug="hidden", secret=True)
    await make_event_type(conn, host, now=clock.now, slug="linked", secret=True, link_token=token)
    offer = await put_on_show(conn, organization, now=clock.now)
    for path in (f"/{host.slug}/hidden", f"/d/{token}/linked", f"{offer.path}/2027-01-05T09:00:00Z"):
        page = await browser.open(path)
        assert (browser.status, meta(page)) == (200, {"robots": "noindex"}), path


async def test_in_place_of_an_event_type_that_is_off_the_others_of_its_host_are_shown(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    off = await put_on_show(conn, organization, now=clock.now, active=False, name="Resting")
    await put_on_show(conn, organization, now=clock.now, name="Kiln visit")
    page = await browser.open(f"{off.path}?lang=en")
    assert (browser.status, "Resting" in page.text) == (404, False)
    assert browser.heading == "This can\N{RIGHT SINGLE QUOTATION MARK}t be booked at the moment"
    await browser.follow(text="Kiln visit")
    assert (browser.status, browser.heading) == (200, "Kiln visit")
    await browser.open(f"{off.path}/2027-01-05T09:00:00Z?lang=en")
    await browser.follow(text=f"See what {off.host} offers")
    assert browser.status == 200


async def test_where_there_are_no_times_at_all_the_host_s_page_is_a_link(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await put_on_show(
        conn, organization, now=clock.now, range_kind="fixed", range_first="2026-01-01", range_last="2026-01-02"
    )
    page = await browser.open(f"{offer.path}?lang=en")
    assert page.one("section", id="times").one("h2").text == "No times at the moment"
    await browser.follow(text=f"See what {offer.host} offers")
    assert browser.status == 200


@pytest.mark.parametrize(("count", "shown"), [(3, 3), (7, 7), (9, 6)])
async def test_every_host_of_a_pool_has_a_face(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, count: int, shown: int
) -> None:
    ours, theirs = "https://book.example/assets/icon.svg", "https://pictures.example/a.png"
    users = [organization.owner.id]
    for number in range(1, count):
        made = new_id()
        await conn.execute(
            "INSERT INTO users (id, organization_id, name, email, slug, timezone, avatar_url, created_at, updated_at)"
            " SELECT %s, organization_id, %s, %s, %s, timezone, %s, now(), now() FROM users WHERE id = %s",
            (made, f"Zoe {'ABCDEFGHIJ'[number]}", f"{made}@example.org", f"zoe-{made}", theirs, organization.owner.id),
        )
        users.append(made)
    await conn.execute("UPDATE users SET avatar_url = %s WHERE id = %s", (ours, organization.owner.id))
    offer = await put_on_show(
        conn, organization, now=clock.now, pooling_type="round_robin",
        hosts=[NewHost(one, position=place) for place, one in enumerate(users)],
    )  # fmt: skip
    faces = (await browser.open(offer.path)).one("span", class_="faces").all("span", class_="avatar")
    assert [picture.attributes["src"] for picture in faces[0].all("img")] == [ours]  # others would be a third party's
    rest = [f"+{count - shown}"] if count > shown else []
    assert [face.text for face in faces[1:]] == [f"Z{'ABCDEFGHIJ'[number]}" for number in range(1, shown)] + rest


@pytest.fixture
async def long(conn: Conn, organization: Organization, site: Site) -> Offer:
    return await put_on_show(conn, organization, now=site.clock.now, description_plain=LONG)


async def test_a_long_description_is_folded_on_telephones(chromium: Browser, site: Site, long: Offer) -> None:
    async with opened(chromium, PHONE) as page:
        await page.goto(f"{site.url}{long.path}?lang=en")
        button = page.get_by_role("button", name="Whole description")
        folded = await page.locator("#description").evaluate(HEIGHT)
        await check(page, "folded description")
        await button.press("Enter")
        await expect(button).to_have_attribute("aria-expanded", "true")
        assert await page.locator("#description").evaluate(HEIGHT) > folded * 3
        await button.click()
        assert await page.locator("#description").evaluate(HEIGHT) == folded


@pytest.mark.parametrize(("screen", "javascript"), [(DESKTOP, True), (PHONE, False)], ids=["desk", "no JavaScript"])
async def test_elsewhere_and_without_javascript_it_is_shown_whole(
    chromium: Browser, site: Site, long: Offer, screen: Any, *, javascript: bool
) -> None:
    async with opened(chromium, screen, javascript=javascript) as page:
        await page.goto(f"{site.url}{long.path}?lang=en")
        await expect(page.locator(".unfold")).to_be_hidden()
        text = page.locator("#description")
        assert await text.evaluate("(text) => text.scrollHeight - text.clientHeight") == 0
