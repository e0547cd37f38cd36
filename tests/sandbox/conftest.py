"""A sandbox in this process, a clock that tests move, and the real SDK in front of it."""

from collections.abc import Iterator

import pytest
import requests
import stripe

from sandbox.app import Sandbox
from tests.sandbox.desk import Clock, Desk
from tests.sandbox.ks import HOST, Ks
from tests.sandbox.wsgi_adapter import WsgiAdapter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(clock: Clock) -> Iterator[Sandbox]:
    sandbox = Sandbox(clock=clock, sleep=clock.advance)
    yield sandbox
    sandbox.close()


@pytest.fixture
def session(box: Sandbox) -> requests.Session:
    session = requests.Session()
    session.mount("http://stripe.test", WsgiAdapter(box.wsgi))
    session.mount(HOST, WsgiAdapter(box.wsgi))
    return session


@pytest.fixture
def desk(box: Sandbox, session: requests.Session, clock: Clock) -> Desk:
    """An account in Germany with one simulated S700, whose bank answers at once."""
    return Desk(box, session, clock, "sk_test_berlin", "DE", "eur")


@pytest.fixture
def client(desk: Desk) -> stripe.StripeClient:
    return desk.client


@pytest.fixture
def ks(box: Sandbox, session: requests.Session) -> Ks:
    """A site of SALTO KS with ten seats, two of them taken by its owner and its integration user."""
    return Ks(box, session)
