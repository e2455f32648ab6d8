"""Renaming pages: an address that was given up leads to the new one for good (ADR 0024)."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from conftest import Clock
from factories import PAGES, URIS, Caller, Organization, make_event_type
from openslot.core.ids import new_id
from openslot.core.slugs import ALLOWED
from openslot.db.pool import Conn


def fresh(word: str) -> str:
    """A slug that no other test has: pages are the whole service's."""
    return f"{word}-{new_id().hex[:12]}"


async def rename(caller: Caller, event_type_id: Any, slug: str) -> httpx.Response:
    return await caller.patch(f"/openslot/event_types/{event_type_id}", {"slug": slug})


async def rename_page(caller: Caller, user_id: Any, slug: str) -> httpx.Response:
    return await caller.patch(f"/openslot/users/{user_id}", {"slug": slug})


async def led(caller: Caller, path: str, method: str = "GET") -> tuple[int, str]:
    """The status of a page, and where it leads."""
    answer = await caller.http.request(method, PAGES + path)
    return answer.status_code, answer.headers.get("location", "")


async def test_an_event_type_s_old_address_leads_to_the_new_one_with_all_that_was_in_it(
    owner: Caller, organization: Organization
) -> None:
    settings = f"/openslot/event_types/{organization.event_type_id}"
    before = (await owner.get(settings)).json()["resource"]
    host, old = organization.owner.user.slug, before["slug"]

    changed = (await rename(owner, organization.event_type_id, "glaze-lab")).json()["resource"]
    plain = (await owner.get(f"/event_types/{organization.event_type_id}")).json()["resource"]

    assert (changed["slug"], changed["scheduling_url"]) == ("glaze-lab", f"{PAGES}/{host}/glaze-lab")
    assert (plain["slug"], plain["scheduling_url"]) == ("glaze-lab", f"{PAGES}/{host}/glaze-lab")
    start = "2027-01-05T10:00:00Z"
    for tail in ("", "?month=2027-01&a1=caf%C3%A9+x%2By&utm_source=a%26b", f"/{start}?name=Ada", f"/{start}/requested"):
        assert await led(owner, f"/{host}/{old}{tail}") == (301, f"/{host}/glaze-lab{tail}")
        assert await led(owner, f"/{host}/{old}{tail}", "HEAD") == (301, f"/{host}/glaze-lab{tail}")
    assert (await led(owner, f"/{host}/glaze-lab"))[0] == 200
    assert (await led(owner, f"/{host}/never"))[0] == 404


async def test_a_browser_is_not_to_keep_where_an_address_leads(owner: Caller, organization: Organization) -> None:
    """It may be taken back; a kept 301 would then lead in a circle."""
    host, old = organization.owner.user.slug, await slug_of(owner, organization)
    await rename(owner, organization.event_type_id, "glaze-lab")

    answer = await owner.http.get(f"{PAGES}/{host}/{old}")

    assert answer.headers["cache-control"] == "private, no-cache"


async def slug_of(caller: Caller, organization: Organization) -> str:
    answer = await caller.get(f"/openslot/event_types/{organization.event_type_id}")
    slug: str = answer.json()["resource"]["slug"]
    return slug


async def test_every_address_that_there_ever_was_leads_to_the_present_one(
    owner: Caller, organization: Organization
) -> None:
    host, first = organization.owner.user.slug, await slug_of(owner, organization)
    for slug in ("second", "third"):
        await rename(owner, organization.event_type_id, slug)
    page = fresh("ada")
    await rename_page(owner, organization.owner.id, page)

    for old in (f"/{host}/{first}", f"/{host}/second", f"/{host}/third", f"/{page}/{first}", f"/{page}/second"):
        assert await led(owner, old) == (301, f"/{page}/third")
    assert await led(owner, f"/{host}?lang=it") == (301, f"/{page}?lang=it")
    assert (await led(owner, f"/{page}/third"))[0] == 200
    assert (await led(owner, f"/{page}"))[0] == 200


async def test_who_renames_back_has_the_old_address_again(owner: Caller, organization: Organization) -> None:
    host, first = organization.owner.user.slug, await slug_of(owner, organization)
    page = fresh("ada")
    answers = [await rename(owner, organization.event_type_id, slug) for slug in ("second", first, "second", first)]
    answers += [await rename_page(owner, organization.owner.id, slug) for slug in (page, host)]

    assert [answer.status_code for answer in answers] == [200] * 6
    assert (await led(owner, f"/{host}/{first}"))[0] == 200
    assert await led(owner, f"/{host}/second") == (301, f"/{host}/{first}")
    assert await led(owner, f"/{page}") == (301, f"/{host}")


async def test_an_address_given_up_is_given_to_nobody_else(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    old = await slug_of(owner, organization)
    other = await make_event_type(conn, organization.owner.user, now=clock.now, slug="other")
    theirs = await make_event_type(conn, organization.member.user, now=clock.now, slug="theirs")
    await rename(owner, organization.event_type_id, "glaze-lab")
    was = {"name": "Kiln", "duration": 30, "slug": old}
    page = fresh("ada")
    await rename_page(owner, organization.owner.id, page)

    refused = [
        await rename(owner, other, old),
        await rename(owner, other, "glaze-lab"),
        await owner.post("/openslot/event_types", was),
        await rename_page(member, organization.member.id, organization.owner.user.slug),
        await rename_page(member, organization.member.id, page),
        await rename_page(member, organization.member.id, "api"),
    ]
    taken = await rename(member, theirs, old)  # at another page

    assert [(answer.status_code, answer.json()["title"]) for answer in refused] == [(409, "Already Exists")] * 6
    assert taken.status_code == 200


async def test_a_deleted_event_type_gives_its_addresses_back(owner: Caller, organization: Organization) -> None:
    old = await slug_of(owner, organization)
    await rename(owner, organization.event_type_id, "glaze-lab")
    await owner.delete(f"/openslot/event_types/{organization.event_type_id}")

    assert (await led(owner, f"/{organization.owner.user.slug}/{old}"))[0] == 404
    made = await owner.post("/openslot/event_types", {"name": "Kiln", "duration": 30, "slug": old})
    assert (made.status_code, made.json()["resource"]["slug"]) == (201, old)


async def test_the_address_of_a_secret_event_type_leads_on_too(owner: Caller) -> None:
    made = (await owner.post("/openslot/event_types", {"name": "Kiln", "duration": 30, "secret": True})).json()
    old = urlsplit(made["resource"]["scheduling_url"]).path
    event_type_id = made["resource"]["uri"].rpartition("/")[2]

    new = urlsplit((await rename(owner, event_type_id, "lab")).json()["resource"]["scheduling_url"]).path

    assert new == old.removesuffix("kiln") + "lab"
    assert await led(owner, f"{old}?lang=it") == (301, f"{new}?lang=it")
    assert (await led(owner, new))[0] == 200
    assert (await led(owner, f"/d/nothing/{new.rpartition('/')[2]}"))[0] == 404


async def test_single_use_links_that_were_sent_lead_on_too(owner: Caller, organization: Organization) -> None:
    wanted = {"max_event_count": 1, "owner": URIS.event_type(organization.event_type_id), "owner_type": "EventType"}
    old = urlsplit((await owner.post("/scheduling_links", wanted)).json()["resource"]["booking_url"]).path
    await rename(owner, organization.event_type_id, "lab")

    assert await led(owner, old) == (301, old.rpartition("/")[0] + "/lab")


WRONG = [
    "",
    " ",
    "kiln tour",
    "-kiln",
    "kiln-",
    "kiln--tour",
    "straße",
    "k/l",
    "..",
    "%2e",
    "a" * 51,
    "ki\u200bln",
]


@pytest.mark.parametrize("slug", WRONG)
async def test_a_slug_that_can_t_be_is_refused_by_name(owner: Caller, organization: Organization, slug: str) -> None:
    answers = [
        await rename(owner, organization.event_type_id, slug),
        await rename_page(owner, organization.owner.id, slug),
    ]

    assert [(one.status_code, one.json()["details"]) for one in answers] == [
        (400, [{"parameter": "slug", "message": ALLOWED}])
    ] * 2


async def test_a_form_that_is_sent_to_an_old_address_arrives_at_the_new_one(
    owner: Caller, organization: Organization
) -> None:
    host, old = organization.owner.user.slug, await slug_of(owner, organization)
    page = f"/{host}/{old}/2027-01-05T10:00:00Z"
    answer = await owner.http.get(PAGES + page)
    token = answer.text.partition('name="_csrf_token" value="')[2].partition('"')[0]
    await rename(owner, organization.event_type_id, "lab")

    sent = await owner.http.post(f"{PAGES}{page}?lang=it", data={"_csrf_token": token, "name": "Ada"})

    assert (sent.status_code, sent.headers["location"]) == (308, f"/{host}/lab/2027-01-05T10:00:00Z?lang=it")


async def test_a_user_s_zone_is_the_user_s_own(owner: Caller, member: Caller, organization: Organization) -> None:
    """Hours have a zone of theirs, which stays."""
    path = f"/openslot/users/{organization.member.id}"
    before = (await member.get(path)).json()["resource"]

    changed = (await member.patch(path, {"timezone": "Asia/Bangkok"})).json()["resource"]
    refused = await member.patch(path, {"timezone": "Mars/Olympus", "week_start": 1})
    unknown = await member.patch(path, {"timezone": "Mars/Olympus"})

    assert changed == before | {"timezone": "Asia/Bangkok"}
    assert before["availability"]["timezone"] == "Europe/Rome"
    assert (await member.get("/users/me")).json()["resource"]["timezone"] == "Asia/Bangkok"
    assert (await owner.get(path)).json()["resource"] == changed
    assert refused.status_code == 400
    assert [one["parameter"] for one in unknown.json()["details"]] == ["timezone"]


async def test_a_page_is_shown_in_its_host_s_zone(owner: Caller, organization: Organization) -> None:
    await owner.patch(f"/openslot/users/{organization.owner.id}", {"timezone": "Asia/Tokyo"})

    page = (await owner.http.get(f"{PAGES}/{organization.owner.user.slug}/{await slug_of(owner, organization)}")).text

    assert "Asia/Tokyo" in page
