"""The pages of payouts: whose they are, what each line leads to, the file, and the payment's own link."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from flexspace.core.actors import Actor
from flexspace.core.models import AuditEvent, Location
from terminal.models import Difference, LocationAccount, Payout, PayoutLine, StripeConfig
from terminal.services import differences
from terminal.services.compare import compare
from terminal.services.payouts import sync_payout
from tests.factories.members import make_member
from tests.terminal.money_back import paid_by_card, step, to_card
from tests.terminal.paid_out import LINES, foreign, paid_out, pay_out, read

LIST = "/stripe/payouts/"


@pytest.fixture
def page(client, mia):
    client.force_login(mia)
    return client


def show(client, payout, **asked):
    return client.get(reverse("terminal:payout", args=[payout.pk]), asked).content.decode()


def cells(client, payout):
    """Return the file's rows by their head."""
    answer = client.get(reverse("terminal:payout_file", args=[payout.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_page_leads_from_each_line_to_payment_and_invoice(page, desk, anna):
    invoice = desk.invoice(14500, member=anna)
    payment = paid_by_card(desk, invoice)
    step(to_card(payment, 4500))
    desk.dashboard("take_fee", "", amount=300, description="Radar")
    payout = paid_out(desk)
    text = show(page, payout)
    for said in ("Anna Keller", "Front desk S700", invoice.number, "€145.00", "−€45.00", "−€5.13", "Radar", "−€2.13"):
        assert said in text
    assert text.count(reverse("billing:payment_detail", args=[payment.uuid])) >= 2
    assert reverse("billing:invoice_detail", args=[invoice.uuid]) in text
    assert text.index("Payments") < text.index("Refunds</h2>") < text.index("Fees</h2>")
    assert text.index("From whom") < text.index("Refunds</h2>") < text.index("To whom")
    assert f'class="nowrap" href="{reverse("billing:invoice_detail", args=[invoice.uuid])}"' in text
    listed = page.get(LIST).content.decode()
    assert reverse("terminal:payout", args=[payout.pk]) in listed
    assert "Paid out €94.87, Fees €5.13, Refunds €45.00" in listed
    for shown in (text, listed):  # times are the account's place's, as everywhere
        assert ("23 Nov, 10:0" in shown, "UTC" in shown) == (True, False)
    assert "Read from Stripe" in text


def test_payment_says_with_which_payout_it_went_to_the_bank(client, desk, ben, mia):
    payment = paid_by_card(desk)
    there = reverse("terminal:payment_payout", args=[payment.uuid])
    client.force_login(ben)
    assert client.get(there).status_code == 204
    payout = paid_out(desk)
    assert there in client.get(reverse("billing:payment_detail", args=[payment.uuid])).content.decode()
    text = client.get(there).content.decode()
    assert f"23 Nov 2026 in {payout.stripe_id}" in text  # the front desk may not open it
    client.force_login(mia)
    assert reverse("terminal:payout", args=[payout.pk]) in client.get(there).content.decode()


def test_payout_without_its_lines_says_what_is_missing_and_what_comes_next(page, desk):
    foreign(desk)
    payout = paid_out(desk, by_hand=True)
    assert "made by hand or at once" in show(page, payout)
    assert "Made by hand: Stripe shows no lines" in page.get(LIST).content.decode()
    foreign(desk)
    desk.control(f"accounts/{desk.key}/settings", {"payout_seconds": 86_400})
    payout = paid_out(desk)
    assert "Its lines are read within an hour once it has." in show(page, payout)
    listed = page.get(LIST).content.decode()
    assert ("Stripe is adding it up; its lines follow" in listed, "nfolded" in listed) == (True, False)


@pytest.mark.parametrize(
    ("facts", "short", "full"),
    [
        ({}, "Its lines are read within the hour", "They are read every hour, or now with “Read again”."),
        ({"lines_after": "txn_1"}, "Its lines are being read", "The first 0 lines of this payout are here."),
        ({"reconciled": False, "status": "failed"}, "It did not arrive: Stripe shows no lines", "did not arrive"),
        ({"reconciled": False, "days": 61}, "Stripe shows no lines", "is not asked by itself any more"),
        ({"refused": True, "days": 61}, "Stripe shows no lines", "“Read again” asks once more."),
        ({"days": 61}, "Its lines are read within the hour", "They are read every hour"),
        ({"lacks": True}, "The key may not read the lines", "Its lines are read once the key may read them."),
    ],
)
def test_words_are_true_for_each_reason_that_lines_are_missing(page, desk, facts, short, full):
    now, days = timezone.now(), facts.pop("days", 0)
    if facts.pop("lacks", False):
        StripeConfig.objects.update(key_rights={"balance_read": {"state": "missing"}})
    made = {"reconciled": True, "status": "paid", "lines_at": now if facts.pop("refused", False) else None, **facts}
    payout = Payout.objects.create(
        config=desk.config, stripe_id="po_1", amount=2500, currency="EUR", automatic=True, arrival_on=now.date(),
        created_at=now - timedelta(days=days), read_at=now, **made,
    )  # fmt: skip
    assert f'faint">{short}<' in page.get(LIST).content.decode()
    assert full in show(page, payout)


def test_lines_that_do_not_add_up_are_said_plainly_and_read_again(page, desk):
    foreign(desk)
    foreign(desk, 700)
    made = pay_out(desk)
    lines = desk.api(f"balance_transactions?payout={made['id']}", method="GET")
    desk.wire.answer(LINES, 200, json.dumps({**lines, "data": lines["data"][:-1]}))
    read(desk)
    payout = Payout.objects.get()
    assert f"The lines add up to €6.64, Stripe paid {payout.money}." in show(page, payout)
    assert "Does not add up" in page.get(LIST).content.decode()
    text = page.get("/stripe/differences/").content.decode()
    assert "does not add up" in text
    assert reverse("terminal:payout", args=[payout.pk]) in text
    row = Difference.objects.get(kind="payout_sum")
    answer = page.post(reverse("terminal:difference_again", args=[row.pk]), follow=True)
    assert "It no longer differs." in answer.content.decode()
    assert "add up to" not in show(page, payout)


def test_failed_payout_says_what_the_bank_said_and_is_read_by_a_button(page, desk):
    foreign(desk)
    payout = paid_out(desk)
    desk.dashboard("payout_fail", payout.stripe_id)
    answer = page.post(reverse("terminal:payout_again", args=[payout.pk]), follow=True).content.decode()
    assert "The bank sent this payout back." in answer
    assert "The bank account has been closed." in answer
    desk.fault("unavailable", "GET /v1/payouts", times=3)
    answer = page.post(reverse("terminal:payout_again", args=[payout.pk]), follow=True)
    assert "could not be asked" in answer.content.decode()


def test_reading_again_has_the_books_compared_while_nobody_waits(page, desk, monkeypatch):
    foreign(desk)
    wanted = []
    monkeypatch.setattr("terminal.receivers.enqueue", lambda *call: wanted.append(call[1:]))
    sync_payout(desk.config, pay_out(desk)["id"], now=timezone.now())
    page.post(reverse("terminal:payout_again", args=[Payout.objects.get().pk]))
    assert (wanted, desk.calls("charges")) == ([(desk.config.pk,)] * 2, [])


def test_missing_permission_is_named_where_payouts_would_be(page, desk):
    desk.control("accounts", {"key": desk.key, "account": desk.config.account_id, "restricted": ["payout_read"]})
    read(desk)
    text = page.get(LIST).content.decode()
    assert "may not read payouts: add “Payouts: read” (payout_read)" in text
    assert "They appear once the key may read them." in text


def test_front_desk_and_managers_of_other_accounts_see_nothing(client, desk, ben, yuki, kiyosumi):
    foreign(desk)
    payout = paid_out(desk)
    there = [reverse(f"terminal:{name}", args=[payout.pk]) for name in ("payout", "payout_file")]
    client.force_login(ben)
    assert {client.get(address).status_code for address in (LIST, *there)} == {403}
    yuki.role = "manager"
    yuki.save()
    client.force_login(yuki)
    assert payout.stripe_id not in client.get(LIST).content.decode()
    assert str(payout.money) not in client.get(LIST).content.decode()
    assert [client.get(address).status_code for address in there] == [404, 404]
    assert client.post(reverse("terminal:payout_again", args=[payout.pk])).status_code == 404


def test_file_of_a_payout_is_written_down(page, desk, mia):
    foreign(desk)
    payout = paid_out(desk)
    assert reverse("terminal:payout_file", args=[payout.pk]) in show(page, payout)
    cells(page, payout)
    event = AuditEvent.objects.get(action="terminal.payout.exported")
    assert (event.actor_id, event.location, event.after) == (
        str(mia.pk), desk.location, {"payout": payout.stripe_id},
    )  # fmt: skip


def test_payer_of_another_location_of_the_account_is_not_told(page, mia, desk, anna):
    other = Location.objects.create(
        name="Ostkreuz", code="OST", time_zone="Europe/Berlin", currency="EUR", country="DE", city="Berlin"
    )
    LocationAccount.objects.create(location=other, config=desk.config)
    invoice = desk.invoice(14500, member=anna)
    paid_by_card(desk, invoice)
    payout = paid_out(desk)
    assert invoice.number in payout.lines.get().description  # as Stripe has it
    assert "Anna Keller" in show(page, payout)
    mia.locations.set([other])
    text = show(page, payout)
    assert "At another location" in text
    for said in ("Anna Keller", invoice.number):
        assert said not in text
        assert said not in str(cells(page, payout))


def test_line_that_was_closed_as_none_of_ours_says_why_and_leads_there(page, desk, mia):
    foreign(desk, 4200)
    compare(desk.config, now=timezone.now())
    desk.dashboard("refund", desk.books()[-1]["id"], amount=1200)
    payout = paid_out(desk)
    compare(desk.config, now=timezone.now())
    assert 'href="/stripe/differences/">see the differences' in show(page, payout)
    differences.close(
        by=Actor.of(mia), difference=Difference.objects.get(), reason="The café’s own", now=timezone.now()
    )
    text = show(page, payout)
    assert "Not known here" not in text
    assert text.count("Closed as none of ours: The café’s own") == 2  # the payment and its refund
    assert 'href="/stripe/differences/?closed">see the closed differences' in text
    assert {row["Note"] for row in cells(page, payout)} >= {"Closed as none of ours: The café’s own"}


def test_file_has_every_line_and_begins_no_formula(page, desk):
    names = ["=HYPERLINK(1)", "+49 30", "-Anna", "@home"]
    for name in names:
        paid_by_card(desk, desk.invoice(14500, member=make_member(desk.location, name=name)))
    foreign(desk, 2500, currency="usd", description="=1+1")
    payout = paid_out(desk)
    rows = cells(page, payout)
    assert {row["Payer"] for row in rows} == {"", *(f"'{name}" for name in names)}
    stranger = next(row for row in rows if not row["Payer"])
    assert (stranger["Description"], stranger["Note"]) == ("'=1+1", "Not known here")
    assert (stranger["Charged"], stranger["Charged in"], stranger["Exchange rate"]) == ("25.00", "USD", "0.925926")
    assert sum(float(row["Net"]) for row in rows) == pytest.approx(payout.amount / 100)
    assert (rows[1]["Amount"], rows[1]["Fee"], rows[1]["Currency"]) == ("145.00", "2.13", "EUR")


def test_many_lines_come_page_by_page_with_their_sums(page, desk, monkeypatch):
    monkeypatch.setattr("terminal.views.payouts.A_PAGE", 2)
    monkeypatch.setattr("terminal.payout_log.AT_ONCE", 2)
    for _ in range(3):
        foreign(desk)
    desk.dashboard("take_fee", "", amount=300)
    payout = paid_out(desk)
    first = page.get(reverse("terminal:payout", args=[payout.pk]))
    assert [(one["label"], len(one["rows"]), str(one["sum"])) for one in first.context["sections"]] == [
        ("Payments", 2, "€75.00")
    ]
    rest = page.get(reverse("terminal:payout", args=[payout.pk]), {"at": first.context["page"].older})
    assert [(one["label"], len(one["rows"]), str(one["kept"])) for one in rest.context["sections"]] == [
        ("Payments", 1, "None"), ("Fees", 1, "−€1.89"),
    ]  # fmt: skip
    assert len(cells(page, payout)) == 4


def test_list_and_page_cost_the_same_with_many(page, desk, django_assert_max_num_queries):
    def queries(address):
        with django_assert_max_num_queries(60) as seen:
            page.get(address)
        return len(seen)

    step(to_card(paid_by_card(desk), 4500))
    one = paid_out(desk)
    few = queries(LIST), queries(reverse("terminal:payout", args=[one.pk]))
    for _ in range(3):
        step(to_card(paid_by_card(desk), 4500))
    many = paid_out(desk)
    compare(desk.config, now=timezone.now())
    foreign(desk)
    paid_out(desk)
    assert PayoutLine.objects.filter(payout=many).count() == 6
    assert (queries(LIST), queries(reverse("terminal:payout", args=[many.pk]))) == few


def test_read_now_looks_at_the_accounts_at_hand(page, desk, monkeypatch):
    asked = []
    monkeypatch.setattr("terminal.views.payouts.enqueue", lambda *call: asked.append(call[1:]))
    page.post(reverse("terminal:payouts_read"))
    assert asked == [(desk.config.pk,)]
