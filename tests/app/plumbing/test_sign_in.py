"""Signing in with the key, sessions, and their end."""

import asyncio

import pytest
from starlette.testclient import TestClient

from app.plumbing import sessions
from app.plumbing.sign_in import KeyCheck
from tests.app.plumbing.test_security import APP, KEY

COOKIE = "tunewright_session"
HTML = {"Accept": "text/html"}


def studio(scheme: str = "http", app: KeyCheck | None = None) -> TestClient:
    return TestClient(app or KeyCheck(APP, KEY), base_url=f"{scheme}://studio.example", follow_redirects=False)


def signed_in(client: TestClient, **form: str):
    return client.post("/auth/login", data={"key": KEY} | form)


def test_a_browser_signs_in_and_continues_to_the_page_it_wanted():
    client = studio()
    asked = client.get("/?run=<1>&x=2", headers=HTML)
    assert asked.status_code == 401 and 'action="/auth/login"' in asked.text
    assert "www-authenticate" in asked.headers and "Basic" not in asked.headers["www-authenticate"]
    assert 'value="/?run=' in asked.text and "<1>" not in asked.text
    wrong = client.post("/auth/login", data={"key": "wrong", "next": '"><script>'})
    assert wrong.status_code == 401 and "not the key" in wrong.text and "<script>" not in wrong.text
    right = signed_in(client, next="/?run=1")
    assert (right.status_code, right.headers["location"]) == (303, "/?run=1")
    assert client.get("/").text == "hello"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/\nx", "evil", ""])
def test_signing_in_never_redirects_to_another_site(elsewhere):
    assert signed_in(studio(), next=elsewhere).headers["location"] == "/"


def test_every_session_is_random_and_not_derived_from_the_key():
    app = KeyCheck(APP, KEY)
    tokens = set()
    for app_of_one in (app, app, KeyCheck(APP, KEY)):
        client = studio(app=app_of_one)
        signed_in(client)
        tokens.add(client.cookies[COOKIE])
    assert len(tokens) == 3 and all(len(token) >= 43 for token in tokens)
    assert not any(token in app._sessions._open for token in tokens)  # only their hashes are kept


def test_the_cookie_is_secure_behind_tls_and_hidden_from_scripts():
    over_tls, plain = (signed_in(studio(scheme)).headers["set-cookie"] for scheme in ("https", "http"))
    assert "; Secure" in over_tls and "; Secure" not in plain
    for cookie in (over_tls, plain):
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Max-Age=43200" in cookie


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_signing_out_ends_only_this_session(method):
    app = KeyCheck(APP, KEY)
    mine, other = studio(app=app), studio(app=app)
    signed_in(mine), signed_in(other)
    token = mine.cookies[COOKIE]
    left = mine.request(method, "/auth/logout")
    assert left.status_code == 303 and "Max-Age=0" in left.headers["set-cookie"]
    mine.cookies.set(COOKIE, token)  # as one who had copied it would
    assert mine.get("/").status_code == 401
    assert other.get("/").text == "hello"


def test_a_session_expires(monkeypatch):
    client = studio()
    signed_in(client)
    assert client.get("/").text == "hello"
    now = sessions.time.monotonic()
    monkeypatch.setattr("app.plumbing.sessions.time.monotonic", lambda: now + sessions.SESSION_SECONDS + 1)
    assert client.get("/").status_code == 401


def asked(app: KeyCheck, times: int = 1, body: bytes = b"", **scope) -> list[int]:
    """The statuses of this many requests with an endless body."""
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "scheme": "http",
             "headers": [], **scope}  # fmt: skip
    statuses = []

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": True}

    async def send(message: dict) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def all_of_them() -> None:
        for _ in range(times):
            await app(scope, receive, send)

    asyncio.run(all_of_them())
    return statuses


def test_a_program_that_sends_the_key_evicts_no_browser_session():
    app = KeyCheck(APP, KEY)
    person = studio(app=app)
    signed_in(person)
    assert person.get("/").text == "hello"
    assert set(asked(app, 1500, headers=[(b"authorization", f"Bearer {KEY}".encode())])) == {200}
    assert len(app._sessions._open) == 1000
    assert person.get("/").text == "hello"


def test_an_endless_form_is_not_read_to_its_end():
    assert asked(KeyCheck(APP, KEY), body=b"x" * 1000, method="POST", path="/auth/login") == [401]
