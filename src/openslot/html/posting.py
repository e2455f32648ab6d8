"""Forms as they arrive: read to their end, counted, and decoded once, before any handler runs."""

from urllib.parse import parse_qsl

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import ClientException, InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ASGIApp, Receive, Scope, Send

from openslot.edges import SAFE_METHODS, AnyRequest

MAX_FORM = 128 * 1024
"""Bytes. An answer of 10,000 letters, the longest that is taken, has 90,000 where each is sent as ``%E0%B8%81``."""
MAX_FIELDS = 500
"""Of a form; the largest of ours has ten questions, of which some have choices."""

SENT_FORM = "form"
"""The key of the request's state under which the form is: every value of every name."""

Form = dict[str, list[str]]


class FormMiddleware:
    """Read the form.

    Read here, a form that trickles in holds no connection to the database: a dozen that never end would take the whole
    pool. Handlers find it read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application once the form is complete."""
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            scope["state"][SENT_FORM] = await _read(scope["litestar_app"].request_class(scope=scope, receive=receive))
        await self.app(scope, receive, send)


def form_of(request: AnyRequest) -> Form:
    """Every value of every name; files left out."""
    form: Form = request.scope["state"].get(SENT_FORM, {})
    return form


async def _read(request: AnyRequest) -> Form:
    """The form.

    Raises:
        ClientException: it can't be read.
        RequestEntityTooLarge: it is too large, or has too many fields.
        BodyError: it does not come.
    """
    body = await request.body()
    kind, options = request.content_type
    if kind == RequestEncodingType.URL_ENCODED:
        return _url_encoded(body)
    if kind == RequestEncodingType.MULTI_PART:
        edge = b"--" + options.get("boundary", "").encode()
        if body.count(edge) > MAX_FIELDS + 1:
            raise RequestEntityTooLarge
        return await _in_parts(request)
    return {}


def _url_encoded(body: bytes) -> Form:
    # Litestar would keep the last thousand bodies, and count no fields.
    if body.count(b"&") >= MAX_FIELDS:
        raise RequestEntityTooLarge
    form: Form = {}
    for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
        form.setdefault(name, []).append(value)
    return form


async def _in_parts(request: AnyRequest) -> Form:
    """The fields of a form in parts; no question of ours is answered with a file."""
    try:
        parts = await request.form()
    except (InternalServerException, ValueError, LookupError) as exc:  # bytes of no, or an unknown, encoding
        raise ClientException("the form can't be read") from exc
    form: Form = {}
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            await value.close()
            form.setdefault(name, [])
        else:
            form.setdefault(name, []).append(value)
    return form
