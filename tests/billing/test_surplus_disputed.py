"""What a bank holds of payments by disputes is neither moved, used, refunded nor promised."""

import pytest
from django.urls import reverse

from billing.dispute_enums import DisputeStatus
from billing.enums import PaymentMethod
from billing.models import Dispute, Invoice, Payment
from billing.queries.balance import usable_rests
from billing.services.attaching import use_rest
from billing.services.invoicing import void
from billing.services.payments import record_payment
from billing.services.surplus import move_surplus
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from tests.factories.billing import NOW, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_of_the_payments")]


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def target(hafen, lena):
    return make_issued_invoice(hafen, 5000, member=lena)


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def move(source, target):
    return move_surplus(by=BY, source=source, target=target, now=NOW)


def disputed(payment, taken=None):
    """Let a bank take ``taken`` of a payment back, or all of it."""
    return Dispute.objects.create(
        payment=payment, location=payment.location, reference=f"dp_{payment.pk}", status=DisputeStatus.NEEDS_RESPONSE,
        amount=taken or payment.amount, taken=taken or payment.amount, livemode=False, currency="EUR", opened_at=NOW,
        read_at=NOW,
    )  # fmt: skip


def record_rest(place, member):
    """Return a payment of 30 euro that paid no invoice."""
    return record_payment(
        by=BY, location=place, member=member, company=None, method=PaymentMethod.CARD_AT_STRIPE, reference="pi_loose",
        amount=Money(3000, "EUR"), allocations=[], received_at=NOW,
    )  # fmt: skip


def test_what_the_bank_took_back_is_not_moved(hafen, lena, target):
    source = make_issued_invoice(hafen, member=lena)
    payment = make_payment(source, 16500)
    disputed(payment)
    with pytest.raises(Conflict, match="Nothing is left over"):
        move(fresh(source), target)


@pytest.mark.parametrize("which", [0, 1])
def test_what_the_bank_took_of_one_payment_is_taken_from_no_other(hafen, lena, target, which):
    source = make_issued_invoice(hafen, 3000, member=lena)
    twice = [make_payment(source, 3000) for _ in range(2)]
    dispute = disputed(twice[which])
    with pytest.raises(Conflict, match="Nothing is left over"):
        move(fresh(source), target)
    for payment in twice:
        with pytest.raises(Conflict) as said:
            give_back(payment, 3000)
        assert said.value.code == "disputed"
    Dispute.objects.filter(pk=dispute.pk).update(taken=0)  # won
    assert move(fresh(source), target).amount == 3000


def test_what_the_bank_took_adds_up_over_several_moves_and_refunds(hafen, lena):
    source = make_issued_invoice(hafen, 3000, member=lena)
    void(by=BY, invoice=source, reason="Twice", now=NOW)
    disputed(make_payment(fresh(source), 3000), 1500)
    other = make_payment(fresh(source), 500)
    targets = [make_issued_invoice(hafen, 1000, member=lena) for _ in range(3)]
    assert give_back(other, 500).state == "succeeded"  # nobody owes anything, and this is here
    assert [move(fresh(source), one).amount for one in targets[:2]] == [1000, 500]
    with pytest.raises(Conflict, match="Nothing is left over"):
        move(fresh(source), targets[2])


def test_rest_that_the_bank_may_have_taken_pays_nothing(hafen, lena, target):
    payment = record_rest(hafen, lena)
    dispute = disputed(payment, 3000)
    with pytest.raises(Conflict) as said:
        use_rest(by=BY, payment=payment, invoice=target, reason="Balance", now=NOW)
    assert said.value.code == "disputed"
    Dispute.objects.filter(pk=dispute.pk).update(taken=1000)
    assert use_rest(by=BY, payment=payment, invoice=target, reason="Balance", now=NOW) == Money(2000, "EUR")


def test_no_balance_is_shown_of_what_cannot_be_used(client, mia, hafen, lena, django_assert_max_num_queries):
    there = reverse("billing:payer_invoices", args=["member", lena.uuid])
    client.force_login(mia)

    def page():
        with django_assert_max_num_queries(40) as seen:
            return client.get(there).content.decode(), len(seen)

    def paid_twice():
        return [make_payment(invoice, 3000) for invoice in [make_issued_invoice(hafen, 3000, member=lena)] * 2]

    dispute = disputed(paid_twice()[1])
    rest = record_rest(hafen, lena)
    wholly = disputed(rest)
    assert 'id="balance"' not in page()[0]
    Dispute.objects.filter(pk=wholly.pk).update(taken=1000)
    assert ">€20.00</span>" in page()[0]
    Dispute.objects.filter(pk=dispute.pk).update(taken=0)
    shown, few = page()
    assert (">€50.00</span>" in shown, shown.count("too much on")) == (True, 1)
    paid_twice()
    shown, many = page()
    assert (">€80.00</span>" in shown, many) == (True, few)


def test_what_the_bank_took_of_a_rest_is_not_promised(hafen, lena):
    payment = record_rest(hafen, lena)
    disputed(payment, 1000)
    rows = Payment.objects.filter(pk=payment.pk)
    assert [(rest.payment, rest.left) for rest in usable_rests(rows)] == [(payment, Money(2000, "EUR"))]
    Dispute.objects.update(taken=3000)
    assert usable_rests(rows) == []


def keys(client, invoice, payment):
    """Return whether the invoice's and the payment's page have a key for a refund."""
    pages = [reverse(f"billing:{row._meta.model_name}_detail", args=[row.uuid]) for row in (invoice, payment)]
    there = reverse("billing:refund_new", args=[payment.uuid])
    return [there in client.get(page).content.decode() for page in pages]


def test_nothing_is_offered_of_a_payment_that_a_bank_holds(client, mia, hafen):
    invoice = make_issued_invoice(hafen)
    payment = make_payment(invoice)
    client.force_login(mia)
    assert keys(client, invoice, payment) == [True, True]
    dispute = disputed(payment)
    assert keys(client, invoice, payment) == [False, False]
    answer = client.get(reverse("billing:refund_new", args=[payment.uuid]), follow=True)
    assert "with the customer&#x27;s bank by a dispute, so nothing of it can go back." in answer.content.decode()
    Dispute.objects.filter(pk=dispute.pk).update(taken=0)  # won
    assert keys(client, invoice, payment) == [True, True]


def test_no_more_is_offered_than_a_bank_has_left(client, mia, hafen):
    invoices = [make_issued_invoice(hafen, amount) for amount in (3000, 5000)]
    payment = record_payment(
        by=BY, location=hafen, member=invoices[0].member, company=None, method=PaymentMethod.CASH, received_at=NOW,
        amount=Money(8000, "EUR"), allocations=[(row.pk, row.open_amount) for row in invoices], reference="two",
    )  # fmt: skip
    disputed(payment, 4500)
    client.force_login(mia)
    answer = client.get(reverse("billing:refund_new", args=[payment.uuid]))
    amounts = answer.context["form"].amounts
    assert [field.initial for field in amounts] == ["30.00", "5.00"]
    assert [field.help_text for field in amounts] == ["€30.00 of it can go back.", "€35.00 of it can go back."]
    assert "€45.00 of this payment is with the customer’s bank" in answer.content.decode()


def test_surplus_that_a_bank_has_is_offered_of_no_other_payment(client, mia, hafen):
    source = make_issued_invoice(hafen, 3000)
    disputed(make_payment(source, 3000))
    other = make_payment(source, 3000)
    client.force_login(mia)
    assert keys(client, fresh(source), other) == [False, False]
    assert client.get(reverse("billing:refund_new", args=[other.uuid])).status_code == 302
    with pytest.raises(Conflict):
        give_back(other, 1)


def test_form_begins_with_cash_where_a_dispute_keeps_the_card_from_getting_it(client, mia, hafen):
    payment = make_payment(make_issued_invoice(hafen), method=PaymentMethod.CARD_READER)
    client.force_login(mia)
    there = reverse("billing:refund_new", args=[payment.uuid])
    assert client.get(there).context["form"]["method"].value() == "card"
    dispute = disputed(payment, 100)
    Dispute.objects.filter(pk=dispute.pk).update(refundable=False)
    assert client.get(there).context["form"]["method"].value() == "cash"
