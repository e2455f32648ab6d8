"""Refusals of calls, as OAuth clients read them; all other errors are those of the API in the same shape."""

import logging

from litestar import Response
from litestar.exceptions import HTTPException

from openslot.core.errors import Invalid, OpenSlotError
from openslot.edges import SERVER_ERROR, UNAVAILABLE, AnyRequest, retry_after_seconds, status_of
from openslot.oauth.parameters import is_basic
from openslot.oauth.replies import reply
from openslot.services.oauth.errors import InvalidClient, OAuthError
from openslot.wire.oauth import OAuthProblem

log = logging.getLogger(__name__)

NOT_FOUND = 404
CODES = {404: "not_found", 405: "invalid_request", 429: "slow_down", 503: "temporarily_unavailable"}
"""Codes of refusals that OAuth has no word for, by status."""


def to_response(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The answer to a call that ended in ``error``."""
    status = status_of(error)
    headers = {}
    if isinstance(error, InvalidClient) and is_basic(request):
        headers["WWW-Authenticate"] = 'Basic realm="OAuth", charset="UTF-8"'
    seconds = retry_after_seconds(error)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if status == UNAVAILABLE:
        log.warning("an OAuth call failed: %s: %s", type(error).__name__, " ".join(str(error).split()))
    elif status >= SERVER_ERROR:
        log.error("an OAuth call failed", exc_info=error)
    return reply(_problem(error, status), status=status, headers=headers)


def _problem(error: Exception, status: int) -> OAuthProblem:
    match error:
        case OAuthError():
            return OAuthProblem(error.code, error.description)
        case Invalid():
            return OAuthProblem("invalid_request", str(error))
        case _ if status == NOT_FOUND:
            return OAuthProblem(CODES[NOT_FOUND], "There is nothing at this address.")
        case OpenSlotError() | HTTPException() if status < SERVER_ERROR:
            return OAuthProblem(CODES.get(status, "invalid_request"), str(error))
        case _:
            return OAuthProblem(CODES.get(status, "server_error"), "The server can't answer. Try again later.")
