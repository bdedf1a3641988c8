"""A studio beyond loopback needs a key, on every route."""

import base64

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from app.plumbing.security import guarded
from core.errors import InputError
from storage.settings import Settings, settings

KEY = "a-secret-of-24-characters"
PAGE = "<script>1</script>"


async def greet(_request):
    return PlainTextResponse("hello")


async def echo(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


APP = Starlette(routes=[Route("/", greet), WebSocketRoute("/stream", echo)])


@pytest.fixture
def client():
    settings = Settings(api_key=SecretStr(KEY), allowed_hosts="studio.example, other.example")
    return TestClient(guarded(APP, "0.0.0.0", PAGE, settings), base_url="http://studio.example")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "studio.example"])
@pytest.mark.parametrize("given", [{}, {"api_key": SecretStr(KEY)}, {"allowed_hosts": "studio.example"}])
def test_beyond_loopback_nothing_is_served_without_key_and_hosts(host, given):
    with pytest.raises(InputError) as refused:
        guarded(APP, host, PAGE, Settings(**given))
    assert "TUNEWRIGHT_API_KEY" in refused.value.remedy
    assert "TUNEWRIGHT_ALLOWED_HOSTS" in refused.value.remedy


def test_loopback_needs_no_key():
    assert TestClient(guarded(APP, "127.0.0.1", PAGE, Settings()), base_url="http://localhost").get("/").text == "hello"


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.mark.parametrize("key", ["short", "x" * 19, "  " + "x" * 18])
def test_a_short_key_is_refused_at_the_start(key):
    with pytest.raises(InputError, match="20") as refused:
        guarded(APP, "127.0.0.1", PAGE, Settings(api_key=SecretStr(key)))
    assert "TUNEWRIGHT_API_KEY" in refused.value.remedy and key not in refused.value.message
    assert guarded(APP, "127.0.0.1", PAGE, Settings(api_key=SecretStr("x" * 20)))


@pytest.mark.parametrize("shown", [None, "Bearer wrong", f"Bearer {KEY}x", "Bearer", basic("wrong"), "Basic !", KEY])
def test_without_the_key_there_is_no_way_in(client, shown):
    headers = {"Authorization": shown} if shown else {}
    answer = client.get("/", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "hello" not in answer.text
    with (
        pytest.raises(WebSocketDenialResponse),
        client.websocket_connect("ws://studio.example/stream", headers=headers),
    ):
        pass


@pytest.mark.parametrize("shown", [f"Bearer {KEY}", basic(KEY)])
def test_the_key_opens_and_its_cookie_keeps_a_browser_in(client, shown):
    answer = client.get("/", headers={"Authorization": shown})
    assert answer.text == "hello"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert KEY not in cookie
    assert client.get("/").text == "hello"
    with client.websocket_connect("ws://studio.example/stream") as opened:
        assert opened.receive_text() == "hello"


def test_a_made_up_cookie_opens_nothing(client):
    client.cookies.set("tunewright_session", "0" * 64)
    assert client.get("/").status_code == 401


def test_refusals_carry_the_headers_of_all_answers(client):
    large = {"Authorization": f"Bearer {KEY}", "Content-Length": str(1 << 30)}
    refusals = {
        401: client.get("/"),
        403: client.get("/", headers={"Host": "evil.example"}),
        404: client.get("/nothing", headers={"Authorization": f"Bearer {KEY}"}),
        413: client.post("/", headers=large, content=b""),
    }
    for status, answer in refusals.items():
        assert answer.status_code == status
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("names", ["user@studio.example", "https://studio.example", "a.example, b.example/x"])
def test_an_allowed_host_must_be_a_bare_host_name(monkeypatch, names):
    monkeypatch.setenv("TUNEWRIGHT_ALLOWED_HOSTS", names)
    settings.cache_clear()
    with pytest.raises(InputError, match="TUNEWRIGHT_ALLOWED_HOSTS"):
        settings()
    monkeypatch.undo()
    settings.cache_clear()


def test_only_allowed_host_names_are_answered(client):
    for host, status in (("studio.example", 401), ("other.example", 401), ("evil.example", 403)):
        assert client.get("/", headers={"Host": host}).status_code == status


def test_only_the_pages_own_inline_scripts_may_run():
    app = guarded(APP, "127.0.0.1", PAGE, Settings())
    policy = TestClient(app, base_url="http://localhost").get("/").headers["content-security-policy"]
    # The hash of "1", as `printf 1 | openssl dgst -sha256 -binary | base64` gives it.
    assert "script-src 'self' 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='" in policy


def test_a_large_body_is_refused_except_for_uploads():
    async def swallow(request):
        return PlainTextResponse(str(len(await request.body())))

    paths = ("/api/jobs", "/api/datasets/uploads", "/api/datasets/uploads/revise", "/_stcore/upload_file/a/b")
    routes = [Route(path, swallow, methods=["POST", "PUT"]) for path in paths]
    app = guarded(Starlette(routes=routes), "127.0.0.1", PAGE, Settings())
    body = b"x" * (17 << 20)
    with TestClient(app, base_url="http://localhost") as client:
        assert client.post("/api/jobs", content=body).status_code == 413
        assert client.post("/api/jobs", content=iter([body[: 9 << 20], body[: 9 << 20]])).status_code == 413
        assert client.post("/api/datasets/uploads", content=body).text == str(len(body))
        others = [("PUT", paths[1]), ("POST", paths[2]), ("PUT", paths[3])]
        assert [client.request(*other, content=body).status_code for other in others] == [413] * 3
