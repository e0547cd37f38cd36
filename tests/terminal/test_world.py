"""Random play at the desk; ``make proof`` plays longer."""

import pytest

from terminal.stripe_client import transport
from tests.games import Table, play, play_long
from tests.terminal.conftest import START
from tests.terminal.world import World
from tests.terminal.world_collect import CollectWorld
from tests.terminal.world_interac import InteracWorld
from tests.terminal.world_keep import KeepWorld
from tests.terminal.world_refund import RefundWorld

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(clock):
    return Table(clock, START, transport, "http://stripe.test", prepare)


def prepare(sandbox):
    sandbox.add_account("sk_test_hafenplatz", "DE", "eur", "Hafenplatz GmbH")


@pytest.mark.long
def test_no_play_loses_doubles_or_steals_anything(table):
    play(World, table, max_examples=60, stateful_step_count=30)


@pytest.mark.proof
def test_no_long_play_loses_doubles_or_steals_anything(table):
    play_long(World, table)


@pytest.mark.long
def test_no_play_with_saved_cards_loses_or_doubles_anything(table):
    play(CollectWorld, table, max_examples=25, stateful_step_count=25)


@pytest.mark.proof
def test_no_long_play_with_saved_cards_loses_or_doubles_anything(table):
    play_long(CollectWorld, table)


@pytest.mark.long
def test_no_play_that_keeps_cards_keeps_one_without_consent(table):
    play(KeepWorld, table, max_examples=25, stateful_step_count=25)


@pytest.mark.proof
def test_no_long_play_that_keeps_cards_keeps_one_without_consent(table):
    play_long(KeepWorld, table)


@pytest.mark.long
def test_no_play_with_refunds_gives_back_too_much_or_loses_any(table):
    play(RefundWorld, table, max_examples=60, stateful_step_count=30)


@pytest.mark.proof
def test_no_long_play_with_refunds_gives_back_too_much_or_loses_any(table):
    play_long(RefundWorld, table)


@pytest.mark.long
def test_no_play_with_refunds_on_readers_gives_back_twice(table):
    play(InteracWorld, table, max_examples=30, stateful_step_count=30)


@pytest.mark.proof
def test_no_long_play_with_refunds_on_readers_gives_back_twice(table):
    play_long(InteracWorld, table)
