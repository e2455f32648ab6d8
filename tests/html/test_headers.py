"""The security headers of every page. Source: design, section 8."""

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from openslot import accounts, console, oauth, pages
from openslot.html.headers import POLICY, USUAL

FRAMED_BY_ANY = ""
FRAMED_BY_NONE = " frame-ancestors 'self';"


@pytest.mark.parametrize(
    ("path", "frames"),
    [
        ("/", FRAMED_BY_ANY),
        ("/nobody", FRAMED_BY_ANY),
        ("/app/sign-in", FRAMED_BY_NONE),
        ("/booking_requests/nothing", FRAMED_BY_NONE),
        ("/a/b/c/d/e/f", FRAMED_BY_NONE),
        ("/assets/accent/0069ff.css", FRAMED_BY_NONE),
    ],
)
async def test_a_page_has_each_header_once_and_loads_nothing_from_elsewhere(
    http: httpx.AsyncClient, path: str, frames: str
) -> None:
    headers = (await http.get(path)).headers

    kind = "css" if path.endswith(".css") else "html"
    assert headers["content-type"] == f"text/{kind}; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["content-security-policy"] == (
        f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';{frames} form-action 'self'"
    )
    assert "x-frame-options" not in headers


def test_what_acts_for_members_is_framed_by_nobody_and_all_else_that_visitors_see_by_any() -> None:
    """Whoever adds a page decides it here. Source: ADR 0044."""
    framed: dict[str, set[str]] = {"any": set(), "none": set()}
    for module in (pages, accounts, console, oauth):
        for route in Litestar(route_handlers=[module.make_router()], openapi_config=None).routes:
            for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
                if handler.http_methods & {"GET", "POST"}:
                    policy = handler.opt.get(POLICY, USUAL)
                    framed["none" if b"frame-ancestors" in policy else "any"].add(route.path.split("/")[1])

    assert framed == {
        "any": {
            "", "calendar_files", "cancellations", "d", "embed", "guests", "reconfirmations", "reminders", "requests",
            "reschedulings", "routing_forms", "{profile:str}",
        },
        "none": {".well-known", "app", "assets", "booking_requests", "oauth", "pictures"},
    }  # fmt: skip


async def test_a_routing_form_may_lead_elsewhere(http: httpx.AsyncClient) -> None:
    """Browsers count the redirect after a form as its action."""
    headers = (await http.get("/routing_forms/00000000-0000-4000-8000-000000000000")).headers

    assert headers["content-security-policy"].endswith("form-action 'self' https: http:")


async def test_the_api_has_no_headers_of_pages(http: httpx.AsyncClient) -> None:
    headers = (await http.get("/api/v2/users/me")).headers

    assert (headers["content-type"], "content-security-policy" in headers) == ("application/json", False)
