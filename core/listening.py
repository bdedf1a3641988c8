"""Listening addresses and sockets for all our servers. Standard library only."""

import socket

from core.errors import ConflictError, InputError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether a server on `host` can be reached from this machine only."""
    return host.lower() in LOOPBACK_NAMES


def listening_socket(host: str, port: int, remedy: str) -> socket.socket:
    """A TCP socket that listens on `host` and `port` (0: any free port).

    Raises InputError if `host` is not an address, ConflictError with `remedy` if the port is taken or not allowed.
    Nagle's algorithm is off: the second chunk of a streamed answer would wait up to 40 ms for the first to be
    acknowledged.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    except OSError as error:
        if error.errno and error.errno < 0:  # from getaddrinfo
            remedy = "Listen on 127.0.0.1 or another address of this machine."
            raise InputError(f"{host!r} is not an address.", remedy) from error
        raise ConflictError(f"Cannot listen on {host}:{port}: {error.strerror}.", remedy) from error
    return listening
