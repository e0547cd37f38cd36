"""Fixtures every test may use: the fixed cast, two locations, no network."""

import socket
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from flexspace.core.models import Location, User
from flexspace.core.roles import Role


def pytest_collection_modifyitems(config, items):
    """Skip what needs PostgreSQL's real isolation where there is none."""
    if connection.vendor == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL (set DATABASE_URL)"))


pytest_plugins = ["tests.plugin"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch, request):
    """Let tests reach this machine only."""
    real = socket.socket.connect

    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else ""
        if host and host not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"A test tried to reach {host}.")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def morning():
    """Let it be two past nine in Berlin on Thursday, 26 November 2026."""
    with time_machine.travel(datetime(2026, 11, 26, 8, 2, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def hafen(db):
    """Return the euro location in Berlin."""
    return Location.objects.create(
        name="Hafenplatz", code="HFN", time_zone="Europe/Berlin", currency="EUR", country="DE", city="Berlin"
    )


@pytest.fixture
def kiyosumi(db):
    """Return the yen location in Tokyo."""
    return Location.objects.create(
        name="Kiyosumi", code="KYS", time_zone="Asia/Tokyo", currency="JPY", country="JP", city="Tokyo"
    )


def _staff(name, role, *locations):
    user = User.objects.create_user(f"{name.lower()}@example.com", name=name, role=role)
    user.locations.set(locations)
    return user


@pytest.fixture
def ada(hafen, kiyosumi):
    """Return the admin."""
    return _staff("Ada", Role.ADMIN)


@pytest.fixture
def ben(hafen):
    """Return the person at Hafenplatz's front desk."""
    return _staff("Ben", Role.FRONT_DESK, hafen)


@pytest.fixture
def mia(hafen):
    """Return Hafenplatz's manager."""
    return _staff("Mia", Role.MANAGER, hafen)


@pytest.fixture
def vic(hafen):
    """Return who may only look, at Hafenplatz."""
    return _staff("Vic", Role.VIEWER, hafen)


@pytest.fixture
def yuki(kiyosumi):
    """Return the person at Kiyosumi's front desk: an outsider at Hafenplatz."""
    return _staff("Yuki", Role.FRONT_DESK, kiyosumi)
