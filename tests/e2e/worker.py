"""A real Celery worker beside the browser, on the test's own database and broker."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from flexspace.celery import app

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """``celery worker`` with threads; with ``beat`` the schedule runs in it, too."""

    def __init__(self, broker: str, stripe_api_base: str) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "flexspace.settings.test",
            "DATABASE_URL": _test_database(),
            "STRIPE_API_BASE": stripe_api_base,
        }
        command = [sys.executable, "-m", "celery", "-A", "flexspace", "-b", broker, "worker"]
        quiet = ["--pool", "threads", "-c", "3", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.process = subprocess.Popen(
            [*command, *quiet], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.5):
            assert time.monotonic() < deadline, "The worker did not start."
            assert self.process.poll() is None, "The worker ended."

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _test_database() -> str:
    """Return the address of the database that this test process uses, so that the worker sees the same rows."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
