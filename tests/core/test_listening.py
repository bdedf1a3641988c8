"""The socket of a server: its answers go out at once, and a port that is taken is told in words."""

import socket

import pytest

from core.errors import ConflictError, InputError
from core.listening import listening_socket


def test_the_pieces_of_an_answer_do_not_wait_for_a_receipt():
    with listening_socket("127.0.0.1", 0, "") as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_is_no_address_is_told_so():
    with pytest.raises(InputError, match="'not a host' is no address"):
        listening_socket("not a host", 0, "Choose another.")


def test_a_taken_port_is_told_with_what_to_do():
    with listening_socket("127.0.0.1", 0, "") as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConflictError, match=f"127.0.0.1:{port}") as refused:
            listening_socket("127.0.0.1", port, "Choose another.")
    assert refused.value.remedy == "Choose another."
