"""Random play over the real code and the sandbox; FLEXSPACE_PROOF=1 plays longer, FLEXSPACE_SEED repeats a game."""

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

PROOF = os.environ.get("FLEXSPACE_PROOF") == "1"


@pytest.mark.django_db(transaction=True)
def test_no_play_loses_doubles_or_steals_anything(clock):
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

    chosen = int(os.environ.get("FLEXSPACE_SEED", random.SystemRandom().randrange(10**9) if PROOF else 1))
    print(f"FLEXSPACE_SEED={chosen}")  # noqa: T201  (shown when it fails)
    play = settings(
        max_examples=60 if PROOF else 15,
        stateful_step_count=40 if PROOF else 20,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if PROOF else [Phase.generate],
    )
    World.build = staticmethod(build)
    try:
        run_state_machine_as_test(seed(chosen)(World), settings=play)
    finally:
        transport.mount("http://stripe.test", None)
