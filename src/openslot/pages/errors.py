"""Errors as pages: what a kind of trouble is called, and its status. Nothing internal is told."""

import logging
from dataclasses import dataclass
from math import ceil
from urllib.parse import quote, urlsplit

import psycopg
from litestar.exceptions import HTTPException
from litestar.response import Response
from psycopg_pool import PoolTimeout

from openslot.core.errors import ErrorKind, LinkEnded, Moved, NotFound, OpenSlotError, TooMany
from openslot.db.pool import RETRY_AFTER_SECONDS, is_undone
from openslot.pages.page import READING, REVALIDATE, SENT_FORM, AnyRequest, Page
from openslot.pages.text import clean
from openslot.receiving import BodyError, Crowded

log = logging.getLogger(__name__)

STATUSES = {
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.INVALID: 400,
    ErrorKind.CONFLICT: 409,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
BAD_REQUEST = 400
SERVER_ERROR = 500
MOVED, MOVED_WITH_FORM = 301, 308
UNAVAILABLE = 503
TOO_MANY = 429
MOST_KEPT = 200
"""Fields that are written back into a page; forms of ours have fewer."""


@dataclass(frozen=True)
class Trouble:
    """What an error page says."""

    status: int
    title: str
    advice: str


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    match error:
        case OpenSlotError():
            return STATUSES[error.kind]
        case HTTPException():
            return error.status_code
        case psycopg.DataError():
            return BAD_REQUEST  # the last net: a value that passed every check and still can't be stored
        case Exception() if is_undone(error):
            return UNAVAILABLE
        # No database, no connection to it in time, or no space on its disk.
        case psycopg.OperationalError() | psycopg.errors.ReadOnlySqlTransaction():
            return UNAVAILABLE
        case _:
            return SERVER_ERROR


def trouble(page: Page, status: int, error: Exception | None = None) -> Trouble:
    """An error in the visitor's words."""
    if isinstance(error, LinkEnded):
        title = page.gettext("This link has ended")
        advice = page.gettext("It was made for a certain number of bookings, or until a day. Ask for a new one.")
        return Trouble(status, title, advice)
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
    if is_lost(error) and page.request.method not in READING:
        title = page.gettext("We don't know whether this was saved")
        advice = page.gettext("Send it again: nothing is booked twice.")
        return Trouble(status, title, advice)
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


def to_response(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer any error with a page in the visitor's language; what has moved, with its new address."""
    if isinstance(error, Moved):
        return _moved(request, error)
    status = status_of(error)
    if isinstance(error, BodyError):
        pass  # the request's own line says it all
    elif is_busy(error):
        log.warning("a page had to wait too long: %s: %s", type(error).__name__, " ".join(str(error).split()))
    elif status == UNAVAILABLE:
        log.error("a page failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
    elif status >= SERVER_ERROR:
        log.error("a page failed", exc_info=error)
    state = request.app.state
    page = Page.of(request, state.settings, now=state.clock())
    host = error.host if isinstance(error, NotFound) else None
    worth_retrying = status in {UNAVAILABLE, TOO_MANY}
    held = _held(request) if worth_retrying else None
    context = {
        "trouble": trouble(page, status, error),
        "host": host,
        "host_url": None if host is None else page.trail.lean.to(host.slug),
        "again": f"?{request.scope['query_string'].decode('latin-1')}" if worth_retrying else None,
        "held": held,
    }
    answer = page.render("error.html", context, status=status, private=held is not None)
    seconds = _retry_after_seconds(error)
    if seconds is not None:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _retry_after_seconds(error: Exception) -> int | None:
    """When to come back, where nothing was done."""
    if isinstance(error, TooMany):
        return error.retry_after_seconds
    return RETRY_AFTER_SECONDS if is_undone(error) or isinstance(error, Crowded) else None


def _held(request: AnyRequest) -> list[tuple[str, str]] | None:
    """Each name and value of the form that was sent, if one was, and has no more fields than any of ours.

    Who is refused is to cost little.
    """
    form: dict[str, list[str]] | None = request.scope["state"].get(SENT_FORM)
    if form is None or sum(map(len, form.values())) > MOST_KEPT:
        return None
    return [(clean(name), clean(value)) for name, values in form.items() for value in values]


def is_busy(error: Exception | None) -> bool:
    """Whether others have what it needs, rather than that the database is away."""
    return error is not None and is_undone(error) and not isinstance(error, PoolTimeout)


def is_lost(error: Exception | None) -> bool:
    """Whether the database went away in the middle of it, so that it may have been done."""
    lost = isinstance(error, psycopg.OperationalError) and not isinstance(error, psycopg.errors.DiskFull)
    return lost and error is not None and not is_undone(error)


def _moved(request: AnyRequest, moved: Moved) -> Response[bytes]:
    """The same page at the new address: what comes deeper, the query and a form that is sent go along."""
    prefix = urlsplit(request.app.state.settings.base_url).path
    rest = request.scope["path"].strip("/").split("/")[len(moved.path) :]
    address = f"{prefix}/{'/'.join(quote(segment, safe=':@') for segment in [*moved.path, *rest])}"
    if query := request.scope["query_string"].decode("latin-1"):
        address += f"?{query}"
    is_read = request.method in READING
    # asked again each time: browsers keep 301 for ever, and an address may be taken back
    headers = {"Location": address, "Cache-Control": REVALIDATE}
    return Response(b"", status_code=MOVED if is_read else MOVED_WITH_FORM, headers=headers, media_type="text/html")
