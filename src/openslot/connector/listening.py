"""Where flows listen: an address that the next start will have too, so that it finds its subscriptions."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

from openslot.connector.asgi import serve
from openslot.connector.flows import Flow
from openslot.connector.receiver import Receiver
from openslot.connector.store import Store

_FIRST_PORT = 20_000
_PORTS = 10_000
"""Below the ports that systems lend to outgoing connections."""


class Wanted(Struct, frozen=True):
    """What is asked for; see ``running.RunOptions``."""

    base_url: str
    scope: str
    host: str = "127.0.0.1"
    port: int | None = None
    public_url: str = ""


class Address(Struct, frozen=True):
    """Where we are."""

    url: str
    """Where we are bound."""
    public_url: str
    """Where the service finds us."""
    is_lasting: bool
    """Whether it will find the next start there too."""
    former: tuple[str, ...] = ()
    """Where it found these flows before, and nobody else."""


@contextlib.asynccontextmanager
async def listening(receiver: Receiver, flows: Sequence[Flow], store: Store, wanted: Wanted) -> AsyncIterator[Address]:
    """Listen while inside.

    Raises:
        OSError: the address can't be had.
    """
    ports = await _Ports.read(store, flows, wanted)
    candidates = (ports.best, 0) if wanted.port is None else (wanted.port,)
    async with serve(receiver, wanted.host, *candidates) as url:
        is_lasting = bool(wanted.public_url) or urlsplit(url).port == candidates[0]
        if wanted.port is None and is_lasting:
            await ports.keep(store)
        former = [] if wanted.public_url or not is_lasting else ports.left
        places = tuple(url.rpartition(":")[0] + f":{port}" for port in former)
        yield Address(url, wanted.public_url or url, is_lasting, places)


class _Ports:
    """The ports that flows had, as the state knows them."""

    def __init__(
        self, kept: Mapping[str, str], subscriptions: Sequence[str], ours: Mapping[str, str], usual: int
    ) -> None:
        """``ours``: the names under which our flows' ports are kept in this scope, by flow."""
        self._kept = kept
        self._ours = ours
        had = [int(port) for flow in ours for name, port in sorted(kept.items()) if name.rpartition(" ")[2] == flow]
        # one at which something waits before one at which nothing can
        had.sort(key=lambda port: not any(f":{port}/" in name for name in subscriptions))
        self.best = had[0] if had else usual

    @classmethod
    async def read(cls, store: Store, flows: Sequence[Flow], wanted: Wanted) -> "_Ports":
        return cls(
            await store.kept(f"port {wanted.base_url} "),
            list(await store.kept(f"subscription {wanted.base_url} ")),
            {_name(flow.name): f"port {wanted.base_url} {wanted.scope} {_name(flow.name)}" for flow in flows},
            _usual(flows, wanted),
        )

    @property
    def left(self) -> list[int]:
        """The others, as far as no other flow has them too."""
        theirs = {port for name, port in self._kept.items() if name.rpartition(" ")[2] not in self._ours}
        return sorted({int(port) for port in set(self._kept.values()) - theirs} - {self.best})

    async def keep(self, store: Store) -> None:
        left = {name: None for name in self._kept if name.rpartition(" ")[2] in self._ours}
        await store.keep({**left, **dict.fromkeys(self._ours.values(), str(self.best))})


def _name(flow: str) -> str:
    """A flow's name as one word."""
    return sha256(flow.encode()).hexdigest()[:16]


def _usual(flows: Sequence[Flow], wanted: Wanted) -> int:
    """The port of flows that had none, between 20000 and 29999: the same at every start, also without a state."""
    names = sorted(flow.name for flow in flows)
    digest = sha256("\n".join([wanted.base_url, wanted.scope, *names]).encode()).digest()
    return _FIRST_PORT + int.from_bytes(digest[:8], "big") % _PORTS
