"""Which hosts and origins are allowed, over HTTP and WebSocket, on loopback and beyond."""

import asyncio

import pytest

from core.serving.security.hosts import HostGuard


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
    """Whether a request with these headers reaches the application."""
    pairs = headers.items() if isinstance(headers, dict) else headers
    method, path = asked.split()
    scope = {"type": kind, "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs]}
    scope |= {"method": method, "path": path}
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(HostGuard(echo, bound, **names)(scope, None, send))
    first = sent[0]
    refused = first["type"] == "websocket.close" or first.get("status") == 403
    assert refused or first["type"] == "websocket.accept" or first["status"] == 200
    return not refused


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "allowed"),
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
def test_only_names_of_this_machine_are_allowed_hosts(kind, host, allowed):
    assert passes({"host": host}, kind=kind) is allowed


def test_a_request_with_no_host_or_two_is_refused():
    assert not passes({})
    assert not passes([("host", "localhost"), ("host", "localhost")])


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("origin", "allowed"),
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
def test_only_pages_of_this_server_are_allowed_origins(kind, origin, allowed):
    assert passes({"host": "localhost:8501", "origin": origin}, kind=kind) is allowed


LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("site", "allowed"), [("none", True), ("same-origin", True), ("same-site", False), ("cross-site", False)]
)
def test_cross_site_requests_are_refused_even_without_an_origin(kind, site, allowed):
    assert passes({"host": "localhost:8501", "sec-fetch-site": site}, kind=kind) is allowed
    assert passes({"host": "localhost:8501", "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}, kind=kind) is allowed


@pytest.mark.parametrize(
    ("asked", "headers", "allowed"),
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
def test_a_link_from_another_site_opens_a_page_but_no_api_route(asked, headers, allowed):
    sent = {"host": "localhost:8501", "sec-fetch-site": "cross-site"} | LINK | headers
    assert passes(sent, asked=asked) is allowed


def test_beyond_loopback_ip_addresses_and_configured_names_are_allowed():
    assert passes({"host": "192.168.1.7:8000"}, bound="0.0.0.0")
    assert passes({"host": "[fe80::1]:8000"}, bound="0.0.0.0")
    assert passes({"host": "studio.lan"}, bound="0.0.0.0", names=frozenset({"studio.lan"}))
    assert not passes({"host": "evil.example"}, bound="0.0.0.0")
