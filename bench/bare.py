"""The baselines: a handler that does nothing, with the framework, server and settings of the service.

With ``BENCH_RECORDED``, also one that runs recorded statements and encodes a recorded answer, by its number: what no
implementation can leave out.
"""

import os
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Response, get
from litestar.params import FromPath
from psycopg_pool import AsyncConnectionPool

from openslot.db.pool import Conn, configure
from openslot.wire import codec


@get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


def create_app() -> Litestar:
    file = os.environ.get("BENCH_RECORDED")
    if not file:
        return Litestar([hello], openapi_config=None, logging_config=None)
    recorded: list[tuple[list[Any], Any]] = pickle.loads(Path(file).read_bytes())
    pool: AsyncConnectionPool[Conn] = AsyncConnectionPool(
        os.environ["BENCH_DATABASE_URL"], min_size=1, max_size=16, open=False, kwargs={"autocommit": True},
        configure=configure,
    )  # fmt: skip

    @get("/recorded/{number:int}")
    async def answer(number: FromPath[int]) -> Response[bytes]:
        statements, body = recorded[number]
        async with pool.connection() as conn:
            for query, params in statements:
                cursor = await conn.execute(query, params)
                await cursor.fetchall()
        return Response(codec.encode(body), media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with pool:
            yield

    return Litestar([hello, answer], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    import sys

    from granian.constants import Interfaces, Loops
    from granian.server import Server

    Server(
        "bench.bare:create_app",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        log_level="warning",  # type: ignore[arg-type] # an enum of strings
    ).serve()
