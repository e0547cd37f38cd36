"""A site of SALTO KS in the sandbox: the real client talks to it through WSGI, with a clock tests move."""

import datetime as dt
import time

import pytest
import time_machine

from access.salto_client import SaltoClient, transport
from access.services.tokens import ConnectionTokens
from sandbox.app import Sandbox
from tests.access.doors import HOST, Doors
from tests.terminal.wire import Wire

START = dt.datetime(2026, 11, 26, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    """Return the traveller that moves the time of product and sandbox together."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def box(clock, monkeypatch):
    """Return the sandbox in this process."""
    wire = Wire(lambda *call: sandbox.wsgi(*call))  # noqa: PLW0108  (made below)
    sandbox = Sandbox(db=":memory:", clock=time.time, sleep=wire.pause(clock.shift))
    sandbox.wire = wire
    transport.mount(HOST, wire)
    monkeypatch.setattr(transport, "sleep", clock.shift)
    yield sandbox
    transport.mount(HOST, None)
    sandbox.close()


@pytest.fixture
def doors(box, clock, hafen, ada):
    """Return Hafenplatz, connected to a site with ten seats, of which the owner and we take two."""
    return Doors(box, clock, hafen, ada)


@pytest.fixture
def client(doors):
    """Return the client of Hafenplatz's site."""
    return SaltoClient(ConnectionTokens(doors.config), doors.config.site_id)
