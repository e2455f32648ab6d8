"""The baseline: a handler that does nothing, with the framework, server and settings of the service."""

from litestar import Litestar, get


@get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


def create_app() -> Litestar:
    return Litestar([hello], openapi_config=None, logging_config=None)


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
