"""Refunds over the API: a scope of their own, once a key, up to the limit of the token's maker."""

import pytest
from django.utils import timezone

from billing.models import Refund
from flexspace.core.models import Location
from terminal.services.refund_step import step_refund
from tests.api.conftest import error_of, euro
from tests.terminal.money_back import gone, paid_by_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(desk):
    return paid_by_card(desk)


def body(amount=4500, **more):
    return {"amount": euro(amount), "reason": "Did not come", **more}


def path(payment):
    return f"payments/{payment.uuid}/refunds/"


def test_refund_is_reserved_once_a_key_and_followed_to_its_end(program, desk, payment):
    caller = program("refund")
    first, again = (caller.post(path(payment), body(), key="order-1") for _ in range(2))
    assert (first.status_code, first.json(), Refund.objects.count()) == (201, again.json(), 1)
    assert (first.json()["state"], first.json()["live"], gone(desk)) == ("reserved", True, 0)
    step_refund(Refund.objects.get().pk, now=timezone.now())
    shown = caller.get(first["Location"].removeprefix("/api/v1/")).json()
    assert (shown["state"], shown["live"], shown["outcome"], gone(desk)) == ("succeeded", False, "credit", 4500)
    assert caller.get(f"payments/{payment.uuid}/").json()["refunds"] == [shown]


@pytest.mark.parametrize("scope", ["read", "charge", "health"])
def test_other_scopes_refund_nothing(program, payment, scope):
    answer = program(scope).post(path(payment), body())
    assert (answer.status_code, Refund.objects.count()) == (403, 0)


def test_what_cannot_be_is_refused_with_a_code(program, kiyosumi, payment):
    caller = program("refund")
    assert error_of(caller.post(path(payment), body(14501)))["code"] == "more_than_paid"
    assert error_of(caller.post(path(payment), body(0)))["code"] == "invalid"
    yen = body() | {"amount": {"amount": 5, "currency": "JPY"}}
    assert error_of(caller.post(path(payment), yen))["code"] == "currency_mismatch"
    assert error_of(caller.post(path(payment), body(outcome="undecided")))["code"] == "invalid"
    assert error_of(caller.post(path(payment), body(state="succeeded")))["code"] == "invalid"
    assert program("refund", at=(kiyosumi,)).post(path(payment), body()).status_code == 404
    assert Refund.objects.count() == 0


def test_limit_is_the_makers_and_no_password_helps(program, ada, mia, hafen, payment):
    Location.objects.filter(pk=hafen.pk).update(refund_limit_manager=5000)
    assert error_of(program("refund", by=mia).post(path(payment), body(5001)))["code"] == "refund_above"
    assert error_of(program("refund", by=ada).post(path(payment), body(5001)))["code"] == "refund_password"
    assert program("refund", by=mia).post(path(payment), body(5000)).status_code == 201
