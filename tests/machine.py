"""Finds what a machine has: a Chromium, a broker."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import redis

from flexspace.management.demo.broker import BROKER_HINT, find_server

# The first is Debian's Chromium without a window: the same engine for a fifth less of a core's time.
ON_PATH = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
]
ON_MACOS = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
]
BROWSER_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]


def find_browser() -> str:
    """Return a Chromium's path, "" when there is none: FLEXSPACE_BROWSER, then PATH, then macOS's folders."""
    named = os.environ.get("FLEXSPACE_BROWSER", "")
    if named:
        return named
    on_path = (shutil.which(name) for name in ON_PATH)
    return next((path for path in [*on_path, *ON_MACOS] if path and Path(path).exists()), "")


class TestBroker:
    """The broker of one test process: FLEXSPACE_TEST_REDIS_URL, or an own server on a private socket."""

    __test__ = False

    def __init__(self) -> None:
        self.named = os.environ.get("FLEXSPACE_TEST_REDIS_URL", "")
        self.server = find_server()
        self.why_not = BROKER_HINT
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = ""

    def describe(self) -> str:
        """Return what it is, for the report."""
        if self.named:
            version = redis.Redis.from_url(self.named).info("server")["redis_version"]
            return f"Redis {version} at {urlsplit(self.named).netloc}"
        return f"{Path(self.server).name} on a private socket" if self.server else "none: broker tests are skipped"

    def start(self) -> str | None:
        """Start it and return its address; None when this machine has none."""
        if self.named:
            # Test processes run side by side and share the server, so each takes a database of its own.
            number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
            return f"{self.named.rsplit('/', 1)[0] if urlsplit(self.named).path else self.named}/{number}"
        if not self.server:
            return None
        self.folder = tempfile.mkdtemp(prefix="fx-")
        socket = f"{self.folder}/b.sock"
        command = [self.server, "--port", "0", "--unixsocket", socket, "--dir", self.folder, "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                redis.Redis(unix_socket_path=socket).ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return f"redis+socket://{socket}"
        raise RuntimeError("The broker did not start.")

    def stop(self) -> None:
        """End it and leave nothing behind."""
        if self.process:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
