"""How a key is shown and compared, and how those who show wrong ones are slowed. Light: imports no framework."""

import asyncio
import hashlib
import hmac
import logging
import time

_FREE = 3
"""Wrong keys of one address that are answered at once: people mistype."""
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 8
_FORGOTTEN_AFTER_SECONDS = 900
_MOST_ADDRESSES = 1000
_MOST_WAITING = 64
log = logging.getLogger(__name__)


def key_matches(key: str, sha256: str) -> bool:
    """Whether `key` has this SHA-256 (hex), in a time that says nothing about how much of it is right."""
    return hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), sha256)


def bearer(header: str | None) -> str:
    """The key in an `Authorization: Bearer …` header; empty if there is none."""
    scheme, _, key = (header or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class WrongKeys:
    """Holds back the answers to wrong keys, longer with each that an address shows, and writes them into the log.

    The right key is looked at and let in at once, whoever else guesses behind the same address. Only the latest
    addresses are remembered.
    """

    def __init__(self):
        self._shown: dict[str, tuple[int, float]] = {}
        """Address → how many wrong keys it has shown, and when the last one. The latest stand last."""
        self._waiting = 0

    async def answer(self, address: str) -> int:
        """The status for one more wrong key from `address`, after its wait: 401, or 429 at once where too many wait."""
        count = self._count(address)
        wait_seconds = min(_FIRST_WAIT_SECONDS * 2 ** min(count - _FREE - 1, 10), _LONGEST_WAIT_SECONDS)
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th, 8th …: guessing fills no disk
            log.warning("%.60r has shown %d wrong keys", address, count)
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
        count, last_at = self._shown.pop(address, (0, 0.0))
        now = time.monotonic()
        count = 1 if now - last_at > _FORGOTTEN_AFTER_SECONDS else count + 1
        if len(self._shown) >= _MOST_ADDRESSES:
            del self._shown[next(iter(self._shown))]
        self._shown[address] = count, now
        return count
