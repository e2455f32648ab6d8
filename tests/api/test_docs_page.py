"""The calls to look at and to try: what the page and its files are sent with. It works: tests/pages."""

import gzip
import re
from hashlib import sha256

import httpx
import pytest

from factories import API
from openslot.api.docs_page import ASSETS, POLICY
from running import raw_body

SECURITY = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
A_YEAR = "public, max-age=31536000, immutable"
AS_PUBLISHED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}
"""SHA-256 of the files of the npm package swagger-ui-dist 5.35.0."""


async def test_everybody_gets_the_page_under_a_policy_that_lets_it_load_and_call_the_service_alone(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get(f"{API}/docs")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY
    assert "'unsafe" not in POLICY
    assert "http" not in POLICY


async def test_without_javascript_there_is_a_link_to_the_document(http: httpx.AsyncClient) -> None:
    page = (await http.get(f"{API}/docs")).text

    assert '<a id="document" href="openapi.json">' in page
    assert "<noscript>" in page


@pytest.mark.parametrize(("path", "root"), [("/docs", ""), ("/docs/", "../")])
async def test_all_that_the_page_names_is_there_and_may_be_kept_for_a_year(
    http: httpx.AsyncClient, path: str, root: str
) -> None:
    page = await http.get(API + path)
    names = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    answers = {name: await http.get(httpx.URL(f"{API}{path}").join(name)) for name in names}

    assert sorted(re.sub(r"\?v=[0-9a-f]{12}$", "?v=", name) for name in names) == sorted(
        [f"{root}openapi.json", *(f"{root}docs/{name}?v=" for name in ASSETS if not name.endswith("LICENSE.txt"))]
    )
    assert {answer.status_code for answer in answers.values()} == {200}
    for name, answer in answers.items():
        if "?v=" in name:
            assert (answer.headers["cache-control"], answer.headers["vary"]) == (A_YEAR, "Accept-Encoding")
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", AS_PUBLISHED)
async def test_what_is_of_others_is_unchanged_and_goes_over_the_line_packed(http: httpx.AsyncClient, name: str) -> None:
    plain = await http.get(f"{API}/docs/{name}", headers={"accept-encoding": "identity"})
    packed, body = await raw_body(http, f"{API}/docs/{name}")

    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert plain.headers["content-type"] == packed.headers["content-type"]
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content) / 3
    assert sha256(plain.content).hexdigest() == AS_PUBLISHED[name]


async def test_their_licences_are_served_with_them(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{API}/docs/swagger-ui.LICENSE.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Apache License" in answer.text
    assert "Copyright 2020-2021 SmartBear Software Inc." in answer.text


@pytest.mark.parametrize("name", ["nothing.js", "swagger-ui-bundle.js.gz", "docs_page.html", "..%2Fopenapi.json"])
async def test_nothing_else_is_there(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get(f"{API}/docs/{name}")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
