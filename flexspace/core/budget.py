"""A budget in this process's memory for what strangers can cause without end."""

import time
from collections import Counter
from collections.abc import Callable, Hashable


class Budget:
    """Lets everybody spend ``each`` in a minute, and all together ``overall``, which also bounds what is remembered.

    ``clock`` returns seconds that only grow. Threads that spend at the same moment may count once; that is near enough.
    """

    SECONDS = 60.0

    def __init__(self, *, each: int, overall: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._overall, self._clock = each, overall, clock
        self.reset()

    def reset(self) -> None:
        """Begin a new minute."""
        self._spent: Counter[Hashable] = Counter()
        self._total = 0
        self._ends = self._clock() + self.SECONDS

    def spend(self, who: Hashable) -> int | None:
        """Spend one of ``who``'s; return how many are left in this minute, None when none was."""
        if self._clock() >= self._ends:
            self.reset()
        if self._total >= self._overall or self._spent[who] >= self._each:
            return None
        self._total += 1
        self._spent[who] += 1
        return min(self._each - self._spent[who], self._overall - self._total)
