"""Where a server listens: the address and its socket, for all servers of ours. Light: the standard library only."""

import socket

from core.errors import ConflictError, InputError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    return host.lower() in LOOPBACK_NAMES


def listening_socket(host: str, port: int, remedy: str) -> socket.socket:
    """A TCP socket that listens on `host` and `port` (0: any free one). Raises InputError where `host` is no address,
    ConflictError with `remedy` where it cannot be listened on.

    Nagle's algorithm is off: the second piece of an answer would wait up to 40 ms for the receipt of the first.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # which its connections inherit
    except OSError as error:
        if error.errno and error.errno < 0:  # of getaddrinfo, which create_server tells as an OSError
            raise InputError(f"{host!r} is no address.", "Listen on 127.0.0.1 or another of this machine.") from error
        raise ConflictError(f"Nothing can listen on {host}:{port}: {error.strerror}.", remedy) from error
    return listening
