"""Money that came without us: attached to an invoice once, or given back; what is left is the payer's balance."""

import pytest
from django.utils import timezone

from billing.models import Invoice, Payment, Refund
from billing.queries.balance import rests_of, total
from billing.queries.refunds import refundable
from billing.services.attaching import use_rest
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.models import AuditEvent
from terminal.models import Difference
from terminal.services.compare import compare
from terminal.services.repairs import Surplus, attach, give_back
from tests.factories.members import make_member
from tests.factories.refunds import BOSS
from tests.races import at_once, both, row_locks
from tests.terminal.money_back import FAILS_LATER, gone, step

REASON = "Typed into the reader by the Saturday crew"


def foreign(desk, amount=2500, **more):
    """Let somebody take a payment without us, and have it found; return the difference."""
    desk.dashboard("take_payment", "", amount=amount, **more)
    compare(desk.config, now=timezone.now())
    return Difference.objects.latest("pk")


def attached(difference, invoice, by):
    """Attach it, surplus and all, as somebody does who was asked about that."""
    facts = {"by": by, "difference": difference, "invoice": invoice, "reason": REASON, "now": timezone.now()}
    try:
        return attach(**facts)
    except Surplus as asked:
        return attach(**facts, agreed=asked.agreed)


@pytest.fixture
def boss(mia):
    return Actor.of(mia)


def test_foreign_payment_pays_an_invoice_and_the_rest_is_the_payers_balance(desk, boss, ada, anna):
    first, second = desk.invoice(2000, member=anna), desk.invoice(900, member=anna)
    difference = foreign(desk)
    payment = attached(difference, first, boss)
    assert (Invoice.objects.get(pk=first.pk).open_amount, payment.method, payment.reason) == (
        0,
        "card_at_stripe",
        REASON,
    )
    rests = rests_of(anna, user=ada)
    assert [str(one) for one in total(one.left for one in rests)] == ["€5.00"]
    used = use_rest(by=boss, payment=payment, invoice=second, reason="From the balance", now=timezone.now())
    assert (str(used), Invoice.objects.get(pk=second.pk).open_amount, rests_of(anna, user=ada)) == ("€5.00", 400, [])
    difference.refresh_from_db()
    assert (difference.closed_by, REASON in difference.close_reason) == (ada.__class__.objects.get(name="Mia"), True)
    assert AuditEvent.objects.get(action="billing.payment.recorded").actor_label == "Mia"
    compare(desk.config, now=timezone.now(), month=True)
    assert Difference.objects.filter(closed_at=None).count() == 0


@pytest.mark.parametrize("wrong", ["currency", "account", "paid", "closed", "twice", "reason"])
def test_what_does_not_belong_together_is_refused_and_nothing_is_booked(desk, yen_desk, boss, wrong):
    difference = foreign(desk, **({"currency": "usd"} if wrong == "currency" else {}))
    invoice = yen_desk.invoice(2500) if wrong == "account" else desk.invoice(2500)
    if wrong == "paid":
        Invoice.objects.filter(pk=invoice.pk).update(open_amount=0)
    if wrong == "closed":
        Difference.objects.update(closed_at=timezone.now())
    if wrong == "twice":
        attached(difference, desk.invoice(900), boss)
    before = Payment.objects.count()
    reason = " " if wrong == "reason" else REASON
    with pytest.raises(DomainError):
        attach(by=boss, difference=difference, invoice=invoice, reason=reason, now=timezone.now())
    assert (Payment.objects.count(), Difference.objects.get().kind) == (before, "foreign")


def test_invoice_that_is_on_a_reader_is_not_attached_to(desk, boss):
    invoice = desk.invoice(2500)
    difference = foreign(desk)
    desk.waiting(invoice)
    with pytest.raises(DomainError, match="Being taken now"):
        attached(difference, invoice, boss)


def test_balance_is_not_for_somebody_else_and_not_more_than_is_left(desk, boss, anna):
    payment = attached(foreign(desk), desk.invoice(2000, member=anna), boss)
    other = desk.invoice(900, member=make_member(desk.location))
    with pytest.raises(DomainError, match="somebody else"):
        use_rest(by=boss, payment=payment, invoice=other, reason="no", now=timezone.now())
    use_rest(by=boss, payment=payment, invoice=desk.invoice(500, member=anna), reason="yes", now=timezone.now())
    with pytest.raises(DomainError, match="Nothing of this payment is left"):
        use_rest(by=boss, payment=payment, invoice=desk.invoice(500, member=anna), reason="no", now=timezone.now())
    assert refundable(payment).total == 2500


def test_foreign_payment_is_given_back_through_the_refunds_and_both_books_agree(desk, boss):
    difference = foreign(desk)
    desk.dashboard("refund", desk.books()[-1]["id"], amount=500)
    back = give_back(by=boss, asker=BOSS, difference=difference, location=desk.location, back=500, reason="Theirs",
                     now=timezone.now())  # fmt: skip
    assert (step(back).state, gone(desk)) == ("succeeded", 2500)
    compare(desk.config, now=timezone.now())
    kept = sorted(Refund.objects.values_list("origin", "amount", "state"))
    assert kept == [("dashboard", 500, "succeeded"), ("here", 2000, "succeeded")]
    assert Difference.objects.filter(closed_at=None, kind="foreign").count() == 0


def test_refund_above_the_limit_books_nothing(desk, boss):
    difference = foreign(desk)
    with pytest.raises(DomainError, match="give"):
        give_back(by=boss, asker=BOSS.__class__("viewer"), difference=difference, location=desk.location, back=0,
                  reason="no", now=timezone.now())  # fmt: skip
    assert (Payment.objects.count(), Difference.objects.get().closed_at) == (0, None)


def test_refund_of_attached_money_that_the_bank_returns_is_put_before_managers(desk, boss):
    desk.control(f"accounts/{desk.key}/settings", {"refund_fail_seconds": 0})
    difference = foreign(desk, card=FAILS_LATER, reader=desk.reader.stripe_id)
    back = give_back(by=boss, asker=BOSS, difference=difference, location=desk.location, back=0, reason="Theirs",
                     now=timezone.now())  # fmt: skip
    assert step(back).state == "succeeded"
    desk.clock.shift(5)
    for _ in range(2):
        compare(desk.config, now=timezone.now())
    row = Difference.objects.get(closed_at=None)
    assert (row.kind, row.location) == ("refund_trouble", desk.location)
    assert row.detail.endswith("so the payment counts again.")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@both
def test_one_payment_attached_by_twenty_at_once(desk, boss, on):
    invoices = [desk.invoice(2500) for _ in range(20)]
    difference = foreign(desk)
    with row_locks(on=on):
        results = at_once(lambda number: attached(difference, invoices[number], boss))
    kinds = sorted(type(one).__name__ for one in results)
    assert Payment.objects.count() == 1
    if on:
        assert kinds == ["Conflict"] * 19 + ["Payment"]
    else:
        assert kinds.count("Payment") >= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@both
def test_one_rest_used_by_twenty_at_once(desk, boss, anna, on):
    payment = attached(foreign(desk), desk.invoice(500, member=anna), boss)
    invoices = [desk.invoice(900, member=anna) for _ in range(20)]
    with row_locks(on=on):
        at_once(lambda n: use_rest(by=boss, payment=payment, invoice=invoices[n], reason="x", now=timezone.now()))
    spent = sum(payment.allocations.values_list("amount", flat=True))
    assert spent == 2500 if on else spent > 2500
