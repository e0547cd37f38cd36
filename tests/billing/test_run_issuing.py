"""What is decided about the bills of a run, and the invoices that come of it."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from billing.models import BilledPeriod, Invoice, Notice
from billing.services.billing_runs import finish
from billing.services.run_decisions import approve, hold, redraft
from billing.services.run_issuing import start_issuing
from flexspace.core.errors import Conflict, DomainError
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_member
from tests.factories.memberships import DECEMBER, make_membership, make_usage
from tests.factories.runs import BY, NOW, billed, issue_all, lines_of, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


def test_run_issues_what_is_approved_with_numbers_in_a_row(hafen, lena):
    for name in ("Anna", "Bert", "Carl"):
        make_membership(make_member(hafen, name=name))
    run = issue_all(make_run(hafen))
    rows = list(Invoice.objects.order_by("pk"))
    assert [row.number for row in rows] == ["HFN-000001", "HFN-000002", "HFN-000003"]
    first = rows[0]
    assert (first.state, first.open_amount, first.issue_date, first.buyer_name) == (
        "issued", 30000, date(2026, 11, 28), "Anna",
    )  # fmt: skip
    assert (first.supply_from, first.supply_until) == (DECEMBER, date(2026, 12, 31))
    assert first.due_date == date(2026, 12, 12)
    assert (run.state, run.done, run.to_do, run.finished_at) == ("done", 3, 3, NOW)
    assert billed(run) == [("Anna", 30000, "issued"), ("Bert", 30000, "issued"), ("Carl", 30000, "issued")]


def test_bill_is_never_due_before_its_first_day(hafen, lena):
    hafen.payment_days = 0
    hafen.save()
    make_membership(lena)
    issue_all(make_run(hafen))
    assert Invoice.objects.get().due_date == DECEMBER


def test_what_was_used_before_does_not_make_a_bill_due_before_its_period(hafen, lena):
    hafen.payment_days = 0
    hafen.save()
    make_membership(lena)
    make_usage(lena)
    kept_card(lena, exp_year=2026, exp_month=11)
    run = make_run(hafen)
    [caution] = run.items.get().warnings
    assert (caution["code"], caution["charge_on"]) == ("card_expires", "2026-12-01")
    issue_all(run)
    invoice = Invoice.objects.get()
    assert (invoice.due_date, invoice.supply_from) == (DECEMBER, date(2026, 11, 20))


def test_invoice_is_mailed_once_and_only_to_who_has_an_address(hafen, lena):
    make_membership(lena)
    make_membership(make_member(hafen, name="Anna", email=""))
    issue_all(make_run(hafen))
    invoice = lena.invoices.get()
    assert list(Notice.objects.values_list("kind", "cause", "to")) == [
        ("invoice", f"invoice:{invoice.uuid}", lena.email)
    ]


def test_nothing_is_mailed_before_it_is_approved(hafen, lena):
    make_membership(lena)
    approve(by=BY, run=make_run(hafen))
    assert Notice.objects.count() == 0


def kept_card(owner, **facts):
    return make_saved_card(owner, SimpleNamespace(account_id="acct_1", livemode=False), **facts)


def test_card_with_consent_is_charged_by_itself(hafen, lena):
    expired, withdrawn, bare = (make_member(hafen, name=name) for name in ("Expired", "Withdrawn", "Bare"))
    kept_card(lena)
    kept_card(expired, exp_year=2026, exp_month=11)
    kept_card(withdrawn, consent=make_consent(withdrawn, withdrawn_at=NOW))
    for member in (lena, expired, withdrawn, bare):
        make_membership(member)
    run = make_run(hafen)
    warnings = {item.payer_name: [each["code"] for each in item.warnings] for item in run.items.all()}
    assert warnings == {
        "Lena Fischer": [],
        "Expired": ["card_expires"],
        "Withdrawn": ["consent_withdrawn"],
        "Bare": ["no_card"],
    }
    issue_all(run)
    assert {row.payer.name for row in Invoice.objects.filter(auto_collect=True)} == {"Lena Fischer"}


def test_held_bill_is_left_out_and_found_by_the_next_run(hafen, lena):
    make_membership(lena)
    make_membership(make_member(hafen, name="Anna"))
    run = make_run(hafen)
    assert hold(by=BY, run=run, items=[run.items.get(member=lena).pk]) == 1
    run = issue_all(run)
    assert (run.state, billed(run)) == ("review", [("Anna", 30000, "issued"), ("Lena Fischer", 30000, "held")])
    january = make_run(hafen, "2027-01-01", now=NOW + timedelta(days=30))
    assert lines_of(january.items.get(member=lena)) == [("Hot desk, 1–31 Dec", 30000), ("Hot desk, 1–31 Jan", 30000)]


def test_next_run_finishes_a_month_in_which_only_held_bills_are_left(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    hold(by=BY, run=run, items=[run.items.get().pk])
    make_run(hafen, "2027-01-01", now=NOW + timedelta(days=30))
    run.refresh_from_db()
    assert (run.state, run.items.count()) == ("done", 0)


def test_held_bill_can_be_approved_after_all(hafen, lena):
    make_membership(lena)
    run = make_run(hafen)
    item = run.items.get()
    hold(by=BY, run=run, items=[item.pk])
    with pytest.raises(DomainError):
        approve(by=BY, run=run)
    assert approve(by=BY, run=run, items=[item.pk]) == 1


def test_finish_leaves_what_is_undecided_to_the_next_run(hafen, lena):
    make_membership(lena)
    run = finish(by=BY, run=make_run(hafen), now=NOW)
    assert (run.state, billed(run), Invoice.objects.count(), BilledPeriod.objects.count()) == ("done", [], 0, 0)
    assert billed(make_run(hafen)) == [("Lena Fischer", 30000, "draft")]


def test_nothing_approved_issues_nothing(hafen, lena):
    make_membership(lena)
    with pytest.raises(DomainError):
        start_issuing(by=BY, run=make_run(hafen), now=NOW)


def test_decisions_wait_until_drafting_is_over(hafen, lena):
    run = make_run(hafen, drive_to_end=False)
    for decide, when in ((approve, {}), (redraft, {"now": NOW})):
        with pytest.raises(Conflict):
            decide(by=BY, run=run, **when)
    with pytest.raises(Conflict):
        finish(by=BY, run=run, now=NOW)
