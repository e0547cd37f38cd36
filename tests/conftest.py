"""Fixtures every test may use: the fixed cast, two locations, no network."""

import socket

import pytest

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
