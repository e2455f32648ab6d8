"""Reads that the caller has already. Source: since-september, section 6; RFC 9110, section 13.1.2."""

import re

import httpx
import pytest

from factories import API, URIS, Caller, Organization

READS = ["/users/me", "/event_types?organization={organization}", "/groups?organization={organization}"]


async def read(caller: Caller, path: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.http.get(API + path, headers={**caller.headers, **named})


@pytest.mark.parametrize("path", READS)
async def test_a_read_has_a_tag_and_is_not_sent_again_to_who_has_it(
    owner: Caller, organization: Organization, path: str
) -> None:
    path = path.format(organization=URIS.organization(organization.id))
    first = await read(owner, path)
    again = await read(owner, path, if_none_match=first.headers["etag"])

    assert re.fullmatch(r'W/"[0-9a-f]{32}"', first.headers["etag"])
    assert first.headers["cache-control"] == "max-age=0, private, must-revalidate"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert "content-type" not in again.headers
    assert "x-ratelimit-limit" in again.headers


@pytest.mark.parametrize("form", ['"{0}"', 'W/"{0}"', '"other", W/"{0}"', "*"])
async def test_tags_are_compared_weakly_and_may_be_several(owner: Caller, form: str) -> None:
    tag = (await read(owner, "/users/me")).headers["etag"].removeprefix("W/").strip('"')

    assert (await read(owner, "/users/me", if_none_match=form.format(tag))).status_code == 304


async def test_what_has_changed_is_sent(owner: Caller, organization: Organization) -> None:
    path = f"/event_types/{organization.event_type_id}"
    first = await read(owner, path)
    await owner.patch(path, {"name": "Another"})
    second = await read(owner, path, if_none_match=first.headers["etag"])

    assert (second.status_code, second.json()["resource"]["name"]) == (200, "Another")
    assert second.headers["etag"] != first.headers["etag"]


async def test_a_tag_is_the_same_whether_the_answer_is_compressed_and_for_head(owner: Caller) -> None:
    packed, plain = [await read(owner, "/users/me", accept_encoding=one) for one in ("gzip", "identity")]
    head = await owner.http.head(f"{API}/users/me", headers=dict(owner.headers))
    unsent = await owner.http.head(f"{API}/users/me", headers={**owner.headers, "If-None-Match": plain.headers["etag"]})

    assert packed.headers["etag"] == plain.headers["etag"] == head.headers["etag"]
    assert (head.status_code, unsent.status_code) == (200, 304)


async def test_neither_errors_nor_answers_to_writes_have_a_tag(owner: Caller, organization: Organization) -> None:
    path = f"/event_types/{organization.event_type_id}"
    answers = [
        await read(owner, "/event_types", if_none_match="*"),
        await read(owner, "/nothing", if_none_match="*"),
        await owner.http.patch(API + path, json={"name": "A"}, headers={**owner.headers, "If-None-Match": "*"}),
    ]

    assert [(one.status_code, "etag" in one.headers) for one in answers] == [(400, False), (404, False), (200, False)]


async def test_who_may_not_read_does_not_learn_that_nothing_changed(owner: Caller) -> None:
    tag = (await read(owner, "/users/me")).headers["etag"]
    answer = await owner.http.get(f"{API}/users/me", headers={"Authorization": "Bearer x", "If-None-Match": tag})

    assert answer.status_code == 401
