"""A real Celery worker beside the browser, on the test's own database and broker."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
            "DATABASE_URL": database_url(),
            "STRIPE_API_BASE": stripe_api_base,
        }
        command = [sys.executable, "-m", "celery", "-A", "flexspace", "-b", broker, "worker"]
        quiet = ["--pool", "threads", "-c", "3", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the process)
        self.process = subprocess.Popen(
            [*command, *quiet], cwd=ROOT, env=environment, stdout=self.printed, stderr=subprocess.STDOUT
        )

    def wait(self) -> None:
        """Wait until it answers. Its start costs seconds of a core, which may be shared with many."""
        deadline = time.monotonic() + 180
        while not app.control.ping(timeout=2, limit=1):
            assert time.monotonic() < deadline, f"The worker did not start. {self._said()}"
            assert self.process.poll() is None, f"The worker ended. {self._said()}"

    def _said(self) -> str:
        """Return what it printed, for whoever has to find out why."""
        self.printed.seek(0)
        return "It printed:\n" + self.printed.read().decode(errors="replace")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_worker(broker: str, stripe_api_base: str) -> Iterator[Worker]:
    """Run a worker; what this process enqueues goes to it."""
    before = app.conf.broker_url
    _use_broker(broker)
    worker = Worker(broker, stripe_api_base)
    worker.wait()
    yield worker
    worker.stop()
    _use_broker(before)


def _use_broker(url: str) -> None:
    app.conf.update(broker_url=url, broker_write_url=url)  # where the second was ever set, it wins over the first
    app._pool = app.amqp._producer_pool = None  # the pools of the broker before


def database_url() -> str:
    """Return the address of the database that this test process uses, so that the worker sees the same rows."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
