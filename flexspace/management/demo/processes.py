"""One child process: start it, see whether it lives, end it with everything it started itself."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PAUSES = (0.2, 1.0, 2.0, 5.0, 15.0)  # seconds before the next try, while a process keeps dying
PROVEN_AFTER = 30.0  # a process that lived this long starts with the first pause again
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent(parent: int) -> None:
    """Linux: the kernel ends this child when its parent dies, however that happens."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)


@dataclass
class Child:
    """A process that should be running. ``tell`` reports groups that start (+) and end (-) to the guardian."""

    name: str
    command: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = lambda _line: None
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def start(self) -> None:
        """Start it in a process group of its own; its output goes to ``log``."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  (commands of plan.py only)
                self.command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_end_with_parent, os.getpid()),  # noqa: PLW1509  (the supervisor has one thread)
            )
        self.started = time.monotonic()
        self.tell(f"+{self.process.pid}")

    @property
    def running(self) -> bool:
        """Return whether the process itself lives."""
        return self.process is not None and self.process.poll() is None

    def died(self) -> str:
        """Return how it ended, in words, and plan the next start; call it once for each death."""
        code = self.process.returncode if self.process else 0
        self.sweep()
        if time.monotonic() - self.started > PROVEN_AFTER:
            self.deaths = 0
        self.start_at = time.monotonic() + PAUSES[min(self.deaths, len(PAUSES) - 1)]
        self.deaths += 1
        return f"killed by signal {-code}" if code and code < 0 else f"exit code {code}"

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process; what it started is its own to end."""
        if self.running and self.process:
            self.process.terminate()

    def sweep(self) -> None:
        """End whatever is left of its group, by force: a killed worker leaves its scheduler behind otherwise."""
        if not self.process:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.tell(f"-{self.process.pid}")
        self.process = None

    def last_lines(self, count: int = 12) -> str:
        """Return the end of its log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-count:])
