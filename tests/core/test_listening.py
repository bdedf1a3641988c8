"""A server's socket: answers are sent at once, and a taken port is reported with a remedy."""

import socket

import pytest

from core.errors import ConflictError, InputError
from core.listening import listening_socket


def test_chunks_of_an_answer_do_not_wait_for_acknowledgement():
    with listening_socket("127.0.0.1", 0, "") as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_invalid_address_is_refused():
    with pytest.raises(InputError, match="'not a host' is not an address"):
        listening_socket("not a host", 0, "Choose another.")


def test_a_taken_port_says_what_to_do():
    with listening_socket("127.0.0.1", 0, "") as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConflictError, match=f"127.0.0.1:{port}") as refused:
            listening_socket("127.0.0.1", port, "Choose another.")
    assert refused.value.remedy == "Choose another."
