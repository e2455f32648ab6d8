"""The files that other sites load at addresses that they know. What the script does: tests/e2e/test_embed.py."""

import gzip
import re

import httpx
import pytest

from running import raw_body

LARGEST_SCRIPT = 5 * 1024
FOR_ANY_SITE = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "max-age=3600, public",
    "vary": "Accept-Encoding",
    "x-content-type-options": "nosniff",
}


@pytest.fixture
def http(service: object) -> httpx.AsyncClient:
    return service.client  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("name", "kind"), [("widget.js", "text/javascript"), ("widget.css", "text/css")])
async def test_any_site_may_load_them_and_keep_them_for_an_hour(http: httpx.AsyncClient, name: str, kind: str) -> None:
    answer = await http.get(f"/assets/external/{name}", headers={"origin": "https://shop.example"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert {key: answer.headers[key] for key in FOR_ANY_SITE} == FOR_ANY_SITE
    assert "set-cookie" not in answer.headers


async def test_the_script_is_below_five_kilobytes_over_the_line_and_needs_nothing_else(http: httpx.AsyncClient) -> None:
    packed, body = await raw_body(http, "/assets/external/widget.js")
    script = gzip.decompress(body).decode()

    assert packed.headers["content-encoding"] == "gzip"
    assert len(body) < LARGEST_SCRIPT
    assert re.findall(r"\bimport\b|\beval\b|https?://|innerHTML|setAttribute\(\"style|document\.cookie", script) == []
