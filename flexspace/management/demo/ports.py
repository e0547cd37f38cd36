"""Free ports on this machine."""

import socket

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether a server could listen on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(wanted: int, *, taken: frozenset[int] = frozenset()) -> int:
    """Return ``wanted`` when it is free, else the next free port above it, else any free one."""
    for port in range(wanted, min(wanted + 50, 65_536)):
        if port not in taken and is_free(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
