"""A real Celery worker beside the browser, on the test's own database and broker."""

import os
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

from flexspace.celery import app

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """``celery worker`` with threads; with ``beat`` the schedule runs in it, too."""

    def __init__(self, broker: str, stripe_api_base: str) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "flexspace.settings.test",
            "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
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
