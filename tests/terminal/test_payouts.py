"""Payouts: read page by page, unfolded into what they hold, and told apart from what does not fit."""

import json

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.services.surplus import move_surplus
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from terminal.enums import DifferenceKind, PayoutSection
from terminal.models import Difference, Payout, PayoutLine, WebhookEvent
from terminal.payout_log import payout_of_payment, told_lines
from terminal.rights import lacking
from terminal.services.compare import compare
from terminal.services.payouts import SOME_PAGES, read_difference_again
from terminal.stripe_client import payout_calls
from tests.factories.billing import make_payment
from tests.factories.refunds import BY
from tests.terminal.money_back import paid_by_card, step, to_card
from tests.terminal.paid_out import LINES, foreign, paid_out, pay_out, read
from tests.terminal.wire import Killed


def sums(payout):
    return payout.gross, payout.back, payout.other, payout.fees, payout.lines_net


def told(user, payout):
    return told_lines(user, payout, list(payout.lines.select_related("payout").order_by("section", "pk")))


def asked(desk, part="balance_transactions"):
    return len(desk.calls(part))


def open_rows():
    rows = Difference.objects.filter(closed_at=None, kind__startswith="payout").order_by("pk")
    return [(row.kind, str(row.at_stripe), str(row.here)) for row in rows]


def test_payout_unfolds_into_payment_invoice_reader_and_fee(desk, ada, anna):
    invoice = desk.invoice(14500, member=anna)
    payment = paid_by_card(desk, invoice)
    desk.dashboard("take_fee", "", amount=300, description="Radar")
    payout = paid_out(desk)
    assert (payout.money, payout.status, payout.line_count) == (Money(13987, "EUR"), "paid", 2)
    assert (sums(payout), payout.adds_up) == ((14500, 0, 0, 513, 13987), True)
    first, fee = told(ada, payout)
    assert (first.who, first.reference, first.reader) == ("Anna Keller", payment.reference, "Front desk S700")
    assert [paper.number for paper in first.papers] == [invoice.number]
    assert (first.line.money, first.line.fee_money, first.missing) == (payment.money, Money(213, "EUR"), "")
    assert (fee.what, fee.line.description, fee.missing) == ("Stripe’s fee", "Radar", "")
    assert payout_of_payment(payment).payout == payout
    assert open_rows() == []


def test_line_names_what_its_payment_pays_by_now_after_moves(desk, ada, anna):
    invoice, second, third = (desk.invoice(total, member=anna) for total in (14500, 5000, 9500))
    attempt = desk.waiting(invoice)
    make_payment(invoice, method=PaymentMethod.CASH)  # so what the card pays is too much
    desk.tap()
    desk.settle(attempt)
    payout = paid_out(desk)

    def numbers():
        [line] = told(ada, payout)
        return [paper.number for paper in line.papers]

    for target, expected in ((second, [invoice, second]), (third, [second, third])):
        move_surplus(by=BY, source=invoice, target=target, now=timezone.now())
        assert numbers() == [one.number for one in expected]


def test_refund_in_a_later_payout_than_its_charge(desk, ada, anna):
    invoice = desk.invoice(14500, member=anna)
    payment = paid_by_card(desk, invoice)
    first = paid_out(desk)
    step(to_card(payment, 4500))
    paid_by_card(desk)
    later = paid_out(desk)
    assert (sums(first)[:2], sums(later)[:2], later.adds_up) == ((14500, 0), (14500, -4500), True)
    [refund] = [one for one in told(ada, later) if one.line.section == PayoutSection.REFUNDS]
    assert (refund.what, refund.who, refund.line.fee) == ("Refund", "Anna Keller", 0)
    assert refund.reference == payment.reference
    notes = [note.number for note in payment.refunds.get().credit_notes.all()]
    assert [paper.number for paper in refund.papers] == [invoice.number, *notes]
    assert payout_of_payment(payment).payout == first


def test_dispute_and_a_strangers_payment_are_told_as_what_they_are(desk, ada):
    payment = paid_by_card(desk)
    compare(desk.config, now=timezone.now())
    desk.listen()
    desk.dashboard("dispute", payment.reference, amount=1000)
    desk.deliver()
    foreign(desk)
    payout = paid_out(desk)
    assert (payout.other, payout.adds_up) == (-1000, True)
    stranger, known, dispute = told(ada, payout)
    assert (stranger.missing, stranger.url, known.reference) == ("Not known here", "", payment.reference)
    assert (dispute.what, dispute.reference, dispute.line.fee) == ("Dispute", payment.reference, 2000)


def test_killed_between_pages_goes_on_behind_the_last_saved_one(desk, monkeypatch):
    monkeypatch.setattr(payout_calls, "PAGE", 2)
    for _ in range(6):
        foreign(desk)
    made = pay_out(desk)
    desk.wire.kill("after", LINES)
    with pytest.raises(Killed):
        read(desk)
    stopped = read(desk, go_on=iter([True, False]).__next__)  # behind the list of payouts, then behind a page of lines
    assert (stopped, PayoutLine.objects.count()) == (False, 1)  # the page's other row is the payout's own
    payout = Payout.objects.get()
    assert (payout.lines_complete, payout.lines_after != "", payout.adds_up) == (False, True, True)
    before = asked(desk)
    assert read(desk)
    assert asked(desk) - before == 3  # seven rows, two a page, the first page is kept
    payout.refresh_from_db()
    assert (payout.line_count, payout.lines_net, payout.lines_after) == (6, made["amount"], "")
    assert read(desk)
    assert asked(desk) - before == 3


def test_killed_between_pages_of_payouts_leaves_none_out(desk, monkeypatch):
    monkeypatch.setattr(payout_calls, "PAGE", 2)
    for _ in range(5):
        foreign(desk)
        pay_out(desk)
        desk.clock.shift(86_400)
    assert not read(desk, go_on=lambda: False)
    assert Payout.objects.count() == 2
    desk.wire.kill("before", "GET /v1/payouts")
    with pytest.raises(Killed):
        read(desk)
    assert read(desk)
    assert (Payout.objects.count(), Payout.objects.filter(lines_complete=True).count()) == (5, 5)


def test_two_runs_at_once_make_each_line_once(desk, monkeypatch):
    monkeypatch.setattr(payout_calls, "PAGE", 2)
    for _ in range(4):
        foreign(desk)
    made = pay_out(desk)
    desk.fault("slow", LINES, seconds=8)
    desk.wire.meanwhile(lambda: read(desk, go_on=iter([True, True, False]).__next__))  # gets two pages far
    assert read(desk)
    payout = Payout.objects.get()
    assert (payout.line_count, payout.lines.count(), payout.lines_net) == (4, 4, made["amount"])
    assert asked(desk) == 1 + 2 + 1  # the slow page is dropped, and the run goes on where the other one was


def test_cost_follows_what_is_new_and_not_history(desk):
    for _ in range(3):
        foreign(desk)
        paid_out(desk)
        desk.clock.shift(86_400 * 10)
    before = len(desk.calls("payouts")), asked(desk)
    assert read(desk)
    assert (len(desk.calls("payouts")) - before[0], asked(desk) - before[1]) == (1, 0)


def test_payout_that_was_on_its_way_is_read_until_it_arrived(desk):
    desk.control(f"accounts/{desk.key}/settings", {"payout_seconds": 86_400 * 30})
    foreign(desk)
    payout = paid_out(desk)
    assert (payout.status, payout.may_unfold, asked(desk)) == ("pending", False, 0)
    desk.clock.shift(86_400 * 31)
    assert read(desk)
    payout.refresh_from_db()
    assert (payout.status, payout.lines_complete) == ("paid", True)


def test_failed_payout_is_put_before_a_manager_and_its_money_is_in_the_next(desk, ada):
    foreign(desk)
    first = paid_out(desk)
    desk.dashboard("payout_fail", first.stripe_id)
    foreign(desk, 1000)
    second = paid_out(desk)
    first.refresh_from_db()
    assert (first.status, first.failure_code, first.adds_up) == ("failed", "account_closed", True)
    failed = Difference.objects.get(kind=DifferenceKind.PAYOUT_FAILED)
    assert (failed.at_stripe, failed.here, failed.detail) == (first.money, None, "The bank account has been closed.")
    [back] = [one for one in told(ada, second) if one.line.section == PayoutSection.OTHER]
    assert (back.what, back.who, second.other, second.adds_up) == (
        "Payout that came back", first.stripe_id, first.amount, True,
    )  # fmt: skip
    for _ in range(2):  # looking again finds nothing more
        read(desk)
    assert AuditEvent.objects.filter(action="terminal.difference.found", after__kind="payout_failed").count() == 1


def test_payout_by_hand_is_kept_and_never_asked_for_lines(desk):
    foreign(desk)
    payout = paid_out(desk, by_hand=True)
    assert (payout.automatic, payout.lines_complete, asked(desk), open_rows()) == (False, False, 0, [])


def test_lines_that_do_not_add_up_are_told_and_close_themselves(desk):
    foreign(desk)
    foreign(desk, 700)
    made = pay_out(desk)
    page = desk.api(f"balance_transactions?payout={made['id']}", method="GET")
    desk.wire.answer(LINES, 200, json.dumps({**page, "data": page["data"][:-1]}))
    assert read(desk)
    payout = Payout.objects.get()
    found = [("payout_sum", str(payout.money), str(payout.lines_money))]
    assert (payout.adds_up, open_rows()) == (False, found)
    compare(desk.config, now=timezone.now())
    assert open_rows() == found  # comparing the books neither closes it nor asks for it again
    desk.clock.shift(3600)
    assert read(desk)
    assert open_rows() == found
    read_difference_again(Difference.objects.get(kind="payout_sum"), now=timezone.now())
    payout.refresh_from_db()
    assert (payout.adds_up, payout.line_count, open_rows()) == (True, 2, [])


def test_what_does_not_add_up_is_read_again_a_day_later(desk):
    foreign(desk)
    made = pay_out(desk)
    page = desk.api(f"balance_transactions?payout={made['id']}", method="GET")
    desk.wire.answer(LINES, 200, json.dumps({**page, "data": page["data"][:-1]}))
    read(desk)
    desk.clock.shift(86_401)
    assert read(desk)
    assert Payout.objects.get().adds_up


def test_key_without_the_permission_leaves_payouts_empty_and_all_else_at_work(desk):
    restrict = {"key": desk.key, "account": desk.config.account_id}
    desk.control("accounts", {**restrict, "restricted": ["payout_read"]})
    desk.listen()
    payment = paid_by_card(desk)
    pay_out(desk)
    desk.deliver()
    assert not read(desk)
    events = WebhookEvent.objects.filter(type__startswith="payout.")
    assert set(events.values_list("state", "result")) == {
        ("ignored", "The key may not read payouts: payout_read is missing.")
    }
    config = desk.config_now()
    assert (Payout.objects.count(), config.key_rights["payout_read"]["state"]) == (0, "missing")
    assert lacking(config.key_rights) == ()  # it is optional: Health and the checklist stay green
    assert payment.attempt.state == "succeeded"
    desk.control("accounts", {**restrict, "restricted": ["balance_read"]})
    assert not read(desk)
    assert (Payout.objects.count(), PayoutLine.objects.count()) == (1, 0)
    desk.control("accounts", {**restrict, "restricted": []})
    assert read(desk)
    assert {one["state"] for one in desk.config_now().key_rights.values()} == {"proven"}
    assert Payout.objects.get().lines_complete


def test_event_causes_a_reading_and_the_schedule_goes_on_where_it_stops(desk, monkeypatch, ada):
    monkeypatch.setattr(payout_calls, "PAGE", 2)
    desk.listen()
    payment = paid_by_card(desk)
    for _ in range(7):
        foreign(desk, 700)
    pay_out(desk)
    wanted, compared = [], len(desk.calls("charges"))
    monkeypatch.setattr("terminal.receivers.enqueue", lambda *call: wanted.append(call[1:]))
    desk.deliver()
    payout = Payout.objects.get()
    assert (payout.status, payout.lines.count(), payout.lines_complete) == ("paid", 8, True)
    assert asked(desk) == 5  # two events, of which the first reads some pages
    assert SOME_PAGES < 5
    assert (set(wanted), len(desk.calls("charges"))) == ({(desk.config.pk,)}, compared)  # no event waits for the books
    assert read(desk)
    assert told(ada, payout)[-1].reference == payment.reference  # compared first, though no round of it was due


def test_yen_has_no_decimals(yen_desk, ada):
    paid_by_card(yen_desk, yen_desk.invoice(14500))
    payout = paid_out(yen_desk)
    assert (str(payout.money), str(payout.gross_money), str(payout.fees_money)) == ("¥14,297", "¥14,500", "−¥203")
    assert payout.adds_up


def test_charge_in_another_currency_shows_what_was_paid_and_the_rate(desk, ada):
    foreign(desk, 2500, currency="usd")
    payout = paid_out(desk)
    [line] = told(ada, payout)
    assert (line.charged, line.line.money, line.line.rate) == (Money(2500, "USD"), Money(2315, "EUR"), "0.925926")
    assert payout.adds_up
