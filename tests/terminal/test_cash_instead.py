"""What goes on in another way keeps its amount: cash instead, charge again, another reader for a row of a split."""

import pytest
from django.urls import reverse

from billing.models import Invoice, Payment
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from terminal.enums import SplitWay
from terminal.models import Split
from terminal.services.split import cash_instead
from tests.terminal.desk import ADMIN
from tests.terminal.test_split import paid, planned, take, turn

pytestmark = pytest.mark.django_db
W = SplitWay


def over(desk, attempt):
    """Let a charge end without money."""
    desk.cancel(attempt)
    assert desk.settle(attempt).state == "canceled"
    return attempt


def test_cash_instead_of_a_part_proposes_that_part(desk, at):
    attempt = over(desk, desk.waiting(desk.invoice(14500), amount=1500))
    led = at.post(reverse("terminal:attempt_cash", args=[attempt.uuid]))
    assert at.get(led["Location"]).context["form"]["amount"].value() == "15.00"


def test_charge_again_proposes_the_same_part(desk, at):
    attempt = over(desk, desk.waiting(desk.invoice(14500), amount=1500))
    page = at.get(reverse("terminal:attempt", args=[attempt.uuid])).content.decode()
    [link] = [part.split('"')[0] for part in page.split('href="') if "amount=15.00" in part.split('"')[0]]
    assert at.get(link.replace("&amp;", "&")).context["form"]["amount"].value() == "15.00"


@pytest.mark.parametrize("proposed", ["0", "-5", "145.01", "x", "1.001", "", "9" * 30])
@pytest.mark.parametrize("page", ["billing:payment_record", "terminal:take_payment"])
def test_what_cannot_be_proposed_is_all_that_is_open(desk, at, page, proposed):
    answer = at.get(reverse(page), {"invoice": str(desk.invoice(14500).uuid), "amount": proposed})
    assert answer.context["form"]["amount"].value() == "145.00"


def test_row_of_a_split_keeps_its_amount_and_its_turn_in_cash(desk, at):
    invoice = desk.invoice(14500)
    split = planned(invoice, (W.READER, 2000), (W.READER, None))
    attempt = over(desk, desk.advance(take(desk, split, 1).attempt))
    led = at.post(reverse("terminal:attempt_cash", args=[attempt.uuid]))["Location"]
    assert led == reverse("terminal:split", args=[split.uuid])
    assert "€20.00" in at.get(led).content.decode()
    take(desk, split, 1)
    assert (paid(invoice), turn(split)) == ((2000, 12500), 2)
    assert Payment.objects.get().method == "cash"
    assert AuditEvent.objects.filter(action="terminal.split.cash_instead").count() == 1


def test_cash_instead_is_no_rows_once_its_split_is_over_or_paid(desk):
    invoice = desk.invoice(14500)
    split = planned(invoice, (W.READER, 2000), (W.CASH, None))
    running = desk.advance(take(desk, split, 1).attempt)
    assert cash_instead(by=ADMIN, attempt=running) is None  # it may still be paid
    over(desk, running)
    Split.objects.filter(pk=split.pk).update(ended_at=running.created_at)
    assert cash_instead(by=ADMIN, attempt=running) is None
    assert cash_instead(by=ADMIN, attempt=desk.start(desk.invoice())) is None


def test_row_that_went_on_at_another_reader_is_paid_there(two_readers):
    desk, (front, lounge) = two_readers, two_readers.readers
    invoice = desk.invoice(14500)
    split = planned(invoice, (W.READER, 6000), (W.CASH, None))
    attempt = desk.advance(take(desk, split, 1).attempt)
    other = next(reader for reader in (front, lounge) if reader != attempt.reader)
    desk.again(attempt, reader=other)
    desk.settle(attempt)
    goes_on = split.rows.get(position=1).attempt
    assert (goes_on.previous, goes_on.reader) == (attempt, other)
    desk.advance(goes_on)
    desk.tap(reader=other)
    desk.settle(goes_on)
    assert (Invoice.objects.get(pk=invoice.pk).paid, turn(split)) == (Money(6000, "EUR"), 2)
