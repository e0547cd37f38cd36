"""Random play over the real code and the sandbox; ``make proof`` plays longer, FLEXSPACE_SEED repeats a game."""

import os
import random
import time

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sandbox.app import Sandbox
from terminal.stripe_client import transport
from tests.terminal.conftest import START
from tests.terminal.wire import Wire
from tests.terminal.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_play_loses_doubles_or_steals_anything(clock):
    play(clock, default_seed=1, max_examples=15, stateful_step_count=20, phases=[Phase.generate])


@pytest.mark.proof
def test_no_long_play_loses_doubles_or_steals_anything(clock):
    chance = random.SystemRandom().randrange(10**9)
    play(clock, default_seed=chance, max_examples=300, stateful_step_count=40, phases=[Phase.generate, Phase.shrink])


def play(clock, *, default_seed, **sizes):
    """Play ``sizes`` games; the seed is printed, and taken from FLEXSPACE_SEED where that is set."""
    made = []

    def build():
        clock.move_to(START)
        while made:
            made.pop().close()
        wire = Wire(lambda *call: sandbox.wsgi(*call))  # noqa: PLW0108  (made below)
        sandbox = Sandbox(db=":memory:", clock=time.time, sleep=wire.pause(clock.shift))
        sandbox.wire = wire
        sandbox.add_account("sk_test_hafenplatz", "DE", "eur", "Hafenplatz GmbH")
        transport.mount("http://stripe.test", wire)
        made.append(sandbox)
        return sandbox, clock

    chosen = int(os.environ.get("FLEXSPACE_SEED", default_seed))
    print(f"FLEXSPACE_SEED={chosen}")  # noqa: T201  (shown when it fails)
    rules = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **sizes)
    World.build = staticmethod(build)
    try:
        run_state_machine_as_test(seed(chosen)(World), settings=rules)
    finally:
        transport.mount("http://stripe.test", None)
