"""The service on a port of its own in this process, for callers that need a real address."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from conftest import SECRET_KEY, UNCOUNTED, Clock
from openslot.asgi import create_app
from openslot.config import Settings
from running import free_port


@dataclass(frozen=True)
class Site:
    """The service on a port of its own."""

    url: str
    clock: Clock


@asynccontextmanager
async def listening(database_url: str, folder: Path, clock: Clock, **settings_of: Any) -> AsyncIterator[Site]:
    """The service until the block ends; whoever waits for it must leave this thread free."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(
        database_url=database_url, data_dir=folder, public_url=url, secret_key=SECRET_KEY, **(UNCOUNTED | settings_of)
    )
    config = uvicorn.Config(create_app(settings, clock=clock), port=port, log_level="warning", ws="none")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    yield Site(url, clock)
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()
