"""``make demo``: the whole product on this machine, with made-up data and a stand-in for Stripe."""

import os
import sys
import webbrowser
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from flexspace import checks
from flexspace.core.models import User
from flexspace.management.demo import lock, plan, ports, readiness
from flexspace.management.demo.banner import banner
from flexspace.management.demo.broker import BROKER_HINT, find_server
from flexspace.management.demo.plan import BROKER, SANDBOX, WEB, WORKER, Addresses
from flexspace.management.demo.processes import Child
from flexspace.management.demo.supervisor import CannotStart, Stopped, Supervisor
from flexspace.settings.demo import read_demo, write_demo

SEED = "seed_demo"
UNRELEASED = ("core", "0001_initial")  # applied where the data is older than the tables of 0.1


class Command(BaseCommand):
    """Starts and watches everything until Ctrl-C."""

    help = "Start the demo: web, worker, broker and a stand-in for Stripe; ends with Ctrl-C and keeps its data."
    requires_system_checks = []  # only our own, below: the rest would import every page into the supervisor

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ports and whether to open a browser."""
        parser.add_argument("--port", type=int, default=8000, help="of the product (default 8000)")
        parser.add_argument("--sandbox-port", type=int, default=8001, help="of the stand-in for Stripe (8001)")
        parser.add_argument("--no-browser", action="store_true", help="do not open the page by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, watch, end."""
        if not settings.DEMO:
            raise CommandError("This is not a demo: FLEXSPACE_DEMO says no. Run `make demo`.")
        self.check(tags=[checks.TAG])
        try:
            held = lock.take(settings.DEMO_FILE.with_name("demo.lock"))
        except lock.AlreadyRunning as other:
            raise CommandError(
                f"A demo is already running here (process {other.pid}) at {settings.SITE_URL}. "
                "Stop that one with Ctrl-C first, or give this one its own files: FLEXSPACE_VAR=/some/folder make demo"
            ) from None
        supervisor = Supervisor(self.say, held)
        supervisor.listen_for_signals()
        try:
            self.bring_up(supervisor, options)
            supervisor.watch()
        except Stopped:
            self.say("\nStopping …")
        except CannotStart as problem:
            raise CommandError(str(problem)) from None
        finally:
            supervisor.end_all()
        self.say("Stopped. Your data is kept; `make demo` goes on with it, `make clean` forgets it.")

    def say(self, sentence: str) -> None:
        """Print at once, so that a pipe or a log shows it too."""
        self.stdout.write(sentence)
        self.stdout.flush()

    def bring_up(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        """Start everything in an order in which each part finds what it needs."""
        addresses = self.addresses(options)
        kept = read_demo(settings.DEMO_FILE, create=True)
        if kept.get("seeding"):
            kept = self.forget_half_made(kept)
        first = "site_url" not in kept
        kept |= addresses.kept()
        write_demo(settings.DEMO_FILE, kept)
        server = "" if settings.REDIS_URL else find_server()
        if not server and not settings.REDIS_URL:
            raise CannotStart(BROKER_HINT)
        children = plan.children(
            addresses, var=settings.DEMO_FILE.parent, server=server, socket=settings.BROKER_SOCKET, tell=supervisor.tell
        )
        supervisor.start(children[SANDBOX])
        if server:
            supervisor.start(children[BROKER])
        supervisor.start(children[WEB])  # it loads while the tables are made, and nobody asks it anything before
        self.prepare_database(first=first)
        if not supervisor.wait_until(lambda: readiness.answers(addresses.sandbox, below=500), name=SANDBOX, seconds=20):
            raise CannotStart(f"The stand-in for Stripe does not answer. Its log: {children[SANDBOX].log}")
        if not supervisor.wait_until(
            lambda: readiness.broker_answers(settings.REDIS_URL, settings.BROKER_SOCKET), name=BROKER, seconds=10
        ):
            raise CannotStart(f"The broker does not answer ({settings.REDIS_URL or settings.BROKER_SOCKET}).")
        self.seed(supervisor, children[WEB], kept)
        if not supervisor.wait_until(
            lambda: readiness.answers(f"{addresses.web}/healthz") and readiness.answers(f"{addresses.web}/sign-in/"),
            name=WEB,
            seconds=30,
        ):
            raise CannotStart(f"The web server does not answer. Its log: {children[WEB].log}")
        self.say(banner(addresses))
        self.open_browser(addresses.web, wanted=not options["no_browser"])
        # Last, because pages also take the due steps of a payment: nobody has to wait for the worker.
        supervisor.start(children[WORKER])
        if not supervisor.wait_until(readiness.worker_answers, name=WORKER, seconds=30):
            self.say(f"The worker is slow to answer; payments go on without it. Its log: {children[WORKER].log}")

    def addresses(self, options: dict[str, Any]) -> Addresses:
        """Choose the ports, with a sentence for each that is not the one asked for."""
        web = ports.choose(options["port"])
        sandbox = ports.choose(options["sandbox_port"], taken=frozenset({web}))
        for wanted, got in ((options["port"], web), (options["sandbox_port"], sandbox)):
            if wanted != got:
                self.say(f"Port {wanted} is in use by another program, so this takes {got}.")
        return Addresses(web, sandbox)

    def prepare_database(self, *, first: bool) -> None:
        """Bring the tables up to date; data that is older than they can follow is left alone, with a sentence."""
        if UNRELEASED in MigrationRecorder(connection).applied_migrations():
            raise CannotStart(
                "The practice data here is older than version 0.1, which cannot read it. "
                "Run `make clean` to forget it, then `make demo`."
            )
        if first:
            self.say("First start: making the database …")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)

    def seed(self, supervisor: Supervisor, like: Child, kept: dict[str, str]) -> None:
        """Fill an empty installation with made-up people, invoices and readers; once."""
        if SEED not in get_commands() or (kept.get("seeded") and User.objects.exists()):
            return
        self.say("Filling it with made-up members, invoices and readers …")
        write_demo(settings.DEMO_FILE, kept | {"seeding": "yes"})
        command = [sys.executable, "manage.py", SEED]
        seeding = Child("seed", command, log=like.log.with_name("seed.log"), env=like.env, tell=supervisor.tell)
        if supervisor.run_to_end(seeding):
            raise CannotStart(f"The made-up data could not be made. The end of {seeding.log}:\n{seeding.last_lines()}")
        write_demo(settings.DEMO_FILE, kept | {"seeded": "yes"})

    def forget_half_made(self, kept: dict[str, str]) -> dict[str, str]:
        """Remove what an interrupted first start left: half of the made-up data cannot be completed."""
        var = settings.DEMO_FILE.parent
        if settings.DATABASES["default"]["NAME"] != str(var / "flexspace.sqlite3"):
            return kept  # a database of somebody's own is not ours to remove
        self.say("The first start was interrupted; it begins again.")
        for pattern in ("flexspace.sqlite3*", "sandbox.sqlite3*"):
            for path in var.glob(pattern):
                path.unlink()
        connection.close()
        return {name: kept[name] for name in ("secret_key", "encryption_keys")}

    def open_browser(self, address: str, *, wanted: bool) -> None:
        """Open the page where somebody sits in front of a screen."""
        has_screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if wanted and has_screen and sys.stdout.isatty():
            webbrowser.open(address)
