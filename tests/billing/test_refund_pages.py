"""The refund form, what the pages show of refunds, and a manager's word about one of Stripe's Dashboard."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.enums import PaymentMethod, RefundOutcome, RefundRemote
from billing.models import CreditNote, Invoice, Refund
from billing.papers import credit_note_paper, invoice_paper
from billing.services.invoicing import NewLine, issue
from billing.services.refunds import record_found
from flexspace.core.models import Location
from flexspace.core.money import Money
from members.models import DayPass
from members.services import day_passes
from tests.factories.billing import NOW, make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.memberships import make_membership
from tests.factories.passes import make_product
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_of_the_payments")]


@pytest.fixture
def invoice(hafen):
    return make_issued_invoice(hafen)


@pytest.fixture
def payment(invoice):
    return make_payment(invoice, method=PaymentMethod.CASH)


def form_of(invoice, amount="145.00", **change):
    return {"token": str(uuid4()), f"part_{invoice.pk}": amount, "method": "cash", "reason": "Did not come",
            "outcome": "credit", **change}  # fmt: skip


def address(payment, query=""):
    return reverse("billing:refund_new", args=[payment.uuid]) + query


def test_form_offers_all_of_it_and_refunds_once(client, mia, invoice, payment):
    client.force_login(mia)
    page = client.get(address(payment)).context["form"]
    assert [(field.label, field.initial) for field in page.amounts] == [(f"Back from {invoice}", "145.00")]
    form = form_of(invoice, "45")
    answers = [client.post(address(payment), form) for _ in range(2)]
    assert {answer.url for answer in answers} == {reverse("billing:payment_detail", args=[payment.uuid])}
    assert [refund.money for refund in Refund.objects.all()] == [Money(4500, "EUR")]
    shown = client.get(answers[0].url).content.decode()
    assert all(text in shown for text in ("Refunded", "Did not come", "HFN-C000001", "Mia"))
    assert "took" not in shown  # cash is there at once


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": ""}, "Say why"),
        ({"outcome": "undecided"}, "not one of the available choices"),
        ({"method": "card"}, "not one of the available choices"),
        ({"token": ""}, "Reload the page"),
    ],
)
def test_form_that_cannot_be_is_refused_with_what_was_typed(client, mia, invoice, payment, change, said):
    client.force_login(mia)
    answer = client.post(address(payment), form_of(invoice, **change))
    assert (answer.status_code, Refund.objects.count()) == (200, 0)
    assert said in answer.content.decode()


@pytest.mark.parametrize("amount", ["145.01", "0", "-5", ""])
def test_amounts_that_cannot_go_back_are_refused(client, mia, invoice, payment, amount):
    client.force_login(mia)
    answer = client.post(address(payment), form_of(invoice, amount))
    assert (answer.status_code, Refund.objects.count()) == (200, 0)
    assert answer.context["form"].errors


def test_invoice_of_another_payment_is_no_field_of_this_form(client, mia, hafen, invoice, payment):
    client.force_login(mia)
    other = make_issued_invoice(hafen)
    client.post(address(payment), form_of(invoice, "1", **{f"part_{other.pk}": "20"}))
    assert [refund.amount for refund in Refund.objects.all()] == [100]


def test_who_may_not_is_refused_and_others_do_not_find_it(client, ben, vic, yuki, mia, invoice, payment):
    answers = {}
    for user in (ben, vic, yuki):
        client.force_login(user)
        answer = client.post(address(payment), form_of(invoice))
        answers[user.name] = (answer.status_code, "ask Mia" in answer.content.decode())
    assert answers == {"Ben": (200, True), "Vic": (403, False), "Yuki": (404, False)}
    assert Refund.objects.count() == 0


PASSWORD = "correct horse battery"


@pytest.fixture
def above(client, ada, hafen, payment):
    """Sign in as an admin, above whose limit the payment is, and return the address of the form."""
    Location.objects.filter(pk=hafen.pk).update(refund_limit_manager=10000)
    ada.set_password(PASSWORD)
    ada.save()
    client.force_login(ada)
    return address(payment)


def test_admin_types_the_password_again_above_the_limit(client, invoice, above):
    answer = client.post(above, form_of(invoice))
    assert 'name="password_first"' in answer.content.decode()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": above})
    assert client.post(above, form_of(invoice)).status_code == 302
    assert Refund.objects.get().state == "succeeded"


def test_what_was_typed_is_there_again_after_the_password(client, invoice, above):
    typed = form_of(invoice, "120.50", outcome="reopen", method="transfer", password_first="1")
    away = client.post(f"{above}?invoice={invoice.uuid}", typed)
    assert (Refund.objects.count(), "Did" in away.url, "120" in away.url) == (0, False, False)
    asks = client.get(away.url)
    back = asks.context["redirect_field_value"]
    assert back.startswith(f"{above}?invoice={invoice.uuid}&")
    assert "Back to the refund</a>" in asks.content.decode()
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": back}).url == back
    form = client.get(back).context["form"]
    shown = {name: form[name].value() for name in ("method", "reason", "outcome", f"part_{invoice.pk}", "tell")}
    assert shown == {"method": "transfer", "reason": "Did not come", "outcome": "reopen",
                     f"part_{invoice.pk}": "120.50", "tell": False}  # fmt: skip
    client.post(back, form_of(invoice, "120.50", token=str(form["token"].value())))
    assert Refund.objects.get().amount == 12050
    assert client.get(back).context["form"][f"part_{invoice.pk}"].value() == "24.50"  # used: nothing is kept


def test_what_was_typed_is_kept_for_its_payment_only_and_without_card_numbers(client, hafen, invoice, above):
    away = client.post(above, form_of(invoice, "1", reason="4242 4242 4242 4242", password_first="1"))
    form = client.get(f"{above}?typed").context["form"]
    assert (form["reason"].value(), form[f"part_{invoice.pk}"].value()) == (None, "1")
    assert [value for value in client.session.values() if "4242 4242" in str(value)] == []
    other = make_payment(make_issued_invoice(hafen), method=PaymentMethod.CASH)
    assert client.get(address(other, "?typed")).context["form"].amounts[0].value() == "145.00"
    assert "typed" in away.url


def test_password_page_leads_back_to_no_other_site(client, above):
    shown = client.get(reverse("account_reauthenticate"), {"next": "https://example.org/refund/"}).content.decode()
    assert "Back to the front desk</a>" in shown
    assert 'href="https://example.org' not in shown


def test_unused_pass_is_ticked_and_a_used_one_is_named(client, mia, hafen):
    pair = make_product(hafen, name="Pair", credits=2, kind="pack")
    lines = [NewLine(one.name, Money(2500, "EUR"), product=one) for one in (make_product(hafen), pair)]
    invoice = issue(by=BY, invoice=make_draft(hafen, lines=lines), now=NOW)
    payment = make_payment(invoice, method=PaymentMethod.CASH)
    single, _pack = DayPass.objects.order_by("source_line")
    client.force_login(mia)
    fields = client.get(address(payment)).context["form"].fields
    assert fields["take_back"].initial == [line.pk for line in invoice.lines.all()]
    day_passes.apply(by=BY, day_pass=single, reason="counts", now=NOW)  # used up
    page = client.get(address(payment))
    assert [name for _, name in page.context["form"].fields["take_back"].choices] == ["Pair"]
    assert "Day pass: 0 of 1 left" in page.content.decode()


@pytest.mark.parametrize(
    ("ends_on", "said"),
    [
        (None, ["goes on: a refund ends nothing.", "Next bill €300.00", "cancel it on its own page."]),
        (date(2027, 6, 30), ["goes on until 30 Jun 2027: a refund ends nothing.", "Next bill €300.00"]),
        (date(2026, 11, 22), ["has ended already."]),
    ],
)
def test_form_says_that_a_membership_goes_on_and_is_billed_again(client, mia, hafen, ends_on, said):
    lena = make_member(hafen)
    row = make_membership(lena, starts_on=date(2026, 11, 1), ends_on=ends_on)
    line = NewLine("November", Money(30000, "EUR"), membership=row, period_start=date(2026, 11, 1),
                   period_end=date(2026, 12, 1))  # fmt: skip
    invoice = issue(by=BY, invoice=make_draft(hafen, member=lena, lines=[line]), now=NOW)
    client.force_login(mia)
    shown = client.get(address(make_payment(invoice, method=PaymentMethod.CASH))).content.decode()
    assert reverse("members:membership_detail", args=[row.uuid]) in shown
    assert [part for part in said if part not in shown] == []


def test_invoice_page_follows_whole_part_and_reopened(client, mia, invoice, payment):
    client.force_login(mia)
    page = reverse("billing:invoice_detail", args=[invoice.uuid])
    assert address(payment, f"?invoice={invoice.uuid}") in client.get(page).content.decode()
    give_back(payment, 4500, outcome=RefundOutcome.REOPEN)
    shown = client.get(page).content.decode()
    assert "Part of what was paid went back, and €45.00 is to be paid another way." in shown
    assert "No saved card is charged by itself" in shown
    give_back(payment, 10000)
    assert reverse("billing:refund_new", args=[payment.uuid]) not in client.get(page).content.decode()
    assert client.get(address(payment)).url == reverse("billing:payment_detail", args=[payment.uuid])


def test_invoice_page_says_when_all_of_it_went_back(client, mia, invoice, payment):
    client.force_login(mia)
    give_back(payment, outcome=RefundOutcome.REOPEN)
    shown = client.get(reverse("billing:invoice_detail", args=[invoice.uuid])).content.decode()
    assert ">What was paid went back, and €145.00 is to be paid another way." in shown


def test_words_of_a_credit_are_true_where_something_stays_open(client, mia, hafen, invoice):
    payment = make_payment(invoice, 10000, method=PaymentMethod.CASH)
    client.force_login(mia)
    offered = dict(client.get(address(payment)).context["form"].fields["outcome"].choices)
    assert offered["credit"] == "The amount is taken off the invoice: a credit note is made"
    found = found_in_the_dashboard(payment)
    shown = client.get(reverse("billing:payment_detail", args=[payment.uuid])).content.decode()
    assert ("Take it off the invoice</button>" in shown, "Nothing is owed any more" in shown) == (True, False)
    said = client.post(reverse("billing:refund_decide", args=[found.uuid]), {"outcome": "credit"}, follow=True)
    assert "€45.00 that went back: taken off the invoice" in said.content.decode()
    assert Invoice.objects.get().open_amount == 4500


def test_paper_adds_up_to_what_is_open(hafen, invoice, payment):
    give_back(payment, 4500, outcome=RefundOutcome.REOPEN)
    give_back(payment, 2000)
    row = Invoice.objects.get(pk=invoice.pk)
    paper = invoice_paper(row, today=NOW.date())
    paid = Money.sum([part.amount for part in paper.paid], "EUR")
    assert (paper.total - paid, paper.open, len(paper.paid)) == (Money(4500, "EUR"), Money(4500, "EUR"), 4)


def test_credit_note_is_printed_for_those_who_may_see_it(client, mia, yuki, payment):
    give_back(payment, 4500)
    note = CreditNote.objects.get()
    paper = credit_note_paper(note)
    assert (paper.amount, paper.reason, paper.invoice) == (Money(4500, "EUR"), "Did not come", "HFN-000001")
    assert Money.sum([rate.gross for rate in paper.rates], "EUR") == paper.amount
    where = reverse("billing:credit_note_file", args=[note.uuid])
    client.force_login(mia)
    first, again = client.get(where), client.get(where)
    assert (first["Content-Type"], first.content[:5], first.content) == ("application/pdf", b"%PDF-", again.content)
    client.force_login(yuki)
    assert client.get(where).status_code == 404


def found_in_the_dashboard(payment, amount=4500):
    return record_found(
        payment=payment, reference="re_1", amount=amount, seen=RefundRemote.SUCCEEDED, made_at=NOW, now=NOW
    )


@pytest.mark.parametrize(("outcome", "left", "notes"), [("credit", 0, 1), ("reopen", 4500, 0)])
def test_manager_decides_about_a_refund_of_the_dashboard(client, mia, invoice, payment, outcome, left, notes):
    refund = found_in_the_dashboard(payment)
    client.force_login(mia)
    assert (
        "is it still to be paid?" in client.get(reverse("billing:payment_detail", args=[payment.uuid])).content.decode()
    )
    for _ in range(2):  # a second press changes nothing
        client.post(reverse("billing:refund_decide", args=[refund.uuid]), {"outcome": outcome})
    row = Invoice.objects.get()
    assert (row.open_amount, row.held_amount, CreditNote.objects.count()) == (left, 0, notes)


def test_desk_does_not_decide_about_the_dashboard(client, ben, payment):
    refund = found_in_the_dashboard(payment)
    client.force_login(ben)
    assert client.post(reverse("billing:refund_decide", args=[refund.uuid]), {"outcome": "credit"}).status_code == 403


def test_lists_say_what_went_back(client, mia, invoice, payment):
    give_back(payment, 4500)
    client.force_login(mia)
    assert "€45.00 refunded" in client.get(reverse("billing:payment_list")).content.decode()
    payer = reverse("billing:payer_invoices", args=["member", invoice.member.uuid])
    assert "€45.00 refunded" in client.get(payer).content.decode()
