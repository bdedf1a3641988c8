"""A studio with a key, seen by someone who guesses it and by someone who has it, over HTTP and WebSocket."""

import re
import threading
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.studio import running_studio
from tests.waiting import PATIENCE_SECONDS, soon_enough

KEY = "canary-key-of-this-studio"
MINE = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A studio that wants KEY."""
    with running_studio(tmp_path_factory.mktemp("locked") / "workspace", TUNEWRIGHT_API_KEY=KEY) as running:
        yield running


def session(locked) -> str:
    """The cookie of a browser that has shown the key."""
    with locked.client() as client:
        return client.get("/health", headers=MINE).headers["set-cookie"].partition(";")[0]


def websocket(locked, cookie: str):
    address = f"ws://127.0.0.1:{locked.port}/_stcore/stream"
    headers = {"Cookie": cookie}
    return connect(address, origin=locked.url, proxy=None, subprotocols=["streamlit"], additional_headers=headers)


@pytest.mark.long
def test_signing_out_in_one_browser_leaves_others_signed_in(locked):
    mine, other = session(locked), session(locked)
    assert mine != other
    with locked.client() as client:
        client.post("/auth/logout", headers={"Cookie": mine})
        for cookie, status in ((mine, 401), (other, 200)):
            assert client.get("/api/jobs", headers={"Cookie": cookie}).status_code == status


@pytest.mark.long
def test_signing_out_closes_the_websocket_and_refuses_a_new_one(locked):
    cookie = session(locked)
    with websocket(locked, cookie) as opened, locked.client() as client:
        client.post("/auth/logout", headers={"Cookie": cookie})
        assert client.get("/api/jobs", headers={"Cookie": cookie}).status_code == 401
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                opened.recv(timeout=PATIENCE_SECONDS)
        assert closed.value.rcvd.code == 1008
    with pytest.raises(InvalidStatus) as refused, websocket(locked, cookie):
        pass
    assert refused.value.response.status_code == 401


def test_a_cookie_is_secure_where_the_proxy_before_the_studio_speaks_tls(locked):
    with locked.client() as client:
        over_tls = client.get("/health", headers=MINE | {"X-Forwarded-Proto": "https"})
        assert "; Secure" in over_tls.headers["set-cookie"]
        assert "; Secure" not in client.get("/health", headers=MINE).headers["set-cookie"]


def test_wrong_keys_are_logged_by_address_and_without_the_key(locked):
    with locked.client() as client:
        assert client.get("/api/jobs", headers={"Authorization": "Bearer guess-0"}).status_code == 401
    log = (locked.home.parent / f"studio-{locked.port}.log").read_text()
    assert re.search(r"'127\.0\.0\.1' has sent \d+ wrong keys", log)
    assert "guess-" not in log and KEY not in log


def test_wrong_keys_are_slowed_and_the_right_one_is_not(locked):
    def guess(count: int, seen: list[float]) -> None:
        with locked.client() as client:
            for number in range(count):
                began = time.monotonic()
                guessed = {"Authorization": f"Bearer guess-{number}"}
                assert client.get("/api/jobs", headers=guessed).status_code == 401
                seen.append(time.monotonic() - began)

    took: list[float] = []
    guessing = threading.Thread(target=guess, args=(6, took))
    guessing.start()
    honest = []
    with locked.client(headers=MINE) as client:
        while guessing.is_alive():
            began = time.monotonic()
            assert client.get("/health").status_code == 200
            honest.append(time.monotonic() - began)
    assert took[-1] > 1.9 and took[-1] > took[-2] > took[-3]
    assert soon_enough(max(honest), 1)


def test_without_the_key_no_route_says_anything(locked):
    for path in ("/", "/health", "/api/jobs", "/docs", "/openapi.json", "/_stcore/health", "/artifacts/x", "/metrics"):
        answer = httpx.get(locked.url + path, trust_env=False)
        assert answer.status_code == 401 and len(answer.content) < 300
