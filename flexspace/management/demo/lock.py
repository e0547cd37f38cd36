"""One demo at a time on one set of files."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another supervisor holds these files; ``pid`` is its process."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


def take(path: Path, *, patience: float = 9.0) -> IO[str]:
    """Return the open lock file, locked until every process that inherited it has ended.

    A supervisor that was killed leaves its guardian holding the lock for the few seconds it needs to clean up:
    that is waited for. A living one is not: raises AlreadyRunning.
    """
    handle = path.open("a+", encoding="utf-8")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = path.read_text(encoding="utf-8").strip()
            if time.monotonic() > deadline or _alive(pid):
                handle.close()
                raise AlreadyRunning(pid) from None
            time.sleep(0.1)
        else:
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            return handle


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
