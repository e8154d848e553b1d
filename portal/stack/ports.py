"""TCP ports of the loopback interface: finding a free one, and seeing whether one is taken."""

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port nobody listens on now. Another program may still take it: callers try again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int, *, host: str = LOOPBACK) -> bool:
    """Say whether somebody already listens on ``port``."""
    with socket.socket() as probe:
        # As servers do: a connection that has just ended does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
