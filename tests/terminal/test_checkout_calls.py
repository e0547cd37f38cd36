"""The client's verbs for payment pages, against the sandbox."""

import datetime as dt

import pytest
from django.utils import timezone

from terminal.stripe_client import StripeGateway, StripeRefused

pytestmark = pytest.mark.django_db(transaction=True)
HERE = {"success_url": "http://product.test/pay/x", "cancel_url": "http://product.test/pay/x"}


@pytest.fixture
def gateway(desk):
    return StripeGateway.of(desk.config)


def customer_of(desk):
    return desk.api("customers", {"name": "Ada"})["id"]


def payment(gateway, key="k1", **more):
    expires_at = timezone.now() + dt.timedelta(hours=1)
    given = {"amount": 14500, "currency": "EUR", "description": "Invoice B-1", "metadata": {"attempt": "a1"}}
    return gateway.create_payment_session(key=key, expires_at=expires_at, timeout=20, **given, **HERE, **more)


def test_payment_page_opens_once_per_key_and_is_read_with_its_intent(desk, gateway):
    page, again = payment(gateway), payment(gateway)
    assert (page.id, page.status, page.intent) == (again.id, "open", None)
    assert page.url == f"http://stripe.test/c/pay/{page.id}"
    assert page.expires_at == timezone.now() + dt.timedelta(hours=1)
    desk.control(f"sessions/{page.id}/pay", {})
    read = gateway.session(page.id)
    assert (read.status, read.url, read.livemode) == ("complete", "", False)
    assert (read.intent.status, read.intent.amount_received, read.intent.currency) == ("succeeded", 14500, "EUR")
    assert (read.intent.card_brand, read.intent.card_last4) == ("visa", "4242")
    assert desk.books()[0]["metadata"] == {"attempt": "a1"}


def test_payment_page_keeps_the_card_when_asked(desk, gateway):
    customer = customer_of(desk)
    page = payment(gateway, customer_id=customer, allow_redisplay="always")
    desk.control(f"sessions/{page.id}/pay", {})
    cards = desk.api(f"customers/{customer}/payment_methods", method="GET")["data"]
    assert [card["allow_redisplay"] for card in cards] == ["always"]


def test_card_page_says_which_card_it_kept(desk, gateway):
    customer = customer_of(desk)
    expires_at = timezone.now() + dt.timedelta(hours=24)
    page = gateway.create_card_session(
        key="k1", customer_id=customer, allow_redisplay="limited", metadata={"consent": "c1"},
        expires_at=expires_at, timeout=20, **HERE,
    )  # fmt: skip
    assert (page.setup_intent_id[:5], page.payment_method_id) == ("seti_", "")
    desk.control(f"sessions/{page.id}/pay", {"card": "4000000000000002"})
    assert gateway.session(page.id).payment_method_id == ""
    desk.control(f"sessions/{page.id}/pay", {})
    read = gateway.session(page.id)
    cards = desk.api(f"customers/{customer}/payment_methods", method="GET")["data"]
    assert ([card["id"] for card in cards], read.status) == ([read.payment_method_id], "complete")


def test_closed_page_stays_closed_and_a_paid_one_cannot_be_closed(desk, gateway):
    page, paid = payment(gateway, "k1"), payment(gateway, "k2")
    assert gateway.expire_session(page.id, key="x1", timeout=20).status == "expired"
    desk.control(f"sessions/{paid.id}/pay", {})
    for one in (page, paid):
        with pytest.raises(StripeRefused) as raised:
            gateway.expire_session(one.id, key=f"y{one.id}", timeout=20)
        assert (raised.value.status, raised.value.permanent) == (400, True)
