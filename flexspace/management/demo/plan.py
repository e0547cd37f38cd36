"""What the demo starts, and the addresses every process is told."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flexspace.management.demo.broker import server_command
from flexspace.management.demo.ports import HOST
from flexspace.management.demo.processes import Child

WEB, SANDBOX, WORKER, BROKER = "web", "sandbox", "worker", "broker"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the demo's parts listen."""

    web_port: int
    sandbox_port: int

    @property
    def web(self) -> str:
        """Return the address people open."""
        return f"http://{HOST}:{self.web_port}"

    @property
    def sandbox(self) -> str:
        """Return the address of the stand-in for Stripe and of its reader pages."""
        return f"http://{HOST}:{self.sandbox_port}"

    def kept(self) -> dict[str, str]:
        """Return what ``var/demo.json`` keeps, so that later commands reach the same places."""
        return {"site_url": self.web, "stripe_api_base": self.sandbox, "sandbox_url": self.sandbox, **self.salto()}

    def salto(self) -> dict[str, str]:
        """Return where the stand-in for SALTO KS answers."""
        return {
            "salto_api_base": f"{self.sandbox}/salto/api",
            "salto_identity_base": f"{self.sandbox}/salto/identity",
        }

    def environment(self) -> dict[str, str]:
        """Return the variables every child gets."""
        return {
            "FLEXSPACE_DEMO": "1",
            "SITE_URL": self.web,
            "STRIPE_API_BASE": self.sandbox,
            "SANDBOX_URL": self.sandbox,
            **{name.upper(): address for name, address in self.salto().items()},
            "PYTHONUNBUFFERED": "1",
            "EMBED_BEAT": "1",
            # The worker warns about root, which is what a container or a fresh machine runs as.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }


def web_command(port: int) -> list[str]:
    """One process with threads: a desk needs few at once, and SQLite has one writer anyway."""
    return [
        *[sys.executable, "-m", "gunicorn", "flexspace.wsgi", "--bind", f"{HOST}:{port}"],
        *["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "60"],
        *["--graceful-timeout", "2", "--no-control-socket", "--log-level", "warning"],
    ]


def sandbox_command(addresses: Addresses, database: Path) -> list[str]:
    """Return the command of the stand-in for Stripe, which sends its webhooks to our web process."""
    return [
        *[sys.executable, "-m", "sandbox", "--host", HOST, "--port", str(addresses.sandbox_port)],
        *["--db", str(database), "--webhook-base", addresses.web],
    ]


def worker_command() -> list[str]:
    """Background work and its schedule in one process: threads, because the work is waiting for answers."""
    return [
        *[sys.executable, "-m", "celery", "-A", "flexspace", "worker", "--pool", "threads", "-c", "4"],
        *["--without-gossip", "--without-mingle", "--loglevel", "warning"],
    ]


def children(
    addresses: Addresses, *, var: Path, server: str, socket: Path, tell: Callable[[str], None]
) -> dict[str, Child]:
    """Return every process by name; without ``server`` a broker that runs elsewhere is used."""
    commands = {
        WEB: web_command(addresses.web_port),
        WORKER: worker_command(),
        SANDBOX: sandbox_command(addresses, var / "sandbox.sqlite3"),
    }
    if server:
        commands[BROKER] = server_command(server, socket, var / "broker")
    env = addresses.environment()
    return {
        name: Child(name, command, log=var / "log" / f"{name}.log", env=env, tell=tell)
        for name, command in commands.items()
    }
