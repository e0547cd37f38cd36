"""Split tender: rows one after the other, each a payment of its own; a paid row stands when the next one fails."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.money import Money
from terminal.enums import SplitWay
from terminal.models import Attempt, Split
from terminal.services.split import Wanted, leave_open, next_row, plan, run
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import to_card
from tests.terminal.saved import owing

pytestmark = pytest.mark.django_db
W = SplitWay


def planned(invoice, *rows):
    wanted = [Wanted(way, Money(amount, invoice.currency) if amount else None) for way, amount in rows]
    return plan(by=ADMIN, invoice=invoice, rows=wanted, now=timezone.now())


def take(desk, split, position):
    """Run a row; return it."""
    return run(by=ADMIN, split=split, position=position, reader=desk.reader, now=timezone.now())


def paid(invoice):
    row = Invoice.objects.get(pk=invoice.pk)
    return row.paid_amount, row.open_amount


def turn(split):
    row = next_row(Split.objects.select_related("invoice").get(pk=split.pk))
    return row.position if row else None


def on_reader(desk, split, position, card="4242424242424242"):
    attempt = desk.advance(take(desk, split, position).attempt)
    desk.tap(card)
    return desk.settle(attempt)


def test_card_then_cash_then_another_card_each_pays_its_part(desk):
    invoice = desk.invoice()
    split = planned(invoice, (W.READER, 6000), (W.CASH, 2500), (W.READER, None))
    on_reader(desk, split, 1)
    assert (paid(invoice), turn(split)) == ((6000, 8500), 2)
    take(desk, split, 2)
    assert (paid(invoice), turn(split)) == ((8500, 6000), 3)
    on_reader(desk, split, 3, card="5555555555554444")
    assert (paid(invoice), turn(split)) == ((14500, 0), None)
    amounts = Payment.objects.order_by("pk").values_list("method", "amount")
    assert list(amounts) == [("card_reader", 6000), ("cash", 2500), ("card_reader", 6000)]


def test_first_row_stands_when_the_second_fails_and_may_be_refunded_or_the_rest_left_open(desk):
    invoice = desk.invoice()
    split = planned(invoice, (W.READER, 6000), (W.READER, None))
    first = on_reader(desk, split, 1)
    second = desk.advance(take(desk, split, 2).attempt)
    desk.customer_cancels()
    desk.settle(second)
    desk.cancel(second)
    desk.settle(second)
    assert (second.state, paid(invoice), turn(split)) == ("canceled", (6000, 8500), 2)
    again = on_reader(desk, split, 2)
    assert (again.pk != second.pk, paid(invoice)) == (True, (14500, 0))
    assert to_card(first.payment, 6000).state == "reserved"
    other = desk.invoice()
    left = planned(other, (W.CASH, 100), (W.READER, None))
    take(desk, left, 1)
    leave_open(by=ADMIN, split=left, now=timezone.now())
    assert paid(other) == (100, 14400)
    with pytest.raises(Conflict):
        take(desk, left, 2)


def test_a_row_is_taken_once_and_in_its_turn(desk):
    invoice = desk.invoice()
    split = planned(invoice, (W.READER, 6000), (W.CASH, None))
    with pytest.raises(Conflict, match="not next"):
        take(desk, split, 2)
    take(desk, split, 1)
    for _ in range(3):
        with pytest.raises(Conflict, match="right now"):
            take(desk, split, 1)
    with pytest.raises(Conflict):
        leave_open(by=ADMIN, split=split, now=timezone.now())
    with pytest.raises(Conflict):
        planned(invoice, (W.CASH, 100), (W.CASH, None))
    assert Attempt.objects.count() == 1


def test_saved_card_takes_the_rest(desk):
    invoice = owing(desk)
    split = planned(invoice, (W.CASH, 4500), (W.CARD, None))
    take(desk, split, 1)
    attempt = take(desk, split, 2).attempt
    desk.settle(desk.advance(attempt))
    assert (attempt.amount, attempt.state, paid(invoice)) == (10000, "succeeded", (14500, 0))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(W.CASH, None)], "two to 4"),
        ([(W.CASH, None), (W.CASH, None)], "above zero"),
        ([(W.CASH, 14500), (W.READER, None)], "take all"),
        ([(W.LINK, 100), (W.CASH, None)], "only be the last"),
        ([(W.READER, 10), (W.CASH, None)], "in cash"),
        ([(W.CASH, 14490), (W.READER, None)], "in cash"),
        ([(W.READER, 10000), (W.CASH, 5000)], "€100.00 and €50.00 are more than the €145.00 that is open"),
        ([(W.READER, 10000), (W.CASH, 4000)], "€100.00 and €40.00 leave €5.00 open"),
    ],
)
def test_rows_that_cannot_add_up_are_refused(desk, rows, said):
    with pytest.raises(DomainError, match=said):
        planned(desk.invoice(), *rows)
    assert not Split.objects.exists()


def test_pages(desk, ben, yuki):
    invoice, at, stranger = desk.invoice(), Client(), Client()
    at.force_login(ben)
    stranger.force_login(yuki)
    new = reverse("terminal:split_new", args=[invoice.uuid])
    assert new in at.get(f"{reverse('terminal:take_payment')}?invoice={invoice.uuid}").content.decode()
    assert stranger.get(new).status_code == 404
    assert at.post(new, {"way_1": "cash", "amount_1": "x", "way_2": "reader"}).status_code == 422
    more = at.post(new, {"way_1": "cash", "amount_1": "60.00", "way_2": "reader", "amount_2": "90.00"})
    assert "are more than the €145.00 that is open" in more.context["form"].errors["amount_2"][0]
    assert "A saved card" not in more.content.decode()  # it is not offered
    page = at.post(new, {"way_1": "cash", "amount_1": "60.00", "way_2": "reader", "amount_2": "85"})["Location"]
    assert stranger.get(page).status_code == 404
    split = Split.objects.get()
    rows = [reverse("terminal:split_run", args=[split.uuid, position]) for position in (1, 2)]
    said = at.get(page).content.decode()
    assert "Row 1: book €60.00 in cash" in said
    assert "2. Card on a reader" in said
    assert "€85.00, the rest" in said
    for _ in range(2):
        at.post(rows[0])
    said = at.get(page).content.decode()
    assert "€60.00 of €145.00 paid" in said
    assert "Leave the rest open" in said
    assert reverse("billing:refund_new", args=[Payment.objects.get().uuid]) in said
    went = at.post(rows[1], {"reader": desk.reader.pk})["Location"]
    assert went.startswith(reverse("terminal:attempt", args=[Attempt.objects.get().uuid]))
    shown = at.get(went)
    assert shown.context["back_name"] == "split"
    assert "Self-test" not in shown.content.decode()
    assert "Being paid" in at.get(page).content.decode()
    panel = reverse("terminal:split_panel", args=[invoice.uuid])
    assert panel in at.get(reverse("billing:invoice_detail", args=[invoice.uuid])).content.decode()
    found = at.get(panel).content.decode()
    assert "Being paid in several ways: 1 of 2 paid." in found
    assert page in found
    assert stranger.get(panel).status_code == 404
    assert at.post(reverse("terminal:split_leave", args=[split.uuid]))["Location"] == page


def test_a_split_is_found_again_until_it_is_over_and_its_pay_link_leads_back_to_it(desk, ben):
    invoice, at = desk.invoice(), Client()
    at.force_login(ben)
    panel, link = (reverse(f"terminal:{name}", args=[invoice.uuid]) for name in ("split_panel", "pay_link"))
    assert at.get(panel).content.strip() == b""
    split = planned(invoice, (W.CASH, 4500), (W.LINK, None))
    page = reverse("terminal:split", args=[split.uuid])
    assert "0 of 2 paid" in at.get(panel).content.decode()
    take(desk, split, 1)
    assert page in at.get(link).content.decode()
    leave_open(by=ADMIN, split=split, now=timezone.now())
    assert at.get(panel).content.strip() == b""
    assert page not in at.get(link).content.decode()
