"""What is refused because a reader is taking the money says so on every page with the way to that payment."""

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Invoice
from billing.services.payments import record_payment
from flexspace.core.money import Money
from members.models import Plan
from terminal.enums import SplitWay
from terminal.models import Attempt, Difference
from terminal.services.compare import compare
from terminal.services.split import Wanted, plan, run
from tests.desk.counter import fields, pick, sell, text
from tests.factories.billing import make_payment
from tests.factories.memberships import make_plan
from tests.factories.passes import make_product
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import paid_by_card
from tests.terminal.saved import owing

pytestmark = pytest.mark.django_db(transaction=True)
LABEL = "Open the running payment"


@pytest.fixture
def boss(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def invoice(desk, anna):
    return desk.invoice(member=anna)


def led(answer) -> bool:
    """Return whether the page has one link to the running payment, beside the sentence."""
    shown, url = text(answer), reverse("terminal:attempt", args=[Attempt.objects.live().get().uuid])
    assert "Being taken now on Front desk S700" in shown
    return shown.count(f'href="{url}" data-key="o">{LABEL}') == 1


def post(client, url, *args, **data):
    return client.post(reverse(url, args=args), data, follow=True)


def test_recording_a_payment_by_hand_leads_to_it(boss, desk, invoice):
    desk.waiting(invoice)
    url = f"{reverse('billing:payment_record')}?invoice={invoice.uuid}"
    data = {name: boss.get(url).context["form"][name].value() for name in ("token", "received_on", "amount", "method")}
    assert led(boss.post(url, {**data, "reason": "Paid at the desk"}))


def test_voiding_leads_to_it(boss, desk, invoice):
    desk.waiting(invoice)
    assert led(post(boss, "billing:invoice_void", invoice.uuid, reason="Wrong person"))


def test_refund_of_another_part_payment_leads_to_it(boss, desk, invoice):
    payment = make_payment(invoice, 4500)
    desk.waiting(Invoice.objects.get(pk=invoice.pk))
    url = reverse("billing:refund_new", args=[payment.uuid])
    form = boss.get(url).context["form"]
    data = {"token": form["token"].value(), form.parts[0]: "45.00", "method": "cash", "outcome": "credit"}
    assert led(boss.post(url, {**data, "reason": "Did not come"}))


def test_using_what_was_too_much_leads_to_it(boss, desk, invoice, anna):
    make_payment(invoice)
    make_payment(invoice, reference="again")
    target = desk.invoice(member=anna)
    desk.waiting(target)
    url = reverse("billing:surplus_use", args=[invoice.uuid])
    token = boss.get(url).context["form"]["token"].value()
    assert led(boss.post(url, {"token": token, "invoice": str(target.uuid)}))


@pytest.fixture
def stranger(desk):
    """Return the difference of a payment that was typed into the reader alone."""
    desk.dashboard("take_payment", "", amount=2500)
    compare(desk.config, now=timezone.now())
    return Difference.objects.get()


def test_attaching_a_strangers_payment_leads_to_it_from_its_row(boss, desk, invoice, stranger):
    desk.waiting(invoice)
    assert led(post(boss, "terminal:difference_attach", stranger.pk, reason="Saturday", invoice=invoice.number))


def test_using_a_rest_leads_to_it(boss, desk, invoice, anna):
    payment = record_payment(
        by=ADMIN, location=desk.location, member=anna, company=None, method=PaymentMethod.CARD_AT_STRIPE,
        amount=invoice.open, reference="pi_rest", allocations=[], received_at=timezone.now(), now=timezone.now(),
    )  # fmt: skip
    desk.waiting(invoice)
    assert led(post(boss, "billing:rest_use", payment.uuid, invoice=str(invoice.uuid)))


@pytest.mark.parametrize(
    ("button", "data"), [("stop", {"reason": "They asked"}), ("wait", {"until": "2026-12-01"}), ("resume", {})]
)
def test_changing_how_it_is_collected_leads_to_it(boss, desk, button, data):
    invoice = owing(desk)
    desk.waiting(invoice)
    assert led(post(boss, f"billing:collection_{button}", invoice.uuid, **data))


@pytest.fixture
def sold(boss, desk, anna):
    """Return the page of a sale that is issued, because a reader is taking its money."""
    page = sell(boss, anna, make_product(desk.location))
    boss.post(reverse("desk:link", args=[page.context["sale"].uuid]), fields(page))
    desk.waiting(Invoice.objects.get())
    return page


def test_dropping_a_sale_or_putting_more_in_leads_to_it(boss, sold, desk):
    sale, more = sold.context["sale"], make_product(desk.location, name="Printing", shortcut="P")
    assert led(post(boss, "desk:drop", sale.uuid))
    assert led(boss.post(reverse("desk:add", args=[sale.uuid]), fields(sold, pick=pick(more)), follow=True))


def test_putting_a_plan_into_a_sale_leads_to_it(boss, sold, desk, anna):
    make_plan(desk.location, name="Hot desk", price=29900)
    url = f"{reverse('desk:sign_up', args=['member', anna.uuid])}?sale={sold.context['sale'].uuid}"
    page = boss.get(url)
    data = {"token": str(page.context["token"]), "plan": Plan.objects.get().pk, "starts_on": "2026-11-23"}
    assert led(boss.post(url, data))


def planned(invoice, *rows):
    wanted = [Wanted(way, Money(amount, invoice.currency) if amount else None) for way, amount in rows]
    return plan(by=ADMIN, invoice=invoice, rows=wanted, now=timezone.now())


def test_row_of_a_split_leads_to_the_payment_that_has_its_turn(boss, desk, invoice):
    split = planned(invoice, (SplitWay.CASH, 2500), (SplitWay.READER, None))
    desk.waiting(invoice)
    assert led(post(boss, "terminal:split_run", split.uuid, 1))


def test_split_that_is_being_paid_leads_there_when_it_should_end(boss, desk, invoice):
    split = planned(invoice, (SplitWay.READER, 2500), (SplitWay.CASH, None))
    run(by=ADMIN, split=split, position=1, reader=desk.reader, now=timezone.now())
    url = reverse("terminal:attempt", args=[Attempt.objects.get().uuid])
    way = f'href="{url}" data-key="o">{LABEL}'
    assert way in text(post(boss, "terminal:split_leave", split.uuid))
    assert way in text(post(boss, "terminal:split_run", split.uuid, 1, reader=desk.reader.pk))
    rows = {"way_1": "cash", "amount_1": "25.00", "way_2": "reader", "amount_2": ""}
    assert way in text(post(boss, "terminal:split_new", invoice.uuid, **rows))


def test_other_refusals_lead_nowhere(boss, desk, invoice):
    payment = paid_by_card(desk, invoice)
    page = text(post(boss, "billing:rest_use", payment.uuid, invoice=str(invoice.uuid)))
    assert (f"Nothing is open on {invoice}" in page, LABEL in page) == (True, False)
    plain = render_to_string("components/toasts.html", {"messages": [Message(constants.INFO, "Saved")]})
    assert LABEL not in plain
