"""One wake-up of the worker for many events: how a web process rings, and how long the worker then looks. Pure.

Why no event is missed. A process stores an event, *then* asks its bell. The bell is silent only within ``PAUSE`` after
it rang, at t. The message of that ring is sent after t, so the worker takes it up at u >= t, and its last look begins
at u + LINGER or later. The silent event was stored before t + PAUSE, and LINGER is twice PAUSE: the last look comes
after it. Only differences of each process's own clock are compared, so the machines need not agree on the time. When
the message itself is lost (no broker, a killed worker), the schedule finds the event.
"""

import time
from collections.abc import Callable
from threading import Lock

PAUSE = 0.25  # seconds between two wake-ups by one web process
LINGER = 0.5  # seconds that the worker goes on looking after a wake-up
STEP = 0.05  # seconds between two looks: the longest that an event without a wake-up waits
SHIFT = (
    10.0  # seconds until the next wake-up relieves a watch, which a steady stream or a hung look would keep for ever
)


class Bell:
    """Says whether this process should wake the worker now. Two threads at once may both be told so."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._silent_until = float("-inf")

    def rings(self) -> bool:
        """Return whether the last ring is ``PAUSE`` ago, and count this as one if so."""
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + PAUSE
        return True


class Watch:
    """Looks until ``LINGER`` after the last wake-up, in one thread of this process however many wake-ups come."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._watcher: object | None = None
        self._until = self._relief_at = float("-inf")

    def keep(self, look: Callable[[], None]) -> None:
        """Call ``look`` now and every ``STEP``; return at once when another thread does and stays longer for us."""
        me = self._relieve()
        if me is None:
            return
        try:
            while self._is_on(me):
                began = self._clock()
                look()
                if self._ends(me, began):
                    return
                self._sleep(STEP)
        except BaseException:
            self._ends(me, float("inf"))
            raise

    def _relieve(self) -> object | None:
        with self._lock:
            now = self._clock()
            self._until = now + LINGER
            if self._watcher is not None and now < self._relief_at:
                return None
            self._watcher, self._relief_at = object(), now + SHIFT
            return self._watcher

    def _is_on(self, me: object) -> bool:
        with self._lock:
            return self._watcher is me

    def _ends(self, me: object, began: float) -> bool:
        """End the watch if its last look began late enough; from then on the next wake-up starts a new one."""
        with self._lock:
            if self._watcher is me and began >= self._until:
                self._watcher = None
            return self._watcher is not me
