"""Programs that call the API: each with a token of its own."""

import datetime as dt
import itertools
import uuid

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from flexspace.core.api_tokens import create_token
from tests.terminal.conftest import clock, desk, stripe, two_readers, yen_desk  # noqa: F401  (fixtures)

_number = itertools.count(1)


class Caller:
    """One program. ``token`` is its row, ``secret`` what it sends."""

    def __init__(self, token, secret):
        self.token, self.secret = token, secret
        self.http = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})

    def get(self, path, **query):
        return self.http.get(f"/api/v1/{path}", query_params=query)

    def post(self, path, body=None, *, key="", **more):
        headers = {"Idempotency-Key": key or str(uuid.uuid4())} if key is not None else {}
        return self.http.post(
            f"/api/v1/{path}", {} if body is None else body, content_type="application/json", headers=headers, **more
        )


@pytest.fixture(autouse=True)
def no_calls_counted(db):
    """Forget the rates: the cache's table is not a model's, so no test empties it."""
    cache.clear()


@pytest.fixture
def program(ada, hafen):
    """Return a function that makes a program; by default one that reads at Hafenplatz."""

    def make(scope="read", *, at=(hafen,), by=ada, days=30):
        now = timezone.now()
        token, secret = create_token(
            by=by,
            name=f"Program {next(_number)}",
            scopes=[scope],
            locations=list(at),
            expires_at=now + dt.timedelta(days=days),
            now=now,
        )
        return Caller(token, secret)

    return make


@pytest.fixture
def reader(program):
    """Return a program that reads at Hafenplatz."""
    return program("read")


@pytest.fixture
def till(program):
    """Return a program that charges at Hafenplatz."""
    return program("charge")


def euro(amount):
    return {"amount": amount, "currency": "EUR"}


def wanted(desk, *invoices, amount=None):  # noqa: F811
    """Return the body that starts a charge of invoices."""
    parts = [{"invoice": str(row.uuid), "amount": euro(amount or row.open_amount)} for row in invoices]
    return {"reader": desk.reader.stripe_id, "invoices": parts}


def error_of(answer):
    """Return an error after checking that it has the one shape."""
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message", "request_id"} <= set(body["error"]) <= {"code", "message", "request_id", "fields"}
    assert body["error"]["message"]
    assert body["error"]["request_id"]
    assert answer["Content-Type"] == "application/json"
    assert not answer.cookies
    return body["error"]
