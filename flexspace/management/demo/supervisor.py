"""Starts the demo's processes in order, keeps them running, and ends them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import IO

from flexspace.management.demo import guardian
from flexspace.management.demo.plan import BROKER
from flexspace.management.demo.processes import Child

END_SECONDS = 3.5
SAY_AFTER_DEATHS = 3
NAMES = {"web": "The web server", "sandbox": "The stand-in for Stripe", "worker": "The worker", "broker": "The broker"}


class Stopped(Exception):
    """Somebody asked the demo to end."""


class CannotStart(Exception):
    """The demo cannot be started; the message says why and what to do."""


class Supervisor:
    """Owns the child processes. ``say`` prints a sentence for the person at the terminal."""

    def __init__(self, say: Callable[[str], None], lock: IO[str]) -> None:
        self.say = say
        self.children: dict[str, Child] = {}
        self.stopping = False
        self.guardian = subprocess.Popen(  # noqa: S603  (our own file)
            [sys.executable, "-S", guardian.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[lock.fileno()],
        )

    def tell(self, line: str) -> None:
        """Tell the guardian which process groups there are."""
        if self.guardian.stdin:
            try:
                self.guardian.stdin.write(f"{line}\n".encode())
                self.guardian.stdin.flush()
            except BrokenPipeError:  # the guardian was killed; on Linux the kernel still ends the children
                self.guardian.stdin = None

    def listen_for_signals(self) -> None:
        """Ctrl-C, kill and a closed terminal all ask for the same orderly end."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def start(self, child: Child) -> None:
        """Start ``child`` and keep it running from now on."""
        self.children[child.name] = child
        _keep_log_small(child.log)
        child.start()

    def wait_until(self, ready: Callable[[], bool], *, name: str, seconds: float) -> bool:
        """Wait for ``ready`` while keeping all children running; False when it took longer than ``seconds``.

        Raises Stopped when asked to end, CannotStart when ``name`` keeps dying.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look_after()
            child = self.children.get(name)
            if child and child.deaths >= SAY_AFTER_DEATHS:
                raise CannotStart(
                    f"{NAMES.get(name, name)} does not start. The end of {child.log}:\n{child.last_lines()}"
                )
            if ready():
                return True
            time.sleep(0.05)
        return False

    def run_to_end(self, child: Child) -> int:
        """Run a child that ends by itself and return its exit code."""
        child.start()
        try:
            while child.running:
                self.look_after()
                time.sleep(0.05)
            return child.process.returncode if child.process else 1
        finally:
            child.sweep()

    def look_after(self) -> None:
        """Start again what died; raises Stopped when asked to end."""
        if self.stopping:
            raise Stopped
        for child in self.children.values():
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start()
            elif not child.running:
                how = child.died()
                self.say(f"{NAMES.get(child.name, child.name)} ended ({how}); it is started again.")
                if child.deaths == SAY_AFTER_DEATHS:
                    self.say(f"It keeps ending. The end of {child.log}:\n{child.last_lines()}")

    def watch(self) -> None:
        """Keep everything running until somebody asks to end."""
        while True:
            self.look_after()
            time.sleep(0.2)

    def end_all(self) -> None:
        """End every child, the broker last because the others speak to it; by force what does not listen."""
        broker = [child for name, child in self.children.items() if name == BROKER]
        others = [child for name, child in self.children.items() if name != BROKER]
        _end(others, END_SECONDS)
        _end(broker, 1.0)
        if self.guardian.stdin:
            self.guardian.stdin.close()
        self.guardian.wait()


def _end(children: Iterable[Child], seconds: float) -> None:
    waiting = [child for child in children if child.process]
    for child in waiting:
        child.ask_to_end()
    deadline = time.monotonic() + seconds
    while any(child.running for child in waiting) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in waiting:
        child.sweep()


def _keep_log_small(path: Path) -> None:
    if path.exists() and path.stat().st_size > 1_000_000:
        path.replace(path.with_suffix(".old.log"))
