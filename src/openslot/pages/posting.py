"""What happens to a form before any page sees it: it is read to its end."""

from litestar.datastructures import UploadFile
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, InternalServerException
from litestar.types import ASGIApp, Receive, Scope, Send

from openslot.pages.page import READING, SENT_FORM, AnyRequest
from openslot.pages.text import clean


class FormMiddleware:
    """Read the form.

    Read here, whatever the headers say, a form that trickles in holds no connection to the database: twelve that never
    end would take the whole pool. Those who come later find it read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on once it is whole."""
        if scope["type"] == ScopeType.HTTP and scope["method"] not in READING:
            await _read(scope["litestar_app"].request_class(scope=scope, receive=receive))
        await self.app(scope, receive, send)


async def _read(request: AnyRequest) -> None:
    """Read the form, which the request remembers; no question of ours is answered with a file.

    Raises:
        ClientException: it can't be read, or the visitor hung up.
    """
    try:
        form = await request.form()
    except (InternalServerException, ValueError, LookupError) as exc:  # hung up; bytes of no, or an unknown, encoding
        raise ClientException("the form can't be read") from exc
    held: list[tuple[str, str]] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            await value.close()
        elif isinstance(value, str):
            held.append((clean(name), clean(value)))
    request.scope["state"][SENT_FORM] = held
