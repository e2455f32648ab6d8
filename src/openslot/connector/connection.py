"""A connection: a personal access token, a base URL, and the limit of calls that all its callers share."""

from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack

from openslot.client import AsyncClient, Client, Retries, Secret
from openslot.client.core import CALENDLY
from openslot.client.secret import sealed
from openslot.client.steps import Clock, Steps, SystemClock
from openslot.connector import definition
from openslot.connector.membership import Membership
from openslot.connector.throttle import Throttle
from openslot.wire.users import User

WhenFull = Literal["wait", "fail"]


class ConnectionOptions(TypedDict, total=False):
    """What may be set besides token and base URL."""

    when_full: WhenFull
    """Once 100 calls went within 60 s, the next one waits for its turn (the default) or fails with ``Throttled``."""
    timeout_seconds: float
    retries: Retries
    clock: Clock


class Connection:
    """What the connector's actions and triggers call through, from any number of tasks and threads.

    ``client`` and ``async_client`` share one throttle. A connection belongs to one person: a pickle or a copy of it has
    no token, and its calls raise ``TokenMissing`` until ``with_token``.
    """

    base_url = ""
    """As it was given, without a slash at its end; a connection that could not be made has none."""

    def __init__(
        self, token: str | Secret | None, base_url: str = CALENDLY, **options: Unpack[ConnectionOptions]
    ) -> None:
        """``base_url`` may hold a path prefix, as in ``http://localhost:8000/api/v2``.

        Raises:
            ValueError: the base URL or the token can't be one.
        """
        token = sealed(token)
        clock = options.get("clock") or SystemClock()
        throttling = definition.THROTTLING
        gate = Throttle(
            throttling.calls,
            throttling.period_seconds,
            clock.monotonic,
            fail=options.get("when_full", "wait") == "fail",
        )
        client_options: dict[str, Any] = {
            "headers": definition.CONNECTION.request_headers,
            "gate": gate,
            "clock": clock,
            **{key: value for key, value in options.items() if key in {"timeout_seconds", "retries"}},
        }
        self._options = options
        self.client = Client(token, base_url, **client_options)
        self.async_client = AsyncClient(self.client.core.token, base_url, **client_options)
        self.base_url = self.client.core.base_url
        self.membership = Membership()

    def identify(self) -> Steps[User]:
        """Whose token this is, as steps; looked up once."""
        return self.membership.identify(self.client.core)

    def me(self) -> User:
        """Whose token this is; looked up once.

        Raises:
            ClientError: the service can't be reached, refuses or fails. A failure is not remembered.
        """
        return self.client.run(self.identify())

    async def ame(self) -> User:
        """``me`` for asyncio."""
        return await self.async_client.run(self.identify())

    def with_token(self, token: str | Secret) -> "Connection":
        """A connection of its own, with its own limit, to the same API."""
        secret = sealed(token)
        del token
        return Connection(secret, self.base_url, **self._options)

    def close(self) -> None:
        """Close what ``client`` opened."""
        self.client.close()

    async def aclose(self) -> None:
        """Close what both clients opened, in the running loop."""
        await self.async_client.close()
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> tuple[Any, ...]:
        # clocks are left behind with the token: they belong to the process
        options = {key: value for key, value in self._options.items() if key != "clock"}
        return _without_token, (self.base_url, options)

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r})"


def _without_token(base_url: str, options: ConnectionOptions) -> Connection:
    return Connection(None, base_url, **options)
