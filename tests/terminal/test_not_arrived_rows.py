"""The row of a refund that did not arrive: it asks for money only while that is still owed."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from billing.models import Invoice
from billing.queries.refunds import card_takes_nothing
from billing.services.surplus import move_surplus
from flexspace.core.sentences import told_timeline
from terminal.models import AttemptFlag
from terminal.services.dispute_seen import find_everywhere
from tests.factories.refunds import give_back
from tests.terminal.desk import ADMIN
from tests.terminal.interac import in_canada, pass_time, waiting
from tests.terminal.money_back import FAILS_LATER, listing, paid_by_card, refuses, step, to_card

pytestmark = pytest.mark.django_db
ADVICE = "Refund it again, or give the money back in cash."
BY_HAND = "Give the money back in cash or by transfer."
DONE = "Nothing more is to be given back for it."


@pytest.fixture
def rows(client, mia):
    """Return the words of a payment's refunds and whether they ask for something, the same on both its pages."""
    client.force_login(mia)

    def told(payment):
        pages = [reverse("billing:payment_detail", args=[payment.uuid])]
        pages += [reverse("billing:invoice_detail", args=[part.invoice.uuid]) for part in payment.allocations.all()[:1]]
        answers = [client.get(page) for page in pages]
        found = [[(row.why, row.todo) for row in answer.context["refunds"]] for answer in answers]
        assert found[0] == found[-1]
        for why, todo in found[0]:
            row = f'<p class="small{" warn-text" if todo else ""}">{escape(why)}</p>'
            assert not why or all(row in answer.content.decode() for answer in answers)
        return found[0]

    return told


def came_back(desk, payer, amount=None):
    refund = step(to_card(paid_by_card(desk, desk.invoice(member=payer), card=FAILS_LATER), amount))
    desk.clock.shift(3)
    listing()
    refund.refresh_from_db()
    assert refund.state == "failed"
    return refund


def test_one_that_came_back_asks_until_it_was_given_another_way(rows, desk, anna):
    payment = came_back(desk, anna).payment
    [(why, todo)] = rows(payment)
    assert (why, todo) == (f"The card has expired or was cancelled. {BY_HAND}", True)
    give_back(payment, 4500, now=timezone.now())
    assert rows(payment)[1][0].endswith(f"€100.00 of it is still to be given back. {BY_HAND}")
    last = to_card(payment, 10000)
    why, todo = rows(payment)[2]
    assert (why.endswith("€100.00 of it is on its way back now."), todo) == (True, False)
    step(last)
    why, todo = rows(payment)[2]
    assert (why.endswith(DONE), BY_HAND in why, todo) == (True, False, False)


def test_one_whose_money_pays_another_invoice_asks_for_nothing(rows, desk, anna):
    refund = came_back(desk, anna)
    other = desk.invoice(14500, member=anna)
    move_surplus(by=ADMIN, source=Invoice.objects.order_by("pk")[0], target=other, now=timezone.now())
    [(why, todo)] = rows(refund.payment)
    assert (why.endswith(DONE), todo) == (True, False)


def test_one_that_failed_asks_until_as_much_went(rows, desk, anna):
    payment = paid_by_card(desk, desk.invoice(member=anna))
    refuses(desk, 400)
    assert step(to_card(payment)).state == "failed"
    assert rows(payment) == [(f"Stripe says: This cannot be refunded. {ADVICE}", True)]
    give_back(payment, now=timezone.now())
    assert rows(payment)[1] == (f"Stripe says: This cannot be refunded. {DONE}", False)


def test_one_whose_money_a_bank_has_waits(rows, desk, anna):
    payment = paid_by_card(desk, desk.invoice(member=anna))
    refuses(desk, 400)
    step(to_card(payment))
    desk.dashboard("dispute", payment.reference)
    find_everywhere(now=timezone.now())
    [(why, todo)] = rows(payment)
    assert (why.endswith("wait for the end of the dispute."), ADVICE in why, todo) == (True, False, False)


def test_frozen_words_of_needs_a_look_say_only_what_happened(client, mia, desk, anna):
    payment = came_back(desk, anna).payment
    client.force_login(mia)
    assert AttemptFlag.objects.get().detail.endswith("so the payment counts again.")
    give_back(payment, now=timezone.now())
    page = client.get(reverse("terminal:flags")).content.decode()
    assert ("Nothing is owed any more: close it." in page, "still owed the money" in page) == (True, False)


def test_one_that_staff_cancelled_says_so_and_asks_for_nothing(rows, stripe, clock, client, ada):
    desk = in_canada(stripe, clock)
    refund, attempt = waiting(desk)
    desk.cancel(attempt)
    pass_time(desk, attempt, 120)
    client.force_login(ada)
    assert rows(refund.payment) == [("It was cancelled here, so nothing went back.", False)]
    told = [line.sentence for line in told_timeline(refund.payment)]
    assert "Refund of CA$145.00 cancelled before anything went back" in told
    assert card_takes_nothing(refund.payment) is False


def test_rows_cost_the_same_with_many(client, mia, desk, anna, django_assert_max_num_queries):
    payment = paid_by_card(desk, desk.invoice(member=anna))
    client.force_login(mia)

    def queries():
        with django_assert_max_num_queries(80) as seen:
            client.get(reverse("billing:payment_detail", args=[payment.uuid]))
        return len(seen)

    def fail(amount):
        refuses(desk, 400)
        assert step(to_card(payment, amount)).state == "failed"

    fail(1000)
    queries()
    few = queries()
    fail(2000)
    fail(3000)
    assert queries() == few
