"""Security headers, on answers and refusals."""

import asyncio

from core.serving.security.headers import SecurityHeaders
from core.serving.security.hosts import HostGuard


def test_every_answer_and_refusal_has_the_security_headers():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Content-Type-Options", b"sniff")]})
        await send({"type": "http.response.body", "body": b""})

    for host in ("localhost", "evil.example"):
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}
        asyncio.run(SecurityHeaders(HostGuard(application, "127.0.0.1"))(scope, None, send))
        headers = dict(sent[0]["headers"])
        assert sent[0]["status"] == (200 if host == "localhost" else 403)
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"cross-origin-resource-policy"] == headers[b"referrer-policy"] == b"same-origin"
        assert b"script-src 'self';" in headers[b"content-security-policy"] + b";"
        assert b"X-Content-Type-Options" not in headers
