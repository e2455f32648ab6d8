import pytest
from litestar.exceptions import NotFoundException, PermissionDeniedException, TooManyRequestsException

from openslot.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable, invalid
from openslot.pages.errors import status_of, trouble
from pages.conftest import MakePage
from pages.plain_browser import PlainBrowser


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("page"), 404), (invalid("x"), 400), (Conflict("x"), 409), (Forbidden(), 403),
        (Unauthenticated(), 401), (Unavailable("calendar"), 503), (NotFoundException(), 404),
        (PermissionDeniedException(), 403), (TooManyRequestsException(), 429), (KeyError("secret"), 500),
    ],
)  # fmt: skip
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429, 500, 503])
@pytest.mark.parametrize("language", ["en", "it", "th"])
def test_every_status_is_said_in_the_visitors_words(make_page: MakePage, language: str, status: int) -> None:
    said = trouble(make_page(language=language), status)
    assert said.title
    assert said.advice


async def test_a_body_that_is_too_large_is_refused(browser: PlainBrowser) -> None:
    response = await browser.client.post("/a/b/2027-01-05T09:00:00Z", content=b"name=" + b"x" * (2 * 1024 * 1024))
    assert 400 <= response.status_code < 500
