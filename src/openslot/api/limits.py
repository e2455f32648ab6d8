"""Which limits an operation of the API has besides that of all calls, and the headers that show what is left.

Source: behaviours, section 5; ADR 0036.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from functools import cache
from math import ceil

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from openslot.config import OperationLimit
from openslot.core.rates import Taken, Window
from openslot.services.quotas import OperationRule

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]


class OperationLimits:
    """The limits of operations, as the setting has them."""

    def __init__(self, limits: Iterable[OperationLimit], handlers: Sequence[HTTPRouteHandler]) -> None:
        known = {(method, shape(path)) for one in handlers for method in one.http_methods for path in one.paths}
        self._rules: dict[tuple[str, str], list[OperationRule]] = {}
        for limit in limits:
            operation = limit.method, shape(limit.path)
            if operation not in known:
                log.warning("OPENSLOT_OPERATION_LIMITS names no operation of the API: %s %s", limit.method, limit.path)
            name = " ".join([*operation, str(limit.seconds)])
            self._rules.setdefault(operation, []).append(OperationRule(name, Window(limit.most, limit.seconds)))

    def of(self, handler: BaseRouteHandler, method: str) -> Sequence[OperationRule]:
        """Those of a handler; no cost where no operation has any."""
        if not self._rules:
            return ()
        return next((found for path in handler.paths if (found := self._rules.get((method, shape(path))))), ())


@cache
def shape(path: str) -> str:
    """A path whose parameters have no names: those of the documentation and of the code differ."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def headers(taken: Taken) -> Headers:
    """What every answer shows of the limit; ``reset`` in whole seconds."""
    reset = taken.wait_seconds or taken.reset_seconds
    return [
        (b"x-ratelimit-limit", b"%d" % taken.most),
        (b"x-ratelimit-remaining", b"%d" % taken.remaining),
        (b"x-ratelimit-reset", b"%d" % ceil(reset)),
    ]
