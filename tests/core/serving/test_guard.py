"""Which hosts and origins get through, over HTTP and WebSocket, on loopback and beyond."""

import asyncio

import pytest

from core.serving.guard import BodyLimit, Guard, SecurityHeaders


async def echo(scope, _receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})


def passes(
    headers: dict[str, str] | list[tuple[str, str]],
    bound: str = "127.0.0.1",
    kind: str = "http",
    asked: str = "GET /",
    **names,
):
    """Whether a request with these headers reaches the application behind the guard."""
    pairs = headers.items() if isinstance(headers, dict) else headers
    method, path = asked.split()
    scope = {"type": kind, "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs]}
    scope |= {"method": method, "path": path}
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
        ("local host", False),
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


LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("site", "let_in"), [("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False)]
)
def test_what_other_sites_make_a_browser_send_is_refused_without_an_origin_too(kind, site, let_in):
    assert passes({"host": "localhost:8501", "sec-fetch-site": site}, kind=kind) is let_in
    assert passes({"host": "localhost:8501", "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}, kind=kind) is let_in


@pytest.mark.parametrize(
    ("asked", "headers", "let_in"),
    [
        ("GET /", {}, True),
        ("GET /train", {}, True),
        ("POST /train", {}, False),
        ("GET /api/jobs", {}, False),
        ("GET /artifacts/x", {}, False),
        ("GET /api/datasets/x/export", {}, False),
        ("GET /train", {"sec-fetch-dest": "iframe"}, False),
        ("GET /train", {"sec-fetch-mode": "no-cors"}, False),
        ("GET /train", {"origin": "https://evil.example"}, False),
    ],
)
def test_a_link_from_elsewhere_opens_a_page_and_nothing_deeper(asked, headers, let_in):
    sent = {"host": "localhost:8501", "sec-fetch-site": "cross-site"} | LINK | headers
    assert passes(sent, asked=asked) is let_in


def test_beyond_loopback_addresses_and_given_names_are_hosts_but_strangers_names_are_not():
    assert passes({"host": "192.168.1.7:8000"}, bound="0.0.0.0")
    assert passes({"host": "[fe80::1]:8000"}, bound="0.0.0.0")
    assert passes({"host": "studio.lan"}, bound="0.0.0.0", names=frozenset({"studio.lan"}))
    assert not passes({"host": "evil.example"}, bound="0.0.0.0")


def received(body: list[bytes], announced: str | None, unlimited=frozenset(), **asked: str) -> bytes | int:
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
    scope = {"type": "http", "headers": headers} | asked
    asyncio.run(BodyLimit(reading, unlimited, 10)(scope, receive, send))
    return sent[0]["status"] if sent else b"".join(read)


def test_a_body_is_cut_off_where_it_passes_its_limit():
    assert received([b"12345", b"67890"], "10") == b"1234567890"
    assert received([b"12345", b"67890", b"1"], None) == 413
    assert received([b"12345"], "11") == received([b"1"], "-1") == received([b"1"], "many") == 413


def test_only_the_one_route_that_counts_for_itself_takes_more():
    upload = frozenset({("POST", "/uploads")})
    for method, path, passes_by in (
        ("POST", "/uploads", True),
        ("PUT", "/uploads", False),
        ("POST", "/uploads/revise", False),
        ("POST", "/uploads/", False),
    ):
        taken = received([b"1" * 20], None, unlimited=upload, method=method, path=path)
        assert (taken == b"1" * 20) is passes_by
        assert received([b"1" * 20], "20", unlimited=upload, method=method, path=path) == taken
    assert received([b"1"], "x", unlimited=upload, method="POST", path="/uploads") == 413


def test_every_answer_and_every_refusal_carries_the_security_headers():
    async def unlucky(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Content-Type-Options", b"sniff")]})
        await send({"type": "http.response.body", "body": b""})

    for host in ("localhost", "evil.example"):
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}
        asyncio.run(SecurityHeaders(Guard(unlucky, "127.0.0.1"))(scope, None, send))
        headers = dict(sent[0]["headers"])
        assert sent[0]["status"] == (200 if host == "localhost" else 403)
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"cross-origin-resource-policy"] == headers[b"referrer-policy"] == b"same-origin"
        assert b"script-src 'self';" in headers[b"content-security-policy"] + b";"
        assert b"X-Content-Type-Options" not in headers
