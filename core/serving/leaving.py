"""Stopping work when the client that it is for has gone. Light: imports no framework."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class ClientGoneError(Exception):
    """Nobody is left to read the answer."""


async def while_there(receive: Callable[[], Awaitable[dict]], work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client goes away; `receive` is ASGI's, its body read.

    Raises ClientGoneError then, and what `work` raises.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError
        return working.result()
    finally:
        leaving.cancel()
        working.cancel()
        await asyncio.wait({working, leaving})


async def _gone(receive: Callable[[], Awaitable[dict]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
