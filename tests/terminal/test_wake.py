"""One wake-up for many events: with clocks and messages of every delay, no event is missed and none waits long."""

import heapq
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import wake
from terminal.wake import LINGER, PAUSE, SHIFT, STEP, Bell, Watch


class Life:
    """Web processes, messages on their way and workers, in one made-up time; each with a clock of its own."""

    def __init__(self, workers=1, offsets=(0.0, 7000.0)):
        self.now, self.agenda, self.order = 0.0, [], count()
        self.stored, self.seen, self.messages = {}, {}, 0
        self.bells = [Bell(self.clock(offset)) for offset in offsets]
        self.watches = [Watch(self.clock(-50.0 * number), self.sleep) for number in range(workers)]

    def clock(self, offset):
        return lambda: self.now + offset

    def at(self, time, deed):
        heapq.heappush(self.agenda, (time, next(self.order), deed))

    def sleep(self, seconds):
        until = self.now + seconds
        while self.agenda and self.agenda[0][0] <= until:
            time, _, deed = heapq.heappop(self.agenda)
            self.now = max(self.now, time)
            deed()
        self.now = max(self.now, until)

    def event(self, time, process=0, delay=0.0):
        """Let an event be stored at ``time``; a message that its process sends takes ``delay``."""
        name = len(self.agenda)

        def store():
            self.stored[name] = self.now
            if self.bells[process].rings():
                self.messages += 1
                watch = self.watches[self.messages % len(self.watches)]
                self.at(self.now + delay, lambda: watch.keep(self.look))

        self.at(time, store)

    def look(self):
        for name in self.stored.keys() - self.seen.keys():
            self.seen[name] = self.now

    def end(self):
        """Let everything happen; return the longest that an event waited. One that was missed waited for ever."""
        while self.agenda:
            self.sleep(1.0)
        return max(self.seen.get(name, float("inf")) - since for name, since in self.stored.items())


moments = st.lists(st.tuples(st.floats(0, 3), st.integers(0, 1), st.floats(0, 2)), min_size=1, max_size=60)


@given(moments, st.integers(1, 3))
def test_every_event_is_seen_whenever_it_came_and_however_long_messages_took(events, workers):
    life = Life(workers)
    for time, process, delay in events:
        life.event(time, process, delay)
    assert life.end() < float("inf")
    assert life.messages <= 2 * (3 / PAUSE + 1)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_event_waits_no_longer_than_one_step_when_messages_are_quick(times):
    life = Life()
    for time in times:
        life.event(time)
    assert life.end() <= STEP + 1e-6


def test_without_the_lingering_an_event_is_missed(monkeypatch):
    monkeypatch.setattr(wake, "LINGER", 0.0)
    life = Life()
    life.event(0.0)
    life.event(0.1)  # within the pause after the first one's wake-up
    assert life.end() == float("inf")


def test_event_at_the_last_moment_of_the_pause_is_seen():
    life = Life()
    life.event(0.0)
    life.event(PAUSE - 1e-9)
    assert life.end() <= STEP
    assert life.messages == 1


def test_steady_stream_costs_one_message_a_pause_and_one_thread():
    life, depth = Life(), []
    plain = life.look
    life.look = lambda: (depth.append(life.watches[0]._watcher), plain())
    for number in range(300):
        life.event(number / 100)
    assert life.end() <= STEP + 1e-6
    assert life.messages == pytest.approx(3 / PAUSE, abs=1)
    assert len(set(depth)) == 1


def test_watch_is_relieved_after_its_shift_and_the_next_one_goes_on():
    life, watchers = Life(), []
    plain = life.look
    life.look = lambda: (watchers.append(life.watches[0]._watcher), plain())
    for number in range(250):
        life.event(number / 10)
    assert life.end() <= STEP + 1e-6
    assert len(set(watchers)) == 3  # 25 seconds


def test_watch_that_hangs_keeps_nobody_from_looking():
    clock, seen = [0.0], []
    watch = Watch(lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds))

    def hang():
        clock[0] += SHIFT
        watch.keep(lambda: seen.append(clock[0]))  # the next message, while the first look has not come back

    watch.keep(hang)
    assert seen[0] == SHIFT
    assert seen[-1] >= SHIFT + LINGER
    assert watch._watcher is None


def test_look_that_fails_ends_the_watch_and_not_the_next_one():
    clock, seen = [0.0], []
    watch = Watch(lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds))

    def fail():
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        watch.keep(fail)
    watch.keep(lambda: seen.append(clock[0]))
    assert seen[-1] >= LINGER
