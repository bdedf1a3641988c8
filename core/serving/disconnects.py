"""Cancels work when the client it is for disconnects. Light: imports no framework."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class ClientDisconnectedError(Exception):
    """Nobody is left to read the answer."""


async def while_connected(receive: Callable[[], Awaitable[dict]], work: Awaitable[T]) -> T:
    """The result of `work`. `receive` is ASGI's, after the body was read.

    Raises what `work` raises, and ClientDisconnectedError, after cancelling `work`, when the client disconnects.
    """
    working, disconnecting = asyncio.ensure_future(work), asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({working, disconnecting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnectedError
        return working.result()
    finally:
        disconnecting.cancel()
        working.cancel()
        await asyncio.wait({working, disconnecting})


async def _disconnect(receive: Callable[[], Awaitable[dict]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
