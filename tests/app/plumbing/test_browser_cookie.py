"""A browser that opens a page gets a cookie once; other clients do not."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.plumbing.browser_cookie import COOKIE, BrowserCookie

HTML = {"accept": "text/html"}


def test_a_browser_gets_one_cookie():
    app = BrowserCookie(Starlette(routes=[Route("/train", lambda request: PlainTextResponse("here"))]))
    with TestClient(app) as program:
        assert "set-cookie" not in program.get("/train", headers={"accept": "*/*"}).headers
    with TestClient(app) as browser:
        given = browser.get("/train", headers=HTML).headers["set-cookie"]
        assert given.startswith(f"{COOKIE}=") and "HttpOnly" in given and "SameSite=Lax" in given
        assert "Secure" not in given
        assert "set-cookie" not in browser.get("/train", headers=HTML).headers
    with TestClient(app, base_url="https://studio") as other:
        assert "; Secure" in other.get("/train", headers=HTML).headers["set-cookie"]
