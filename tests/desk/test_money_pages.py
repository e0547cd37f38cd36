"""Taking the money at the counter: the reader, cash, nothing to pay; and what it gives at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment, Sale
from billing.services import sales
from flexspace.core.actors import Actor
from members.models import CheckIn, DayPass, SeatHold
from terminal.explain import busy_sentence
from terminal.models import Attempt
from tests.desk.counter import fields, open_person, pick, sell, text
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


@pytest.fixture
def page(till, desk, lena, shelf):
    """Return the page of a sale of a day pass to Lena, at a desk with a reader."""
    return sell(till, lena, shelf["D"])


def the_sale():
    return Sale.objects.select_related("invoice__location").get()


def charge(client, page, reader, **more):
    url = reverse("desk:charge", args=[page.context["sale"].uuid])
    return client.post(url, fields(page, reader=reader.pk, **more), follow=True)


def now_page(client):
    return client.get(f"/desk/{the_sale().uuid}/")


def test_a_charge_issues_the_sale_and_its_page_shows_the_reader(till, page, desk):
    answer = charge(till, page, desk.reader)
    attempt = Attempt.objects.get()
    assert answer.redirect_chain == [(f"/desk/{the_sale().uuid}/", 302)]
    assert (answer.context["stage"], attempt.amount, the_sale().invoice.state) == ("taking", 2500, "issued")
    assert desk.advance(attempt).state == "waiting"
    assert "Ask them to tap" in text(now_page(till))


def test_a_tap_pays_gives_the_pass_and_lets_in_with_the_page_closed(till, page, desk, lena):
    charge(till, page, desk.reader)
    attempt = Attempt.objects.get()
    desk.advance(attempt)
    desk.tap()
    desk.settle(attempt)
    assert (attempt.state, DayPass.objects.get().member) == ("succeeded", lena)
    assert CheckIn.objects.get().actor_label == "Ben"
    answer = now_page(till)
    assert answer.context["outcome"].sentence == "Paid · pass valid · checked in 10:00"
    assert "Visa •••• 4242" in text(answer)


def test_a_poll_brings_the_end_and_then_nothing_new(till, page, desk):
    charge(till, page, desk.reader)
    attempt, sale = Attempt.objects.get(), the_sale()
    seen = now_page(till).context["sale_seen"]
    live = reverse("desk:live", args=[sale.uuid])
    assert till.get(live, {"sale_seen": seen}).status_code == 204
    desk.advance(attempt)
    desk.tap()
    desk.settle(attempt)
    answer = till.get(live, {"sale_seen": seen})
    assert "Paid · pass valid · checked in 10:00" in text(answer)


def test_what_they_owed_goes_into_the_same_tap(till, desk, lena, hafen, shelf):
    may = make_issued_invoice(hafen, 12000, member=lena)
    page = sell(till, lena, shelf["D"])
    charge(till, page, desk.reader)
    attempt = Attempt.objects.get()
    desk.advance(attempt)
    desk.tap()
    desk.settle(attempt)
    may.refresh_from_db()
    assert (attempt.amount, may.open_amount, Payment.objects.get().allocations.count()) == (14500, 0, 2)
    assert f"with {may.number}" in text(now_page(till))


def test_a_tick_that_was_not_saved_yet_counts_when_the_charge_is_sent(till, desk, lena, hafen, shelf):
    make_issued_invoice(hafen, 12000, member=lena)
    page = sell(till, lena, shelf["D"])
    charge(till, page, desk.reader, invoice=[])
    assert Attempt.objects.get().amount == 2500


def test_the_same_form_twice_charges_once(till, page, desk):
    data = fields(page, reader=desk.reader.pk)
    url = reverse("desk:charge", args=[the_sale().uuid])
    assert {till.post(url, data).url for _ in range(2)} == {f"/desk/{the_sale().uuid}/"}
    assert (Attempt.objects.count(), Invoice.objects.count()) == (1, 1)


@pytest.mark.parametrize("reader", ["", "x", "999", "1\x00"])
def test_without_a_reader_nothing_is_issued(till, page, reader):
    url = reverse("desk:charge", args=[the_sale().uuid])
    answer = till.post(url, fields(page, reader=reader), follow=True)
    assert ("Choose a reader." in text(answer), the_sale().invoice.state) == (True, "draft")


def test_a_reader_in_use_leaves_a_draft_and_says_so(till, page, desk):
    running = desk.waiting()
    answer = charge(till, page, desk.reader)
    assert (answer.context["stage"], the_sale().invoice.state, Attempt.objects.count()) == ("open", "draft", 1)
    assert answer.context["sale"].invoice.number is None
    assert busy_sentence(running).split(",")[0] in text(answer)


def test_a_seat_that_is_gone_is_not_charged(till, page, desk, hafen, clock, shelf):
    hafen.day_pass_capacity = 1
    hafen.save()
    clock.shift(3601)
    sell(till, make_member(hafen), shelf["D"])
    url = reverse("desk:charge", args=[page.context["sale"].uuid])
    answer = till.post(url, fields(page, reader=desk.reader.pk), follow=True)
    assert "Mon 23 Nov is full: 1 of 1 day passes are taken." in text(answer)
    assert Attempt.objects.count() == 0


def test_a_charge_that_ended_unpaid_can_be_tried_again_or_changed(till, page, desk, shelf):
    charge(till, page, desk.reader)
    attempt = Attempt.objects.get()
    desk.advance(attempt)
    desk.cancel(attempt)
    desk.settle(attempt)
    answer = now_page(till)
    assert (answer.context["stage"], SeatHold.objects.get().state) == ("unpaid", "held")
    number = the_sale().invoice.number
    till.post(reverse("desk:add", args=[the_sale().uuid]), fields(answer, pick=pick(shelf["P"], day="")))
    assert (the_sale().invoice.state, Invoice.objects.get(number=number).state) == ("draft", "void")
    charge(till, now_page(till), desk.reader)
    assert list(Attempt.objects.order_by("pk").values_list("amount", flat=True)) == [2500, 2800]


def test_a_sale_cannot_be_changed_or_dropped_while_a_reader_takes_it(till, page, desk, shelf):
    charge(till, page, desk.reader)
    sale = the_sale()
    for url in (reverse("desk:drop", args=[sale.uuid]), reverse("desk:add", args=[sale.uuid])):
        answer = till.post(url, fields(page, pick=pick(shelf["P"], day=""), token="5" * 32), follow=True)
        assert "Cancel it on the reader first." in text(answer)
    assert (the_sale().invoice.state, the_sale().invoice.lines.count()) == ("issued", 1)


def test_keys_of_the_charge_screen_lead_back_to_the_sale(till, page, desk):
    charge(till, page, desk.reader)
    attempt, back = Attempt.objects.get(), f"/desk/{the_sale().uuid}/"
    desk.advance(attempt)
    assert f'name="back" value="{back}"' in text(now_page(till))
    cancel = reverse("terminal:attempt_cancel", args=[attempt.uuid])
    assert till.post(cancel, {"back": back}).url == back
    assert till.post(cancel, {"back": "https://elsewhere.example/"}).url == f"/charge/{attempt.uuid}/"
    desk.settle(attempt)
    cash = reverse("terminal:attempt_cash", args=[attempt.uuid])
    assert till.post(cash, {"back": back}).url == f"{back}?pay=cash"


def test_the_running_bar_leaves_out_what_the_page_shows_itself(till, page, desk):
    charge(till, page, desk.reader)
    here = f"http://testserver/desk/{the_sale().uuid}/"
    bars = [till.get("/charge/running/", headers={"HX-Current-URL": url}).context["bars"] for url in (here, "/")]
    assert [len(shown) for shown in bars] == [0, 1]


def test_cash_asks_books_and_says_the_change(till, page, lena):
    sale = the_sale()
    asked = till.get(f"/desk/{sale.uuid}/", {"pay": "cash"})
    assert "€25.00 received" in text(asked)
    token = str(asked.context["cash"]["token"].value())
    answer = till.post(reverse("desk:cash", args=[sale.uuid]), fields(asked, token=token, given="50"), follow=True)
    payment = Payment.objects.get()
    assert (payment.method, payment.amount, payment.received_by) == ("cash", 2500, "Ben")
    for shown in (answer, till.get(f"/desk/{sale.uuid}/")):  # it stays when the page is shown anew
        assert '<p class="stage__sentence">Give €25.00 change.</p>' in text(shown)
    assert answer.context["outcome"].sentence == "Paid · pass valid · checked in 10:00"
    till.post(reverse("desk:cash", args=[sale.uuid]), fields(asked, token=token))
    assert Payment.objects.count() == 1


def test_a_paid_sale_that_is_opened_later_tells_nobody_to_give_change(till, page, desk, lena):
    sale = the_sale()
    asked = till.get(f"/desk/{sale.uuid}/", {"pay": "cash"})
    till.post(reverse("desk:cash", args=[sale.uuid]), fields(asked, given="50"))
    desk.clock.shift(9 * 60)
    assert "Give €25.00 change." in text(till.get(f"/desk/{sale.uuid}/"))
    desk.clock.shift(2 * 60)
    later = text(till.get(f"/desk/{sale.uuid}/"))
    assert ("Give €25.00" in later, "€25.00 change was given" in later) == (False, True)


@pytest.mark.parametrize("given", ["20", "x", "-5"])
def test_cash_that_cannot_be_is_a_sentence(till, page, given):
    url = reverse("desk:cash", args=[the_sale().uuid])
    answer = till.post(url, fields(page, given=given))
    assert (answer.status_code, Payment.objects.count(), the_sale().invoice.state) == (422, 0, "draft")
    assert "field__error" in text(answer)


def test_cash_takes_what_they_owed_too(till, desk, lena, hafen, shelf):
    may = make_issued_invoice(hafen, 12000, member=lena)
    page = sell(till, lena, shelf["D"])
    till.post(reverse("desk:cash", args=[the_sale().uuid]), fields(page, shown="14500"))
    may.refresh_from_db()
    assert (Payment.objects.get().amount, may.open_amount) == (14500, 0)


def test_cash_for_another_sum_than_the_button_said_is_not_booked(till, page):
    answer = till.post(reverse("desk:cash", args=[the_sale().uuid]), fields(page, shown="2400"), follow=True)
    assert (Payment.objects.count(), the_sale().invoice.state) == (0, "draft")
    assert "The sum has changed: it was €24.00, it is €25.00 now." in text(answer)


def test_a_free_product_is_handed_over(till, lena, hafen, shelf):
    shelf["D"].prices.update(amount=0)
    page = sell(till, lena, shelf["D"])
    assert "Hand it over, nothing to pay" in text(page)
    till.post(reverse("desk:complete", args=[the_sale().uuid]), fields(page))
    answer = now_page(till)
    assert answer.context["outcome"].sentence.startswith("Done · pass valid · checked in ")


def test_nothing_is_handed_over_that_costs_something(till, page):
    answer = till.post(reverse("desk:complete", args=[the_sale().uuid]), fields(page), follow=True)
    assert ("Something is to be paid. Choose how." in text(answer), the_sale().invoice.state) == (True, "draft")


def test_who_buys_nothing_pays_what_they_owe(till, desk, lena, hafen):
    invoices = [make_issued_invoice(hafen, amount, member=lena) for amount in (12000, 5000)]
    page = open_person(till, lena)
    url = reverse("desk:collect", args=["member", lena.uuid])
    answer = till.post(url, fields(page, reader=desk.reader.pk, invoice=[str(invoices[0].uuid)]))
    attempt = Attempt.objects.get()
    assert answer.url.startswith(f"/charge/{attempt.uuid}/?back=%2Fdesk%2F%3Fmember%3D{lena.uuid}")
    assert (attempt.amount, Sale.objects.count()) == (12000, 0)
    shown = text(till.get(answer.url))
    assert f"/desk/?member={lena.uuid}" in shown


def test_under_htmx_a_page_of_its_own_replaces_the_whole_page(till, desk, lena, hafen, page):
    may = make_issued_invoice(hafen, 12000, member=lena)
    htmx = {"HX-Request": "true", "HX-Boosted": "true"}
    url = reverse("desk:collect", args=["member", lena.uuid])
    data = {"reader": desk.reader.pk, "invoice": [str(may.uuid)], "token": "5" * 32}
    answer = till.post(url, data, headers=htmx)
    assert answer["HX-Redirect"].startswith(f"/charge/{Attempt.objects.get().uuid}/?back=")
    answer = till.post(reverse("desk:link", args=[the_sale().uuid]), headers=htmx)
    assert answer["HX-Redirect"] == reverse("terminal:pay_link", args=[the_sale().invoice.uuid])
    assert the_sale().invoice.state == "issued"


def test_nothing_ticked_is_a_sentence(till, desk, lena, hafen):
    make_issued_invoice(hafen, 12000, member=lena)
    page = open_person(till, lena)
    url = reverse("desk:collect", args=["member", lena.uuid])
    answer = till.post(url, fields(page, reader=desk.reader.pk, invoice=[]), follow=True)
    assert "Tick at least one invoice." in text(answer)


def test_who_may_not_charge_has_no_key_for_it(client, vic, hafen, desk, ben, lena, shelf):
    sale = sales.open_sale(by=Actor.of(ben), location=hafen, payer=lena, now=timezone.now())
    client.force_login(vic)
    for name in ("charge", "cash", "complete", "drop", "add"):
        assert client.post(reverse(f"desk:{name}", args=[sale.uuid])).status_code == 403


def test_money_that_comes_by_a_way_the_page_did_not_start_is_shown_all_the_same(till, page, desk, lena):
    from tests.factories.billing import make_payment  # noqa: PLC0415

    sales.issue(by=Actor.job("test"), sale=the_sale(), now=timezone.now())
    make_payment(the_sale().invoice, received_at=timezone.now())
    assert now_page(till).context["outcome"].sentence == "Paid · pass valid · checked in 10:00"


def test_what_was_paid_leads_to_its_receipt_by_the_keys_of_a_payment(till, page):
    url = reverse("desk:cash", args=[the_sale().uuid])
    done = text(till.post(url, fields(page, shown="2500"), follow=True))
    payment, invoice = Payment.objects.get(), Invoice.objects.get()
    back = f"?back={reverse('desk:sale', args=[the_sale().uuid])}"
    for name, row, key in (("payment_receipt", payment, "r"), ("payment_receipt_mail", payment, "e"),
                           ("invoice_detail", invoice, "o")):  # fmt: skip
        more = back if key == "e" else ""
        assert f'href="{reverse(f"billing:{name}", args=[row.uuid])}{more}" data-key="{key}"' in done
