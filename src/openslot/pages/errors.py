"""Errors of the public pages: links that have ended, hosts who have moved, and the way back to a host."""

from urllib.parse import quote

from litestar.response import Response

from openslot.core.errors import LinkEnded, Moved, NotFound, NotOffered
from openslot.edges import SAFE_METHODS, AnyRequest, status_of
from openslot.html.errors import Trouble, WayOn, error_page
from openslot.html.page import REVALIDATE
from openslot.pages.visitor import VisitorPage

MOVED, MOVED_WITH_FORM = 301, 308


def to_response(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer any error with a page in the visitor's language; what has moved, with its new address."""
    state = request.app.state
    page = VisitorPage.of(request, state.settings, now=state.clock())
    if isinstance(error, Moved):
        return _moved(page, error)
    found = _known(page, status_of(error), error)
    return error_page(page, error, found=found, way_on=_to_host(page, error))


def _known(page: VisitorPage, status: int, error: Exception) -> Trouble | None:
    if isinstance(error, NotOffered):
        title = page.gettext("This can\N{RIGHT SINGLE QUOTATION MARK}t be booked at the moment")
        return Trouble(status, title, page.gettext("Its host has turned it off, for a while or for good."))
    if not isinstance(error, LinkEnded):
        return None
    title = page.gettext("This link has ended")
    advice = page.gettext("It was made for a certain number of bookings, or until a day. Ask for a new one.")
    return Trouble(status, title, advice)


def _to_host(page: VisitorPage, error: Exception) -> WayOn | None:
    host = error.host if isinstance(error, NotFound) else None
    if host is None:
        return None
    return WayOn(page.trail.lean.to(host.slug), page.gettext("See what %(name)s offers", name=host.name))


def _moved(page: VisitorPage, moved: Moved) -> Response[bytes]:
    """The same page at the new address: what comes deeper, the query and a form that is sent go along."""
    request = page.request
    rest = request.scope["path"].strip("/").split("/")[len(moved.path) :]
    address = f"{page.prefix}/{'/'.join(quote(segment, safe=':@') for segment in [*moved.path, *rest])}"
    if query := request.scope["query_string"].decode("latin-1"):
        address += f"?{query}"
    is_read = request.method in SAFE_METHODS
    # Checked again each time: browsers keep 301 for ever, and an address may be taken back.
    headers = {"Location": address, "Cache-Control": REVALIDATE}
    return Response(b"", status_code=MOVED if is_read else MOVED_WITH_FORM, headers=headers, media_type="text/html")
