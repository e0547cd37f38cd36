"""Random play over the real code and the sandbox, as a state machine; FLEXSPACE_SEED repeats a game.

``table`` says what a game is played on: a clock that moves, the moment it starts at, the transport that takes an
outside call, the host those go to, and what has to be in an empty sandbox.
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sandbox.app import Sandbox
from tests.terminal.wire import Wire


@dataclass(frozen=True, slots=True)
class Table:
    """What a game is played on."""

    clock: Any
    start: datetime
    transport: Any
    host: str
    prepare: Callable[[Sandbox], object] = lambda _sandbox: None


def play_long(game, table):
    """Play as ``make proof`` does: many long games from a seed nobody chose, and the shortest that goes wrong.

    FLEXSPACE_GAMES says how many, where 300 are too few or too many.
    """
    games = int(os.environ.get("FLEXSPACE_GAMES", "300"))
    chance = random.SystemRandom().randrange(10**9)
    phases = [Phase.generate, Phase.shrink]
    play(game, table, default_seed=chance, max_examples=games, stateful_step_count=40, phases=phases)


def play(game, table, *, default_seed=1, phases=(Phase.generate,), **sizes):
    """Play ``sizes`` games; the seed is printed, and taken from FLEXSPACE_SEED where that is set."""
    made, played, began = [], count(), time.monotonic()

    def build():
        next(played)
        table.clock.move_to(table.start)
        while made:
            made.pop().close()
        wire = Wire(lambda *call: sandbox.wsgi(*call))  # noqa: PLW0108  (made below)
        sandbox = Sandbox(db=":memory:", clock=time.time, sleep=wire.pause(table.clock.shift))
        sandbox.wire = wire
        table.prepare(sandbox)
        table.transport.mount(table.host, wire)
        made.append(sandbox)
        return sandbox, table.clock

    chosen = int(os.environ.get("FLEXSPACE_SEED", default_seed))
    print(f"FLEXSPACE_SEED={chosen}")  # noqa: T201  (shown when it fails)
    rules = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=phases, **sizes)
    game.build = staticmethod(build)
    try:
        run_state_machine_as_test(seed(chosen)(game), settings=rules)
    finally:
        table.transport.mount(table.host, None)
    print(f"{next(played)} games in {time.monotonic() - began:.0f} s")  # noqa: T201  (kept in docs/proofs.md)
