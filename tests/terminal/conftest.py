"""A desk with readers of the sandbox: the real client code talks to it through WSGI, with a clock tests move."""

import datetime as dt
import time

import pytest
import time_machine
from stripe import HTTPClient

from sandbox.app import Sandbox
from terminal import webhooks
from terminal.endpoints import endpoints
from terminal.stripe_client import transport
from terminal.wake import Bell
from tests.factories.members import make_member
from tests.terminal.desk import Desk
from tests.terminal.wire import Wire

START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def no_real_waits(monkeypatch):
    """Let the SDK repeat reads at once; the pauses between them are its own."""
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(HTTPClient, "MAX_DELAY", 0)


@pytest.fixture(autouse=True)
def new_process(monkeypatch):
    """Let nothing of an earlier test be remembered by the webhook's view."""
    endpoints.forget()
    webhooks.refusals.reset()
    monkeypatch.setattr(webhooks, "bell", Bell())


@pytest.fixture
def clock():
    """Return the traveller that moves the time of product and sandbox together."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def stripe(clock):
    """Return the sandbox in this process, with a euro account and a yen account."""
    wire = Wire(lambda *call: sandbox.wsgi(*call))  # noqa: PLW0108  (made below)
    sandbox = Sandbox(db=":memory:", clock=time.time, sleep=wire.pause(clock.shift))
    sandbox.wire = wire
    transport.mount("http://stripe.test", wire)
    sandbox.add_account("sk_test_hafenplatz", "DE", "eur", "Hafenplatz GmbH")
    sandbox.add_account("sk_test_kiyosumi", "JP", "jpy", "Kiyosumi KK")
    yield sandbox
    transport.mount("http://stripe.test", None)
    sandbox.close()


@pytest.fixture
def desk(stripe, clock, hafen):
    """Return Hafenplatz's desk with one S700."""
    return Desk(stripe, clock, hafen, "sk_test_hafenplatz")


@pytest.fixture
def two_readers(stripe, clock, hafen):
    """Return Hafenplatz's desk with an S700 and a WisePOS E."""
    return Desk(
        stripe,
        clock,
        hafen,
        "sk_test_hafenplatz",
        readers=("Front desk S700", "Lounge WisePOS E"),
        codes=("simulated-s700", "simulated-wpe"),
    )


@pytest.fixture
def yen_desk(stripe, clock, kiyosumi):
    """Return Kiyosumi's desk with one S700."""
    return Desk(stripe, clock, kiyosumi, "sk_test_kiyosumi")


@pytest.fixture
def anna(desk):
    """Return a member of the desk's location."""
    return make_member(desk.location, name="Anna Keller")


@pytest.fixture
def at(client, ben):
    """Return the browser of the person at the front desk."""
    client.force_login(ben)
    return client
