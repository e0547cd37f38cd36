"""Scope × location × address: the whole table."""

import uuid

import pytest
from django.utils import timezone

from flexspace.core.actors import Actor
from terminal.enums import CancelReason
from terminal.services.cancel import request_cancel
from tests.api.conftest import error_of, wanted
from tests.factories.billing import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db

# Address, method, what a token answers: read here, charge here, read elsewhere, charge elsewhere.
TABLE = [
    ("members/", "get", 200, 200, 200, 200),
    ("members/{member}/", "get", 200, 200, 404, 404),
    ("invoices/", "get", 200, 200, 200, 200),
    ("invoices/{invoice}/", "get", 200, 200, 404, 404),
    ("payments/", "get", 200, 200, 200, 200),
    ("payments/{payment}/", "get", 200, 200, 404, 404),
    ("readers/", "get", 200, 200, 200, 200),
    ("readers/{reader}/", "get", 200, 200, 404, 404),
    ("attempts/", "post", 403, 201, 403, 404),
    ("attempts/{attempt}/", "get", 200, 200, 404, 404),
    ("attempts/{attempt}/cancel/", "post", 403, 403, 403, 404),  # 403: another program started it
    ("schema/", "get", 200, 200, 200, 200),
    ("nothing/", "get", 404, 404, 404, 404),
]


@pytest.fixture
def world(desk, program, hafen, kiyosumi):
    paid = desk.invoice()
    payment = make_payment(paid)
    attempt = desk.start(desk.invoice())
    names = {
        "member": paid.member.uuid,
        "invoice": paid.uuid,
        "payment": payment.uuid,
        "reader": desk.reader.stripe_id,
        "attempt": attempt.uuid,
    }
    desk_free = make_issued_invoice(hafen)
    return names, desk_free, attempt


@pytest.mark.parametrize(("address", "method", "read", "charge", "read_other", "charge_other"), TABLE)
def test_table(world, desk, program, hafen, kiyosumi, address, method, read, charge, read_other, charge_other):
    names, free, attempt = world
    if address == "attempts/":
        _end(attempt)
    for scope, place, expected in (
        ("read", hafen, read),
        ("read", kiyosumi, read_other),
        ("charge", kiyosumi, charge_other),
        ("charge", hafen, charge),
    ):
        caller = program(scope, at=[place])
        body = wanted(desk, free) if address == "attempts/" else None
        path = address.format(**names)
        answer = caller.get(path) if method == "get" else caller.post(path, body)
        assert answer.status_code == expected, (scope, place.code, answer.content)
        if expected >= 400:
            error_of(answer)
        elif method == "get" and place == kiyosumi and "data" in answer.json():
            assert answer.json()["data"] == []
        assert answer["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer
        assert not answer.cookies


def _end(attempt):
    """End the attempt so that its reader is free."""
    request_cancel(attempt.pk, by=Actor.job("test"), now=timezone.now(), reason=CancelReason.STAFF)


def test_filters_do_not_reach_other_locations(world, program, kiyosumi, hafen):
    names, _, _ = world
    other = program("read", at=[kiyosumi])
    for query in (
        {"member": names["member"]},
        {"location": "HFN"},
        {"number": "HFN-000001"},
        {"company": uuid.uuid4()},
        {"status": "paid"},
    ):
        assert other.get("invoices/", **query).json()["data"] == []
    assert other.get("payments/", member=names["member"]).json()["data"] == []
    assert other.get("readers/", location="HFN").json()["data"] == []


def test_token_of_two_locations_sees_both(program, hafen, kiyosumi):
    for place in (hafen, kiyosumi):
        make_issued_invoice(place, 1000)
    both = program("read", at=[hafen, kiyosumi])
    assert [row["location"] for row in both.get("invoices/").json()["data"]] == ["KYS", "HFN"]
    assert [row["location"] for row in both.get("invoices/", location="HFN").json()["data"]] == ["HFN"]
