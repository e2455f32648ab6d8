"""Pictures of users and the logo of an organization, uploaded over the API and served to anybody. Source: ADR 0047."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from factories import API, PAGES, URIS, Caller, Organization
from openslot.core.pictures import MAX_UPLOAD, TOO_MANY_PIXELS, UNREADABLE
from openslot.db import memberships, users
from openslot.db.pool import Conn
from openslot.presenters import users as present
from openslot.presenters.uris import Uris
from openslot.services import pictures
from uploads import BLUE, RED, is_near, read, upload

ADDRESS = re.compile(rf"{PAGES}/pictures/[0-9a-f]{{32}}\.webp")
LOGO = "/openslot/organization/logo"


def of(user_id: object) -> str:
    return f"/openslot/users/{user_id}/picture"


async def put(caller: Caller, path: str, content: bytes, **headers: str) -> httpx.Response:
    return await caller.http.put(API + path, content=content, headers={**caller.headers, **headers})


async def put_well(caller: Caller, path: str, content: bytes) -> dict[str, Any]:
    answer = await put(caller, path, content)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["resource"]
    return made


async def test_a_user_s_picture_is_shown_as_the_avatar(member: Caller, organization: Organization) -> None:
    before = (await member.get("/users/me")).json()["resource"]["avatar_url"]
    made = await put_well(member, of(organization.member.id), upload("JPEG", (800, 600)))
    shown = await member.http.get(made["url"])

    assert (before, ADDRESS.fullmatch(made["url"]) is not None) == (None, True)
    assert made == {"url": made["url"], "media_type": "image/webp", "width": 256, "height": 256}
    assert (await member.get("/users/me")).json()["resource"]["avatar_url"] == made["url"]
    assert is_near(read(shown.content).getpixel((9, 9)), RED)


async def test_a_picture_is_served_as_a_picture_and_nothing_else(member: Caller, organization: Organization) -> None:
    made = await put_well(member, of(organization.member.id), upload())
    answer, head = await member.http.get(made["url"]), await member.http.head(made["url"])

    wanted = {
        "content-type": "image/webp",
        "content-length": str(len(answer.content)),
        "cache-control": "max-age=31536000, public, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "cross-origin-resource-policy": "cross-origin",
    }
    assert [{name: one.headers.get(name) for name in wanted} for one in (answer, head)] == [wanted, wanted]
    assert (answer.status_code, head.status_code, head.content) == (200, 200, b"")


async def test_another_picture_has_another_address_and_the_one_before_is_gone(
    member: Caller, organization: Organization, conn: Conn
) -> None:
    first = await put_well(member, of(organization.member.id), upload(color=RED))
    second = await put_well(member, of(organization.member.id), upload(color=BLUE))
    shown = [await member.http.get(one["url"]) for one in (first, second)]
    gone = await member.delete(of(organization.member.id))
    cursor = await conn.execute("SELECT count(*) FROM pictures WHERE user_id = %s", (organization.member.id,))

    assert [one.status_code for one in shown] == [404, 200]
    assert is_near(read(shown[1].content).getpixel((9, 9)), BLUE)
    assert (gone.status_code, gone.content, await cursor.fetchone()) == (204, b"", (0,))
    assert (await member.http.get(second["url"])).status_code == 404
    assert (await member.get("/users/me")).json()["resource"]["avatar_url"] is None
    assert (await member.delete(of(organization.member.id))).status_code == 404


async def test_members_set_their_own_and_admins_anybody_s(
    owner: Caller, admin: Caller, member: Caller, organization: Organization, elsewhere: Organization
) -> None:
    stranger = Caller(owner.http, elsewhere.owner.headers)
    callers = (owner, admin, member, stranger)
    paths = (of(organization.owner.id), of(organization.member.id), LOGO)
    content = upload(size=(8, 8))

    put_statuses = [[(await put(one, path, content)).status_code for one in callers] for path in paths]
    deletions = [[(await one.delete(path)).status_code for one in reversed(callers)] for path in paths]

    assert put_statuses == [[200, 200, 403, 404], [200, 200, 200, 404], [200, 200, 403, 200]]
    assert deletions == [[404, 403, 204, 404], [404, 204, 404, 404], [204, 403, 204, 404]]  # what is gone is gone


async def test_the_scope_is_that_of_the_organization(
    conn: Conn, http: httpx.AsyncClient, organization: Organization
) -> None:
    await conn.execute(
        "UPDATE access_tokens SET scopes = '{availability:write}' WHERE user_id = %s", (organization.member.id,)
    )
    answer = await put(Caller(http, organization.member.headers), of(organization.member.id), upload())

    assert (answer.status_code, answer.json()["required_scopes"]) == (403, ["organizations:write"])


async def test_the_logo_is_named_with_the_organization(owner: Caller, member: Caller) -> None:
    made = await put_well(owner, LOGO, upload(size=(960, 320), color=(*BLUE, 0)))
    named = (await member.get("/openslot/organization")).json()["resource"]["logo_url"]
    shown = read((await owner.http.get(made["url"])).content)

    assert made == {"url": named, "media_type": "image/webp", "width": 480, "height": 160}
    assert (shown.size, shown.mode) == ((480, 160), "RGBA")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", UNREADABLE),
        (b'{"url": "https://pictures.example/a.png"}', UNREADABLE),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', UNREADABLE),
        (upload("WEBP")[:-9], UNREADABLE),
        (upload("PNG", (6000, 5000)), TOO_MANY_PIXELS),
    ],
    ids=["nothing", "json", "svg", "broken off", "pixels"],
)
async def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(
    owner: Caller, content: bytes, message: str
) -> None:
    made = await put_well(owner, LOGO, upload())
    answer = await put(owner, LOGO, content, **{"Content-Type": "image/png"})

    assert (answer.status_code, answer.json()["details"]) == (400, [{"message": message, "parameter": "picture"}])
    assert (await owner.get("/openslot/organization")).json()["resource"]["logo_url"] == made["url"]


async def test_a_picture_is_read_whatever_its_type_is_called(owner: Caller) -> None:
    for kind in ("text/html", "image/svg+xml", "application/json", ""):
        answer = await put(owner, LOGO, upload(), **{"Content-Type": kind})
        assert (answer.status_code, answer.json()["resource"]["media_type"]) == (200, "image/webp")


async def test_an_upload_over_five_megabytes_is_refused_with_the_bound(owner: Caller) -> None:
    fits = await put(owner, LOGO, upload() + bytes(MAX_UPLOAD - len(upload())))
    answer = await put(owner, LOGO, bytes(MAX_UPLOAD + 1), Origin="https://shop.example")

    message = "The picture is too large: it may have up to 5 MB."
    assert (fits.status_code, answer.status_code) == (200, 413)
    assert answer.json() == {"title": "Content Too Large", "message": message}
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_who_would_wait_for_too_long_is_refused_for_now(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are read one at a time."""
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.0)
    answer = await put(owner, LOGO, upload())

    assert (answer.status_code, answer.headers["retry-after"].isdecimal()) == (503, True)
    assert (await owner.get("/openslot/organization")).json()["resource"]["logo_url"] is None


async def test_an_upload_with_a_key_is_done_once(owner: Caller) -> None:
    key = {"Idempotency-Key": "logo-1"}
    first, again = [await put(owner, LOGO, upload(color=RED), **key) for _ in range(2)]
    other = await put(owner, LOGO, upload(color=BLUE), **key)

    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert other.status_code == 422


async def test_uploads_at_the_same_time_leave_one_picture(
    owner: Caller, admin: Caller, organization: Organization
) -> None:
    path = of(organization.member.id)
    made = await asyncio.gather(*[put_well(one, path, upload()) for one in (owner, admin, owner, admin)])
    left = [(await owner.http.get(one["url"])).status_code for one in made]
    shown = (await owner.get(f"/users/{organization.member.id}")).json()["resource"]["avatar_url"]

    assert sorted(left) == [200, 404, 404, 404]
    assert [one["url"] for one, status in zip(made, left, strict=True) if status == 200] == [shown]


async def test_who_leaves_the_organization_leaves_no_picture(
    owner: Caller, member: Caller, organization: Organization, conn: Conn
) -> None:
    made = await put_well(member, of(organization.member.id), upload())
    membership = await memberships.of_user(conn, organization.id, organization.member.id)
    assert membership is not None
    await owner.delete(f"/organization_memberships/{membership.id}")
    user = await users.get(conn, organization.member.id)

    assert (await owner.http.get(made["url"])).status_code == 404
    assert user is not None
    assert user.avatar_url is None


@pytest.mark.parametrize("name", ["0" * 32 + ".webp", "x", "%00", "a.svg", "%2e%2e%2fpictures"])
async def test_what_is_no_picture_is_not_found(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get(f"{PAGES}/pictures/{name}")

    assert answer.status_code == 404
    assert "webp" not in answer.headers["content-type"]


def test_pictures_move_with_the_installation_and_others_stay_where_they_are(organization: Organization) -> None:
    there = Uris("https://new.example/booking", "https://new.example/booking/api/v2")
    stored = ["/pictures/ab.webp", "https://pictures.example/a.png", None]
    shown = [present.user(replace(organization.owner.user, avatar_url=one), there).avatar_url for one in stored]

    assert shown == ["https://new.example/booking/pictures/ab.webp", "https://pictures.example/a.png", None]
    assert URIS.picture("/pictures/ab.webp") == f"{PAGES}/pictures/ab.webp"
