"""Random play over engine, members and sandbox; ``make proof`` plays longer."""

import pytest

from access.salto_client import transport
from tests.access.conftest import START
from tests.access.doors import HOST
from tests.access.world import DoorsWorld
from tests.games import Table, play, play_long

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(clock, monkeypatch):
    monkeypatch.setattr(transport, "sleep", clock.shift)
    return Table(clock, START, transport, HOST)


@pytest.mark.long
def test_no_play_locks_anybody_out_or_leaves_a_door_open(table):
    play(DoorsWorld, table, max_examples=12, stateful_step_count=20)


@pytest.mark.proof
def test_no_long_play_locks_anybody_out_or_leaves_a_door_open(table):
    play_long(DoorsWorld, table)
