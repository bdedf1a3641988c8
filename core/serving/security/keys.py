"""API keys: how they are sent and compared, and how guessing is slowed down."""

import asyncio
import hashlib
import hmac
import logging
import time

_FREE = 3
"""Wrong keys per address that are answered at once: people mistype."""
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8
_FORGOTTEN_AFTER_SECONDS = 900
_MOST_ADDRESSES = 1000
_MOST_WAITING = 64
log = logging.getLogger(__name__)


def key_matches(key: str, sha256: str) -> bool:
    """Whether `key` has this SHA-256 (hex), in constant time."""
    return hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), sha256)


def bearer(header: str | None) -> str:
    """The key in an `Authorization: Bearer …` header; empty if there is none."""
    scheme, _, key = (header or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class WrongKeys:
    """Delays the answers to wrong keys with exponential backoff per address, and logs them.

    The right key is never delayed, whoever else guesses from the same address. Only the latest addresses are kept.
    """

    def __init__(self):
        self._counts: dict[str, tuple[int, float]] = {}
        """Address → number of wrong keys and time of the last one, the most recent address last."""
        self._waiting = 0

    async def answer(self, address: str) -> int:
        """The status for another wrong key from `address`: 401 after a delay, or 429 at once if too many wait."""
        count = self._count(address)
        wait_seconds = min(_FIRST_WAIT_SECONDS * 2 ** min(count - _FREE - 1, 10), _LONGEST_WAIT_SECONDS)
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th, 8th …: guessing must not fill the disk
            log.warning("%.60r has sent %d wrong keys", address, count)
        if count <= _FREE:
            return 401
        if self._waiting >= _MOST_WAITING:
            return 429
        self._waiting += 1
        try:
            await asyncio.sleep(wait_seconds)
        finally:
            self._waiting -= 1
        return 401

    def _count(self, address: str) -> int:
        count, last_at = self._counts.pop(address, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last_at > _FORGOTTEN_AFTER_SECONDS else count + 1
        if len(self._counts) >= _MOST_ADDRESSES:
            del self._counts[next(iter(self._counts))]
        self._counts[address] = count, now
        return count
