"""Body limits, for announced and unannounced lengths."""

import asyncio

from core.serving.security.body_limit import BodyLimit


def received(body: list[bytes], announced: str | None, unlimited=frozenset(), **asked: str) -> bytes | int:
    """What the application reads of a body sent in pieces through a limit of 10 bytes, or the status of a refusal."""
    pieces = iter(body)
    read, sent = [], []

    async def receive():
        piece = next(pieces, None)
        return {"type": "http.disconnect"} if piece is None else {"type": "http.request", "body": piece}

    async def send(message):
        sent.append(message)

    async def reading(_scope, receive, _send):
        while (message := await receive())["type"] == "http.request":
            read.append(message["body"])

    headers = [(b"content-length", announced.encode())] if announced else []
    scope = {"type": "http", "headers": headers} | asked
    asyncio.run(BodyLimit(reading, unlimited, 10)(scope, receive, send))
    return sent[0]["status"] if sent else b"".join(read)


def test_a_body_beyond_the_limit_is_refused():
    assert received([b"12345", b"67890"], "10") == b"1234567890"
    assert received([b"12345", b"67890", b"1"], None) == 413
    assert received([b"12345"], "11") == received([b"1"], "-1") == received([b"1"], "many") == 413


def test_only_the_unlimited_route_takes_more():
    upload = frozenset({("POST", "/uploads")})
    for method, path, is_unlimited in (
        ("POST", "/uploads", True),
        ("PUT", "/uploads", False),
        ("POST", "/uploads/revise", False),
        ("POST", "/uploads/", False),
    ):
        taken = received([b"1" * 20], None, unlimited=upload, method=method, path=path)
        assert (taken == b"1" * 20) is is_unlimited
        assert received([b"1" * 20], "20", unlimited=upload, method=method, path=path) == taken
    assert received([b"1"], "x", unlimited=upload, method="POST", path="/uploads") == 413
