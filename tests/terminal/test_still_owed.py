"""What is still owed of refunds that did not arrive: the same line for those that failed and those that came back."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from billing.explain.disputes import what_to_do
from billing.models import Dispute, Invoice
from billing.services.surplus import move_surplus
from flexspace.core.actors import Actor
from terminal.services.dispute_seen import find_everywhere
from tests.factories.refunds import give_back
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import FAILS_LATER, listing, paid_by_card, refuses, step, to_card
from tests.terminal.test_repairs import attached, foreign

pytestmark = pytest.mark.django_db
CLOSE = "Nothing is owed any more: close it."


@pytest.fixture
def shown(client, mia):
    client.force_login(mia)
    return lambda name="terminal:flags": client.get(reverse(name)).content.decode()


@pytest.fixture
def failing(desk):
    """Ask for a refund that Stripe refuses."""

    def fail(payment, amount=None):
        refuses(desk, 400)
        refund = step(to_card(payment, amount))
        assert refund.state == "failed"
        return refund

    return fail


def test_refund_that_failed_is_owed_until_as_much_went_another_way(shown, desk, anna, failing):
    payment = paid_by_card(desk, desk.invoice(member=anna))
    failing(payment)
    assert "€145.00 of it is still to be given back." in shown()
    give_back(payment, 4500, now=timezone.now())
    assert "€100.00 of it is still to be given back." in shown()
    last = to_card(payment, 10000)
    assert "€100.00 of it is on its way back now." in shown()
    step(last)
    assert CLOSE in shown()


def test_what_went_before_it_failed_was_another_wish(shown, desk, failing):
    payment = paid_by_card(desk)
    give_back(payment, 4500, now=timezone.now())
    failing(payment, 7000)
    assert "€70.00 of it is still to be given back." in shown()


def test_two_that_failed_never_claim_the_same_money(shown, desk, failing):
    payment = paid_by_card(desk)
    failing(payment, 7000)
    failing(payment, 7000)
    assert shown().count("€70.00 of it is still to be given back.") == 2
    give_back(payment, 7000, now=timezone.now())
    page = shown()
    assert (page.count("€70.00 of it is still to be given back."), page.count(CLOSE)) == (1, 1)


def test_one_that_went_through_after_all_is_owed_no_more(shown, desk, failing):
    refund = failing(paid_by_card(desk))
    tag = {"metadata[installation]": settings.INSTALLATION, "metadata[refund]": str(refund.uuid)}
    desk.api("refunds", {"payment_intent": refund.payment.reference, "amount": 14500, **tag})
    listing()
    refund.refresh_from_db()
    page = shown()
    assert (refund.state, "still to be given back" in page, page.count(CLOSE)) == ("succeeded", False, 1)


def test_second_try_of_one_that_came_back_claims_its_money_once(shown, desk, anna, failing):
    payment = paid_by_card(desk, desk.invoice(member=anna), card=FAILS_LATER)
    step(to_card(payment, 7000))
    desk.clock.shift(3)
    listing()
    failing(payment, 7000)
    page = shown()
    assert (page.count("€70.00 of it is still to be given back."), page.count(CLOSE)) == (1, 1)
    other = desk.invoice(7000, member=anna)
    move_surplus(by=ADMIN, source=Invoice.objects.order_by("pk")[0], target=other, now=timezone.now())
    assert shown().count(CLOSE) == 2


def test_what_the_bank_has_waits_for_the_end_of_the_dispute(shown, desk, failing):
    payment = paid_by_card(desk)
    failing(payment)
    desk.dashboard("dispute", payment.reference)
    find_everywhere(now=timezone.now())
    assert "€145.00 of it is with the customer’s bank: wait for the end of the dispute." in shown()


@pytest.fixture
def attach_one(desk, anna, mia):
    """Return the payment of an invoice that was taken without us: no attempt brought it."""

    def attach(**more):
        return attached(foreign(desk, 2500, **more), desk.invoice(2500, member=anna), Actor.of(mia))

    return attach


def test_money_without_an_attempt_says_what_is_owed_where_the_books_differ(shown, desk, attach_one, failing):
    look = partial(shown, "terminal:differences")
    failed = attach_one()
    failing(failed)
    assert "€25.00 of it is still to be given back." in look()
    came = attach_one(card=FAILS_LATER, reader=desk.reader.stripe_id)
    step(to_card(came, 2000))
    desk.clock.shift(3)
    listing()
    assert "€20.00 of it is still to be given back." in look()
    give_back(failed, 2500, now=timezone.now())
    give_back(came, 2000, now=timezone.now())
    assert look().count(CLOSE) == 2


def test_start_page_says_what_the_page_itself_says(shown, desk, anna, failing):
    first, second = paid_by_card(desk, desk.invoice(member=anna)), paid_by_card(desk)
    failing(first)
    give_back(first, 4500, now=timezone.now())
    desk.dashboard("dispute", second.reference)
    find_everywhere(now=timezone.now())
    Dispute.objects.update(due_at=timezone.now() - timedelta(hours=1))  # the frozen words know the day before
    home, page = shown("portal:home"), shown()
    for words in ("€100.00 of it is still to be given back.", what_to_do(Dispute.objects.get(), timezone.now())):
        assert words
        assert (escape(words) in home, escape(words) in page) == (True, True)
    assert reverse("billing:payment_detail", args=[second.uuid]) in home


@pytest.mark.parametrize("name", ["terminal:flags", "terminal:differences", "portal:home"])
def test_lines_cost_the_same_with_many(shown, desk, attach_one, failing, django_assert_max_num_queries, name):
    def queries():
        with django_assert_max_num_queries(60) as seen:
            shown(name)
        return len(seen)

    def one():
        failing(paid_by_card(desk))
        failing(attach_one())

    one()
    few = queries()
    one()
    one()
    assert queries() == few
