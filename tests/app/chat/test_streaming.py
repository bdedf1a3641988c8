"""Streaming from a model server, and closing before it answers."""

import socket

import pytest

from app.chat import streaming as talking
from app.serve.model_servers import ModelServer
from storage.actors import OWNER


@pytest.fixture
def silent(monkeypatch):
    """A model server that accepts a question and stays silent; yields the connection once there is one."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = ModelServer(f"http://127.0.0.1:{listening.getsockname()[1]}", "secret")
    monkeypatch.setattr(talking, "chat_server", lambda *_: server)
    with listening:
        yield listening


def test_closing_before_the_first_token_disconnects_at_once(silent):
    asked = talking.stream_chat(OWNER, "starter", [{"role": "user", "content": "Are you there?"}])
    assert next(asked) is talking.NOTHING_YET
    connection, _ = silent.accept()
    with connection:
        connection.settimeout(5)
        assert b"Are you there?" in connection.recv(65536)
        assert next(asked) is talking.NOTHING_YET
        asked.close()
        assert connection.recv(65536) == b""
