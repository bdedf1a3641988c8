"""Which hosts and origins get through, over HTTP and WebSocket, on loopback and beyond."""

import asyncio

import pytest

from core.inference.guard import BodyLimit, Guard


async def echo(scope, _receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})


def passes(headers: dict[str, str] | list[tuple[str, str]], bound: str = "127.0.0.1", kind: str = "http", **names):
    """Whether a request with these headers reaches the application behind the guard."""
    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {"type": kind, "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs]}
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(echo, bound, **names)(scope, None, send))
    first = sent[0]
    refused = first["type"] == "websocket.close" or first.get("status") == 403
    assert refused or first["type"] == "websocket.accept" or first["status"] == 200
    return not refused


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("127.0.0.1:8501", True),
        ("localhost:8501", True),
        ("LOCALHOST", True),
        ("[::1]:8501", True),
        ("evil.example:8501", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8501", False),
        ("192.168.1.7:8501", False),
        ("user@localhost", False),
        ("user:password@127.0.0.1:8501", False),
        ("@localhost", False),
        ("localhost/evil", False),
        ("localhost?evil", False),
        ("localhost:8501:1", False),
        ("localhost@evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_this_machines_names_are_hosts(kind, host, let_in):
    assert passes({"host": host}, kind=kind) is let_in


def test_a_request_without_or_with_two_hosts_is_refused():
    assert not passes({})
    assert not passes([("host", "localhost"), ("host", "localhost")])


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("http://localhost:8501", True),
        ("https://localhost:8501", True),
        ("http://localhost:3000", False),
        ("http://127.0.0.1:8501", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_pages_of_this_server_are_origins(kind, origin, let_in):
    assert passes({"host": "localhost:8501", "origin": origin}, kind=kind) is let_in


def test_beyond_loopback_addresses_and_given_names_are_hosts_but_strangers_names_are_not():
    assert passes({"host": "192.168.1.7:8000"}, bound="0.0.0.0")
    assert passes({"host": "[fe80::1]:8000"}, bound="0.0.0.0")
    assert passes({"host": "studio.lan"}, bound="0.0.0.0", names=frozenset({"studio.lan"}))
    assert not passes({"host": "evil.example"}, bound="0.0.0.0")


def received(body: list[bytes], announced: str | None) -> bytes | int:
    """What the application behind a limit of 10 bytes reads of a body sent in pieces, or the status of a refusal."""
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
    asyncio.run(BodyLimit(reading, 10)({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"] if sent else b"".join(read)


def test_a_body_is_cut_off_where_it_passes_its_limit():
    assert received([b"12345", b"67890"], "10") == b"1234567890"
    assert received([b"12345", b"67890", b"1"], None) == b"1234567890"
    assert received([b"12345"], "11") == received([b"1"], "-1") == received([b"1"], "many") == 413
