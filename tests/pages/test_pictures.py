"""The faces of hosts and the logo of their organization on booking pages. Source: ADR 0047."""

import asyncio

import pytest
from playwright.async_api import Browser, Route

from conftest import Clock
from factories import Organization, make_booking, make_routing_form, principal_of
from openslot.db import event_types
from openslot.db.pool import Conn
from openslot.services import pictures, teaming
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser
from pages.real_browser import DESKTOP, PHONE, Screen, check, opened
from uploads import BLUE, RED, upload

PAGES = "https://book.example"
PIXELS = '() => [...document.querySelectorAll("img")].map((one) => one.naturalWidth)'


async def put_face(conn: Conn, organization: Organization, clock: Clock) -> str:
    """The path of the owner's picture."""
    principal = await principal_of(conn, organization.owner, now=clock.now)
    made = await pictures.set_of_user(conn, principal, organization.owner.id, upload(color=RED), now=clock.now)
    return f"/pictures/{made.name}"


async def put_logo(conn: Conn, organization: Organization, clock: Clock) -> str:
    """The path of the organization's logo."""
    principal = await principal_of(conn, organization.owner, now=clock.now)
    made = await pictures.set_logo(conn, principal, upload(size=(960, 320), color=(*BLUE, 255)), now=clock.now)
    return f"/pictures/{made.name}"


async def confirmation(conn: Conn, organization: Organization, clock: Clock) -> tuple[str, str]:
    """The path of an invitee's confirmation, and the invitee's id."""
    start = clock.now.replace(day=clock.now.day + 1, hour=9, minute=0)
    booked = await make_booking(conn, organization, start, now=clock.now)
    event_type = await event_types.get(conn, organization.id, organization.event_type_id)
    assert event_type is not None
    return f"/{event_type.owner_slug}/{event_type.slug}/invitees/{booked.invitee.id}", str(booked.invitee.id)


def faces(page: Node) -> list[str]:
    """The pictures beside names."""
    return [image.attributes["src"] for one in page.all("span", class_="avatar") for image in one.all("img")]


def logos(page: Node) -> list[dict[str, str]]:
    return [image.attributes for one in page.all("header", class_="logo") for image in one.all("img")]


def previews(page: Node) -> list[str]:
    return [one.attributes["content"] for one in page.all("meta", property="og:image")]


async def test_a_host_s_picture_takes_the_place_of_initials(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, offer: Offer
) -> None:
    face = await put_face(conn, organization, clock)
    profile = await browser.open(offer.path.rpartition("/")[0])
    event_type = await browser.open(offer.path)
    confirm = await browser.open(f"{offer.path}/2027-01-05T09:00:00Z")

    assert [faces(one) for one in (profile, event_type, confirm)] == [[face]] * 3
    assert [previews(one) for one in (profile, event_type, confirm)] == [[PAGES + face], [PAGES + face], []]
    assert [logos(one) for one in (profile, event_type, confirm)] == [[]] * 3


async def test_the_confirmation_shows_who_comes(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    path, _ = await confirmation(conn, organization, clock)
    before, face = await browser.open(path), await put_face(conn, organization, clock)
    after = await browser.open(path)

    assert (faces(before), faces(after), previews(after)) == ([], [face], [])
    assert [one.one("dl", class_="booked").text for one in (before, after)] == [before.one("dl").text] * 2


async def test_a_team_shows_the_faces_of_its_members(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    ids = [organization.owner.id, organization.member.id]
    team = await teaming.create(conn, principal, "Masters", None, ids, now=clock.now)
    face, logo = await put_face(conn, organization, clock), await put_logo(conn, organization, clock)
    page = await browser.open(f"/{team.slug}")

    assert (faces(page), previews(page)) == ([face], [PAGES + logo])


async def test_the_pages_of_an_organization_have_its_logo_at_the_top(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, offer: Offer
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    off = await put_on_show(conn, organization, now=clock.now, active=False)
    booked, invitee = await confirmation(conn, organization, clock)
    logo = await put_logo(conn, organization, clock)
    paths = [
        offer.path.rpartition("/")[0], offer.path, f"{offer.path}/2027-01-05T11:00:00Z", f"{offer.path}/nonsense",
        off.path, booked, f"/cancellations/{invitee}", f"/reschedulings/{invitee}", f"/routing_forms/{form.id}",
    ]  # fmt: skip
    shown = [logos(await browser.open(path)) for path in paths]

    assert shown == [[{"src": logo, "alt": "Kiln & Co", "width": "168", "height": "56"}]] * len(paths)
    assert previews(await browser.open(offer.path)) == [PAGES + logo]
    assert [logos(await browser.open(path)) for path in ("/", "/nobody-is-here")] == [[], []]


async def test_where_several_hosts_may_come_the_preview_shows_none_of_them(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await put_face(conn, organization, clock)
    offer = await put_on_show(
        conn, organization, now=clock.now, pooling_type="round_robin",
        hosts=[organization.owner.id, organization.member.id],
    )  # fmt: skip

    assert previews(await browser.open(offer.path)) == []


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_pictures_are_shown_under_the_policy_and_nothing_moves_when_they_come(
    chromium: Browser, conn: Conn, organization: Organization, site: Site, screen: Screen
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now)
    await put_face(conn, organization, site.clock)
    await put_logo(conn, organization, site.clock)
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    async with opened(chromium, screen) as page:
        await page.route("**/pictures/*", hold)
        await page.goto(site.url + offer.path, wait_until="domcontentloaded")
        heading, picker = page.locator("h1"), page.locator("#picker")
        before = [await one.bounding_box() for one in (heading, picker)]
        released.set()
        await page.wait_for_load_state("load")
        assert await page.evaluate(PIXELS) == [480, 256]
        assert [await one.bounding_box() for one in (heading, picker)] == before
        await check(page, "event type with pictures")
