"""A draft of a run that a person changes, issues or voids, and what changes behind its back."""

from datetime import date
from types import SimpleNamespace

import pytest

from billing.models import BilledPeriod, Invoice, Notice
from billing.services.billing_runs import drive
from billing.services.invoicing import NewLine, add_line, issue, remove_line, void
from billing.services.run_decisions import approve, hold, redraft
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from tests.factories.cards import make_saved_card
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_usage
from tests.factories.runs import BY, NOW, billed, issue_all, lines_of, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


def test_membership_that_ends_after_it_was_drafted_is_not_issued(hafen, lena):
    membership = make_membership(lena)
    make_membership(make_member(hafen, name="Anna"))
    run = make_run(hafen)
    membership.ends_on = date(2026, 12, 10)
    membership.save()
    run = issue_all(run)
    assert (run.state, billed(run)) == ("review", [("Anna", 30000, "issued"), ("Lena Fischer", 30000, "draft")])
    item = run.items.get(member=lena)
    assert item.warnings[-1] == {"code": "changed_since"}
    redraft(by=BY, run=run, items=[item.pk], now=NOW)
    drive(run.pk, now=NOW)
    assert billed(run) == [("Anna", 30000, "issued"), ("Lena Fischer", 9677, "draft")]


def test_line_added_by_hand_is_shown_and_needs_approval_again(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    approve(by=BY, run=run)
    item = run.items.get()
    add_line(by=BY, invoice=item.invoice, line=NewLine("Key", Money(500, "EUR")))
    item.refresh_from_db()
    assert (item.state, item.total_amount, item.changes) == ("draft", 30500, [{"code": "edited", "amount": 500}])
    remove_line(by=BY, invoice=item.invoice, position=2)
    item.refresh_from_db()
    assert (item.total_amount, item.changes) == (30000, [])
    assert BilledPeriod.objects.get().line.invoice == item.invoice


def test_line_removed_by_hand_is_found_again(hafen, lena):
    make_membership(lena)
    usage = make_usage(lena)
    run = make_run(hafen)
    invoice = run.items.get().invoice
    remove_line(by=BY, invoice=invoice, position=1)
    usage.refresh_from_db()
    assert (BilledPeriod.objects.count(), usage.billed_line) == (0, invoice.lines.get().pk)
    remove_line(by=BY, invoice=invoice, position=1)
    usage.refresh_from_db()
    assert usage.billed_line is None


def test_draft_issued_by_hand_is_issued_in_its_run(hafen, lena):
    make_saved_card(lena, SimpleNamespace(account_id="acct_1", livemode=False))
    make_membership(lena)
    run = make_run(hafen)
    issued = issue(by=BY, invoice=run.items.get().invoice, now=NOW)
    assert (billed(run), issued.auto_collect) == ([("Lena Fischer", 30000, "issued")], True)
    mails = Notice.objects.values_list("kind", "cause", "to")
    assert list(mails) == [("invoice", f"invoice:{issued.uuid}", lena.email)]


def test_run_is_finished_when_its_last_bill_is_issued_by_hand(hafen, lena):
    make_membership(lena)
    make_membership(make_member(hafen, name="Anna"))
    run = make_run(hafen)
    for item, state in zip(run.items.order_by("pk"), ["review", "done"], strict=True):
        issue(by=BY, invoice=item.invoice, now=NOW)
        run.refresh_from_db()
        assert run.state == state
    assert run.finished_at == NOW


def test_second_look_that_finds_nothing_leaves_a_finished_run_finished(hafen, lena):
    make_membership(lena)
    issue_all(make_run(hafen))
    assert make_run(hafen).state == "done"
    make_membership(make_member(hafen, name="Anna"))
    assert make_run(hafen).state == "review"


def test_held_draft_is_not_issued_by_hand(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    hold(by=BY, run=run, items=[run.items.get().pk])
    with pytest.raises(Conflict, match="is held in its billing run"):
        issue(by=BY, invoice=run.items.get().invoice, now=NOW)
    assert billed(run) == [("Lena Fischer", 30000, "held")]


def test_draft_that_became_stale_is_not_issued_by_hand_either(hafen, lena):
    membership = make_membership(lena)
    run = make_run(hafen)
    membership.ends_on = date(2026, 12, 10)
    membership.save()
    with pytest.raises(Conflict, match=r"has changed .* Draft it again in the run of December 2026\."):
        issue(by=BY, invoice=run.items.get().invoice, now=NOW)
    assert (billed(run), Invoice.objects.exclude(number=None).count()) == ([("Lena Fischer", 30000, "draft")], 0)
    redraft(by=BY, run=run, items=[run.items.get().pk], now=NOW)
    drive(run.pk, now=NOW)
    assert issue(by=BY, invoice=run.items.get().invoice, now=NOW).total_amount == 9677


def test_draft_of_a_payer_without_an_address_is_not_collected_by_itself(hafen):
    anna = make_member(hafen, name="Anna", email="")
    make_saved_card(anna, SimpleNamespace(account_id="acct_1", livemode=False))
    make_membership(anna)
    issued = issue(by=BY, invoice=make_run(hafen).items.get().invoice, now=NOW)
    assert (issued.auto_collect, Notice.objects.count()) == (False, 0)


def test_voided_invoice_is_billed_again(hafen, lena):
    make_membership(lena)
    usage = make_usage(lena)
    run = issue_all(make_run(hafen))
    void(by=BY, invoice=Invoice.objects.get(), reason="Wrong", now=NOW)
    usage.refresh_from_db()
    assert (BilledPeriod.objects.filter(released_at=None).count(), usage.billed_line) == (0, None)
    run = issue_all(make_run(hafen))
    assert billed(run) == [("Lena Fischer", 30500, "issued")]
    assert list(Invoice.objects.order_by("pk").values_list("number", "state")) == [
        ("HFN-000001", "void"),
        ("HFN-000002", "issued"),
    ]


def test_voided_draft_leaves_its_run(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    void(by=BY, invoice=run.items.get().invoice, reason="Wrong", now=NOW)
    assert (run.items.count(), BilledPeriod.objects.filter(released_at=None).count()) == (0, 0)


def test_drafted_again_a_resumed_month_is_billed_and_the_paused_one_before_stays_done(hafen, lena):
    membership = make_membership(lena, starts_on=date(2026, 11, 1))
    pause = membership.pauses.create(from_date=date(2026, 11, 1), until=date(2027, 1, 1))
    other = make_membership(make_member(hafen, name="Anna"))
    other.pauses.create(from_date=date(2026, 12, 1), until=date(2027, 1, 1))
    make_run(hafen, "2026-11-01")
    run = make_run(hafen)
    assert billed(run) == [("Anna", 0, "nothing"), ("Lena Fischer", 0, "nothing")]
    pause.until = date(2026, 12, 1)
    pause.save()
    redraft(by=BY, run=run, items=[run.items.get(member=lena).pk], now=NOW)
    drive(run.pk, now=NOW)
    assert billed(run) == [("Anna", 0, "nothing"), ("Lena Fischer", 30000, "draft")]
    assert lines_of(run.items.get(member=lena)) == [("Hot desk, 1–31 Dec", 30000)]
    starts = BilledPeriod.objects.filter(line=None).order_by("period_start").values_list("membership", "period_start")
    assert list(starts) == [(membership.pk, date(2026, 11, 1)), (other.pk, date(2026, 12, 1))]


def test_approved_draft_without_lines_is_a_draft_again(hafen, lena):
    make_membership(lena)
    make_membership(make_member(hafen, name="Anna"))
    run = make_run(hafen)
    item = run.items.get(member=lena)
    remove_line(by=BY, invoice=item.invoice, position=1)
    run = issue_all(run)
    assert (run.state, billed(run)) == ("review", [("Anna", 30000, "issued"), ("Lena Fischer", 0, "draft")])
    item.refresh_from_db()
    assert (item.error, item.invoice.number) == ("This bill has no lines. Add one, or draft it again.", None)
    add_line(by=BY, invoice=item.invoice, line=NewLine("Key", Money(500, "EUR")))
    item.refresh_from_db()
    assert item.error == ""
