"""Errors as pages: a title and advice for each kind, with its status. Nothing internal is shown."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from litestar.response import Response

from openslot.core.errors import TooMany
from openslot.edges import (
    SAFE_METHODS,
    SERVER_ERROR,
    UNAVAILABLE,
    AnyRequest,
    DatabaseFailure,
    retry_after_seconds,
    status_of,
)
from openslot.html.page import Page
from openslot.html.posting import SENT_FORM
from openslot.html.text import clean
from openslot.receiving import BodyError

log = logging.getLogger(__name__)

TOO_MANY = 429
MAX_KEPT = 200
"""Fields that are written back into a page; forms of ours have fewer."""


@dataclass(frozen=True)
class Trouble:
    """What an error page shows."""

    status: int
    title: str
    advice: str


@dataclass(frozen=True)
class WayOn:
    """A link that leads on from an error."""

    url: str
    text: str


def trouble(page: Page, status: int, error: Exception | None = None) -> Trouble:
    """An error in the reader's words."""
    if is_busy(error):
        title = page.gettext("Too much is going on here at the moment")
        advice = page.gettext("Nothing was booked or changed. Try again in a few seconds.")
        return Trouble(status, title, advice)
    if isinstance(error, TooMany):
        title = page.gettext("Too many requests")
        advice = page.gettext(
            "Too much was sent in a short time from your internet connection, which others may share, or with your "
            "email address. Try again in %(time)s.",
            time=page.formats.duration(ceil(error.retry_after_seconds / 60)),
        )
        return Trouble(status, title, advice)
    if is_lost(error) and page.request.method not in SAFE_METHODS:
        title = page.gettext("We don't know whether this was saved")
        advice = page.gettext("Send it again: nothing is booked twice.")
        return Trouble(status, title, advice)
    return _by_status(page, status)


def _by_status(page: Page, status: int) -> Trouble:
    match status:
        case 404 | 405 | 414:
            title = page.gettext("This page does not exist")
            advice = page.gettext("The link may be mistyped, or what it led to is no longer offered.")
        case 408:
            title = page.gettext("That took too long")
            advice = page.gettext("Nothing was booked or changed. Try again in a few minutes.")
        case 413:
            title = page.gettext("That is too much text")
            advice = page.gettext("Nothing was booked or changed. Go back and shorten what you entered.")
        case _ if status >= SERVER_ERROR:
            title = page.gettext("Something went wrong on our side")
            advice = page.gettext("Nothing was booked or changed. Try again in a few minutes.")
        case _:
            title = page.gettext("That did not work")
            advice = page.gettext("Go back and check what you entered.")
    return Trouble(status, title, advice)


def error_page(
    page: Page, error: Exception, *, found: Trouble | None = None, way_on: WayOn | None = None
) -> Response[bytes]:
    """Answer any error with a page, and log what we did not expect.

    ``found`` replaces the text for the kind of error; ``way_on`` is a link that helps.
    """
    status = status_of(error)
    _log(error, status)
    worth_retrying = status in {UNAVAILABLE, TOO_MANY}
    kept_form = _kept_form(page.request) if worth_retrying else None
    context: Mapping[str, object] = {
        "trouble": found or trouble(page, status, error),
        "way_on": way_on,
        "again": f"?{page.request.scope['query_string'].decode('latin-1')}" if worth_retrying else None,
        "kept_form": kept_form,
    }
    response = page.render("error.html", context, status=status, private=kept_form is not None)
    seconds = retry_after_seconds(error)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _log(error: Exception, status: int) -> None:
    if isinstance(error, BodyError):
        return  # the line of the request itself names it
    if is_busy(error):
        log.warning("a page had to wait too long: %s: %s", type(error).__name__, " ".join(str(error).split()))
    elif status == UNAVAILABLE:
        log.error("a page failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
    elif status >= SERVER_ERROR:
        log.error("a page failed", exc_info=error)


def _kept_form(request: AnyRequest) -> list[tuple[str, str]] | None:
    """Each name and value of the form that was sent, unless it has more fields than any of ours.

    A refusal has to be cheap.
    """
    form: dict[str, list[str]] | None = request.scope["state"].get(SENT_FORM)
    if form is None or sum(map(len, form.values())) > MAX_KEPT:
        return None
    return [(clean(name), clean(value)) for name, values in form.items() for value in values]


def is_busy(error: Exception | None) -> bool:
    """Whether other sessions hold what it needs, rather than that the database is away."""
    return error is not None and DatabaseFailure.of(error) is DatabaseFailure.BUSY


def is_lost(error: Exception | None) -> bool:
    """Whether the connection to the database broke in the middle, so that it may have been done."""
    return error is not None and DatabaseFailure.of(error) is DatabaseFailure.LOST
