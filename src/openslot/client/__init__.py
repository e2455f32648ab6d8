"""Typed client of the API, with and without asyncio: ``Client(token, base_url).send(operations.GetCurrentUser())``.

It works with Calendly and with OpenSlot; only the base URL differs. Operations are declared in ``operations``.
"""

from openslot.client import operations
from openslot.client.client import AsyncClient, Client, Options
from openslot.client.core import CALENDLY, Core, Gate
from openslot.client.errors import (
    BrokenPages,
    ClientError,
    Conflict,
    Forbidden,
    InvalidArgument,
    NoAnswer,
    NotFound,
    RateLimited,
    Refused,
    Throttled,
    TimedOut,
    TokenMissing,
    Unauthenticated,
    Unavailable,
    UnreadableAnswer,
)
from openslot.client.operation import Operation
from openslot.client.retries import Retries
from openslot.client.secret import Secret

__all__ = [
    "CALENDLY",
    "AsyncClient",
    "BrokenPages",
    "Client",
    "ClientError",
    "Conflict",
    "Core",
    "Forbidden",
    "Gate",
    "InvalidArgument",
    "NoAnswer",
    "NotFound",
    "Operation",
    "Options",
    "RateLimited",
    "Refused",
    "Retries",
    "Secret",
    "Throttled",
    "TimedOut",
    "TokenMissing",
    "Unauthenticated",
    "Unavailable",
    "UnreadableAnswer",
    "operations",
]
