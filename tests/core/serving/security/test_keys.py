"""Keys are compared by hash; wrong ones are delayed and logged."""

import asyncio
import hashlib
import logging

import pytest

from core.serving.security.keys import WrongKeys, bearer, key_matches


def test_keys_are_compared_by_their_hash():
    stored = hashlib.sha256(b"tunewright-secret").hexdigest()
    assert key_matches("tunewright-secret", stored)
    assert not key_matches("tunewright-secreT", stored)
    assert not key_matches("", stored)
    assert bearer("Bearer tunewright-secret") == "tunewright-secret"
    assert bearer("Basic tunewright-secret") == bearer(None) == ""


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The delays, in seconds, recorded instead of waited."""
    asked, sleep = [], asyncio.sleep

    async def noted(seconds: float) -> None:
        asked.append(seconds)
        await sleep(0)

    monkeypatch.setattr("core.serving.security.keys.asyncio.sleep", noted)
    return asked


def answers(wrong_keys: WrongKeys, *addresses: str) -> list[int]:
    async def one_by_one() -> list[int]:
        return [await wrong_keys.answer(address) for address in addresses]

    return asyncio.run(one_by_one())


def test_wrong_keys_of_one_address_are_delayed_ever_longer(waits):
    wrong_keys = WrongKeys()
    assert answers(wrong_keys, *["192.0.2.1"] * 10) == [401] * 10
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]
    answers(wrong_keys, "192.0.2.2")
    assert len(waits) == 7


def test_wrong_keys_are_logged_by_address_without_filling_the_log(waits, caplog):
    with caplog.at_level(logging.WARNING):
        answers(WrongKeys(), *["192.0.2.1"] * 1000)
    assert "192.0.2.1" in caplog.text and "512" in caplog.text
    assert len(caplog.records) == 10


def test_guessing_from_many_addresses_or_at_once_takes_little_memory(waits):
    wrong_keys = WrongKeys()
    answers(wrong_keys, *(f"192.0.{number >> 8}.{number & 255}" for number in range(5000)))
    assert len(wrong_keys._counts) == 1000

    async def at_once() -> list[int]:
        return await asyncio.gather(*(wrong_keys.answer("192.0.2.9") for _ in range(500)))

    statuses = asyncio.run(at_once())
    assert set(statuses) == {401, 429} and len([wait for wait in waits if wait]) <= 64
