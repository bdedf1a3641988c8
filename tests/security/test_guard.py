"""Requests of other sites and foreign host names are refused, by REST and by the pages' WebSocket."""

import http.client

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.waiting import PATIENCE_SECONDS

ROUTES = ["/", "/health", "/api/jobs", "/artifacts/x", "/v1/models", "/docs", "/_stcore/health", "/train"]


def status(studio, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=PATIENCE_SECONDS)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in ({"Host": f"127.0.0.1:{studio.port}"} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse().status


@pytest.mark.parametrize("path", ROUTES)
def test_a_foreign_host_is_refused_everywhere(studio, path):
    assert status(studio, path, Host="evil.example") == 403
    assert status(studio, path, Host=f"127.0.0.1.evil.example:{studio.port}") == 403
    assert status(studio, path) != 403


@pytest.mark.parametrize("path", ROUTES)
def test_a_foreign_origin_is_refused_everywhere(studio, path):
    assert status(studio, path, Origin="https://evil.example") == 403
    assert status(studio, path, Origin="null") == 403
    assert status(studio, path, Origin="http://[") == 403
    assert status(studio, path, Origin=f"http://127.0.0.1:{studio.port + 1}") == 403
    assert status(studio, path, Origin=studio.url) != 403


@pytest.mark.parametrize("path", ROUTES)
def test_requests_embedded_or_prefetched_by_other_sites_are_refused_before_any_work(studio, path):
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert status(studio, path, **sent) == 403
    assert status(studio, path, **sent | {"Sec-Fetch-Site": "same-site"}) == 403
    assert status(studio, path, **sent | {"Sec-Fetch-Site": "same-origin"}) != 403
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert (status(studio, path, **link) == 403) is (path.count("/") > 1)


def test_a_host_with_a_user_in_it_is_refused(studio):
    assert status(studio, "/health", Host=f"user@127.0.0.1:{studio.port}") == 403


def websocket(studio, origin: str):
    address = f"ws://127.0.0.1:{studio.port}/_stcore/stream"
    return connect(address, origin=origin, proxy=None, subprotocols=["streamlit"])


def test_the_websocket_opens_only_for_the_studios_pages(studio):
    with websocket(studio, origin=studio.url) as opened:
        assert opened.response.status_code == 101
    for foreign in ("https://evil.example", "null", f"http://localhost:{studio.port}"):
        with pytest.raises(InvalidStatus) as refused, websocket(studio, origin=foreign):
            pass
        assert refused.value.response.status_code == 403


def test_the_websocket_refuses_a_foreign_host(studio):
    handshake = {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    assert status(studio, "/_stcore/stream", **handshake) == 101
    assert status(studio, "/_stcore/stream", Host="evil.example", **handshake) == 403
