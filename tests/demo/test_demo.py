"""The one command, as a person runs it: it starts, heals, refuses a twin, keeps its data and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from flexspace.management.demo import ports
from flexspace.management.demo.broker import find_server
from tests.repo.source import ROOT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.skipif(not find_server(), reason="needs a broker of its own to start"),
]
OURS = ("FLEXSPACE", "DJANGO", "REDIS_URL", "DATABASE_URL", "SECRET_KEY", "ENCRYPTION", "STRIPE", "SITE_URL", "SANDBOX")


class Demo:
    """One folder of files and the supervisor on them."""

    def __init__(self, folder):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.env = {**clean, "FLEXSPACE_DEMO": "1", "FLEXSPACE_VAR": folder, "PYTHONUNBUFFERED": "1"}
        self.folder = Path(folder)
        self.process = None
        self.output = self.folder / "output.txt"

    def start(self, *, seconds=90):
        port = ports.choose(8100 + os.getpid() % 500)
        command = [
            sys.executable,
            "manage.py",
            "demo",
            "--no-browser",
            "--port",
            str(port),
            "--sandbox-port",
            str(port),
        ]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.wait(lambda: "is ready" in self.said() or self.process.poll() is not None, seconds)
        assert "is ready" in self.said(), self.said()
        return json.loads((self.folder / "demo.json").read_text())["site_url"]

    def said(self):
        return self.output.read_text()

    def wait(self, true, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if true():
                return True
            time.sleep(0.05)
        return False

    def processes(self):
        """Return the command lines of everything alive that was given this folder, by process id."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    mine = f"FLEXSPACE_VAR={self.folder}".encode() in (entry / "environ").read_bytes().split(b"\0")
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue
                if mine and command:
                    found[int(entry.name)] = command
        return found

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=15)


@pytest.fixture
def demo():
    folder = tempfile.mkdtemp(prefix="fx-")  # short: a socket's path has a limit
    one = Demo(folder)
    yield one
    if one.process and one.process.poll() is None:
        one.process.kill()
    one.wait(lambda: not one.processes(), 12)
    shutil.rmtree(folder, ignore_errors=True)


def test_demo_starts_heals_refuses_a_twin_and_keeps_its_data(demo):
    address = demo.start()
    assert urllib.request.urlopen(f"{address}/healthz", timeout=5).status == 200
    assert urllib.request.urlopen(f"{address}/sign-in/", timeout=5).status == 200
    assert "is in use by another program" in demo.said()  # both were given the same port

    twin = subprocess.run(
        [sys.executable, "manage.py", "demo"], cwd=ROOT, env=demo.env, capture_output=True, text=True, check=False
    )
    assert twin.returncode != 0
    assert "already running" in twin.stderr

    assert demo.wait(lambda: any("celery" in command for command in demo.processes().values()), 30)
    worker = min(pid for pid, command in demo.processes().items() if "celery" in command)
    os.kill(worker, signal.SIGKILL)
    assert demo.wait(lambda: "The worker ended (killed by signal 9)" in demo.said(), 10)

    started = time.monotonic()
    demo.end()
    assert time.monotonic() - started < 7
    assert demo.process.returncode == 0
    assert demo.processes() == {}

    keys = json.loads((demo.folder / "demo.json").read_text())
    demo.start()
    again = json.loads((demo.folder / "demo.json").read_text())
    assert (again["secret_key"], again["encryption_keys"]) == (keys["secret_key"], keys["encryption_keys"])
    assert not re.search("first start", demo.said(), re.IGNORECASE)
    demo.end()


def test_nothing_is_left_when_the_supervisor_is_killed(demo):
    demo.start()
    assert len(demo.processes()) > 4
    demo.process.kill()
    demo.process.wait()
    assert demo.wait(lambda: demo.processes() == {}, 12), demo.processes()
