"""How ASGI middleware refuses a request or a WebSocket before any framework sees it."""

import json


async def refuse(scope, send, status: int, problem: str, remedy: str) -> None:
    """Answer with `status` and an error body, or close the WebSocket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": problem})
        return
    body = json.dumps({"error": {"message": problem, "remedy": remedy, "type": "Refused"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
