"""Web, worker with its schedule, sandbox and broker as processes on the test's database; each may be killed."""

import os
import signal
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import redis
from django.conf import settings

from flexspace.management.demo import plan, ports
from flexspace.management.demo.broker import find_server, server_command
from flexspace.management.demo.processes import Child
from tests.e2e.worker import database_url

OPENER = build_opener(ProxyHandler({}))
BEAT = [sys.executable, "-m", "celery", "-A", "flexspace", "beat", "--loglevel", "warning"]


class Company:
    """The processes; ``apart`` as a real installation has them: the schedule is one of its own, and Redis dies too."""

    def __init__(self, folder: Path, *, apart: bool) -> None:
        web, box = ports.choose(8300 + os.getpid() % 500), ports.choose(9300 + os.getpid() % 500)
        self.addresses = plan.Addresses(web, box)
        socket = folder / "b.sock"
        env = {
            **self.addresses.environment(),
            "DJANGO_SETTINGS_MODULE": "flexspace.settings",
            "DATABASE_URL": database_url(),
            "FLEXSPACE_VAR": str(folder),
            "REDIS_URL": f"redis+socket://{socket}",
            "INSTALLATION": settings.INSTALLATION,
            "SECRET_KEY": settings.SECRET_KEY,
            "ENCRYPTION_KEYS": os.environ["ENCRYPTION_KEYS"],
            "EMBED_BEAT": "" if apart else "1",
        }
        commands = {
            "web": plan.web_command(web),
            "worker": plan.worker_command(),
            "sandbox": plan.sandbox_command(self.addresses, folder / "sandbox.sqlite3"),
            "broker": server_command(find_server(), socket, folder / "broker"),
            **({"beat": BEAT} if apart else {}),
        }
        self.socket = socket
        self.children = {
            name: Child(name, command, log=folder / "log" / f"{name}.log", env=env)
            for name, command in commands.items()
        }
        self.mortal = ["web", "worker", "sandbox", *(["beat", "broker"] if apart else [])]
        self.killed: dict[str, int] = dict.fromkeys(self.children, 0)

    def start(self) -> None:
        """Start what serves, then wait until it answers."""
        for name in ("broker", *(name for name in self.children if name != "broker")):
            self.children[name].start()
        self.wait()

    def wait(self) -> None:
        """Wait until broker, sandbox and web answer; the worker says nothing, its work shows."""
        for url in (f"{self.addresses.sandbox}/_sandbox/accounts", f"{self.addresses.web}/healthz"):
            until(lambda url=url: _answers(url), f"{url}\n{self.said()}")
        until(lambda: redis.Redis(unix_socket_path=str(self.socket)).ping(), self.said())

    def kill(self, name: str) -> None:
        """SIGKILL one, with all it started, and start it again at once."""
        child = self.children[name]
        if child.process:
            os.killpg(child.process.pid, signal.SIGKILL)
        child.sweep()
        self.killed[name] += 1
        child.start()

    def stop(self) -> None:
        """End all by force: there is nothing that may not be lost."""
        for child in self.children.values():
            child.sweep()

    def said(self) -> str:
        """Return the ends of their logs."""
        return "\n".join(f"{name}: {child.last_lines(6)}" for name, child in self.children.items())


def until(true, said: str, seconds: float = 180) -> None:
    """Wait for something that a busy machine may take long for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except (OSError, redis.RedisError):
            pass
        time.sleep(0.1)
    raise AssertionError(said)


def _answers(url: str) -> bool:
    try:
        with OPENER.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False
