"""The address of flows: the next start has it too, so that it finds its subscriptions."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit

from msgspec import Struct

from openslot.connector.asgi import serve
from openslot.connector.flows.flow import Flow
from openslot.connector.flows.store import Store
from openslot.connector.triggers.receiver import Receiver

_FIRST_PORT = 20_000
_PORTS = 10_000
"""Below the ports that systems lend to outgoing connections."""


class Wanted(Struct, frozen=True):
    """The address that is wanted; see ``running.RunOptions``."""

    base_url: str
    scope: str
    host: str = "127.0.0.1"
    port: int | None = None
    public_url: str = ""


class Address(Struct, frozen=True):
    """An address of flows."""

    url: str
    """The URL of the socket."""
    public_url: str
    """The URL by which the service reaches us."""
    is_lasting: bool
    """Whether the next start has it too."""
    former: tuple[str, ...] = ()
    """Former public URLs of these flows and of no other."""
    rows: Mapping[str, str | None] = {}
    """What to keep in the state once nothing waits at ``former`` any more."""


@contextlib.asynccontextmanager
async def listening(receiver: Receiver, flows: Sequence[Flow], store: Store, wanted: Wanted) -> AsyncIterator[Address]:
    """Listen while inside.

    Raises:
        OSError: the address can't be had.
    """
    places = await _Places.read(store, flows, wanted)
    candidates = (places.port, 0) if wanted.port is None else (wanted.port,)
    async with serve(receiver, wanted.host, *candidates) as url:
        if wanted.public_url or urlsplit(url).port == candidates[0]:
            yield places.at(url, wanted.public_url or url)
        else:
            yield Address(url, url, is_lasting=False)


async def mounted(flows: Sequence[Flow], store: Store, wanted: Wanted) -> Address:
    """The address of flows in an app that mounts them."""
    return (await _Places.read(store, flows, wanted)).at(wanted.public_url, wanted.public_url)


class _Places:
    """The addresses of flows in the state."""

    def __init__(
        self, kept: Mapping[str, str], subscriptions: Sequence[str], ours: Mapping[str, str], wanted: Wanted, usual: int
    ) -> None:
        """``ours``: the names under which the addresses of our flows are kept in this scope, by flow."""
        self._kept = kept
        self._ours = ours
        local = f"http://{wanted.host}:"
        had = [url for flow in ours for name, url in sorted(kept.items()) if name.rpartition(" ")[2] == flow]
        ports = [url.removeprefix(local) for url in had if url.startswith(local)]
        # a port at which something may wait comes before one at which nothing can
        ports.sort(key=lambda port: not any(f"{local}{port}/" in name for name in subscriptions))
        self.port = int(ports[0]) if ports else usual

    @classmethod
    async def read(cls, store: Store, flows: Sequence[Flow], wanted: Wanted) -> "_Places":
        return cls(
            await store.kept(f"address {wanted.base_url} "),
            list(await store.kept(f"subscription {wanted.base_url} ")),
            {_name(flow.name): f"address {wanted.base_url} {wanted.scope} {_name(flow.name)}" for flow in flows},
            wanted,
            _usual(flows, wanted),
        )

    def at(self, url: str, public_url: str) -> Address:
        """An address that lasts, and the former ones that it replaces, where no other flow is."""
        ours = {name for name in self._kept if name.rpartition(" ")[2] in self._ours}
        theirs = {url for name, url in self._kept.items() if name not in ours}
        former = {self._kept[name] for name in ours} - theirs - {public_url}
        rows: dict[str, str | None] = dict.fromkeys(ours)
        rows |= dict.fromkeys(self._ours.values(), public_url)
        return Address(url, public_url, True, tuple(sorted(former)), rows)


def _name(flow: str) -> str:
    """A flow's name without spaces: its digest."""
    return sha256(flow.encode()).hexdigest()[:16]


def _usual(flows: Sequence[Flow], wanted: Wanted) -> int:
    """The port of flows that have none yet, from 20000 to 29999: the same at every start, also without a state."""
    names = sorted(flow.name for flow in flows)
    digest = sha256("\n".join([wanted.base_url, wanted.scope, *names]).encode()).digest()
    return _FIRST_PORT + int.from_bytes(digest[:8], "big") % _PORTS
