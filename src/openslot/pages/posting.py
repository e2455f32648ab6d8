"""What happens to a form before any page sees it: it is read to its end, then its token is checked."""

from typing import Any

from litestar.datastructures import UploadFile
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, InternalServerException
from litestar.middleware.csrf import CSRFMiddleware
from litestar.types import Receive, Scope, Send

from openslot.pages.page import READING, AnyRequest


class FormMiddleware(CSRFMiddleware):
    """Read the form, then check its token.

    Read here, whatever the headers say, a form that trickles in holds no connection to the database: twelve that never
    end would take the whole pool. Those who come later find it read.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what carries the token that its cookie vouches for, and whatever only reads."""
        if scope["type"] == ScopeType.HTTP and scope["method"] not in READING:
            await _read(scope["litestar_app"].request_class(scope=scope, receive=receive))
        await super().__call__(scope, receive, send)

    def _csrf_tokens_match(self, request_csrf_token: Any, cookie_csrf_token: str) -> bool:
        # a file in the token's place has no length, and letters beyond ASCII can't be compared in constant time
        tokens = (request_csrf_token, cookie_csrf_token)
        if not all(isinstance(token, str) and token.isascii() for token in tokens):
            return False
        return super()._csrf_tokens_match(request_csrf_token, cookie_csrf_token)


async def _read(request: AnyRequest) -> None:
    """Read the form, which the request remembers; no question of ours is answered with a file.

    Raises:
        ClientException: it can't be read, or the visitor hung up.
    """
    try:
        form = await request.form()
    except (InternalServerException, ValueError, LookupError) as exc:  # hung up; bytes of no, or an unknown, encoding
        raise ClientException("the form can't be read") from exc
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            await value.close()
