"""Ends the demo's processes when the supervisor died without doing so itself (kill -9, a crash, a closed machine).

A program of its own, started by its path and with the standard library only, so that it stays small. It reads
process groups from a pipe ("+123" started, "-123" ended); the pipe closes when the supervisor is gone, whatever
the reason. It also holds the demo's lock until everything has ended, so that a new start cannot overlap.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 4.0


def alive(group: int) -> bool:
    """Return whether any process of ``group`` is left."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def end(groups: set[int]) -> None:
    """Ask every group to end, and make those end that do not listen."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE_SECONDS
        for group in groups:
            with suppress(OSError):  # it may end at this very moment, the kernel asks it to as well
                os.killpg(group, sent)
        while any(map(alive, groups)) and time.monotonic() < deadline:
            time.sleep(0.05)


def main() -> None:
    """Follow the pipe to its end, then end what is left."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        (groups.add if change == "+" else groups.discard)(group)
    end(groups)


if __name__ == "__main__":
    main()
